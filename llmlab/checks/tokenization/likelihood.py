"""Lab 02, stretch: the pair that WordPiece merges next."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from llmlab.checks.exercise import expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import exercise, table

__all__ = ["best_wordpiece_pair"]

Pair = tuple[str, str]
Words = dict[tuple[str, ...], int]


def _frequencies(words: Words) -> tuple[Counter[str], Counter[Pair]]:
    tokens: Counter[str] = Counter()
    pairs: Counter[Pair] = Counter()
    for word, n in words.items():
        for token in word:
            tokens[token] += n
        for pair in itertools.pairwise(word):
            pairs[pair] += n
    return tokens, pairs


def _scored(words: Words, score: Callable[[int, int, int], float]) -> Pair | None:
    """The pair with the greatest score(f(ab), f(a), f(b)), of several the greater pair."""
    f, f_pair = _frequencies(words)
    return max(f_pair, key=lambda p: (score(f_pair[p], f[p[0]], f[p[1]]), p), default=None)


def _likelihood(words: Words) -> Pair | None:
    return _scored(words, lambda ab, a, b: ab / (a * b))


best_wordpiece_pair = exercise("best-wordpiece-pair", reference=_likelihood)


@best_wordpiece_pair.inputs
def _(rng: Random) -> Iterator[tuple[Words]]:
    """Frequent pairs against telling ones, tokens that stand alone, weights, ties, no pair."""
    yield ({("a", "##b"): 10, ("a",): 40, ("##b",): 40, ("c", "##d"): 2},)
    yield ({("a", "##b"): 3, ("a", "##c"): 3, ("d", "##b", "##b"): 1, ("e", "##c"): 6},)
    yield ({("h", "##u", "##g"): 10, ("p", "##u", "##g"): 5, ("p", "##u", "##n"): 12},)
    yield ({("x", "##y"): 4, ("x", "##z"): 1, ("w", "##z"): 2, ("w", "##v", "##v"): 5},)
    yield ({("x", "##y", "##y"): 3, ("u", "##y"): 1, ("u",): 1, ("w", "##q"): 7},)
    yield ({("a", "##b"): 2, ("c", "##d"): 2, ("a", "##d"): 1, ("c", "##b"): 1},)
    yield ({("a", "##zz"): 1, ("ab", "##c"): 1, ("a", "##b"): 1, ("ab", "##b"): 1},)
    yield ({("a", "##b"): 3, ("a",): 9, ("c", "##d"): 4},)  # alone a is frequent
    yield ({("a", "b", "a"): 4, ("c", "d"): 5},)  # a occurs eight times, not four
    yield ({("x", "##o", "##o"): 3, ("c", "##d"): 4},)
    yield ({("z", "##a"): 4, ("b", "##c"): 4},)
    yield ({("b", "##c"): 4, ("z", "##a"): 4},)
    yield ({("one",): 5},)
    yield ({},)
    yield (_drawn_words(rng, 5),)
    yield (_drawn_words(rng, 8),)


@best_wordpiece_pair.hidden_inputs
def _(rng: Random) -> Iterator[tuple[Words]]:
    """Larger tables."""
    for size in (4, 10, 16):
        yield (_drawn_words(rng, size),)
    yield ({("日", "##本"): 3, ("日", "##語"): 3},)


def _drawn_words(rng: Random, size: int) -> Words:
    """Draw until no two different quotients are near each other, where rounding would decide."""
    while True:
        words: Words = {}
        for _ in range(size):
            tail = ["##" + c for c in rng.choices("abcd", k=rng.randrange(0, 4))]
            words[rng.choice("abc"), *tail] = rng.randrange(1, 20)
        f, f_pair = _frequencies(words)
        scores = sorted(n / (f[a] * f[b]) for (a, b), n in f_pair.items())
        if len(scores) > 1 and scores[-1] > scores[-2] * 1.001:
            return words


def _best_scores(words: Words) -> list[Pair]:
    """All pairs with the greatest score, the greatest pair first."""
    f, f_pair = _frequencies(words)
    score = {p: n / (f[p[0]] * f[p[1]]) for p, n in f_pair.items()}
    return sorted((p for p in score if math.isclose(score[p], max(score.values()))), reverse=True)


def _check_pair(answer: Probe, words: Words, where: str) -> None:
    got, must = answer(words), _likelihood(words)
    f, f_pair = _frequencies(words)

    def shown(pair: Any) -> str:
        if type(pair) is not tuple or pair not in f_pair:
            return show(pair)
        return f"{show(pair)}, {f_pair[pair]} / ({f[pair[0]]} · {f[pair[1]]})"

    expect(
        type(got) is type(must) and got == must,
        f"With {table(words)} you chose {shown(got)}; it must be {shown(must)}. {where}",
    )


@best_wordpiece_pair.property("the greatest f(ab) / (f(a) f(b)) wins")
def _(answer: Probe, words: Words) -> None:
    if len(_best_scores(words)) == 1:
        where = "f counts a token wherever it stands, and a word n times when it occurs n times."
        _check_pair(answer, words, where)


@best_wordpiece_pair.property("ties go to the greater pair")
def _(answer: Probe, words: Words) -> None:
    if len(_best_scores(words)) > 1:
        _check_pair(answer, words, "Their scores are equal, so the greater pair wins.")


@best_wordpiece_pair.property("None when no word has two tokens", supporting=True)
def _(answer: Probe, words: Words) -> None:
    if not _best_scores(words):
        _check_pair(answer, words, "There is no pair at all.")


@best_wordpiece_pair.misconception(
    "the most frequent pair",
    "That is the rule of BPE. WordPiece divides by how often the parts occur, so a pair wins whose "
    "parts hardly occur without each other.",
)
def _(words: Words) -> Any:
    return _scored(words, lambda ab, a, b: ab)


@best_wordpiece_pair.misconception(
    "divided by the sum",
    "You divide by f(a) + f(b). The score compares with what chance would give, and that is a "
    "product: f(a) · f(b).",
)
def _(words: Words) -> Any:
    return _scored(words, lambda ab, a, b: ab / (a + b))


@best_wordpiece_pair.misconception(
    "divided by the first part alone",
    "You divide by f(a) only; both parts count, f(a) · f(b).",
)
def _(words: Words) -> Any:
    return _scored(words, lambda ab, a, b: ab / a)


@best_wordpiece_pair.misconception(
    "divided by the second part alone",
    "You divide by f(b) only; both parts count, f(a) · f(b).",
)
def _(words: Words) -> Any:
    return _scored(words, lambda ab, a, b: ab / b)


@best_wordpiece_pair.misconception(
    "divided by f(a), times f(b)",
    "`f(ab) / f(a) * f(b)` multiplies by f(b): put the product in parentheses.",
)
def _(words: Words) -> Any:
    return _scored(words, lambda ab, a, b: ab / a * b)


@best_wordpiece_pair.misconception(
    "a square root too many",
    "You divide by the square root of the product; that score prefers frequent pairs.",
)
def _(words: Words) -> Any:
    return _scored(words, lambda ab, a, b: ab / math.sqrt(a * b))


@best_wordpiece_pair.misconception(
    "each word counted once",
    "The table says how often each word occurs; your counts look at each word once.",
)
def _(words: Words) -> Any:
    return _likelihood(dict.fromkeys(words, 1))


@best_wordpiece_pair.misconception(
    "tokens counted in pairs only",
    "You count a token only where it is part of a pair, and in the middle of a word twice. f(a) "
    "counts each occurrence of a token once, alone or not.",
)
def _(words: Words) -> Any:
    _, f_pair = _frequencies(words)
    f: Counter[str] = Counter()
    for pair, n in f_pair.items():
        for token in pair:
            f[token] += n
    return max(f_pair, key=lambda p: (f_pair[p] / (f[p[0]] * f[p[1]]), p), default=None)


@best_wordpiece_pair.misconception(
    "ties to the pair seen first",
    "Of pairs with equal scores you take the one seen first; the greater must win.",
)
def _(words: Words) -> Any:
    f, f_pair = _frequencies(words)
    return max(f_pair, key=lambda p: f_pair[p] / (f[p[0]] * f[p[1]]), default=None)


@best_wordpiece_pair.misconception(
    "ties to the smaller pair",
    "Of pairs with equal scores you take the smaller; the greater must win.",
)
def _(words: Words) -> Any:
    f, f_pair = _frequencies(words)
    return min(f_pair, key=lambda p: (-f_pair[p] / (f[p[0]] * f[p[1]]), p), default=None)


@best_wordpiece_pair.misconception(
    "no pair forgotten",
    "When no word has two tokens `max` has nothing to choose from; return None there.",
)
def _(words: Words) -> Any:
    f, f_pair = _frequencies(words)
    return max(f_pair, key=lambda p: (f_pair[p] / (f[p[0]] * f[p[1]]), p))


@best_wordpiece_pair.misconception(
    "divided twice",
    "Each division rounds, so after two of them equal scores can come out unequal, and the tie is "
    "missed. Divide once, by the product.",
)
def _(words: Words) -> Any:
    return _scored(words, lambda ab, a, b: ab / a / b)


@best_wordpiece_pair.misconception(
    "words of one token left out",
    "You skip words of one token because they hold no pair. Their token occurs all the same, and "
    "f(a) counts every occurrence.",
)
def _(words: Words) -> Any:
    return _likelihood({word: n for word, n in words.items() if len(word) > 1})


@best_wordpiece_pair.misconception(
    "a token counted once in each word",
    "A token that stands twice in a word counts twice each time the word occurs; you count it once "
    "(a `set` of the tokens, or `token in word`, does that).",
)
def _(words: Words) -> Any:
    f: Counter[str] = Counter()
    for word, n in words.items():
        for token in set(word):
            f[token] += n
    _, f_pair = _frequencies(words)
    return max(f_pair, key=lambda p: (f_pair[p] / (f[p[0]] * f[p[1]]), p), default=None)


@best_wordpiece_pair.misconception(
    "tokens counted without the counts of words",
    "Your pairs are weighted by how often a word occurs, your tokens are not; both counts need the "
    "weight.",
)
def _(words: Words) -> Any:
    f = Counter(token for word in words for token in word)
    _, f_pair = _frequencies(words)
    return max(f_pair, key=lambda p: (f_pair[p] / (f[p[0]] * f[p[1]]), p), default=None)


@best_wordpiece_pair.misconception(
    "only left parts and only right parts",
    "Your f(a) counts where a is the left part of a pair, your f(b) where b is the right one. f "
    "counts a token wherever it stands, alone too.",
)
def _(words: Words) -> Any:
    _, f_pair = _frequencies(words)
    left: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for (a, b), n in f_pair.items():
        left[a] += n
        right[b] += n
    return max(f_pair, key=lambda p: (f_pair[p] / (left[p[0]] * right[p[1]]), p), default=None)


@best_wordpiece_pair.alternative
def _(words: Words) -> Pair | None:
    """Logarithms, and all the best kept."""
    f, f_pair = _frequencies(words)
    best: list[Pair] = []
    most = -math.inf
    for (a, b), n in f_pair.items():
        score = math.log(n) - math.log(f[a]) - math.log(f[b])
        if math.isclose(score, most):
            best.append((a, b))
        elif score > most:
            best, most = [(a, b)], score
    return max(best, default=None)


@best_wordpiece_pair.alternative
def _(words: Words) -> Pair | None:
    """Fractions compared by multiplying across, so without rounding."""
    f, f_pair = _frequencies(words)

    def later(one: Pair, other: Pair) -> int:
        left = f_pair[one] * f[other[0]] * f[other[1]]
        right = f_pair[other] * f[one[0]] * f[one[1]]
        return left - right or (one > other) - (one < other)

    ordered = sorted(f_pair, key=functools.cmp_to_key(later))
    return ordered[-1] if ordered else None


best_wordpiece_pair.equivalent("arithmetic-6122bd", "both factors of the product change their sign")
