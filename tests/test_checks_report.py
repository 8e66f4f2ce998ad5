"""Reports: what a student sees, what nbgrader reads, what a program reads."""

from __future__ import annotations

import html.parser
import json

import pytest

from llmlab.checks.report import MIME, Diagnosis, NoPoints, Points, Report, Verdict

GOOD = Verdict("99-sample/double/twice", "twice the number", True, 1.0)
BAD = Verdict("99-sample/double/zero", "zero for <zero>", False, 0.0, "It is 1 & not 0.")
HALF = Report(
    "99-sample",
    "double",
    1.0,
    2.0,
    (GOOD, BAD),
    Diagnosis("plus one", "You add <one> & double."),
    printed="hello",
)
NOTHING = Report("99-sample", "double", 0.0, 2.0, (BAD, BAD))


class Reader(html.parser.HTMLParser):
    """Collects tags and text, and finds tags that are not closed."""

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read(markup):
    reader = Reader()
    reader.feed(markup)
    assert reader.open == []
    return reader


def run_cell(source, **names):
    """Run a cell in IPython as a notebook would, and give its outputs as a notebook stores them."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from nbformat.v4 import new_output

    shell = InteractiveShell.instance()
    shell.user_ns.update(names)
    with capture_output() as captured:
        result = shell.run_cell(source)
    outputs = [new_output("display_data", data=o.data) for o in captured.outputs]
    if result.error_in_exec:
        error = result.error_in_exec
        outputs.append(new_output("error", ename=type(error).__name__, evalue=str(error)))
    elif result.result is not None:
        data, _ = shell.display_formatter.format(result.result)
        # The display hook's own showing comes through the capture too.
        outputs = [new_output("execute_result", data=data, execution_count=1)]
    InteractiveShell.clear_instance()
    return outputs


def grade(outputs, points):
    from nbformat.v4 import new_code_cell
    from nbgrader.utils import determine_grade

    mark = {"grade": True, "solution": False, "grade_id": "double-test", "points": points}
    return determine_grade(
        new_code_cell("", outputs=outputs, metadata={"nbgrader": {"schema_version": 3, **mark}})
    )


@pytest.fixture
def nbgrader():
    pytest.importorskip("nbgrader")
    pytest.importorskip("IPython")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nbgrader_reads_points_as_partial_credit(nbgrader):
    assert grade(run_cell("points", points=Points(HALF)), 2) == (1.0, 2.0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nbgrader_reads_no_points_as_zero(nbgrader):
    def fail():
        raise NoPoints(NOTHING)

    assert grade(run_cell("fail()", fail=fail), 2) == (0, 2.0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_notebook_keeps_the_report_as_data(nbgrader):
    (output,) = run_cell("points", points=Points(HALF))
    assert output.data[MIME]["points"] == 1.0
    assert output.data["text/plain"] == "1.0"
    assert output.data["text/html"].startswith("<table")


def test_points_are_a_float_that_prints_as_a_number():
    points = Points(HALF)
    assert points == 1.0 and repr(points) == "1.0" and float(repr(points)) == points
    assert f"{points}" == "1.0" and str(points) == "1.0"


def test_no_points_says_what_the_table_says():
    assert str(NoPoints(NOTHING)) == NOTHING.to_text()
    assert "It is 1 & not 0." in str(NoPoints(NOTHING))


def test_no_points_shows_no_library_frames():
    lines = NoPoints(NOTHING)._render_traceback_()
    assert len(lines) == 1 and "llmlab/" not in lines[0]


def test_a_report_goes_through_json():
    data = json.loads(json.dumps(HALF.to_json()))
    assert data["passed"] is False
    assert data["properties"][1]["id"] == "99-sample/double/zero"
    assert data["misconception"]["name"] == "plus one"


def test_the_table_is_a_table():
    reader = read(HALF.to_html())
    tags = [tag for tag, _ in reader.tags]
    assert tags.count("table") == 1 and tags.count("tr") == 3 and "caption" in tags
    assert all(attrs.get("scope") == "col" for tag, attrs in reader.tags if tag == "th")


def test_the_table_says_its_marks_in_words():
    text = read(HALF.to_html()).text
    assert "✓\xa0holds" in text and "✗\xa0fails" in text


def test_the_table_escapes_what_it_shows():
    assert "<one>" not in HALF.to_html() and "<zero>" not in HALF.to_html()
    assert "You add <one> & double." in read(HALF.to_html()).text


def test_the_table_takes_the_colours_of_the_page():
    assert "#" not in HALF.to_html() and "rgb" not in HALF.to_html()


def test_a_problem_stands_alone():
    report = Report("99-sample", "double", 0.0, 2.0, (BAD,), problem="double is not written yet")
    assert report.to_text() == "double is not written yet"
    assert "table" not in report.to_html()


def test_full_points_pass():
    assert Report("99-sample", "double", 2.0, 2.0, (GOOD, GOOD)).passed
    assert not HALF.passed
