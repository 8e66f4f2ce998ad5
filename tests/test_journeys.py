"""A student's and an instructor's way through a lab, as the guides write it, command by command.

The blocks of commands come from `course/students.md` and `course/instructors.md`; what people do
between them (write answers, run the notebook, upload a zip) is done here. It all happens in a copy
of the course. The class: one right in everything, one who never began, one with three mistakes.
"""

import csv
import html
import os
import re
import shutil
import subprocess
import sys
import textwrap
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient

from llmlab import checks, notebooks

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
LAB = "02-tokenization"
NOTEBOOK = f"{LAB}.ipynb"
JOURNEY = re.compile(r"^% journey: (\w+)\n```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COPIED = ("labs", "llmlab", "solutions", "nbgrader_config.py", "pyproject.toml", "constraints.txt")
COPIED += ("LICENSE", "Makefile", "README.md")

# Three wrong answers that people write.
MISTAKES = {
    "encode-word": """
        def encode_word(word, ranks):
            tokens, i = [word[i : i + 1] for i in range(len(word))], 0
            while i + 1 < len(tokens):
                if (tokens[i], tokens[i + 1]) in ranks:
                    tokens[i : i + 2], i = [tokens[i] + tokens[i + 1]], 0
                else:
                    i += 1
            return tokens
    """,
    "split-special": """
        def split_special(text, special_tokens):
            import re
            if not special_tokens:
                return [(text, False)] if text else []
            pieces = re.split("(" + "|".join(map(re.escape, special_tokens)) + ")", text)
            return [(piece, piece in special_tokens) for piece in pieces if piece]
    """,
    "decode": """
        def decode(ids, vocab):
            return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")
    """,
}


def blocks(page: str, who: str) -> list[str]:
    """Return the blocks of commands that a guide marks as somebody's journey."""
    text = (ROOT / "course" / page).read_text(encoding="utf-8")
    return [commands for name, commands in JOURNEY.findall(text) if name == who]


def report(exercise: str) -> Any:
    """Return what the checks, hidden tests and all, say of one of the three wrong answers."""
    names: dict[str, Any] = {}
    exec(textwrap.dedent(MISTAKES[exercise]), names)
    return checks.evaluate(LAB, exercise, names[exercise.replace("-", "_")], hidden=True)


@dataclass(frozen=True)
class Course:
    """A copy of the course, in which commands run as the guides write them."""

    root: Path

    def run(self, commands: str, fails: bool = False) -> str:
        """Run a block of commands and return what they print; `fails`: it must not succeed."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=self.root,
            env=os.environ | {"PATH": path, "PYTHONPATH": str(self.root)},
            capture_output=True,
            text=True,
        )
        printed = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, f"{commands}\n{printed}"
        return printed

    def write(self, answers: dict[str, str]) -> None:
        """Write answers into the student's notebook, as a student does: by name of the cell."""
        path = self.root / "work" / LAB / NOTEBOOK
        nb = notebooks.read(path)
        for cell in nb.cells:
            if notebooks.kind(cell) == "answer" and notebooks.grade_id(cell) in answers:
                cell.source = textwrap.dedent(answers[notebooks.grade_id(cell)]).strip()
        notebooks.write(path, nb)

    def run_notebook(self) -> None:
        """Run the student's notebook from top to bottom, where it lies; errors do not stop it."""
        path = self.root / "work" / LAB / NOTEBOOK
        nb = notebooks.read(path)
        resources = {"metadata": {"path": str(path.parent)}}
        client = NotebookClient(nb, kernel_name="python3", allow_errors=True, resources=resources)
        client.execute(env=os.environ | {"PYTHONPATH": str(self.root)})
        notebooks.write(path, nb)

    def hand_in(self, student: str) -> None:
        """Upload the student's zip to the instructor, and begin again with an empty `work/`."""
        downloaded = self.root / "grading" / "downloaded"
        downloaded.mkdir(parents=True, exist_ok=True)
        packed = self.root / "work" / LAB / f"{LAB}-submission.zip"
        shutil.move(packed, downloaded / f"{student}.zip")
        shutil.rmtree(self.root / "work")


@pytest.fixture(scope="module")
def right() -> dict[str, str]:
    """The answers of the solution, by name of the cell, without nbgrader's marks."""
    nb = notebooks.read(ROOT / "solutions" / LAB / NOTEBOOK)
    answers = {notebooks.grade_id(c): c.source for c in nb.cells if notebooks.kind(c) == "answer"}
    return {
        str(name): re.sub(r"^\s*###.*\n?", "", text, flags=re.M) for name, text in answers.items()
    }


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, right: dict[str, str]) -> Course:
    """The course after a class of three has handed in: ada, ben and cleo."""
    course = Course(tmp_path_factory.mktemp("course"))
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, course.root / name)
    begin, check = blocks("students.md", "student")
    for student, answers, finished in (
        ("ada", right, True),
        ("ben", {}, False),
        ("cleo", right | MISTAKES, False),
    ):
        course.run(begin)
        course.write(answers)
        course.run_notebook()
        course.run(check, fails=not finished)
        course.hand_in(student)
    return course


@pytest.fixture(scope="module")
def grades(course: Course) -> dict[str, tuple[float, float]]:
    """What the instructor's commands make of them: score and most points, by student."""
    for commands in blocks("instructors.md", "instructor"):
        course.run(commands)
    with (course.root / "grading" / "grades.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in rows}


def feedback(course: Course, student: str) -> str:
    page = course.root / "grading" / "feedback" / student / LAB / f"{LAB}.html"
    return html.unescape(page.read_text(encoding="utf-8"))


def test_the_release_is_the_one_that_is_committed(course: Course, grades: Any) -> None:
    released = (course.root / "labs" / LAB / NOTEBOOK).read_bytes()
    assert released == (ROOT / "labs" / LAB / NOTEBOOK).read_bytes()


def test_the_zip_for_students_holds_no_solutions(course: Course, grades: Any) -> None:
    [packed] = (course.root / "dist").glob("*.zip")
    names = zipfile.ZipFile(packed).namelist()
    assert any(name.endswith(f"labs/{LAB}/{NOTEBOOK}") for name in names)
    assert not any("solutions" in name for name in names)


def test_all_three_are_graded(grades: dict[str, tuple[float, float]]) -> None:
    assert sorted(grades) == ["ada", "ben", "cleo"]


def test_right_answers_earn_everything(grades: dict[str, tuple[float, float]]) -> None:
    score, most = grades["ada"]
    assert score == most > 0


def test_an_untouched_notebook_earns_nothing(grades: dict[str, tuple[float, float]]) -> None:
    assert grades["ben"][0] == 0


def test_three_mistakes_lose_exactly_their_points(grades: dict[str, tuple[float, float]]) -> None:
    lost = sum(report(name).max_points - report(name).points for name in MISTAKES)
    assert lost > 0
    assert grades["cleo"][0] == grades["cleo"][1] - lost


@pytest.mark.parametrize("exercise", MISTAKES)
def test_the_feedback_calls_a_mistake_by_its_name(
    course: Course, grades: Any, exercise: str
) -> None:
    known = report(exercise).misconception
    assert known is not None
    assert known.name in feedback(course, "cleo")


@pytest.mark.parametrize("exercise", MISTAKES)
def test_right_answers_are_not_called_mistakes(course: Course, grades: Any, exercise: str) -> None:
    assert report(exercise).misconception.name not in feedback(course, "ada")
