"""Lab 02, exercise 6: the wrong answers that we can explain."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

from llmlab.checks.tokenization.fixtures import Logp, segmentations
from llmlab.checks.tokenization.lattice import (
    can_be_cut,
    longest_first,
    no_way,
    total,
    trail,
    viterbi,
)

__all__: list[str] = []

_reference = viterbi.reference


def _chosen(text: str, logp: Logp, score: Callable[[list[str]], float]) -> Any:
    """Of all segmentations the first with the greatest score."""
    ways = list(segmentations(text, logp))
    if not ways:
        raise no_way(text)
    return max(ways, key=score)


@viterbi.misconception(
    "the longest piece first",
    "You take the longest piece from the left, as WordPiece does. Unigram compares whole "
    "segmentations by their total log-probability.",
)
def _(text: str, logp: Logp) -> Any:
    pieces = longest_first(text, logp)
    if pieces is None:
        raise no_way(text)
    return pieces


@viterbi.misconception(
    "the likeliest piece at each step",
    "At each position you take the piece with the highest log-probability and never look back. A "
    "good first step can force bad ones: compare totals.",
)
def _(text: str, logp: Logp) -> Any:
    return _stepwise(text, logp, lambda piece: logp[piece])


def _stepwise(text: str, logp: Logp, score: Callable[[str], float]) -> list[str]:
    """From the left, again and again, the piece with the greatest score."""
    pieces: list[str] = []
    while text:
        fits = [text[:end] for end in range(1, len(text) + 1) if text[:end] in logp]
        if not fits:
            raise no_way(text)
        pieces.append(max(fits, key=score))
        text = text[len(pieces[-1]) :]
    return pieces


@viterbi.misconception(
    "the likeliest piece for its length at each step",
    "At each position you take the piece with the best log-probability per character and never "
    "look back. Compare the totals of whole segmentations.",
)
def _(text: str, logp: Logp) -> Any:
    return _stepwise(text, logp, lambda piece: logp[piece] / len(piece))


@viterbi.misconception(
    "the fewest pieces",
    "You return a segmentation with the fewest pieces; two likely pieces can beat a rare one.",
)
def _(text: str, logp: Logp) -> Any:
    return _chosen(text, logp, lambda way: -len(way))


@viterbi.misconception(
    "the average in place of the total",
    "You divide by the number of pieces. The probability of a segmentation is the product over its "
    "pieces, so its logarithm is the plain sum.",
)
def _(text: str, logp: Logp) -> Any:
    return _chosen(text, logp, lambda w: total(w, logp) / max(len(w), 1))


@viterbi.misconception(
    "probabilities added",
    "You turn the log-probabilities back and add them. Probabilities are multiplied, and that is "
    "why their logarithms are added.",
)
def _(text: str, logp: Logp) -> Any:
    return _chosen(text, logp, lambda w: sum(math.exp(logp[p]) for p in w))


@viterbi.misconception(
    "log-probabilities multiplied",
    "You multiply log-probabilities. A product of probabilities is a sum of logarithms: start from "
    "0.0 and add.",
)
def _(text: str, logp: Logp) -> Any:
    return _chosen(text, logp, lambda w: math.prod(logp[p] for p in w))


@viterbi.misconception(
    "the least likely segmentation",
    "You minimise the total. Log-probabilities are negative: the greatest, nearest to zero, is the "
    "likeliest (costs, −logp, would be minimised).",
)
def _(text: str, logp: Logp) -> Any:
    return _chosen(text, logp, lambda w: -total(w, logp))


@viterbi.misconception(
    "every segmentation tried",
    "The result is right, but you build every segmentation, and each further character about "
    "doubles their number. The best way to a position needs only the best ways to earlier "
    "positions.",
)
def _(text: str, logp: Logp) -> Any:
    return _chosen(text, logp, lambda w: total(w, logp))


@viterbi.misconception(
    "pieces in reverse",
    "Following the trail back gives the last piece first; turn the list round at the end.",
)
def _(text: str, logp: Logp) -> Any:
    return _reference(text, logp)[::-1]


@viterbi.misconception(
    "unreachable positions taken as free",
    "Positions that no pieces reach start with a score of 0 in your table, better than any real "
    "one. Start them at minus infinity.",
)
def _(text: str, logp: Logp) -> Any:
    score = [0.0] * (len(text) + 1)
    back = [max(end - 1, 0) for end in range(len(text) + 1)]
    for end in range(1, len(text) + 1):
        routes = [(score[i] + logp[text[i:end]], i) for i in range(end) if text[i:end] in logp]
        if routes:
            score[end], back[end] = max(routes)
    return trail(text, back)


@viterbi.misconception(
    "unknown characters as pieces of their own",
    "You let a character that is not in the vocabulary pass as a piece. Here every piece must be "
    "in `logp`; where there is none, raise ValueError.",
)
def _(text: str, logp: Logp) -> Any:
    return _reference(text, {**{c: -1e6 for c in text}, **logp})


@viterbi.misconception(
    "no ValueError",
    "Where no pieces make up the text you return an empty list, which is the right answer for an "
    "empty text only. Raise ValueError.",
)
def _(text: str, logp: Logp) -> Any:
    return _reference(text, logp) if can_be_cut(text, logp) else []


@viterbi.misconception(
    "a log-probability of 0 taken for no piece",
    "`if logp.get(piece)` is false for 0.0, the log-probability of certainty. Ask `piece in logp`.",
)
def _(text: str, logp: Logp) -> Any:
    return _reference(text, {piece: value for piece, value in logp.items() if value})


@viterbi.misconception(
    "probabilities multiplied until they vanish",
    "A product of many probabilities is too small for a float and becomes 0, as if there were no "
    "way. Add the logarithms; they stay in range.",
)
def _(text: str, logp: Logp) -> Any:
    pieces = _reference(text, logp)
    if math.exp(total(pieces, logp)) == 0:
        raise no_way(text)
    return pieces


@viterbi.misconception(
    "a place that no piece reaches taken for the end",
    "You give up where no piece ends at some position; a longer piece can reach across it. Only "
    "the end of the text must be reached.",
)
def _(text: str, logp: Logp) -> Any:
    pieces = _reference(text, logp)
    for end in range(1, len(text)):
        _reference(text[:end], logp)
    return pieces


@viterbi.misconception(
    "the rest in one piece where it is one",
    "When the rest of the text is a piece you take it and look no further; two likely pieces can "
    "beat it.",
)
def _(text: str, logp: Logp) -> Any:
    def ways(start: int) -> Iterator[list[str]]:
        if start == len(text) or text[start:] in logp:
            yield [text[start:]] * (start < len(text))
            return
        for end in range(start + 1, len(text)):
            if text[start:end] in logp:
                yield from ([text[start:end], *rest] for rest in best(end))

    @functools.cache
    def best(start: int) -> list[list[str]]:
        return sorted(ways(start), key=lambda way: total(way, logp))[-1:]

    if not best(0):
        raise no_way(text)
    return best(0)[0]


@viterbi.misconception(
    "neighbours merged as long as the total grows",
    "You begin with characters and merge neighbours while that helps. A better way may need two "
    "changes at once, and a piece's parts need not be pieces.",
)
def _(text: str, logp: Logp) -> Any:
    pieces = list(text)

    def gain(i: int) -> float:
        a, b = pieces[i : i + 2]
        return logp.get(a + b, -math.inf) - logp.get(a, -1e6) - logp.get(b, -1e6)

    while len(pieces) > 1:
        best = max(range(len(pieces) - 1), key=gain)
        if gain(best) <= 0:
            break
        pieces[best : best + 2] = [pieces[best] + pieces[best + 1]]
    if any(piece not in logp for piece in pieces):
        raise no_way(text)
    return pieces
