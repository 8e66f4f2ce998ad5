"""Bring a corrected release into a student's notebook, cell by cell, and touch nothing of theirs.

Three notebooks meet: the student's, the release that it began as, and the release as it is now.
Cells are the same cell when they have the same grade_id, or else the same id. What the student
wrote stays: answers, edited cells, cells of their own. The rest follows the release.

    for line in update.update(root, "02-tokenization"):
        print(line)
    merged, told = update.merge(student, began_as, release)
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from llmlab import notebooks, workplace
from llmlab.notebooks import NotebookError
from llmlab.runtime import atomic_write

__all__ = ["merge", "update"]

OWNED = ("nbgrader", "deletable", "editable")  # what a release says of a cell, in its metadata


def update(root: Path, lab: str | None = None) -> Iterator[str]:
    """Update one lab in `work/`, or all; yield a line for each thing done.

    A notebook that cannot be updated is left as it is; its error is raised after the others.
    """
    refused = []
    named = _named(root, lab)
    if not named:
        yield "work/ has no lab yet: `make lab`, or name one here, as in `llmlab update 02`."
    for name in named:
        try:
            yield from _update_file(root, name)
        except NotebookError as error:
            refused.append(str(error))
    if refused:
        raise NotebookError("\n".join(refused))


def _named(root: Path, lab: str | None) -> list[str]:
    """Return the labs meant by a name, the beginning of one ("02"), or a path to one."""
    known = sorted(path.parent.name for path in (root / "labs").glob("*/*.ipynb"))
    if lab is None:
        return [name for name in known if (root / "work" / name).is_dir()]
    wanted = Path(lab).stem
    found = [name for name in known if name == wanted] or [
        name for name in known if name.startswith(wanted)
    ]
    if len(found) != 1:
        raise NotebookError(f"There is no lab {lab!r}; there are: {', '.join(known) or 'none'}.")
    return found


def _update_file(root: Path, lab: str) -> Iterator[str]:
    folder = root / "work" / lab
    mine = folder / f"{lab}.ipynb"
    newest = root / "labs" / lab / f"{lab}.ipynb"
    if not mine.exists():
        workplace.copy_labs(root)
        yield f"work/{lab}: a fresh copy"
        return
    student, release = notebooks.read(mine), notebooks.read(newest)
    _refuse_another(mine, student, release)
    began = folder / workplace.RELEASED
    merged, told = merge(student, notebooks.read(began) if began.exists() else None, release)
    if notebooks.dumps(merged) != notebooks.dumps(student):
        saved = _back_up(mine)
        notebooks.write(mine, merged)
        yield f"work/{lab}: updated; as it was: {saved.name}"
        yield from (f"  {line}" for line in told)
        yield "  If it is open in JupyterLab: File > Reload Notebook from Disk."
    else:
        yield f"work/{lab}: up to date"
    # subtle: last, so that a crash before it only means that the same update runs again.
    atomic_write(began, newest.read_bytes())


def _refuse_another(path: Path, student: Any, release: Any) -> None:
    """Refuse a notebook that is not this lab's."""
    lab, other = notebooks.lab_of(release), notebooks.lab_of(student)
    names = [{notebooks.grade_id(c) for c in nb.cells} - {None} for nb in (student, release)]
    stranger = other != lab if other else bool(names[1]) and not names[0] & names[1]
    if stranger:
        raise NotebookError(
            f"{path}: this notebook is not lab {lab}, but {other or 'something else'}. "
            "Move it away, and run the same command again for a fresh copy."
        )


def _back_up(path: Path) -> Path:
    """Copy a file beside itself under a name with the time, and return that name."""
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    for extra in ["", *(f"-{n}" for n in range(2, 1000))]:
        target = path.with_name(f"{path.stem}.backup-{stamp}{extra}.ipynb")
        if not target.exists():
            shutil.copy2(path, target)
            return target
    raise NotebookError(f"{path}: too many backups beside it; move some away.")


# ---------------------------------------------------------------------------------------------
# The merge

Cells = dict[str, Any]  # key -> cell, in the notebook's order


def merge(student: Any, began_as: Any, release: Any) -> tuple[Any, list[str]]:
    """Return the student's notebook brought to a release, and what to tell the student.

    `began_as` is the release that the student's notebook was made from, or None if that is not
    known: then every cell that differs from the release counts as the student's.
    """
    base: Cells = {_key(cell): cell for cell in began_as.cells} if began_as is not None else {}
    new: Cells = {_key(cell): cell for cell in release.cells}
    mine: Cells = dict(zip(_keys(student.cells, base, new), student.cells, strict=True))
    told: list[str] = []
    cells: Cells = {}
    for key in _order(mine, base, new):
        cell = _merged(key, mine, base, new, told)
        if cell is not None:
            cells[key] = cell
    told += [f"gone, as from the lab: {key}" for key in mine if key not in cells]
    merged = copy.deepcopy(student)
    merged.cells = _with_own_ids(cells, new)
    merged.nbformat_minor = max(student.nbformat_minor, release.nbformat_minor)
    if notebooks.lab_of(release):
        merged.metadata["llmlab"] = copy.deepcopy(release.metadata["llmlab"])
    return merged, told


def _key(cell: Any) -> str:
    return notebooks.grade_id(cell) or cell.get("id", "")


def _text(cells: Cells, key: str) -> str | None:
    return cells[key].source.rstrip() if key in cells else None


def _keys(cells: Sequence[Any], base: Cells, new: Cells) -> list[str]:
    """Say for each of the student's cells which cell of the lab it is; its own key if none.

    Of several with one name (a cell that was copied), the first edited one is the lab's.
    """
    keys = [f"your cell {i}" for i in range(1, len(cells) + 1)]
    claimed: dict[str, list[int]] = {}
    for i, cell in enumerate(cells):
        if _key(cell) in base or _key(cell) in new:
            claimed.setdefault(_key(cell), []).append(i)
    for name, places in claimed.items():
        edited = [i for i in places if cells[i].source.rstrip() != _text(base, name)]
        keys[(edited or places)[0]] = name
    # subtle: Colab may lose ids; an ordinary cell is then known by its text.
    for name in [*base, *new]:
        text = _text(new, name) if name in new else _text(base, name)
        for i, cell in enumerate(cells):
            if keys[i].startswith("your") and name not in keys and _lost(cell, base, name, text):
                keys[i] = name
    return keys


def _lost(cell: Any, base: Cells, name: str, text: str | None) -> bool:
    """Return whether a cell has the text of a cell of the lab, and no name to contradict it."""
    if notebooks.grade_id(cell) or not cell.source.strip():
        return False
    return cell.source.rstrip() in (text, _text(base, name))


def _order(mine: Cells, base: Cells, new: Cells) -> list[str]:
    """Return every key in the order of the result.

    The lab's order, unless the student moved its cells: then theirs. The other side's cells
    follow the cell that they followed.
    """
    # What the student deleted stays deleted; what grading needs comes back.
    wanted = [
        key for key in new if key in mine or key not in base or notebooks.kind(new[key]) != "plain"
    ]
    common = [key for key in mine if key in base]
    moved = common != [key for key in base if key in mine] if base else True
    if moved:
        return _weave(list(mine), wanted)
    return _weave(wanted, list(mine))


def _weave(order: list[str], guests: list[str]) -> list[str]:
    """Return `order` with each guest put behind the one that it followed among the guests.

    >>> _weave(["a", "b", "c"], ["a", "mine", "c"])
    ['a', 'mine', 'b', 'c']
    """
    woven = list(order)
    for place, guest in enumerate(guests):
        if guest not in woven:
            before = woven.index(guests[place - 1]) + 1 if place else 0
            woven.insert(before, guest)
    return woven


def _merged(key: str, mine: Cells, base: Cells, new: Cells, told: list[str]) -> Any:
    """Return the cell that the result has for a key, or None where it has none."""
    was, text, now = (_text(cells, key) for cells in (base, mine, new))
    if text is None:
        told.append(f"put back: {key}" if key in base else f"new: {key}")
        return new[key]
    if now is None:
        return None if text == was else _owned_by_student(mine[key])
    edited = text not in (was, now)
    if notebooks.kind(new[key]) in ("locked", "check") or not edited:
        if text != now:
            told.append(f"corrected: {key}")
        return _with_outputs_of(mine[key], new[key])
    if was is not None and now != was:
        told.append(f"yours stays: {key} (the lab's own text has changed; see labs/)")
    return _with_metadata_of(new[key], mine[key])


def _owned_by_student(cell: Any) -> Any:
    """Return a cell that the lab no longer has, or never had, as the student's plain cell."""
    cell = copy.deepcopy(cell)
    for name in OWNED:
        cell.metadata.pop(name, None)
    return cell


def _with_metadata_of(release: Any, mine: Any) -> Any:
    """Return the student's cell, named and locked as the release says."""
    cell = _owned_by_student(mine)
    for name in OWNED:
        if name in release.metadata:
            cell.metadata[name] = copy.deepcopy(release.metadata[name])
    cell["id"] = release.get("id")
    return cell


def _with_outputs_of(mine: Any, release: Any) -> Any:
    """Return the release's cell; where it has the same text, with what it showed the student."""
    if mine.cell_type != release.cell_type or mine.source.rstrip() != release.source.rstrip():
        return copy.deepcopy(release)
    return _with_metadata_of(release, mine)


def _with_own_ids(cells: Cells, new: Cells) -> list[Any]:
    """Give each cell an id that no other has; the lab's cells keep theirs."""
    # subtle: a copy that stands before the lab's own cell must not take its id: by it the next
    # update knows which of the two is which.
    taken = {new[key].get("id") for key in cells if key in new}
    for key, cell in cells.items():
        if key not in new:
            cell["id"] = notebooks.fresh_id(cell.get("id"), cell.source, taken)
    return list(cells.values())
