"""`llmlab lab` as a student and as an instructor see it, in a real browser."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmlab import notebooks, release

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent.parent
SERVE = (
    "import sys, pathlib; from llmlab import workplace;"
    "workplace.serve(pathlib.Path(sys.argv[1]), port=int(sys.argv[2]), browser=False,"
    " course=sys.argv[3] == 'course')"
)
TEXT = """\
# %% [markdown]
# # A lab to open

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "double-test", "grade": true, "points": 1}
assert double(2) == 4
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a course with one released lab."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    release.write_solution(root, "02-demo", TEXT)
    release.write_labs(root)
    return root


def free_port() -> int:
    """Return a port that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def served(course: Path, mode: str) -> Iterator[str]:
    """Run `llmlab lab`; yield the address that it prints, with its token."""
    command = [sys.executable, "-c", SERVE, str(course), str(free_port()), mode]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    timer = threading.Timer(120, process.kill)
    timer.start()
    said: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1\S+token=\w+", line):
                timer.cancel()
                threading.Thread(target=process.stdout.read, daemon=True).start()
                yield found[0]
                return
        pytest.fail(f"no address was printed: {''.join(said)}")
    finally:
        timer.cancel()
        process.terminate()
        process.wait(timeout=30)
        time.sleep(0.1)  # let the reader thread see the end of the stream
        process.stdout.close()


@pytest.fixture(scope="module")
def student(course: Path) -> Iterator[str]:
    """Yield the address of a student's JupyterLab."""
    yield from served(course, "work")


@pytest.fixture(scope="module")
def instructor(course: Path) -> Iterator[str]:
    """Yield the address of an instructor's JupyterLab."""
    yield from served(course, "course")


def choose(page: Any, *names: str) -> None:
    """Choose an entry of a menu."""
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{names[0]}$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{names[1]}$")).click()


def test_a_student_lands_in_the_first_lab(student: str, new_page: Any) -> None:
    page = new_page(width=1400)
    page.goto(f"{student}&reset")
    page.get_by_role("heading", name="A lab to open").wait_for(timeout=90_000)
    assert page.url.endswith("/lab/tree/02-demo/02-demo.ipynb")


def test_nothing_pops_up(student: str, new_page: Any) -> None:
    page = new_page(width=1400)
    page.goto(f"{student}&reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=90_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0


def test_a_student_sees_the_assignment_list_without_an_exchange(
    student: str, new_page: Any
) -> None:
    page = new_page(width=1400)
    page.goto(f"{student}&reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=90_000)
    choose(page, "Nbgrader", "Assignment List")
    page.get_by_text("There are no assignments to fetch.").wait_for(timeout=60_000)


@pytest.mark.parametrize("who", ["student", "instructor"])
def test_the_formgrader_lists_the_lab(
    who: str, request: pytest.FixtureRequest, new_page: Any
) -> None:
    page = new_page(width=1400)
    page.goto(request.getfixturevalue(who) + "&reset")
    # The student's notebook would cover the formgrader if it opened later.
    first = ".jp-Notebook .jp-Cell" if who == "student" else ".jp-DirListing-item"
    page.locator(first).first.wait_for(timeout=90_000)
    choose(page, "Nbgrader", "Formgrader")
    frame = page.frame_locator("iframe").first
    frame.get_by_text("02-demo", exact=True).first.wait_for(timeout=60_000)


def test_the_gradebook_lies_under_grading(student: str, course: Path) -> None:
    address, token = student.split("?token=")
    base = address.split("/lab")[0]
    with urllib.request.urlopen(f"{base}/formgrader/api/assignments?token={token}") as answer:
        assert b'"02-demo"' in answer.read()
    assert (course / "grading" / "gradebook.db").exists()
    assert not list(course.glob("*.db")) and not list((course / "work").rglob("*.db"))


def test_validate_says_what_is_missing(student: str, course: Path, new_page: Any) -> None:
    page = new_page(width=1400)
    page.goto(f"{student}&reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=90_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.get_by_role("button", name="Validate").click()
    page.locator(".jp-Dialog").get_by_text("NotImplementedError").first.wait_for(timeout=90_000)


def test_what_a_student_opens_is_a_copy(student: str, course: Path) -> None:
    copied = course / "work" / "02-demo" / "02-demo.ipynb"
    released = course / "labs" / "02-demo" / "02-demo.ipynb"
    assert notebooks.lab_of(notebooks.read(copied)) == "02-demo"
    assert notebooks.dumps(notebooks.read(released)) == released.read_text(encoding="utf-8")
