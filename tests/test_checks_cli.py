"""`llmlab check` on a student's notebook, `llmlab checks` on the checks themselves."""

from __future__ import annotations

import argparse
import json

import pytest
from sample_exercise import build

from llmlab.checks import LABS, cli
from llmlab.checks.audit import Audit
from llmlab.checks.report import MIME

nbformat = pytest.importorskip("nbformat")
new = nbformat.v4

LAB = "02-tokenization"
SETUP = "from llmlab.checks import tokenization as check"
MERGE = """
def merge_pair(word, pair):
    out, i = [], 0
    while i < len(word):
        if word[i : i + 2] == pair:
            out.append(pair[0] + pair[1])
            i += 2
        else:
            out.append(word[i])
            i += 1
    return {kind}(out)
"""


def cell(source, grade_id=None, points=0, solution=False):
    made = new.new_code_cell(source)
    if grade_id:
        made.metadata.nbgrader = {
            "grade_id": grade_id,
            "grade": not solution,
            "solution": solution,
            "locked": not solution,
            "schema_version": 3,
        } | ({"points": points} if points else {})
    return made


def notebook(merge, lab=LAB):
    cells = [
        cell(SETUP),
        cell(merge, "merge-pair", solution=True),
        cell("check.merge_pair(merge_pair)", "merge-pair-test", 3),
        cell("def decode(ids, vocab):\n    raise NotImplementedError"),
        cell("check.decode(decode)"),
    ]
    return new.new_notebook(cells=cells, metadata={"llmlab": {"lab": lab}} if lab else {})


def saved(folder, made):
    path = folder / "mine.ipynb"
    path.write_text(nbformat.writes(made), encoding="utf-8")
    return str(path)


def run(path, json=False):
    return cli.check(argparse.Namespace(notebook=path, json=json))


@pytest.mark.slow
def test_a_right_notebook_passes_and_ungraded_checks_do_not_count(tmp_path, capsys):
    assert run(saved(tmp_path, notebook(MERGE.format(kind="tuple")))) == 0
    out = capsys.readouterr().out
    assert "merge-pair: 3 of 3 points" in out
    assert "decode: 0 of 3 points (not graded)" in out and "decode is not written yet" in out
    assert "3 of 3 points: every graded check passes" in out


@pytest.mark.slow
def test_a_wrong_notebook_fails_and_names_the_misconception(tmp_path, capsys):
    assert run(saved(tmp_path, notebook(MERGE.format(kind="list"))), json=True) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["passed"] is False
    first = said["checks"][0]
    assert first["cell"] == "merge-pair-test" and first["graded"] and not first["passed"]
    assert first["report"]["misconception"]["name"] == "a list in place of a tuple"


@pytest.mark.slow
def test_a_cell_that_stops_before_its_check_is_told(tmp_path, capsys):
    assert run(saved(tmp_path, notebook("merge_pairs = 1"))) == 1
    assert "merge-pair-test: 0 of 3 points\n  NameError" in capsys.readouterr().out


@pytest.mark.slow
def test_a_cell_that_gives_a_plain_number_counts_too(tmp_path, capsys):
    made = notebook(MERGE.format(kind="tuple"))
    made.cells.append(cell("1.0", "predictions-test", 2))
    assert run(saved(tmp_path, made)) == 1
    out = capsys.readouterr().out
    assert "predictions-test: 1 of 2 points" in out
    assert "4 of 5 points: 1 graded checks to go" in out


@pytest.mark.slow
def test_checks_that_never_ran_earn_nothing_whatever_was_saved(tmp_path, capsys):
    made = notebook(MERGE.format(kind="tuple"))
    made.cells.insert(1, cell("import os; os._exit(1)"))
    report = {**build()(_two()[0][1]).report.to_json(), "passed": True}
    made.cells[3].outputs = [new.new_output("display_data", data={MIME: report})]
    made.cells[3].metadata.execution = {"shell.execute_reply": "2026-01-01T00:00:00Z"}
    made.cells.append(cell("1.0", "plain-test", 1))
    assert run(saved(tmp_path, made)) == 1
    out = capsys.readouterr().out
    assert "merge-pair-test: 0 of 3 points\n  it did not run to its end" in out
    assert "plain-test: 0 of 1 points" in out and "the run stopped in cell 1" in out


@pytest.mark.slow
@pytest.mark.parametrize("kept", ["", "1.0"])
def test_a_check_that_was_emptied_or_is_skipped_earns_nothing(tmp_path, capsys, kept):
    made = notebook(MERGE.format(kind="tuple"))
    made.cells[2] = cell(kept, "merge-pair-test", 3)
    made.cells[2].metadata.tags = ["skip-execution"]
    assert run(saved(tmp_path, made)) == 1
    assert "merge-pair-test: 0 of 3 points\n  it did not run" in capsys.readouterr().out


def test_another_labs_notebook_is_refused(tmp_path):
    folder = tmp_path / LAB
    folder.mkdir()
    path = saved(folder, notebook("x = 1", lab="03-attention"))
    with pytest.raises(ValueError, match="this is the notebook of 03-attention, not of 02"):
        run(path)


def test_a_lab_without_checks_is_refused_wherever_it_lies(tmp_path):
    with pytest.raises(ValueError, match="is of 03-attention, which has no checks here. Name"):
        run(saved(tmp_path, notebook("x = 1", lab="03-attention")))


def test_a_notebook_of_no_lab_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is of no lab of the course. Name a lab: 02-tok"):
        run(saved(tmp_path, notebook("x = 1", lab=None)))


def test_what_is_no_notebook_is_refused(tmp_path):
    path = tmp_path / "mine.ipynb"
    path.write_text("not JSON", encoding="utf-8")
    with pytest.raises(ValueError, match="this is not a notebook"):
        run(str(path))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no such file"):
        run(str(tmp_path / "none.ipynb"))


@pytest.mark.parametrize("name", ["02", LAB, f"labs/{LAB}", f"work/{LAB}/"])
def test_a_lab_is_its_copy_in_work_then_its_release(tmp_path, name):
    release, own = (tmp_path / place / LAB / f"{LAB}.ipynb" for place in ("labs", "work"))
    release.parent.mkdir(parents=True)
    release.touch()
    assert cli.locate(name, tmp_path) == (release, LAB)
    own.parent.mkdir(parents=True)
    own.touch()
    assert cli.locate(name, tmp_path) == (own, LAB)


def test_an_unknown_lab_is_told_which_there_are(tmp_path):
    with pytest.raises(ValueError, match="no lab '77' has checks: .* 02-tokenization"):
        cli.locate("77", tmp_path)


def test_a_lab_without_a_notebook_says_where_it_looked(tmp_path):
    with pytest.raises(FileNotFoundError, match="looked for .*work.* and .*labs"):
        cli.locate("02", tmp_path)


def test_the_last_report_of_a_cell_counts():
    made = cell("", "causal-mask-test", 3)
    first, last = ({**build()(mine).report.to_json(), "points": n} for n, mine in _two())
    made.outputs = [
        new.new_output("display_data", data={MIME: first}),
        new.new_output("execute_result", data={MIME: last}),
    ]
    (checked,) = cli.collect(new.new_notebook(cells=[made]))
    assert checked.report["points"] == 2


def _two():
    def mine(q, k):
        return [[j <= i + k - q for j in range(k)] for i in range(q)]

    return [(1, mine), (2, mine)]


def fake_audits(problems):
    def audits(lab):
        return [Audit(lab, "merge-pair", 3, 15, 15, 15, 4, 0, 46, 46, 0, problems=problems)]

    return audits


def test_checks_prints_the_contract_as_json(monkeypatch, capsys):
    monkeypatch.setattr(cli, "audits", fake_audits([]))
    assert cli.checks(argparse.Namespace(lab="02", json=True)) == 0
    (entry,) = json.loads(capsys.readouterr().out)["exercises"]
    assert list(entry) == [
        "lab",
        "exercise",
        "properties",
        "misconceptions",
        "caught",
        "named",
        "alternatives",
        "rejected",
        "mutants",
        "killed",
        "equivalent",
    ]


def test_checks_fails_with_its_problems_on_stderr(monkeypatch, capsys):
    monkeypatch.setattr(cli, "audits", fake_audits(["a mutant survives"]))
    assert cli.checks(argparse.Namespace(lab=None, json=False)) == 1
    told = capsys.readouterr()
    assert "a mutant survives" in told.err and "46 killed, 0 equivalent, 0 alive" in told.out


def test_every_lab_is_audited_when_none_is_named(monkeypatch):
    asked = []
    monkeypatch.setattr(cli, "audits", lambda lab: asked.append(lab) or [])
    assert cli.checks(argparse.Namespace(lab=None, json=False)) == 0
    assert asked == list(LABS)
