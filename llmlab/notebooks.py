"""Notebooks as files: one canonical form, and a text view that can be edited and written back.

The canonical form is what is committed: no outputs, no execution counts, no widget state, cell ids
that stay, nbgrader's metadata complete. The text view is jupytext's `py:percent` with nbgrader's
metadata in its short form. What a cell means, and whether it runs, this module does not know.

>>> text = '''# %% nbgrader={"grade_id": "double", "solution": true}
... def double(x): ...
... '''
>>> nb = from_text(text)
>>> nb.cells[0].id, nb.cells[0].metadata.nbgrader.locked
('double', False)
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from llmlab.runtime import atomic_write, require

__all__ = [
    "NotebookError",
    "canonical",
    "dumps",
    "fresh_id",
    "from_text",
    "grade_id",
    "kind",
    "lab_of",
    "read",
    "to_text",
    "write",
]

KERNEL = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
KEPT = ("jupyter", "nbgrader", "tags")  # of a cell's metadata
NBGRADER_DEFAULTS = {"grade": False, "schema_version": 3, "solution": False, "task": False}


class NotebookError(ValueError):
    """A file that is not the notebook it should be; the message names the file and the remedy."""


def read(path: str | Path) -> Any:
    """Return the notebook in a file, as nbformat's version 4.

    Raises `NotebookError` for a file that is missing, is not JSON or is not a notebook.
    """
    nbformat = require("nbformat", extra="lab")
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        nb = nbformat.reads(text, as_version=4)
    except FileNotFoundError:
        raise NotebookError(f"{path}: there is no such file. Check the path.") from None
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError) as error:
        raise NotebookError(_unreadable(path, error)) from error
    if not isinstance(nb.get("cells"), list) or not nb.cells:
        raise NotebookError(
            f"{path}: the notebook has no cells. Restore it from a backup beside it, or move it "
            "away and start JupyterLab again with `make lab`: a fresh copy appears."
        )
    return nb


def _unreadable(path: Path, error: Exception) -> str:
    return (
        f"{path}: this is not a notebook ({type(error).__name__}: {str(error)[:80]}). A notebook "
        "is a JSON file. Restore it from a backup beside it, or move it away and start JupyterLab "
        "again with `make lab`: a fresh copy appears."
    )


def write(path: str | Path, nb: Any) -> None:
    """Write a notebook exactly as nbformat does, in one atomic step."""
    atomic_write(Path(path), dumps(nb))


def dumps(nb: Any) -> str:
    """Return the notebook's file text: sorted keys, one space of indent, a newline at the end."""
    nbformat = require("nbformat", extra="lab")
    return nbformat.writes(nb, version=4).rstrip("\n") + "\n"


# ---------------------------------------------------------------------------------------------
# What a cell is


def grade_id(cell: Any) -> str | None:
    """Return the cell's name in nbgrader, or None for an ordinary cell."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def kind(cell: Any) -> str:
    """Return what a cell is to nbgrader: "answer", "check", "locked" or "plain".

    An answer is the student's to write; a check earns points; locked text only asks.
    """
    meta = cell.metadata.get("nbgrader", {})
    if meta.get("solution"):
        return "answer"
    if meta.get("grade"):
        return "check"
    return "locked" if meta.get("locked") or meta.get("task") else "plain"


def lab_of(nb: Any) -> str | None:
    """Return the lab that a notebook belongs to, as its own metadata says."""
    return nb.metadata.get("llmlab", {}).get("lab")


# ---------------------------------------------------------------------------------------------
# Canonical form


def canonical(nb: Any, lab: str | None = None) -> Any:
    """Return a copy of the notebook in the form in which it is committed.

    A cell of nbgrader has its grade_id as its id; any other cell keeps the id it has, or gets one
    made from its text. Doing it twice changes nothing.
    """
    nbformat = require("nbformat", extra="lab")
    metadata: dict[str, Any] = dict(KERNEL)
    if lab or lab_of(nb):
        metadata["llmlab"] = {"lab": lab or lab_of(nb)}
    fresh = nbformat.v4.new_notebook(metadata=metadata, nbformat_minor=5)
    taken = {name for cell in nb.cells if (name := grade_id(cell))}
    for cell in nb.cells:
        fresh.cells.append(_canonical_cell(nbformat, cell, taken))
    return fresh


def _canonical_cell(nbformat: Any, cell: Any, taken: set[str]) -> Any:
    source = cell.source.rstrip()
    name = grade_id(cell)
    make = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")
    metadata = {key: value for key, value in cell.metadata.items() if key in KEPT}
    if name:
        metadata["nbgrader"] = _nbgrader(cell.metadata["nbgrader"])
    return make(source, metadata=metadata, id=name or fresh_id(cell.get("id"), source, taken))


def _nbgrader(short: dict[str, Any]) -> dict[str, Any]:
    """Fill in what nbgrader wants said; `locked` is whatever the student must not write."""
    full = NBGRADER_DEFAULTS | {"locked": not short.get("solution", False)} | dict(short)
    full.pop("checksum", None)
    full.pop("cell_type", None)
    return full


def fresh_id(wanted: str | None, source: str, taken: set[str]) -> str:
    """Return `wanted` if it is free, else a short hash of the text; and take it."""
    counter = 0
    while not wanted or wanted in taken or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", wanted):
        digest = hashlib.sha256(f"{counter}\n{source}".encode()).hexdigest()
        wanted, counter = digest[:8], counter + 1
    taken.add(wanted)
    return wanted


# ---------------------------------------------------------------------------------------------
# Text view


def to_text(nb: Any) -> str:
    """Return the notebook as `py:percent` text, nbgrader's metadata without its defaults."""
    jupytext = require("jupytext", extra="lab")
    plain = canonical(nb)
    for cell in plain.cells:
        if grade_id(cell):
            cell.metadata["nbgrader"] = _short(cell.metadata["nbgrader"])
    plain.metadata.clear()
    plain.metadata["jupytext"] = {"notebook_metadata_filter": "-all"}
    return jupytext.writes(plain, fmt="py:percent")


def _short(full: dict[str, Any]) -> dict[str, Any]:
    """Leave out what `_nbgrader` would fill in."""
    implied = _nbgrader({"grade_id": full["grade_id"], "solution": full.get("solution", False)})
    return {
        key: value
        for key, value in full.items()
        if key in ("grade_id", "solution") and value or implied.get(key) != value
    }


def from_text(text: str, base: Any = None, lab: str | None = None) -> Any:
    """Return the notebook that a `py:percent` text describes, in canonical form.

    With `base`, the notebook that the text was made from, every cell that can be found again keeps
    its id: by grade_id, by equal text, or by standing where an edited cell stood.

    >>> base = from_text("# %%\\nx = 1\\n")
    >>> edited = from_text("# %%\\nx = 2\\n", base)
    >>> edited.cells[0].id == base.cells[0].id
    True
    """
    jupytext = require("jupytext", extra="lab")
    if not re.search(r"^# %%", text, flags=re.MULTILINE):
        raise NotebookError("The text has no cell: start each cell with a line `# %%`.")
    nb = jupytext.reads(text, fmt="py:percent")
    for cell in nb.cells:
        cell.pop("id", None)
        _check_header(cell)
    _refuse_repeated(nb)
    if base is not None:
        _keep_ids(nb.cells, base.cells)
    return canonical(nb, lab or (lab_of(base) if base is not None else None))


def _check_header(cell: Any) -> None:
    """Refuse a header that jupytext could not read, or an nbgrader cell without a name."""
    unread = cell.metadata.get("incorrectly_encoded_metadata")
    meta = cell.metadata.get("nbgrader", {"grade_id": ""})
    if unread or not isinstance(meta, dict) or not isinstance(meta.get("grade_id"), str):
        raise NotebookError(
            f"{unread or json.dumps(meta)} in a cell's header is not JSON with a grade_id; "
            'write for example nbgrader={"grade_id": "merge-pair", "solution": true}.'
        )


def _refuse_repeated(nb: Any) -> None:
    names = [name for cell in nb.cells if (name := grade_id(cell))]
    for name in names:
        if names.count(name) > 1:
            raise NotebookError(f"grade_id {name!r} names two cells; give each its own.")


def _keep_ids(new: list[Any], old: list[Any]) -> None:
    """Give each new cell the id of the old cell that it is a version of."""

    def key(cell: Any) -> tuple[str, str]:
        return cell.cell_type, grade_id(cell) or cell.source.rstrip()

    before, after = list(map(key, old)), list(map(key, new))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        # subtle: in a replaced stretch the cells pair up in order, so an edit keeps the id.
        if tag in ("equal", "replace"):
            for was, now in zip(old[i1:i2], new[j1:j2], strict=False):
                if was.cell_type == now.cell_type:
                    now["id"] = was.get("id")
