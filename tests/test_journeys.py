"""A student's and an instructor's journey, by the very commands of the guides.

The blocks marked `% journey: NAME` in course/students.md and course/instructors.md run in order, in
a copy of the course. Between them the tests do what a person does: write answers, run the notebook,
save what was handed in.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell

from llmlab import notebooks

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
LAB = "02-tokenization"
JOURNEY = re.compile(r"^% journey: (\w+)\n```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Three answers with a misconception each: what eve hands in, and what she must be told.
SLIPS = {
    "most-frequent-pair": (
        """
def most_frequent_pair(words):
    counts = {}
    for word, n in words.items():
        for pair in zip(word, word[1:]):
            counts[pair] = counts.get(pair, 0) + 1
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)
""",
        "most_frequent_pair",
    ),
    "merge-pair": (
        """
def merge_pair(word, pair):
    for i in range(len(word) - 1):
        if (word[i], word[i + 1]) == tuple(pair):
            return word[:i] + (word[i] + word[i + 1],) + word[i + 2 :]
    return word
""",
        "merge_pair",
    ),
    "decode": (
        """
def decode(ids, vocab):
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")
""",
        "decode",
    ),
}


def blocks(name: str) -> list[str]:
    """Return the blocks of a journey, in order."""
    pages = [ROOT / "course" / "students.md", ROOT / "course" / "instructors.md"]
    found = [JOURNEY.findall(page.read_text(encoding="utf-8")) for page in pages]
    return [block for page in found for told, block in page if told == name]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the course, as a clone would be."""
    target = tmp_path_factory.mktemp("journey") / "course"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for line in listed.stdout.splitlines():
        if (ROOT / line).is_file():
            (target / line).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / line, target / line)
    return target


def shell(course: Path, commands: str) -> str:
    """Run commands as a person would in the activated environment; return what they print."""
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(course),
        "LLMLAB_SCALE": "smoke",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def solved(course: Path) -> Any:
    """Return the release with every answer of the solution written into it."""
    release = notebooks.read(course / "labs" / LAB / f"{LAB}.ipynb")
    solution = notebooks.read(course / "solutions" / LAB / f"{LAB}.ipynb")
    answers = {
        notebooks.grade_id(cell): cell.source
        for cell in solution.cells
        if notebooks.kind(cell) == "answer"
    }
    for cell in release.cells:
        if notebooks.grade_id(cell) in answers:
            cell.source = answers[notebooks.grade_id(cell)]
    return release


def hand_in(course: Path, folder: Path, nb: Any) -> Path:
    """Write a notebook into a folder, run it as in Jupyter, hand in; return the zip it makes."""
    folder.mkdir(parents=True, exist_ok=True)
    nb.cells.append(new_code_cell("lab.submit()", id="hand-in"))
    notebooks.write(folder / f"{LAB}.ipynb", nb)
    shell(course, f"jupyter execute --inplace --allow-errors '{folder}/{LAB}.ipynb'")
    return folder / f"{LAB}-submission.zip"


# ---------------------------------------------------------------------------------------------
# The student


def test_a_students_journey(course: Path) -> None:
    update, check = blocks("student")
    shell(course, update)
    mine = course / "work" / LAB
    zipped = hand_in(course, mine, solved(course))
    shell(course, check)  # exits 0: every graded check earns its points
    with zipfile.ZipFile(zipped) as archive:
        assert f"{LAB}.ipynb" in archive.namelist()


def test_a_correction_reaches_the_student_and_no_answer_is_touched(course: Path) -> None:
    update = blocks("student")[0]
    mine = course / "work" / LAB / f"{LAB}.ipynb"
    shell(course, update)
    written = notebooks.read(mine)
    solution = course / "solutions" / LAB / f"{LAB}.ipynb"
    nb = notebooks.read(solution)
    nb.cells[0].source += "\n\nThis line is a correction."
    notebooks.write(solution, nb)
    shell(course, "llmlab notebooks labs\n" + update)
    updated = notebooks.read(mine)
    assert "This line is a correction." in updated.cells[0].source
    for before, after in zip(written.cells[1:], updated.cells[1:], strict=True):
        assert before.source == after.source


# ---------------------------------------------------------------------------------------------
# The instructor


@pytest.fixture(scope="module")
def graded(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the course after the instructor's journey, with a class of three.

    ada hands in the solution, bob the untouched release, eve three misconceptions.
    """
    release, collect, grade = blocks("instructor")
    shell(course, release)
    downloaded = course / "grading" / "downloaded"
    downloaded.mkdir(parents=True)
    desks = tmp_path_factory.mktemp("students")
    slips = solved(course)
    for cell in slips.cells:
        if notebooks.grade_id(cell) in SLIPS:
            cell.source = SLIPS[notebooks.grade_id(cell)][0].strip()
    shutil.copy(hand_in(course, desks / "ada", solved(course)), downloaded / "ada.zip")
    shutil.copy(hand_in(course, desks / "eve", slips), downloaded / "eve.zip")
    with zipfile.ZipFile(downloaded / "bob.zip", "w") as archive:
        archive.write(course / "labs" / LAB / f"{LAB}.ipynb", f"{LAB}.ipynb")
    shell(course, collect)
    shell(course, grade)
    return course


def marks(course: Path) -> dict[str, tuple[float, float]]:
    """Return each student's score and the most that can be had."""
    with open(course / "grading" / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in rows}


def verdict(slug: str) -> Any:
    """Return what the checks say of one of eve's answers."""
    from llmlab import checks

    source, name = SLIPS[slug]
    scope: dict[str, Any] = {}
    exec(source, scope)
    return checks.evaluate(LAB, slug, scope[name], hidden=True)


def shown(course: Path, student: str, grade_id: str) -> str:
    """Return what a graded check showed, as text."""
    path = course / "grading" / "autograded" / student / LAB / f"{LAB}.ipynb"
    cells = notebooks.read(path).cells
    (cell,) = [cell for cell in cells if notebooks.grade_id(cell) == f"{grade_id}-test"]
    return json.dumps(cell.outputs)


def test_the_solution_earns_full_marks(graded: Path) -> None:
    score, most = marks(graded)["ada"]
    assert score == most > 0


def test_an_untouched_release_earns_nothing(graded: Path) -> None:
    assert marks(graded)["bob"][0] == 0


def test_three_misconceptions_lose_exactly_their_points(graded: Path) -> None:
    reports = [verdict(slug) for slug in SLIPS]
    lost = sum(report.max_points - report.points for report in reports)
    score, most = marks(graded)["eve"]
    assert score == most - lost


@pytest.mark.parametrize("slug", SLIPS)
def test_each_misconception_is_told_by_name(graded: Path, slug: str) -> None:
    found = verdict(slug).misconception
    assert found is not None
    assert found.name in shown(graded, "eve", slug)


def test_feedback_is_made_for_everybody(graded: Path) -> None:
    for student in ("ada", "bob", "eve"):
        assert (graded / "grading" / "feedback" / student / LAB / f"{LAB}.html").exists()


def test_what_is_handed_out_holds_no_solution(graded: Path) -> None:
    (bundle,) = (graded / "dist").glob("*.zip")
    with zipfile.ZipFile(bundle) as archive:
        assert not [name for name in archive.namelist() if "solutions" in name]


def test_nothing_of_the_class_lies_outside_grading(graded: Path) -> None:
    told = {path.name for path in graded.iterdir()} - {path.name for path in ROOT.iterdir()}
    assert told <= {"grading", "dist", "work", "__pycache__"}
