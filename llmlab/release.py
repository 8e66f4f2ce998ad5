"""From solutions to what students get: the released notebooks in labs/, and a zip of the course.

`labs/` is generated, never edited: nbgrader takes the answers and the hidden tests out of the one
source, `solutions/NN-topic/NN-topic.ipynb`. The same source gives the same bytes.

    release.generate(root, "02-tokenization")    -> the text of the released notebook
    release.write_labs(root)                     writes labs/
    release.out_of_step(root)                    -> what differs from that, as sentences
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from llmlab import notebooks
from llmlab.runtime import atomic_write, require

__all__ = [
    "bundle",
    "canonicalise",
    "generate",
    "labs",
    "out_of_step",
    "source",
    "source_problems",
    "write_labs",
    "write_solution",
]

# What a student's copy of the course has beside its lab: to be set up, to be read, to run.
BUNDLED = (
    *("llmlab", "course", "README.md", "CONTRIBUTING.md", "LICENSE", "Makefile"),
    *("constraints.txt", "environment.yml", "nbgrader_config.py", "pyproject.toml"),
)
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", "_build", "jupyter_execute", "node_modules"}


def labs(root: Path) -> list[str]:
    """Return the names of the labs that have a solution, in order."""
    return sorted(path.parent.name for path in (root / "solutions").glob("*/*.ipynb"))


def source(root: Path, lab: str) -> Path:
    """Return where a lab's solution is; a lab that does not exist is named with those that do."""
    path = root / "solutions" / lab / f"{lab}.ipynb"
    if not path.is_file():
        known = ", ".join(labs(root)) or "none yet"
        raise notebooks.NotebookError(f"{path}: there is no lab {lab!r} here; there are: {known}.")
    return path


def generate(root: Path, lab: str) -> str:
    """Return the file text of a lab's release, made by nbgrader in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="llmlab-release-") as scratch:
        folder = Path(scratch).resolve()
        target = folder / "solutions" / lab
        target.mkdir(parents=True)
        shutil.copy(source(root, lab), target)
        _nbgrader(root, folder, lab)
        return (folder / "labs" / lab / f"{lab}.ipynb").read_text(encoding="utf-8")


def _nbgrader(root: Path, folder: Path, lab: str) -> None:
    """Run `nbgrader generate_assignment` on a copy, with the course's settings and no gradebook."""
    require("nbgrader", extra="lab")
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    config = _settings(root)
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.assignment_id = lab
    config.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    heard = _Heard(level=logging.ERROR)
    converter.log.addHandler(heard)
    try:
        converter.start()
    except NbGraderException as error:
        raise notebooks.NotebookError(f"nbgrader refuses {lab}: {heard.reason()}") from error
    finally:
        converter.log.removeHandler(heard)


class _Heard(logging.Handler):
    """Keeps what nbgrader logs: its exceptions do not say what is wrong, its log does."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))

    def reason(self) -> str:
        """Return the last line of the traceback that was logged, or all that was said."""
        for text in self.said:
            if text.startswith("Traceback"):
                return text.strip().splitlines()[-1]
        return " ".join(self.said)


def _settings(root: Path) -> Any:
    from traitlets.config import PyFileConfigLoader

    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()


def write_labs(root: Path, names: list[str] | None = None) -> list[str]:
    """Write labs/ from solutions/, made canonical first; return the labs whose file changed."""
    changed = []
    for lab in names or labs(root):
        target = root / "labs" / lab / f"{lab}.ipynb"
        canonicalise(root, lab)
        text = generate(root, lab)
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(target, text)
            changed.append(lab)
    return changed


def out_of_step(root: Path) -> list[str]:
    """Return a sentence for each file in labs/ that solutions/ would not give."""
    told = []
    known = labs(root)
    for lab in known:
        target = root / "labs" / lab / f"{lab}.ipynb"
        if not target.is_file():
            told.append(f"labs/{lab} is missing: run `make labs`.")
        elif target.read_text(encoding="utf-8") != generate(root, lab):
            told.append(f"labs/{lab}/{lab}.ipynb is not what solutions/ gives: run `make labs`.")
    for path in sorted((root / "labs").rglob("*")):
        expected = path.is_dir() or (path.parent.name in known and path.stem == path.parent.name)
        if not expected and ".ipynb_checkpoints" not in path.parts:
            told.append(f"{path.relative_to(root)} comes from no solution: remove it.")
    return told


def write_solution(root: Path, lab: str, text: str) -> Path:
    """Write `py:percent` text into a lab's solution, new or old; cells keep their ids."""
    path = root / "solutions" / lab / f"{lab}.ipynb"
    base = notebooks.read(path) if path.exists() else None
    nb = notebooks.from_text(text, base, lab)
    path.parent.mkdir(parents=True, exist_ok=True)
    notebooks.write(path, nb)
    return path


def canonicalise(root: Path, lab: str) -> None:
    """Rewrite a solution in canonical form: after an edit in JupyterLab, say."""
    path = source(root, lab)
    notebooks.write(path, notebooks.canonical(notebooks.read(path), lab))


def source_problems(root: Path) -> list[str]:
    """Return a sentence for each solution that is not committed as it should be."""
    told = []
    for folder in sorted(p for p in (root / "solutions").glob("*") if p.is_dir()):
        extra = [p.name for p in folder.iterdir() if p.name != f"{folder.name}.ipynb"]
        extra = [name for name in extra if name not in LEFT_OUT]
        if extra:
            told.append(f"solutions/{folder.name} also holds {extra}: nbgrader would release it.")
    for lab in labs(root):
        path = source(root, lab)
        text = path.read_text(encoding="utf-8")
        if notebooks.dumps(notebooks.canonical(notebooks.read(path), lab)) != text:
            told.append(f"solutions/{lab}/{lab}.ipynb is not canonical: run `make labs`.")
    return told


# ---------------------------------------------------------------------------------------------
# A zip for students


def bundle(root: Path, lab: str, to: Path) -> Path:
    """Write a zip with one released lab and what it takes to run it; return its path.

    It unpacks into one folder in which `make lab` works. No solution is in it.
    """
    released = root / "labs" / lab / f"{lab}.ipynb"
    source(root, lab)
    if not released.is_file():
        raise notebooks.NotebookError(f"{released}: not generated yet; run `make labs` first.")
    to.mkdir(parents=True, exist_ok=True)
    target = to / f"llmlab-{lab}.zip"
    draft = target.with_suffix(".zip.part")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [released, *_bundled(root)]:
            name = Path("llmlab-course", path.relative_to(root)).as_posix()
            # subtle: a fixed date, so that the same course gives the same bytes.
            info = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
    draft.replace(target)
    return target


def _bundled(root: Path) -> list[Path]:
    files = []
    for name in BUNDLED:
        path = root / name
        inside = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        # subtle: below the root, for the course itself may lie under a folder of such a name.
        wanted = (p for p in inside if not LEFT_OUT & set(p.relative_to(root).parts))
        files += [p for p in wanted if p.suffix != ".pyc"]
    return files
