"""Lab 02, exercise 6: the likeliest segmentation of a text into pieces (Viterbi)."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from llmlab.checks.exercise import expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import (
    Logp,
    draw_pieces,
    exercise,
    printed,
    segmentations,
)

__all__ = ["viterbi"]


def total(pieces: list[str], logp: Logp) -> float:
    """The log-probability of a segmentation."""
    return sum(logp[piece] for piece in pieces)


def no_way(text: str) -> ValueError:
    """The error for a text that cannot be cut."""
    return ValueError(f"no pieces make up {text!r}")


def _reference(text: str, logp: Logp) -> list[str]:
    best: list[list[str] | None] = [[]]  # best[end]: the likeliest pieces of text[:end]
    for end in range(1, len(text) + 1):
        routes: list[list[str]] = []
        for start in range(end):
            before = best[start]
            if before is not None and text[start:end] in logp:
                routes.append([*before, text[start:end]])
        best.append(max(routes, key=lambda pieces: total(pieces, logp), default=None))
    found = best[-1]
    if found is None:
        raise no_way(text)
    return found


_HALF, _LONG = 6, 12


def _explodes(answer: Probe, text: str, logp: Logp) -> bool:
    """Whether twice the text costs far more than the eightfold of three nested loops."""
    return answer.operations(text, logp) > 16 * answer.operations(text[:_HALF], logp)


def _observe(answer: Probe, text: str, logp: Logp) -> Any:
    """The pieces, and for the long text whether the work explodes."""
    pieces = answer(text, logp)
    return (pieces, _explodes(answer, text, logp)) if len(text) == _LONG else pieces


viterbi = exercise("viterbi", reference=_reference, observe=_observe)


@viterbi.inputs
def _(rng: Random) -> Iterator[tuple[str, Logp]]:
    """Traps for each greedy rule, dead ends, nothing that fits; then vocabularies drawn."""
    yield "abc", {"a": -1.0, "b": -2.0, "c": -1.2, "ab": -3.5, "bc": -1.5}
    yield "ab", {"a": -1.0, "b": -1.1, "ab": -3.0}  # two pieces are likelier than one
    yield "ab", {"a": -1.0, "b": -2.0, "ab": -1.9}  # though the average of a, b is better
    yield "abcd", {"a": -0.5, "b": -5.0, "ab": -1.5, "c": -2.0, "d": -2.5, "cd": -3.0, "bcd": -6.0}
    yield "nana", {"n": -2.0, "a": -1.0, "na": -2.5, "an": -1.2, "ana": -2.6}
    yield "aa", {"a": 0.0}
    yield "the cat", dict(zip("the ca", [-2.0, -2.1, -2.2, -2.3, -2.4, -2.5], strict=True))
    yield "abab", {"aba": -0.5, "ab": -2.0}  # aba leads nowhere
    yield "abcd", {"abc": -3.0, "d": -4.0, "b": -0.1, "bcd": -0.1, "cd": -0.2}  # no piece a
    yield "xyz", {"x": -1.0, "xy": -0.2, "yz": -4.0}
    yield "", {"a": -1.0}
    yield "", {}
    yield "a", {"b": -1.0}
    yield "abx", {"a": -1.0, "b": -2.0, "ab": -1.5}
    yield "xab", {"a": -1.0, "b": -2.0, "ab": -1.5}
    yield "abc", {"ab": -1.0, "b": -0.1}
    yield "a", {"a": -0.3, "b": -0.4}
    yield "strawberryjam!", {"strawberryjam": -3.0, "strawberry": -2.0, "jam": -2.5, "!": -1.0}
    yield draw_pieces(rng, "ab", 6)
    yield draw_pieces(rng, "abc", 9)
    yield _dense(rng)


@viterbi.hidden_inputs
def _(rng: Random) -> Iterator[tuple[str, Logp]]:
    """Other scripts, more pieces, very small probabilities, gaps in the vocabulary."""
    for alphabet in ("日本", "éa ", "ab", "🙂e!"):
        yield draw_pieces(rng, alphabet, rng.randrange(6, 12))
    text, logp = draw_pieces(rng, "abcd", 12)
    yield text, {piece: 500 * value for piece, value in logp.items()}
    yield "aab" * 3, {"aab": -7.0, "a": -2.0, "b": -2.5}
    yield "ab?", {"a": -1.0, "b": -2.0, "ab?!": -1.0}


def _dense(rng: Random) -> tuple[str, Logp]:
    """Different letters, and every piece of them is known: 1,490 segmentations, no ties."""
    text = "".join(rng.sample("abcdefghijklmnop", _LONG))
    pieces = {text[i : i + n] for n in (1, 2, 3, 4) for i in range(_LONG - n + 1)}
    return text, {piece: rng.uniform(-6, -1) for piece in sorted(pieces)}


def can_be_cut(text: str, logp: Logp) -> bool:
    """Whether some pieces make up the text."""
    return next(segmentations(text, logp), None) is not None


def trail(text: str, back: list[int]) -> list[str]:
    """Follow, from the end, where the last piece before each position begins."""
    pieces: list[str] = []
    end = len(text)
    while end > 0:
        pieces.insert(0, text[back[end] : end])
        end = back[end]
    return pieces


def longest_first(text: str, logp: Logp) -> list[str] | None:
    """The longest piece from the left, again and again; None when that leads nowhere."""
    pieces = []
    while text:
        fits = [text[:end] for end in range(1, len(text) + 1) if text[:end] in logp]
        if not fits:
            return None
        pieces.append(fits[-1])
        text = text[len(fits[-1]) :]
    return pieces


def _check(answer: Probe, text: str, logp: Logp, where: str) -> None:
    got, must = answer(text, logp), _reference(text, logp)
    is_pieces = isinstance(got, list) and all(type(piece) is str for piece in got)
    what = printed(got) if is_pieces else show(got)
    if is_pieces and all(piece in logp for piece in got):
        what += f" (total {total(got, logp):.2f})"
    expect(
        is_pieces and got == must,
        f"`viterbi({text!r}, {show({p: round(v, 2) for p, v in logp.items()}, 160)})` gave {what}; "
        f"it must give {printed(must)} (total {total(must, logp):.2f}). {where}",
    )


@viterbi.property("the greatest total log-probability wins")
def _(answer: Probe, text: str, logp: Logp) -> None:
    if text and can_be_cut(text, logp) and longest_first(text, logp) is not None:
        where = "Neither the longest piece nor the fewest pieces decide: the sum does."
        _check(answer, text, logp, where)


@viterbi.property("a piece that leads nowhere is not taken")
def _(answer: Probe, text: str, logp: Logp) -> None:
    if text and can_be_cut(text, logp) and longest_first(text, logp) is None:
        where = "A good beginning is worth nothing when the rest has no pieces."
        _check(answer, text, logp, where)


@viterbi.property("ValueError when nothing fits, [] for an empty text", supporting=True)
def _(answer: Probe, text: str, logp: Logp) -> None:
    if not text:
        got = answer(text, logp)
        expect(
            type(got) is list and not got,
            f"An empty text has one segmentation, []. You returned {show(got)}.",
        )
    elif not can_be_cut(text, logp):
        raised = answer.error(text, logp)
        what = f"raised {raised.type_name}" if raised else f"returned {show(answer(text, logp))}"
        expect(
            raised is not None and raised.is_a("ValueError"),
            f"No pieces of {show(sorted(logp))} make up {show(text)}; your function {what}. Raise "
            "ValueError.",
        )


@viterbi.property(
    "the work grows with the text, not with the number of segmentations", supporting=True
)
def _(answer: Probe, text: str, logp: Logp) -> None:
    if len(text) == _LONG:
        _check(answer, text, logp, "The work is measured on a text that comes out right.")
        expect(
            not _explodes(answer, text, logp),
            f"From {_HALF} characters to {_LONG} your function does more than sixteen times the "
            "work: it looks at every segmentation, and each character doubles their number. Keep "
            "the best way to each position, and build on it.",
        )


viterbi.equivalent("constant-ebaa69", "every total is greater by the same amount")
viterbi.equivalent("constant-599ed2", "a slice ends with the text")
viterbi.equivalent("swapped-0e1f47", "a sum of two numbers")
viterbi.equivalent("value-unnamed-85d5b5", "the task does not ask what the error says")
