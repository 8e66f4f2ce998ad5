"""One file to hand in: the notebook, what was trained, what was predicted.

It checks that everything is there and readable, and that the notebook is this lab's. It grades
nothing and sends nothing.

    pack("02-tokenization", folder, folder / "02-tokenization.ipynb")
        -> folder/02-tokenization-submission.zip
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

from llmlab import artefacts, predictions
from llmlab.runtime import atomic_write

__all__ = ["SubmissionError", "find_notebook", "missing", "pack"]


class SubmissionError(ValueError):
    """A notebook that cannot be handed in as it is; the message says what to do."""


def find_notebook(lab: str, folder: Path) -> Path | None:
    """Return the notebook that is being worked on, or None if it is no file of this machine.

    Jupyter and VS Code tell its path; else it is the one with the lab's name, else the only one in
    the folder that belongs to the lab. (In Colab the notebook lies in the user's drive.)
    """
    for told in (os.environ.get("JPY_SESSION_NAME"), _vs_code()):
        for path in (Path(told), folder / Path(told).name) if told else ():
            if path.suffix == ".ipynb" and path.is_file():
                return path
    if (folder / f"{lab}.ipynb").is_file():
        return folder / f"{lab}.ipynb"
    others = [path for path in sorted(folder.glob("*.ipynb")) if _lab_of(_parse(path)) == lab]
    return others[0] if len(others) == 1 else None


def _vs_code() -> str | None:
    """Return the path that VS Code leaves in the notebook's own names."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell.user_ns.get("__vsc_ipynb_file__") if shell else None


def pack(lab: str, folder: Path, notebook: Path) -> Path:
    """Write `LAB-submission.zip` with the notebook (under the lab's name) and what lies beside it.

    Raises SubmissionError for a file that is no notebook or another lab's, and ArtefactError for
    an artefact that is broken or too large.
    """
    _check(lab, notebook)
    files = {f"{lab}.ipynb": notebook}
    for name in artefacts.names(folder):
        artefacts.load(folder, name)
        found = artefacts.find(folder, name)
        files |= {found.name: found} if found else {}
    if (folder / predictions.FILE).is_file():
        files[predictions.FILE] = folder / predictions.FILE
    packed = io.BytesIO()
    # subtle: a zip knows no time before 1980, but some systems give files the time 0.
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for name, path in files.items():
            archive.write(path, name)
    return atomic_write(folder / f"{lab}-submission.zip", packed.getvalue())


def missing(notebook: Path, folder: Path) -> list[str]:
    """Return the artefacts that the notebook trains but that are not there."""
    wanted = re.findall(r"""\blab\.trained\(\s*["']([^"']+)""", _source(_parse(notebook)))
    return [name for name in dict.fromkeys(wanted) if artefacts.find(folder, name) is None]


def _check(lab: str, path: Path) -> None:
    """Raise SubmissionError unless the file is a notebook of this lab."""
    if not path.is_file():
        raise SubmissionError(f"There is no file {path}. Give the path of your notebook.")
    notebook = _parse(path)
    if notebook is None:
        raise SubmissionError(
            f"{path.name} is not a notebook: a notebook is a JSON file with cells. Open it in"
            " JupyterLab and save it, or restore it from a backup."
        )
    belongs = _lab_of(notebook)
    if belongs != lab:
        whose = f"of {belongs}" if belongs else "of no lab"
        raise SubmissionError(f"{path.name} is the notebook {whose}; this is {lab}.")


def _parse(path: Path) -> dict[str, Any] | None:
    """Return a notebook's content, or None if the file holds no notebook."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        whole = isinstance(content["metadata"], dict) and all(
            "source" in c for c in content["cells"]
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return content if whole else None


def _lab_of(notebook: dict[str, Any] | None) -> str | None:
    """Return the lab that a notebook names in its metadata, else the one that its code starts."""
    if notebook is None:
        return None
    marked = notebook["metadata"].get("llmlab")
    if isinstance(marked, dict) and marked.get("lab"):
        return str(marked["lab"])
    started = re.search(r"""\bstart\(\s*["']([^"']+)["']""", _source(notebook))
    return started[1] if started else None


def _source(notebook: dict[str, Any] | None) -> str:
    """Return the text of the code cells."""
    cells = notebook["cells"] if notebook else []
    code = [cell["source"] for cell in cells if cell.get("cell_type") == "code"]
    return "\n".join(source if isinstance(source, str) else "".join(source) for source in code)
