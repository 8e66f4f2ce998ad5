"""What the chapters' code cells show: figures, tables and quizzes as HTML that needs no kernel.

Knows no chapter. A page's cells run in this folder, so they import it by name:

    from cells import Choice, Question, quiz, show
    show(figure, "What the figure shows, in a sentence or two.")
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from llmlab.widgets.base import CourseWidget

__all__ = ["Choice", "Page", "Question", "lattice", "live", "quiz", "show", "table", "tokens"]


# Of a figure's layout: the title is shown as text, the template repeats the page's own style.
NOT_DRAWN = {"template", "title"}


@dataclass(frozen=True)
class Page:
    """A piece of a page: HTML for the book, plain text for everything else."""

    html: str
    text: str
    extra: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/html": self.html, "text/plain": self.text, **(self.extra or {})}


def show(figure: Figure, says: str) -> Page:
    """Show a plotly figure with what it says in words and its numbers as a table.

    The figure's title becomes text of the page, which wraps on a narrow screen and can be read out.
    """
    drawing = json.loads(figure.to_json())
    title = drawing["layout"].get("title", {}).get("text", "")
    layout = {key: drawing["layout"][key] for key in drawing["layout"] if key not in NOT_DRAWN}
    payload = json.dumps({"data": drawing["data"], "layout": layout})
    payload = payload.replace("</", r"<\/")  # subtle: "</" would end the script element early
    height = layout.get("height", 420)
    html = (
        f'<figure class="llmlab-figure"><p class="llmlab-title">{escape(title)}</p>'
        f'<div class="llmlab-drawing" role="img" aria-label="{escape(title)}" '
        f'style="height:{height}px"></div>'
        f'<script type="application/json">{payload}</script>'
        f"<figcaption>{escape(says)}</figcaption>"
        f"<details><summary>The numbers</summary>{_numbers(figure)}</details></figure>"
    )
    return Page(html, f"{title}. {says}", {"application/vnd.plotly.v1+json": drawing})


def _numbers(figure: Figure) -> str:
    rows = [
        (trace.name, _plain(x), _plain(y))
        for trace in figure.data
        if trace.name
        for x, y in zip(trace.x, trace.y, strict=True)
    ]
    return table(("series", *_axes(figure)), rows).html


def _axes(figure: Figure) -> tuple[str, str]:
    return figure.layout.xaxis.title.text or "x", figure.layout.yaxis.title.text or ""


def _plain(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def table(header: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> Page:
    """Lay out rows as a table; a cell is text, a `Page`, or a list of these."""
    body = [list(row) for row in rows]
    top = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in header)
    lines = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in body)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    html = (
        f'<div class="llmlab-table" tabindex="0"><table>{title}<thead><tr>{top}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )
    text = "\n".join("\t".join(map(str, row)) for row in [list(header), *body])
    return Page(html, text)


def _cell(value: object) -> str:
    parts = value if isinstance(value, list) else [value]
    inside = (part.html if isinstance(part, Page) else escape(str(part)) for part in parts)
    return f"<td>{' '.join(inside)}</td>"


def tokens(pieces: Iterable[str | bytes]) -> Page:
    """Show tokens side by side, each in its own frame; spaces and line ends are made visible.

    >>> tokens([" the", " end"])
    ␣the|␣end
    """
    shown = [_visible(piece) for piece in pieces]
    html = "".join(f'<span class="llmlab-token">{escape(piece)}</span>' for piece in shown)
    return Page(f'<span class="llmlab-tokens">{html}</span>', "|".join(shown))


def _visible(piece: str | bytes) -> str:
    if isinstance(piece, bytes):
        try:
            piece = piece.decode()
        except UnicodeDecodeError:
            return "".join(f"\\x{byte:02x}" for byte in piece)
    return piece.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥")


def live(make: Callable[[], CourseWidget]) -> Page:
    """Make a widget and show it in the form that works in a page, with no kernel behind it."""
    import comm

    # subtle: with a comm, the widget's whole state would be saved into the page a second time, and
    # readers' browsers sent to a CDN for something to show it with.
    connected, comm.create_comm = comm.create_comm, comm.DummyComm
    try:
        widget = make()
    finally:
        comm.create_comm = connected
    return Page(widget.static_html(), widget.summary())


def lattice(word: str, prices: Mapping[str, float], best: Sequence[str]) -> Page:
    """Draw every way of cutting `word` into priced pieces, the best way in colour.

    A place between two letters is a dot, a piece is an arc from dot to dot.
    """
    step, floor = 110, 150
    spans = [
        (start, end, word[start:end])
        for end in range(len(word) + 1)
        for start in range(end)
        if word[start:end] in prices
    ]
    cuts = [sum(map(len, best[:i])) for i in range(len(best) + 1)]
    chosen = set(pairwise(cuts))
    arcs = "".join(
        _arc(start, end, f"{piece} {prices[piece]:g}", (start, end) in chosen, step, floor)
        for start, end, piece in sorted(spans, key=lambda span: span[:2] in chosen)
    )
    places = [20 + i * step for i in range(len(word) + 1)]
    dots = "".join(f'<circle cx="{place}" cy="{floor}" r="5"/>' for place in places)
    total = sum(prices[piece] for piece in best)
    says = f"Best: {' '.join(best)}, {total:g} bits"
    svg = (
        f'<svg viewBox="0 0 {40 + len(word) * step} {floor + 40}" role="img" '
        f'aria-label="{escape(says)}">{arcs}{dots}</svg>'
    )
    pieces = ", ".join(f"{piece} {price:g}" for piece, price in prices.items())
    return Page(
        f'<figure class="llmlab-lattice">{svg}<figcaption>{escape(says)}.</figcaption></figure>',
        f"{pieces}. {says}.",
    )


def _arc(start: int, end: int, label: str, best: bool, step: int, floor: int) -> str:
    """One piece: a straight line for a letter, above it a higher arc for each letter more."""
    left, right, middle = 20 + start * step, 20 + end * step, 20 + (start + end) * step / 2
    height = (end - start - 1) * 62
    curve = f"M{left} {floor} Q{middle} {floor - 2 * height} {right} {floor}"
    below = 24 if height == 0 else -8
    return (
        f'<g class="{"best" if best else "other"}"><path d="{curve}"/>'
        f'<text x="{middle}" y="{floor - height + below}">{escape(label)}</text></g>'
    )


@dataclass(frozen=True)
class Choice:
    """One answer to choose, and what to say to somebody who chose it."""

    text: str
    says: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with its choices, of which exactly one is right."""

    asks: str
    choices: tuple[Choice, ...]

    def __post_init__(self) -> None:
        right = sum(choice.right for choice in self.choices)
        if right != 1:
            raise ValueError(f"{self.asks!r} has {right} right choices; it needs exactly one")


def quiz(*questions: Question) -> Page:
    """Show questions that check themselves: radio buttons, or folded answers without JavaScript."""
    html = "".join(_fieldset(number, question) for number, question in enumerate(questions, 1))
    text = "\n".join(question.asks for question in questions)
    return Page(f'<form class="llmlab-quiz">{html}</form>', text)


def _fieldset(number: int, question: Question) -> str:
    choices = "".join(
        f'<label><input type="radio" name="question-{number}" data-right="{int(choice.right)}" '
        f'data-says="{escape(choice.says)}"><span>{escape(choice.text)}</span></label>'
        for choice in question.choices
    )
    right = next(choice for choice in question.choices if choice.right)
    return (
        f"<fieldset><legend>{number}. {escape(question.asks)}</legend>{choices}"
        '<p class="llmlab-verdict" role="status"></p>'
        f"<details><summary>Answer</summary><p>{escape(right.text)}. {escape(right.says)}</p>"
        "</details></fieldset>"
    )
