"""llmlab.update: a corrected release arrives, and nothing of the student's is lost."""

from __future__ import annotations

import copy
import functools
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmlab import notebooks, release, update, workplace
from llmlab.notebooks import NotebookError

SOLUTION = """\
# %% [markdown]
# # A lab

# %% nbgrader={"grade_id": "double-text", "locked": true}
# the task

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    raise NotImplementedError

# %%
double(2)

# %% nbgrader={"grade_id": "double-test", "grade": true, "points": 2}
assert double(2) == 4

# %% nbgrader={"grade_id": "triple", "solution": true}
def triple(x):
    raise NotImplementedError

# %% nbgrader={"grade_id": "triple-test", "grade": true, "points": 1}
assert triple(2) == 6

# %%
"the end"
"""
NAMES = ("double-text", "double", "double-test", "triple", "triple-test")


def lab(text: str = SOLUTION) -> Any:
    """Return a small lab's notebook; whatever its text, its cells' ids are those of SOLUTION's."""
    return copy.deepcopy(read_once(text))


@functools.cache
def read_once(text: str) -> Any:
    """Return the notebook of a text, kept, because reading it is slow."""
    base = None if text == SOLUTION else read_once(SOLUTION)
    return notebooks.from_text(text, base, lab="02-demo")


def cell(nb: Any, name: str) -> Any:
    """Return the one cell with this grade_id."""
    (found,) = [c for c in nb.cells if notebooks.grade_id(c) == name]
    return found


def sources(nb: Any) -> list[str]:
    """Return the text of every cell."""
    return [c.source for c in nb.cells]


def corrected(old: str, new: str) -> Any:
    """Return the lab with a piece of its text replaced."""
    assert old in SOLUTION
    return lab(SOLUTION.replace(old, new))


def added(nb: Any, place: int, text: str) -> Any:
    """Return a copy with a code cell of the student's own."""
    import nbformat

    nb = copy.deepcopy(nb)
    nb.cells.insert(place, nbformat.v4.new_code_cell(text))
    return nb


def answered(name: str = "double", text: str = "def double(x):\n    return x + x") -> Any:
    """Return the lab with one answer written."""
    nb = lab()
    cell(nb, name).source = text
    return nb


# ---------------------------------------------------------------------------------------------
# The merge


def test_an_untouched_copy_becomes_the_release() -> None:
    new = corrected("the task", "the task, corrected")
    merged, _ = update.merge(lab(), lab(), new)
    assert sources(merged) == sources(new)


def test_a_corrected_check_arrives() -> None:
    merged, told = update.merge(answered(), lab(), corrected("== 4", "== 2 + 2"))
    assert cell(merged, "double-test").source == "assert double(2) == 2 + 2"
    assert told == ["corrected: double-test"]


def test_an_answer_stays() -> None:
    merged, _ = update.merge(answered(), lab(), corrected("== 4", "== 2 + 2"))
    assert cell(merged, "double").source == "def double(x):\n    return x + x"


def test_an_answer_stays_when_its_stub_was_corrected_and_the_student_is_told() -> None:
    merged, told = update.merge(answered(), lab(), corrected("def double(x)", "def double(y)"))
    assert cell(merged, "double").source == "def double(x):\n    return x + x"
    assert any(line.startswith("yours stays: double") for line in told)


def test_who_has_the_correction_already_is_told_nothing() -> None:
    new = corrected('"the end"', '"the very end"')
    student = lab()
    student.cells[-1].source = '"the very end"'
    assert update.merge(student, lab(), new)[1] == []


def test_an_unwritten_answer_takes_the_corrected_stub() -> None:
    merged, _ = update.merge(lab(), lab(), corrected("def triple(x)", "def triple(y)"))
    assert cell(merged, "triple").source.startswith("def triple(y)")


def test_what_a_kept_cell_showed_stays() -> None:
    student = answered()
    cell(student, "double-test").outputs = [
        {"output_type": "stream", "name": "stdout", "text": "x"}
    ]
    merged, _ = update.merge(student, lab(), corrected("the task", "another"))
    assert cell(merged, "double-test").outputs


def test_what_a_corrected_cell_showed_goes() -> None:
    student = answered()
    cell(student, "double-test").outputs = [
        {"output_type": "stream", "name": "stdout", "text": "x"}
    ]
    merged, _ = update.merge(student, lab(), corrected("== 4", "== 2 + 2"))
    assert not cell(merged, "double-test").outputs


def test_an_edited_play_cell_stays_and_an_unedited_one_is_corrected() -> None:
    student = lab()
    student.cells[3].source = "double(17)"
    new = corrected('"the end"', '"the very end"')
    merged, _ = update.merge(student, lab(), new)
    assert merged.cells[3].source == "double(17)"
    assert merged.cells[-1].source == '"the very end"'


def test_a_locked_cell_that_was_edited_is_made_right() -> None:
    student = lab()
    cell(student, "double-test").source = "pass"
    merged, _ = update.merge(student, lab(), lab())
    assert cell(merged, "double-test").source == "assert double(2) == 4"


def test_a_new_exercise_comes_where_it_belongs() -> None:
    new = lab(
        SOLUTION.replace(
            '# %% nbgrader={"grade_id": "triple", "solution": true}',
            '# %% nbgrader={"grade_id": "half", "solution": true}\nhalf = None\n\n'
            '# %% nbgrader={"grade_id": "triple", "solution": true}',
        )
    )
    merged, told = update.merge(added(lab(), 4, "my own"), lab(), new)
    names = [notebooks.grade_id(c) for c in merged.cells]
    assert names.index("half") == names.index("double-test") + 1
    assert "new: half" in told


def test_own_cells_stay_where_they_were() -> None:
    student = added(lab(), 3, "my_note = 1")
    merged, _ = update.merge(student, lab(), corrected("the task", "another task"))
    assert sources(merged).index("my_note = 1") == 3


def test_own_cells_at_the_top_stay_at_the_top() -> None:
    merged, _ = update.merge(added(lab(), 0, "first"), lab(), corrected("task", "job"))
    assert sources(merged)[0] == "first"


def test_an_exercise_that_went_takes_its_check_but_leaves_the_answer() -> None:
    without = lab(SOLUTION.split('# %% nbgrader={"grade_id": "triple"')[0])
    student = answered("triple", "def triple(x):\n    return 3 * x")
    merged, told = update.merge(student, lab(), without)
    assert "def triple(x):\n    return 3 * x" in sources(merged)
    assert not any("assert triple" in text for text in sources(merged))
    assert "gone, as from the lab: triple-test" in told


def test_an_answer_without_an_exercise_is_an_ordinary_cell() -> None:
    without = lab(SOLUTION.split('# %% nbgrader={"grade_id": "triple"')[0])
    student = answered("triple", "def triple(x):\n    return 3 * x")
    merged, _ = update.merge(student, lab(), without)
    assert "triple" not in [notebooks.grade_id(c) for c in merged.cells]


def test_a_copied_answer_loses_its_name_and_not_its_text() -> None:
    student = answered()
    twin = copy.deepcopy(cell(student, "double"))
    twin.source = "def double(x):\n    return 2 * x"
    student.cells.append(twin)
    merged, _ = update.merge(student, lab(), corrected("task", "job"))
    assert cell(merged, "double").source == "def double(x):\n    return x + x"
    assert twin.source in sources(merged)


def test_of_two_copies_the_edited_one_is_the_answer() -> None:
    student = lab()
    twin = copy.deepcopy(cell(student, "double"))
    twin.source = "def double(x):\n    return 2 * x"
    student.cells.insert(4, twin)
    merged, _ = update.merge(student, lab(), corrected("task", "job"))
    assert cell(merged, "double").source == twin.source


def test_of_two_copies_the_lab_knows_its_own_again() -> None:
    student = lab()
    twin = copy.deepcopy(student.cells[3])
    student.cells[3].source = "double(17)"
    student.cells.insert(3, twin)  # a copy of the cell as it was, before the edited one
    once, _ = update.merge(student, lab(), lab())
    assert [c.source for c in once.cells if c.id == twin.id] == ["double(17)"]


def test_a_deleted_check_comes_back() -> None:
    student = answered()
    student.cells.remove(cell(student, "double-test"))
    merged, told = update.merge(student, lab(), lab())
    assert cell(merged, "double-test")
    assert "put back: double-test" in told


def test_a_deleted_play_cell_stays_deleted() -> None:
    student = lab()
    student.cells = [c for c in student.cells if c.source != "double(2)"]
    merged, _ = update.merge(student, lab(), corrected("task", "job"))
    assert "double(2)" not in sources(merged)


def test_cells_that_the_student_moved_stay_moved() -> None:
    student = lab()
    student.cells.append(student.cells.pop(3))
    merged, _ = update.merge(student, lab(), corrected("task", "job"))
    assert sources(merged)[-1] == "double(2)"


def test_a_lab_in_a_new_order_arrives() -> None:
    new = lab()
    new.cells.insert(1, new.cells.pop())
    merged, _ = update.merge(answered(), lab(), new)
    assert sources(merged)[1] == '"the end"'


def test_lost_ids_are_no_loss() -> None:
    student = answered()
    student.nbformat_minor = 4
    for each in student.cells:
        each.pop("id")
    new = corrected('"the end"', '"the very end"')
    merged, _ = update.merge(student, lab(), new)
    assert len(merged.cells) == len(new.cells)
    assert merged.cells[-1].source == '"the very end"'


def test_without_the_original_whatever_differs_is_the_students() -> None:
    student = answered()
    student.cells[3].source = "double(17)"
    merged, _ = update.merge(student, None, corrected("== 4", "== 2 + 2"))
    assert {"double(17)", "def double(x):\n    return x + x"} <= set(sources(merged))
    assert cell(merged, "double-test").source == "assert double(2) == 2 + 2"


# ---------------------------------------------------------------------------------------------
# … whatever was edited

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["edit", "add", "delete", "move", "copy", "retype"]),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    max_size=8,
)


def edited(nb: Any, edits: list[tuple[str, int, int]]) -> tuple[Any, set[str]]:
    """Apply edits as a student might; return the notebook and the texts that are theirs."""
    nb, theirs = copy.deepcopy(nb), set()
    for n, (what, i, j) in enumerate(edits):
        i, j = i % len(nb.cells), j % len(nb.cells)
        if what == "edit":
            nb.cells[i].source = f"edit {n}"
        elif what == "add":
            nb = added(nb, j, f"add {n}")
        elif what == "delete" and len(nb.cells) > 1:
            nb.cells.pop(i)
        elif what == "move":
            nb.cells.insert(j, nb.cells.pop(i))
        elif what == "copy":
            nb.cells.insert(j, copy.deepcopy(nb.cells[i]))
        elif what == "retype" and nb.cells[i].cell_type == "code":
            nb.cells[i].cell_type = "raw"
            nb.cells[i].pop("outputs", None)
            nb.cells[i].pop("execution_count", None)
    for each in nb.cells:
        if each.source.startswith(("edit", "add")) and notebooks.kind(each) in ("plain", "answer"):
            theirs.add(each.source)
    return nb, theirs


RELEASES = st.sampled_from(
    [
        SOLUTION,
        SOLUTION.replace("the task", "the task, corrected").replace("== 4", "== 2 + 2"),
        SOLUTION.replace("def double(x)", "def double(y)").replace("the end", "the very end"),
        SOLUTION.split('# %% nbgrader={"grade_id": "triple"')[0],
        SOLUTION + '\n# %% nbgrader={"grade_id": "half", "solution": true}\nhalf = None\n',
    ]
)


@settings(max_examples=150, deadline=None)
@given(EDITS, RELEASES, st.booleans())
def test_no_edit_loses_a_text_of_the_students(edits: Any, text: str, known: bool) -> None:
    student, theirs = edited(lab(), edits)
    merged, _ = update.merge(student, lab() if known else None, lab(text))
    assert theirs <= set(sources(merged))


@settings(max_examples=150, deadline=None)
@given(EDITS, RELEASES)
def test_after_any_edits_the_labs_own_cells_are_the_releases(edits: Any, text: str) -> None:
    new = lab(text)
    merged, _ = update.merge(edited(lab(), edits)[0], lab(), new)
    for each in new.cells:
        if notebooks.kind(each) in ("locked", "check"):
            assert cell(merged, notebooks.grade_id(each) or "").source == each.source


@settings(max_examples=150, deadline=None)
@given(EDITS, RELEASES)
def test_after_any_edits_a_second_update_changes_nothing(edits: Any, text: str) -> None:
    new = lab(text)
    once, _ = update.merge(edited(lab(), edits)[0], lab(), new)
    twice, told = update.merge(once, new, new)
    assert notebooks.dumps(twice) == notebooks.dumps(once)
    assert not told


# ---------------------------------------------------------------------------------------------
# Files


@pytest.fixture
def course(tmp_path: Path, root: Path) -> Path:
    """Return a course with one lab, of which the student has a copy."""
    shutil.copy(root / "nbgrader_config.py", tmp_path)
    publish(tmp_path, SOLUTION)
    workplace.copy_labs(tmp_path)
    return tmp_path


def publish(course: Path, text: str) -> None:
    """Write a lab's release as it is, without nbgrader."""
    folder = course / "labs" / "02-demo"
    folder.mkdir(parents=True, exist_ok=True)
    notebooks.write(folder / "02-demo.ipynb", lab(text))


def mine(course: Path) -> Path:
    """Return where the student's notebook is."""
    return course / "work" / "02-demo" / "02-demo.ipynb"


def answer(course: Path) -> None:
    """Write an answer into the student's notebook."""
    notebooks.write(mine(course), answered())


def test_a_correction_reaches_work(course: Path) -> None:
    answer(course)
    publish(course, SOLUTION.replace("== 4", "== 2 + 2"))
    list(update.update(course, "02-demo"))
    assert "== 2 + 2" in mine(course).read_text()
    assert "return x + x" in mine(course).read_text()


def test_the_notebook_as_it_was_lies_beside_it(course: Path) -> None:
    answer(course)
    before = mine(course).read_bytes()
    publish(course, SOLUTION.replace("== 4", "== 2 + 2"))
    list(update.update(course))
    (backup,) = mine(course).parent.glob("*backup*")
    assert backup.read_bytes() == before


def test_two_updates_in_one_second_make_two_backups(course: Path) -> None:
    for text in ("two", "three"):
        publish(course, SOLUTION.replace("the task", text))
        list(update.update(course))
    assert len(list(mine(course).parent.glob("*backup*"))) == 2


def test_without_a_correction_nothing_is_written(course: Path) -> None:
    answer(course)
    before = mine(course).read_bytes()
    assert list(update.update(course, "02")) == ["work/02-demo: up to date"]
    assert mine(course).read_bytes() == before
    assert not list(mine(course).parent.glob("*backup*"))


def test_the_next_update_knows_this_release(course: Path) -> None:
    publish(course, SOLUTION.replace("the end", "the second end"))
    list(update.update(course))
    publish(course, SOLUTION.replace("the end", "the third end"))
    list(update.update(course))
    assert "the third end" in mine(course).read_text()


def test_a_missing_copy_is_made(course: Path) -> None:
    mine(course).unlink()
    assert list(update.update(course)) == ["work/02-demo: a fresh copy"]
    assert mine(course).exists()


@pytest.mark.parametrize("broken", ["", "no json", '{"cells": []}', "[1, 2]", "\x00\xff"])
def test_a_broken_notebook_is_named_and_left_alone(course: Path, broken: str) -> None:
    mine(course).write_text(broken, encoding="utf-8")
    with pytest.raises(NotebookError, match=r"02-demo\.ipynb.*backup"):
        list(update.update(course, "02-demo"))
    assert mine(course).read_text(encoding="utf-8") == broken


def test_another_labs_notebook_is_refused(course: Path) -> None:
    other = lab()
    other.metadata["llmlab"] = {"lab": "03-attention"}
    notebooks.write(mine(course), other)
    with pytest.raises(NotebookError, match="not lab 02-demo, but 03-attention"):
        list(update.update(course, "02-demo"))


def test_a_stranger_without_a_name_is_refused(course: Path) -> None:
    stranger = notebooks.from_text("# %%\n1 + 1\n")
    notebooks.write(mine(course), stranger)
    with pytest.raises(NotebookError, match="something else"):
        list(update.update(course, "02-demo"))


def test_one_broken_notebook_does_not_stop_the_others(course: Path) -> None:
    shutil.copytree(course / "labs" / "02-demo", course / "labs" / "03-demo")
    (course / "labs" / "03-demo" / "02-demo.ipynb").unlink()
    nb = notebooks.from_text(SOLUTION, lab="03-demo")
    notebooks.write(course / "labs" / "03-demo" / "03-demo.ipynb", nb)
    workplace.copy_labs(course)
    mine(course).write_text("broken")
    lines = update.update(course)
    assert next(lines) == "work/03-demo: up to date"
    with pytest.raises(NotebookError):
        next(lines)


def test_an_unknown_lab_is_named_with_the_known(course: Path) -> None:
    with pytest.raises(NotebookError, match="no lab '07'.*02-demo"):
        list(update.update(course, "07"))


def test_copies_are_never_overwritten(course: Path) -> None:
    answer(course)
    before = mine(course).read_bytes()
    assert workplace.copy_labs(course) == []
    assert mine(course).read_bytes() == before


def test_without_any_lab_in_work_it_says_what_to_do(course: Path) -> None:
    shutil.rmtree(course / "work")
    assert "make lab" in "".join(update.update(course))
    assert not (course / "work").exists()


@pytest.mark.slow
def test_a_release_made_by_nbgrader_updates_too(tmp_path: Path, root: Path) -> None:
    shutil.copy(root / "nbgrader_config.py", tmp_path)
    release.write_solution(tmp_path, "02-demo", SOLUTION)
    release.write_labs(tmp_path)
    workplace.copy_labs(tmp_path)
    student = notebooks.read(mine(tmp_path))
    cell(student, "double").source = "def double(x):\n    return x + x"
    notebooks.write(mine(tmp_path), student)
    release.write_solution(tmp_path, "02-demo", SOLUTION.replace("== 4", "== 2 + 2"))
    release.write_labs(tmp_path)
    list(update.update(tmp_path))
    merged = notebooks.read(mine(tmp_path))
    assert cell(merged, "double").source == "def double(x):\n    return x + x"
    assert cell(merged, "double-test").source == "assert double(2) == 2 + 2"
