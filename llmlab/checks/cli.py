"""`llmlab check` for a student's notebook, `llmlab checks` for the checks themselves.

llmlab check 02-tokenization         the student's copy in work/, else the release in labs/
llmlab check path/to/notebook.ipynb --json
llmlab checks 02-tokenization        every exercise against its wrong answers and mutants
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llmlab
from llmlab import execute
from llmlab.checks import LABS, exercises
from llmlab.checks.audit import Audit, audit
from llmlab.checks.mutate import Solutions
from llmlab.checks.report import MIME

__all__ = ["Checked", "audits", "check", "checks", "collect", "locate", "solutions_of"]

ROOT = Path(llmlab.__file__).resolve().parents[1]


@dataclass(frozen=True)
class Checked:
    """What one check cell said: its report as plain data, or its points, or why it has none."""

    cell: str
    graded: bool
    report: dict[str, Any] | None
    points: float = 0.0
    max_points: float = 0.0
    problem: str = ""

    @property
    def passed(self) -> bool:
        """Whether the cell gave all its points."""
        return bool(self.report["passed"]) if self.report else 0 < self.max_points <= self.points


def check(args: argparse.Namespace) -> int:
    """Run a student's notebook in a scratch folder and print what its checks say."""
    from llmlab import notebooks

    path, lab = locate(args.notebook, ROOT)
    notebook = notebooks.read(path)
    _refuse_other_lab(path, lab, notebooks.lab_of(notebook))
    run = execute.execute(notebook, scale="smoke")
    found = collect(run.notebook)
    if not found:
        raise ValueError(f"{path}: the notebook has no check cell. Restore it from a backup.")
    stopped = [f"the run stopped in {error}" for error in run.errors if error.kind == "stopped"]
    passed = not stopped and all(checked.passed for checked in found if checked.graded)
    if args.json:
        reports = [_json(checked) for checked in found]
        said = {"notebook": str(path), "passed": passed, "checks": reports}
        print(json.dumps(said | ({"stopped": stopped[0]} if stopped else {})))
    else:
        print("\n\n".join([str(path), *map(_text, found), *stopped, _total(found)]))
    return 0 if passed else 1


def checks(args: argparse.Namespace) -> int:
    """Audit every exercise's check and print the counts; problems go to stderr and fail."""
    found = []
    for lab in [_lab_named(args.lab)] if args.lab else list(LABS):
        for result in audits(lab):
            found.append(result)
            if not args.json:
                print(_counts(result), flush=True)
            for problem in result.problems:
                print(f"{result.lab}/{result.exercise}: {problem}", file=sys.stderr)
    if args.json:
        print(json.dumps({"exercises": [result.to_json() for result in found]}))
    return 1 if any(result.problems for result in found) else 0


def audits(lab: str) -> list[Audit]:
    """Audit every exercise of a lab, with the solution notebook where there is one."""
    solutions = solutions_of(lab)
    return [audit(exercise, solutions) for exercise in exercises(lab).values()]


def solutions_of(lab: str) -> Solutions | None:
    """The solution notebook of a lab; None in an installed package, which carries none."""
    path = ROOT / "solutions" / lab / f"{lab}.ipynb"
    return Solutions.load(path) if path.exists() else None


def locate(name: str, root: Path) -> tuple[Path, str | None]:
    """The notebook that `name` means, and the lab it should be of, if that is known.

    A lab's name, or its number, means the copy in `work/`, else the release in `labs/`.
    """
    if name.endswith(".ipynb"):
        folder = Path(name).resolve().parent.name
        return Path(name), folder if folder in LABS else None
    lab = _lab_named(Path(name).name)
    places = [root / place / lab / f"{lab}.ipynb" for place in ("work", "labs")]
    for path in places:
        if path.exists():
            return path, lab
    raise FileNotFoundError(f"no notebook for {lab}: looked for {places[0]} and {places[1]}")


def collect(notebook: Any) -> list[Checked]:
    """What the check cells of a notebook that has run said, in their order."""
    found = []
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        graded = bool(mark.get("grade") and not mark.get("solution") and cell.cell_type == "code")
        outputs = cell.get("outputs", [])
        reports = [o["data"][MIME] for o in outputs if MIME in o.get("data", {})]
        name = mark.get("grade_id") or cell.get("id", "")
        if reports:
            last = reports[-1]
            found.append(Checked(name, graded, last, last["points"], last["max_points"]))
        elif graded:
            found.append(_without_report(name, cell))
    return found


def _without_report(name: str, cell: Any) -> Checked:
    """What a graded cell came to that showed no report: the points that nbgrader gives it."""
    earned, most = execute.points(cell)
    if not execute.ended(cell):
        # subtle: nbgrader gives full points where no error is, even to a cell that never ran.
        return Checked(name, True, None, 0.0, most, "it did not run to its end")
    errors = [f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"]
    printed = ["".join(o.text).strip() for o in cell.outputs if o.output_type == "stream"]
    problem = "\n  ".join(errors or printed or ["it gave no points"])
    return Checked(name, True, None, earned or 0.0, most, problem)


def _lab_named(name: str) -> str:
    matching = [lab for lab in LABS if name == lab or name == lab.partition("-")[0]]
    if not matching:
        raise ValueError(f"no lab {name!r} has checks: the labs that have are {', '.join(LABS)}")
    return matching[0]


def _refuse_other_lab(path: Path, wanted: str | None, lab: str | None) -> None:
    if lab and wanted and wanted != lab:
        raise ValueError(
            f"{path}: this is the notebook of {lab}, not of {wanted}. Put it in its own folder, "
            f"or check it there: llmlab check {lab}."
        )
    if lab not in LABS:
        whose = f"of {lab}, which has no checks here" if lab else "of no lab of the course"
        raise ValueError(f"{path}: this notebook is {whose}. Name a lab: {', '.join(LABS)}.")


def _json(checked: Checked) -> dict[str, Any]:
    return {
        "cell": checked.cell,
        "graded": checked.graded,
        "passed": checked.passed,
        "report": checked.report,
        "problem": checked.problem,
    }


def _text(checked: Checked) -> str:
    report = checked.report
    points = f"{checked.points:g} of {checked.max_points:g} points"
    if report is None:
        return f"{checked.cell}: {points}" + f"\n  {checked.problem}" * (not checked.passed)
    lines = [f"{report['exercise']}: {points}" + ("" if checked.graded else " (not graded)")]
    if report["problem"]:
        return f"{lines[0]}\n  {report['problem']}"
    width = max(len(verdict["title"]) for verdict in report["properties"])
    for verdict in report["properties"]:
        mark = "✓" if verdict["passed"] else "✗"
        lines.append(f"  {mark} {verdict['title']:{width}}  {verdict['message']}".rstrip())
    if report["misconception"]:
        name, sentence = (report["misconception"][key] for key in ("name", "sentence"))
        lines.append(f"  {name[0].upper() + name[1:]}. {sentence}")
    return "\n".join(lines)


def _total(found: list[Checked]) -> str:
    points = sum(checked.points for checked in found if checked.graded)
    most = sum(checked.max_points for checked in found if checked.graded)
    failing = sum(not checked.passed for checked in found if checked.graded)
    done = "every graded check passes" if not failing else f"{failing} graded checks to go"
    return f"{points:g} of {most:g} points: {done}"


def _counts(result: Audit) -> str:
    alive = result.mutants - result.killed - result.equivalent
    return (
        f"{result.lab}/{result.exercise}: {result.properties} properties; "
        f"misconceptions {result.caught}/{result.misconceptions} caught, {result.named} named; "
        f"alternatives {result.alternatives}, {result.rejected} rejected; "
        f"mutants {result.mutants}: {result.killed} killed, {result.equivalent} equivalent, "
        f"{alive} alive"
    )
