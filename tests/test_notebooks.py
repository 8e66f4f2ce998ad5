"""Notebooks: their canonical form, their text view, their release, and how they run."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llmlab import execute, notebooks, release
from llmlab.notebooks import NotebookError

ROOT = Path(__file__).resolve().parent.parent
LABS = release.labs(ROOT)

TEXT = '''\
# %% [markdown]
# # A lab

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% tags=["play"]
print("any text")

# %% nbgrader={"grade_id": "double-test", "grade": true, "points": 2}
check(double)
### BEGIN HIDDEN TESTS
check(double, hidden=True)
### END HIDDEN TESTS
'''
CHECK = '''\
# %%
def check(answer, hidden=False):
    """Stand in for a check: points, or an error that says why."""
    try:
        return 2.0 if answer(3) == 6 else 1.0
    except NotImplementedError:
        raise AssertionError("This is not written yet.") from None

'''


@functools.cache
def lab() -> Any:
    """Return the small lab's notebook."""
    return notebooks.from_text(TEXT, lab="02-demo")


def ids(nb: Any) -> list[str]:
    """Return the id of every cell."""
    return [cell.id for cell in nb.cells]


# ---------------------------------------------------------------------------------------------
# Canonical form


def test_nbgraders_metadata_is_filled_in() -> None:
    assert lab().cells[1].metadata.nbgrader == {
        "grade": False,
        "grade_id": "double",
        "locked": False,
        "schema_version": 3,
        "solution": True,
        "task": False,
    }


def test_what_a_student_must_not_write_is_locked() -> None:
    assert lab().cells[3].metadata.nbgrader.locked


def test_a_graded_cell_has_its_name_as_its_id() -> None:
    assert ids(lab())[1::2] == ["double", "double-test"]


def test_kinds_of_cells() -> None:
    assert [notebooks.kind(cell) for cell in lab().cells] == ["plain", "answer", "plain", "check"]


def test_canonical_leaves_out_what_a_run_leaves() -> None:
    nb = notebooks.from_text(TEXT)
    nb.cells[2].outputs = [nbformat.v4.new_output("stream", text="any text")]
    nb.cells[2].execution_count = 7
    nb.cells[2].metadata["execution"] = {"a": "b"}
    nb.metadata["widgets"] = {"state": {}}
    nb.metadata["language_info"] = {"name": "python", "version": "3.13.0"}
    assert notebooks.dumps(notebooks.canonical(nb)) == notebooks.dumps(notebooks.from_text(TEXT))


def test_canonical_twice_is_canonical() -> None:
    once = notebooks.canonical(lab())
    assert notebooks.dumps(notebooks.canonical(once)) == notebooks.dumps(once)


def test_canonical_is_what_nbformat_writes(tmp_path: Path) -> None:
    notebooks.write(tmp_path / "ours.ipynb", lab())
    nbformat.write(lab(), tmp_path / "theirs.ipynb")
    assert (tmp_path / "ours.ipynb").read_bytes() == (tmp_path / "theirs.ipynb").read_bytes()


def test_ids_that_are_missing_come_from_the_text() -> None:
    assert ids(notebooks.from_text("# %%\n1\n# %%\n1\n")) == ids(
        notebooks.from_text("# %%\n1\n# %%\n1\n")
    )


def test_equal_cells_have_different_ids() -> None:
    assert len(set(ids(notebooks.from_text("# %%\n1\n# %%\n1\n")))) == 2


def test_the_lab_is_written_in_the_notebook() -> None:
    assert notebooks.lab_of(lab()) == "02-demo"


# ---------------------------------------------------------------------------------------------
# Text view


def test_text_has_nbgraders_metadata_in_short() -> None:
    assert '# %% nbgrader={"grade": true, "grade_id": "double-test", "points": 2}' in (
        notebooks.to_text(lab())
    )


def test_there_and_back_is_nothing_lost() -> None:
    back = notebooks.from_text(notebooks.to_text(lab()), lab())
    assert notebooks.dumps(back) == notebooks.dumps(lab())


def test_an_edited_cell_keeps_its_id() -> None:
    edited = notebooks.from_text(TEXT.replace("any text", "another text"), lab())
    assert ids(edited) == ids(lab())


def test_a_cell_put_before_others_leaves_their_ids() -> None:
    longer = notebooks.from_text(TEXT.replace("# %% tags", "# %%\nnew = 1\n\n# %% tags"), lab())
    assert [name for name in ids(longer) if name in ids(lab())] == ids(lab())


SOURCES = st.text(st.sampled_from("ab#%!'\"\\\n é{}"), max_size=20).map(str.strip).filter(bool)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["code", "markdown"]), SOURCES), min_size=1, max_size=4))
def test_any_cells_come_back_from_their_text(cells: list[tuple[str, str]]) -> None:
    # The text view reads Python: an open triple quote in a code cell would swallow what follows.
    assume(all("'''" not in source and '"""' not in source for _, source in cells))
    nb = nbformat.v4.new_notebook()
    nb.cells = [getattr(nbformat.v4, f"new_{kind}_cell")(source) for kind, source in cells]
    plain = notebooks.canonical(nb)
    back = notebooks.from_text(notebooks.to_text(plain), plain)
    assert [c.source for c in back.cells if c.cell_type == "markdown"] == [
        c.source for c in plain.cells if c.cell_type == "markdown"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("print(1)\n", "start each cell with a line `# %%`"),
        ('# %% nbgrader={"solution": true}\n1\n', "is not JSON with a grade_id"),
        ("# %% nbgrader=merge\n1\n", "is not JSON with a grade_id"),
        (TEXT + TEXT, "'double' names two cells"),
    ],
)
def test_text_that_is_no_lab_is_refused(text: str, told: str) -> None:
    with pytest.raises(NotebookError, match=told.replace("(", r"\(")):
        notebooks.from_text(text)


# ---------------------------------------------------------------------------------------------
# Files


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is not a notebook"),
        ("not json", "is not a notebook"),
        ("[]", "is not a notebook"),
        ("{}", "is not a notebook"),
        ('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "has no cells"),
    ],
)
def test_a_file_that_is_no_notebook_is_named_with_a_remedy(
    tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "mine.ipynb"
    path.write_text(content)
    with pytest.raises(NotebookError, match=f"(?s)mine.ipynb.*{told}.*make lab"):
        notebooks.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="none.ipynb: there is no such file"):
        notebooks.read(tmp_path / "none.ipynb")


# ---------------------------------------------------------------------------------------------
# Release


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Return a course with one lab, released."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    release.write_solution(tmp_path, "02-demo", CHECK + TEXT)
    release.write_labs(tmp_path)
    return tmp_path


def released(course: Path) -> Path:
    """Return where the released notebook is."""
    return course / "labs" / "02-demo" / "02-demo.ipynb"


@pytest.mark.slow
def test_a_release_has_no_answers_and_no_hidden_tests(course: Path) -> None:
    text = released(course).read_text()
    assert "raise NotImplementedError" in text
    assert all(secret not in text for secret in ("2 * x", "hidden=True", "### BEGIN"))


@pytest.mark.slow
def test_a_release_is_the_same_bytes_every_time(course: Path) -> None:
    assert release.generate(course, "02-demo") == released(course).read_text()


@pytest.mark.slow
def test_a_release_in_step_is_said_to_be(course: Path) -> None:
    assert release.out_of_step(course) == []
    assert release.source_problems(course) == []


@pytest.mark.slow
def test_a_release_edited_by_hand_is_found(course: Path) -> None:
    released(course).write_text(released(course).read_text().replace("A lab", "My lab"))
    assert release.out_of_step(course) == [
        "labs/02-demo/02-demo.ipynb is not what solutions/ gives: run `make labs`."
    ]


@pytest.mark.slow
def test_a_stranger_in_labs_is_found(course: Path) -> None:
    (course / "labs" / "02-demo" / "answers.ipynb").write_text("{}")
    assert release.out_of_step(course) == [
        "labs/02-demo/answers.ipynb comes from no solution: remove it."
    ]


@pytest.mark.slow
def test_grading_runs_a_check_that_is_tagged_to_be_skipped(course: Path) -> None:
    from nbgrader.preprocessors import Execute

    nb = notebooks.from_text('# %% tags=["skip-execution"]\n1 / 0\n')
    ran, _ = Execute(config=release._settings(course)).preprocess(nb, {})
    assert ran.cells[0].outputs[0].ename == "ZeroDivisionError"


@pytest.mark.slow
def test_what_nbgrader_refuses_is_told_in_its_words(course: Path) -> None:
    release.write_solution(course, "02-demo", TEXT.replace("    ### END SOLUTION\n", ""))
    with pytest.raises(NotebookError, match="nbgrader refuses 02-demo.*end solution"):
        release.generate(course, "02-demo")


def test_a_source_folder_holds_one_file(tmp_path: Path) -> None:
    release.write_solution(tmp_path, "02-demo", TEXT)
    (tmp_path / "solutions" / "02-demo" / "secret.csv").write_text("1")
    assert "secret.csv" in release.source_problems(tmp_path)[0]


def test_a_solution_with_outputs_is_not_canonical(tmp_path: Path) -> None:
    path = release.write_solution(tmp_path, "02-demo", TEXT)
    nb = notebooks.read(path)
    nb.cells[2].execution_count = 3
    nbformat.write(nb, path)
    assert "not canonical" in release.source_problems(tmp_path)[0]


def test_a_lab_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    release.write_solution(tmp_path, "02-demo", TEXT)
    with pytest.raises(NotebookError, match="no lab '99' here; there are: 02-demo"):
        release.source(tmp_path, "99")


# ---------------------------------------------------------------------------------------------
# Execution


def run(text: str) -> execute.Run:
    """Run a small notebook."""
    return execute.execute(notebooks.from_text(text), timeout=20)


@pytest.mark.slow
def test_a_right_solution_has_no_problems() -> None:
    assert execute.solution_problems(run(CHECK + TEXT)) == []


@pytest.mark.slow
def test_a_solution_short_of_points_has() -> None:
    (problem,) = execute.solution_problems(run(CHECK + TEXT.replace("2 * x", "3 * x")))
    assert problem == "check double-test gives 1 of 2 points"


@pytest.mark.slow
def test_a_solution_that_warns_in_a_check_loses_its_points() -> None:
    noisy = TEXT.replace("check(double)\n", "import warnings; warnings.warn('x')\ncheck(double)\n")
    (problem,) = execute.solution_problems(run(CHECK + noisy))
    assert "gives 0 of 2 points; it wrote on stderr" in problem


@pytest.mark.slow
def test_an_untouched_release_fails_in_its_checks_alone(course: Path) -> None:
    done = execute.execute(notebooks.read(released(course)))
    assert [error.cell for error in done.errors] == ["double-test"]
    assert execute.release_problems(done) == []


@pytest.mark.slow
def test_a_release_with_another_failure_has_problems() -> None:
    (one, two) = execute.release_problems(
        run(
            "# %%\n1 / 0\n\n"
            '# %% nbgrader={"grade_id": "a", "grade": true, "points": 1}\nraise ValueError("x")\n'
        )
    )
    assert "ZeroDivisionError: division by zero: only a check may fail" in one
    assert "ValueError: x: only a check may fail, and say 'not written yet'" in two


@pytest.mark.slow
def test_a_check_without_points_may_say_that_nothing_is_written() -> None:
    assert execute.release_problems(run("# %%\nraise ValueError('not written yet')\n")) == []


@pytest.mark.slow
def test_a_check_that_passes_with_nothing_written_is_a_problem() -> None:
    text = '# %% nbgrader={"grade_id": "a", "grade": true, "points": 1}\n1.0\n'
    assert execute.release_problems(run(text)) == ["check a passes although nothing is written"]


@pytest.mark.slow
def test_a_cell_that_hangs_ends_the_run() -> None:
    nb = notebooks.from_text("# %%\n1\n# %%\nwhile True: pass\n")
    (error,) = execute.execute(nb, timeout=2).errors
    assert (error.index, error.name) == (1, "CellTimeoutError")


@pytest.mark.slow
def test_a_cell_that_kills_the_kernel_ends_the_run() -> None:
    (error,) = run("# %%\nimport os; os._exit(1)\n").errors
    assert error.name == "DeadKernelError"


@pytest.mark.slow
def test_a_run_leaves_no_trace_and_tells_its_cost() -> None:
    nb = notebooks.from_text("# %%\nimport pathlib\nprint(pathlib.Path().resolve())\n")
    done = execute.execute(nb)
    folder = done.notebook.cells[0].outputs[0].text.strip()
    assert not Path(folder).exists() and not nb.cells[0].outputs
    assert done.cpu_s > 0 and done.peak_mib > 10


# ---------------------------------------------------------------------------------------------
# The labs of the course


def test_solutions_are_committed_as_they_should_be() -> None:
    assert release.source_problems(ROOT) == []


@pytest.mark.slow
def test_labs_are_what_solutions_give() -> None:
    assert release.out_of_step(ROOT) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_a_solution_runs_and_earns_every_point(name: str) -> None:
    done = execute.execute(notebooks.read(release.source(ROOT, name)))
    print(f"solutions/{name}: {done.summary()}")
    assert execute.solution_problems(done) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_an_untouched_lab_fails_in_its_checks_alone(name: str) -> None:
    done = execute.execute(notebooks.read(ROOT / "labs" / name / f"{name}.ipynb"))
    print(f"labs/{name}: {done.summary()}")
    assert execute.release_problems(done) == []
