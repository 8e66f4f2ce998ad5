"""What a check found, as plain data, as text, as a table, and as points that nbgrader reads.

`Points` is a float whose text is the bare number: plain nbgrader takes the text of a cell's last
value as partial credit. `NoPoints` is the exception for an answer that earned nothing: with it a
cell fails, which nbgrader reads as 0. Knows nothing of how the verdict was reached.
"""

from __future__ import annotations

import html
import json
import math
from dataclasses import asdict, dataclass, replace
from typing import Any

__all__ = ["MIME", "Diagnosis", "NoPoints", "Points", "Report", "Verdict"]

MIME = "application/vnd.llmlab.report+json"


@dataclass(frozen=True)
class Verdict:
    """One property's verdict. `id` is stable: `02-tokenization/merge-pair/left-to-right`."""

    id: str
    title: str
    passed: bool
    earned: float
    message: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """What a wrong answer behaves like: the misconception's name and what a teacher would say.

    Two that behave alike, or two at once, are named together; `names` has them one by one.
    """

    name: str
    sentence: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything that one check of one function found.

    `problem` is a sentence about the answer as a whole (not written yet, not one's own work, the
    check itself failed); `failed_itself` marks the last of these, which is never a student's fault.
    """

    lab: str
    exercise: str
    points: float
    max_points: float
    properties: tuple[Verdict, ...]
    misconception: Diagnosis | None = None
    problem: str = ""
    printed: str = ""
    version: str = ""
    hidden: bool = False
    failed_itself: bool = False

    @property
    def passed(self) -> bool:
        """Whether every point was earned."""
        return self.points == self.max_points and not self.problem

    @property
    def failed(self) -> frozenset[str]:
        """The ids of the properties that do not hold."""
        return frozenset(verdict.id for verdict in self.properties if not verdict.passed)

    def summed(self) -> Report:
        """The same report with the points that its properties earned."""
        return replace(self, points=math.fsum(verdict.earned for verdict in self.properties))

    def to_json(self) -> dict[str, Any]:
        """The report as JSON-able plain data, `passed` included."""
        return {**asdict(self), "passed": self.passed}

    def to_text(self) -> str:
        """The report as a student reads it where there is no HTML."""
        if self.problem:
            return self.problem
        width = max(len(verdict.title) for verdict in self.properties)
        lines = [f"{self.exercise}: {self.points:g} of {self.max_points:g} points"]
        for verdict in self.properties:
            mark = "✓" if verdict.passed else "✗"
            lines.append(f"{mark} {verdict.title.ljust(width)}  {_remark(verdict)}".rstrip())
        if self.misconception:
            lines.append(f"{self.misconception.name}: {self.misconception.sentence}")
        if self.printed:
            lines.append(f"Your code printed:\n{self.printed}")
        return "\n".join(lines)

    def to_html(self) -> str:
        """The report as a table: plain tags, words beside the marks, colours of the page."""
        if self.problem:
            return f'<p class="llmlab-report" role="status">{html.escape(self.problem)}</p>'
        rows = "".join(_row(verdict) for verdict in self.properties)
        heads = "".join(f'<th scope="col" {_LEFT}>{head}</th>' for head in _HEADS)
        caption = f"{self.exercise}: {self.points:g} of {self.max_points:g} points"
        table = (
            '<table class="llmlab-report" style="color:inherit;background:transparent">'
            f'<caption style="text-align:left;color:inherit"><b>{html.escape(caption)}</b>'
            f"</caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )
        return table + _diagnosis(self.misconception) + _printed(self.printed)


class Points(float):
    """The points of an answer: a float that carries its report."""

    report: Report

    def __new__(cls, report: Report) -> Points:
        self = super().__new__(cls, report.points)
        self.report = report
        return self

    def __repr__(self) -> str:
        return float.__repr__(self)

    def _repr_html_(self) -> str:
        return self.report.to_html()

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        return _bundle(self.report, repr(self))


class NoPoints(Exception):
    """An answer that earned nothing. Its text is the report's."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.to_text())
        self.report = report

    def _render_traceback_(self) -> list[str]:
        return [f"No points yet. {self.report.problem}".strip()]

    def show(self) -> None:
        """Show the report's table, when there is a notebook to show it in."""
        try:
            from IPython import get_ipython
        except ImportError:
            return
        if get_ipython() is not None:  # type: ignore[no-untyped-call]
            from IPython.display import display

            display(_bundle(self.report, self.report.to_text()), raw=True)  # type: ignore


def _bundle(report: Report, text: str) -> dict[str, Any]:
    # subtle: through JSON and back, so that what a notebook stores is what it will read.
    data = json.loads(json.dumps(report.to_json()))
    return {"text/plain": text, "text/html": report.to_html(), MIME: data}


_HEADS = ("result", "property", "points, or what was seen")
_LEFT = 'style="text-align:left;padding:0.2em 0.7em"'


def _remark(verdict: Verdict) -> str:
    return f"{verdict.earned:g}" if verdict.passed and not verdict.message else verdict.message


def _row(verdict: Verdict) -> str:
    mark = "✓&nbsp;holds" if verdict.passed else "✗&nbsp;fails"
    cells = (html.escape(text) for text in (verdict.title, _remark(verdict)))
    return f"<tr><td {_LEFT}>{mark}</td>{''.join(f'<td {_LEFT}>{c}</td>' for c in cells)}</tr>"


def _diagnosis(diagnosis: Diagnosis | None) -> str:
    if diagnosis is None:
        return ""
    name, sentence = html.escape(diagnosis.name), html.escape(diagnosis.sentence)
    border = "border-left:4px solid currentColor;margin:0.5em 0;padding:0.2em 0.8em"
    return (
        f'<blockquote style="{border}"><b>{name[0].upper() + name[1:]}.</b> {sentence}</blockquote>'
    )


def _printed(text: str) -> str:
    if not text:
        return ""
    return f"<details><summary>Your code printed</summary><pre>{html.escape(text)}</pre></details>"
