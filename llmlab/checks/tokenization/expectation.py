"""Lab 02, stretch: one round of expectation–maximisation for Unigram."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from random import Random
from typing import Any

from llmlab.checks.exercise import equal, expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import Logp, draw_pieces, exercise, segmentations

__all__ = ["em_step"]

Words = dict[str, int]


def _probability(pieces: list[str], logp: Logp) -> float:
    return math.exp(sum(logp[piece] for piece in pieces))


def _expected(words: Words, logp: Logp) -> dict[str, float]:
    """Expected counts, by looking at every segmentation of every word."""
    expected: defaultdict[str, float] = defaultdict(float)
    for word, n in words.items():
        ways = {tuple(way): _probability(way, logp) for way in segmentations(word, logp)}
        for way, probability in ways.items():
            for piece in way:
                expected[piece] += n * probability / sum(ways.values())
    return expected


def normalised(counts: dict[str, float]) -> Logp:
    """The logarithm of each count's share; a count of 0 is dropped."""
    total = sum(counts.values())
    return {piece: math.log(n / total) for piece, n in counts.items() if n > 0}


def _reference(words: Words, logp: Logp) -> Logp:
    return normalised(_expected(words, logp))


em_step = exercise("em-step", reference=_reference)


@em_step.inputs
def _(rng: Random) -> Iterator[tuple[Words, Logp]]:
    """By hand: one way, two ways, weights, a piece that is nowhere; then vocabularies drawn."""
    yield {"ab": 1}, _logs(a=0.5, b=0.25)
    yield {"aab": 1}, _logs(a=0.5, b=0.25)
    yield {"abc": 3, "a": 1}, _logs(a=0.3, b=0.3, bc=0.4)  # b fits, and leads nowhere
    yield {"ab": 1}, _logs(a=0.3, b=0.2, ab=0.5)
    yield {"aaa": 1}, _logs(a=0.6, aa=0.4)
    yield {"ab": 3, "b": 5}, _logs(a=0.3, b=0.2, ab=0.4)
    yield {"hug": 4, "hugs": 2, "ug": 1}, _logs(h=0.1, u=0.1, g=0.2, s=0.1, ug=0.2, hug=0.1)
    yield {"ab": 2}, _logs(a=0.3, b=0.2, c=0.2, bc=0.3)
    yield {"né": 2, "日本": 1}, {"n": -1.0, "é": -2.0, "né": -1.5, "日": -2.0, "本": -3.0}
    yield {"abab": 2, "ba": 1}, _logs(a=1e-4, b=2e-4, ab=0.5, ba=0.3, aba=0.1)
    yield _drawn(rng, "ab", 3)
    yield _drawn(rng, "abc", 4)


@em_step.hidden_inputs
def _(rng: Random) -> Iterator[tuple[Words, Logp]]:
    """More words, other scripts, very small probabilities."""
    for alphabet in ("日本", "éa", "abcd"):
        yield _drawn(rng, alphabet, 5)
    yield {"aab": 7, "ba": 2}, {"a": -40.0, "b": -50.0, "aa": -60.0, "ab": -95.0}


def _logs(**probabilities: float) -> Logp:
    return {piece: math.log(p) for piece, p in probabilities.items()}


def _drawn(rng: Random, alphabet: str, n_words: int) -> tuple[Words, Logp]:
    words: Words = {}
    logp: Logp = {"unused": -3.0}
    for _ in range(n_words):
        text, pieces = draw_pieces(rng, alphabet, rng.randrange(3, 7))
        words[text] = rng.randrange(1, 20)
        logp |= pieces
    return words, logp


def _compare(answer: Probe, words: Words, logp: Logp) -> tuple[Any, Logp, str]:
    got, must = answer(words, logp), _reference(words, logp)
    shown = show({piece: round(math.exp(value), 3) for piece, value in logp.items()}, 120)
    expect(
        isinstance(got, dict) and all(type(value) is float for value in got.values()),
        f"You returned {show(got)}; return a dict from piece to log-probability.",
    )
    return got, must, f"With the words {show(words)} and the probabilities {shown}"


@em_step.property("where a word has one segmentation, its pieces are counted")
def _(answer: Probe, words: Words, logp: Logp) -> None:
    if all(len(list(segmentations(word, logp))) == 1 for word in words):
        _check_values(answer, words, logp, "Each piece counts n times for a word seen n times.")


@em_step.property("where it has several, each counts as much as it is likely")
def _(answer: Probe, words: Words, logp: Logp) -> None:
    if any(len(list(segmentations(word, logp))) > 1 for word in words):
        where = "A segmentation weighs its probability by that of all segmentations of the word."
        _check_values(answer, words, logp, where)


def _check_values(answer: Probe, words: Words, logp: Logp, where: str) -> None:
    got, must, given = _compare(answer, words, logp)
    for piece in must:
        value = got.get(piece)
        expect(
            value is not None and equal(value, must[piece], rel=1e-6, absolute=1e-9),
            f"{given} the log-probability of {show(piece)} became {show(value)}; it must become "
            f"{must[piece]:.6g}. {where}",
        )


@em_step.property("a piece that is never used is dropped", supporting=True)
def _(answer: Probe, words: Words, logp: Logp) -> None:
    got, must, given = _compare(answer, words, logp)
    extra = [piece for piece in got if piece not in must]
    expect(
        not extra,
        f"{given} no segmentation uses {show(extra)}: its expected count is 0, and log 0 does not "
        "exist. Leave it out.",
    )
    lost = [piece for piece in must if piece not in got]
    expect(not lost, f"{given} {show(lost)} is in a segmentation, if in an unlikely one: keep it.")


@em_step.property("the probabilities add up to 1", supporting=True)
def _(answer: Probe, words: Words, logp: Logp) -> None:
    got, _, given = _compare(answer, words, logp)
    total = sum(math.exp(min(value, 50.0)) for value in got.values())
    expect(
        math.isclose(total, 1.0, rel_tol=1e-6),
        f"{given} your new probabilities add up to {total:.6g}; divide the expected counts by "
        "their sum before you take the logarithm.",
    )


@em_step.misconception(
    "the best segmentation only",
    "You count the pieces of the likeliest segmentation. That is hard EM (Viterbi training); here "
    "every segmentation counts, in proportion to its probability.",
)
def _(words: Words, logp: Logp) -> Any:
    counts: Counter[str] = Counter()
    for word, n in words.items():
        best = max(segmentations(word, logp), key=lambda way: _probability(way, logp))
        for piece in best:
            counts[piece] += n
    return normalised(dict(counts))


@em_step.misconception(
    "all segmentations alike",
    "You give every segmentation of a word the same weight; weigh each with its probability.",
)
def _(words: Words, logp: Logp) -> Any:
    return _reference(words, dict.fromkeys(logp, 0.0))


@em_step.misconception(
    "not divided by the word's probability",
    "You add probabilities of segmentations without dividing by their sum in the word, so long and "
    "rare words hardly count. A word seen n times hands out n in all.",
)
def _(words: Words, logp: Logp) -> Any:
    counts: defaultdict[str, float] = defaultdict(float)
    for word, n in words.items():
        for way in segmentations(word, logp):
            for piece in way:
                counts[piece] += n * _probability(way, logp)
    return normalised(counts)


@em_step.misconception(
    "each word counted once",
    "The table says how often each word occurs; your expected counts look at each word once.",
)
def _(words: Words, logp: Logp) -> Any:
    return _reference(dict.fromkeys(words, 1), logp)


@em_step.misconception(
    "a repeated piece counted once",
    "A piece can occur twice in one segmentation, and counts twice; you ask only whether it is "
    "there.",
)
def _(words: Words, logp: Logp) -> Any:
    counts: defaultdict[str, float] = defaultdict(float)
    for word, n in words.items():
        ways = list(segmentations(word, logp))
        total = sum(_probability(way, logp) for way in ways)
        for way in ways:
            for piece in set(way):
                counts[piece] += n * _probability(way, logp) / total
    return normalised(counts)


@em_step.misconception(
    "not renormalised",
    "You take the logarithm of the expected counts. Divide by their sum first, so that the "
    "probabilities add up to 1.",
)
def _(words: Words, logp: Logp) -> Any:
    return {piece: math.log(n) for piece, n in _expected(words, logp).items() if n > 0}


@em_step.misconception(
    "divided by the number of words",
    "You divide by the number of words; divide by the sum of the expected counts of all pieces.",
)
def _(words: Words, logp: Logp) -> Any:
    total = sum(words.values())
    return {piece: math.log(n / total) for piece, n in _expected(words, logp).items()}


@em_step.misconception(
    "probabilities in place of logarithms",
    "You return probabilities; the table holds their logarithms.",
)
def _(words: Words, logp: Logp) -> Any:
    return {piece: math.exp(value) for piece, value in _reference(words, logp).items()}


@em_step.misconception(
    "another base",
    "You take logarithms to base 2; the course takes natural ones, `math.log`.",
)
def _(words: Words, logp: Logp) -> Any:
    return {piece: value / math.log(2) for piece, value in _reference(words, logp).items()}


@em_step.misconception(
    "expected counts",
    "You return the expected counts; what is left is to divide by their sum and take logarithms.",
)
def _(words: Words, logp: Logp) -> Any:
    return dict(_expected(words, logp))


@em_step.misconception(
    "unused pieces kept",
    "You keep pieces whose expected count is 0; their logarithm would be minus infinity. Drop "
    "them.",
)
def _(words: Words, logp: Logp) -> Any:
    return {**dict.fromkeys(logp, -math.inf), **_reference(words, logp)}


@em_step.misconception(
    "unused pieces keep their old value",
    "A piece that no segmentation uses keeps its old log-probability; its new one is that of 0, so "
    "drop it.",
)
def _(words: Words, logp: Logp) -> Any:
    return {**logp, **_reference(words, logp)}


@em_step.misconception(
    "forward without backward",
    "You weigh a piece with the ways to reach its end; what may follow counts too. Multiply "
    "forward, the piece's own probability and backward.",
)
def _(words: Words, logp: Logp) -> Any:
    counts: defaultdict[str, float] = defaultdict(float)
    for word, n in words.items():
        forward = [1.0] + [0.0] * len(word)
        for j in range(1, len(word) + 1):
            for i in range(j):
                if word[i:j] in logp:
                    forward[j] += forward[i] * math.exp(logp[word[i:j]])
        for j in range(1, len(word) + 1):
            for i in range(j):
                if word[i:j] in logp:
                    counts[word[i:j]] += (
                        n * forward[i] * math.exp(logp[word[i:j]]) / forward[len(word)]
                    )
    return normalised(counts)


@em_step.misconception(
    "shares averaged over the words",
    "You work out each piece's share in every word and average over the words, so a word of many "
    "pieces weighs no more than one of few. Add expected counts, and take shares at the end.",
)
def _(words: Words, logp: Logp) -> Any:
    mean: defaultdict[str, float] = defaultdict(float)
    for word, n in words.items():
        for piece, value in _reference({word: 1}, logp).items():
            mean[piece] += n * math.exp(value) / sum(words.values())
    return normalised(mean)


_scaled = "a common factor of all expected counts cancels when they are divided by their sum"
em_step.equivalent("constant-914db6", _scaled)
em_step.equivalent("constant-d996a3", _scaled)
em_step.equivalent("constant-9a0be5", _scaled)
em_step.equivalent("range-28851b", "the empty string is no piece")
