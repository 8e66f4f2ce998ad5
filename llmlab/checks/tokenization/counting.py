"""Lab 02, exercise 1: the pair of neighbours that occurs most often."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

from llmlab.checks.exercise import expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import exercise, letters, table

__all__ = ["most_frequent_pair"]

Pair = tuple[bytes, bytes]
Words = dict[tuple[bytes, ...], int]


def _counts(words: Words) -> Counter[Pair]:
    counts: Counter[Pair] = Counter()
    for word, count in words.items():
        for pair in itertools.pairwise(word):
            counts[pair] += count
    return counts


def _reference(words: Words) -> Pair | None:
    counts = _counts(words)
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


most_frequent_pair = exercise("most-frequent-pair", reference=_reference)


@most_frequent_pair.inputs
def _(rng: Random) -> Iterator[tuple[Words]]:
    """Every rule alone: counting, weights, ties, nothing to count; then tables drawn at random."""
    yield ({letters("aaab"): 1, letters("cab"): 1, letters("xaa"): 1},)  # aa: 3, ab: 2
    yield ({letters("ababab"): 1, letters("xy"): 1, letters("zxy"): 1},)  # ab: 3, in one word
    yield ({letters("aaaa"): 1, letters("cdcd"): 1},)  # aa: 3, only with overlaps
    yield ({letters("hug"): 1, letters("bug"): 1, letters("gh"): 1, letters("gha"): 1},)
    yield ({(b"b", b"a"): 1, (b"b",): 1, (b"a", b"b"): 1, (b"a", b"b", b"c"): 1},)
    yield ({letters("low"): 2, letters("new"): 7, letters("lot"): 3},)  # ne and ew tie: later
    yield ({(b"lo", b"w"): 9, (b"n", b"ew"): 4, (b"n", b"ew", b"er"): 4, (b"lo", b"t"): 2},)
    yield ({letters("ab"): 5, letters("cd"): 5, letters("bc"): 2},)  # greater pair last … first
    yield ({letters("yz"): 3, letters("bc"): 3, letters("xy"): 3},)
    yield ({letters("xa"): 3, letters("xc"): 3, letters("xb"): 3, letters("wz"): 3},)
    yield ({(b"a", b"zz"): 4, (b"ab", b"c"): 4, (b"a", b"b"): 4},)  # joined, azz is the greatest
    yield ({(b"aa", b"aa"): 3, (b"b", b"c"): 3},)  # the longer one is the smaller
    yield ({(b"\xc3", b"\xa9"): 2, (b"z", b"z"): 2, (b"a", b"z"): 2},)
    yield ({letters("a"): 5, letters("b"): 2},)
    yield ({},)
    yield (_draw(rng, "abc", 6),)
    yield (_draw(rng, "ab", 4),)


@most_frequent_pair.hidden_inputs
def _(rng: Random) -> Iterator[tuple[Words]]:
    """Longer words, other scripts, tokens of several bytes, an empty word."""
    for alphabet in ("abcd", "éè", "日本", "ab"):
        yield (_draw(rng, alphabet, rng.randrange(5, 30)),)
    yield ({(b"the", b"re"): 3, (b"th", b"ere"): 3, (b"there",): 50},)
    yield ({(): 4, (b"a", b"b"): 1},)
    yield ({(): 1},)


def _draw(rng: Random, alphabet: str, n_words: int) -> Words:
    """Draw words of one to seven letters with counts of one to nine."""
    words = ("".join(rng.choices(alphabet, k=rng.randrange(1, 8))) for _ in range(n_words))
    return {letters(word): rng.randrange(1, 10) for word in words}


def _winners(words: Words) -> list[Pair]:
    """All pairs that occur most often, the greatest first."""
    counts = _counts(words)
    most = max(counts.values(), default=0)
    return sorted((pair for pair in counts if counts[pair] == most), reverse=True)


def _check(answer: Probe, words: Words) -> None:
    """Compare with the pair that must win, and say how often both occur."""
    counts, must = _counts(words), _reference(words)
    got = answer(words)
    seen = counts.get(got, 0) if _is_pair(got) else None
    what = f"which occurs {_times(seen)}" if seen is not None else "which is no pair of tokens"
    expect(
        type(got) is type(must) and got == must,
        f"With {table(words)} you chose {show(got)}, {what}; {show(must)} occurs "
        f"{_times(counts[must])}.",  # type: ignore[index]
    )


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and [type(part) for part in value] == [bytes, bytes]


def _times(n: int | None) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(n or 0, f"{n} times")


@most_frequent_pair.property("every two neighbours in a word count, each time they occur")
def _(answer: Probe, words: Words) -> None:
    if set(words.values()) == {1} and len(_winners(words)) == 1:
        _check(answer, words)


@most_frequent_pair.property("a word that occurs n times counts n times")
def _(answer: Probe, words: Words) -> None:
    if set(words.values()) != {1} and len(_winners(words)) == 1:
        _check(answer, words)


@most_frequent_pair.property("ties go to the greater pair, compared part by part")
def _(answer: Probe, words: Words) -> None:
    tied = _winners(words)
    if len(tied) < 2:
        return
    got = answer(words)
    expect(
        _is_pair(got) and got == tied[0],
        f"With {table(words)} these pairs occur equally often: {show(tied)}. The first of this "
        f"list is the greatest and must win; you chose {show(got)}. Tuples of bytes compare part "
        "by part, as Python compares them.",
    )


@most_frequent_pair.property("None when no word has two tokens", supporting=True)
def _(answer: Probe, words: Words) -> None:
    if not _winners(words):
        got = answer(words)
        expect(
            got is None,
            f"With {table(words)} there is no pair at all: return None. You returned {show(got)}.",
        )


@most_frequent_pair.misconception(
    "each word counted once",
    "The table says how often each word occurs; your count looks at each word once, so a word seen "
    "a thousand times weighs no more than one seen once.",
)
def _(words: Words) -> Any:
    counts = Counter(pair for word in words for pair in itertools.pairwise(word))
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "each pair once a word",
    "A pair can occur several times in one word, and every time counts; your code asks only "
    "whether the word contains it.",
)
def _(words: Words) -> Any:
    counts: Counter[Pair] = Counter()
    for word, n in words.items():
        for pair in set(itertools.pairwise(word)):
            counts[pair] += n
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "overlaps left out",
    "In a, a, a the pair (a, a) occurs twice: at the first and at the second token. You skip to "
    "after a pair once it is counted, which is right for merging but not for counting.",
)
def _(words: Words) -> Any:
    counts: Counter[Pair] = Counter()
    for word, n in words.items():
        last, last_end = None, -1
        for i, pair in enumerate(itertools.pairwise(word)):
            if pair == last and i < last_end:
                continue
            counts[pair] += n
            last, last_end = pair, i + 2
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "every second pair",
    "You step through a word two tokens at a time, so the pair of the second and third token is "
    "never seen; neighbours overlap.",
)
def _(words: Words) -> Any:
    counts: Counter[Pair] = Counter()
    for word, n in words.items():
        for i in range(0, len(word) - 1, 2):
            counts[word[i], word[i + 1]] += n
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "ties to the pair seen first",
    "When two pairs occur equally often you keep the one that was seen first; the greater pair "
    "must win, or the merges depend on the order of the words.",
)
def _(words: Words) -> Any:
    counts = _counts(words)
    return counts.most_common(1)[0][0] if counts else None


@most_frequent_pair.misconception(
    "ties to the pair seen last",
    "When two pairs occur equally often you keep the one that was seen last (a comparison with ≥ "
    "does that); the greater pair must win.",
)
def _(words: Words) -> Any:
    best, most = None, 0
    for pair, n in _counts(words).items():
        if n >= most:
            best, most = pair, n
    return best


@most_frequent_pair.misconception(
    "ties to the smaller pair",
    "When two pairs occur equally often you take the smaller one; the rule of this course (and of "
    "the library) is the greater.",
)
def _(words: Words) -> Any:
    counts = _counts(words)
    return min(counts, key=lambda pair: (-counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "ties decided on the joined bytes",
    "You join the two parts before you compare them. Compare the pairs themselves, part by part: "
    "(ab, c) is greater than (a, zz), though abc is smaller than azz.",
)
def _(words: Words) -> Any:
    counts = _counts(words)
    return max(counts, key=lambda pair: (counts[pair], pair[0] + pair[1]), default=None)


@most_frequent_pair.misconception(
    "ties decided by length",
    "When two pairs occur equally often you take the longer one; the rule asks for the greater as "
    "bytes, whatever its length.",
)
def _(words: Words) -> Any:
    counts = _counts(words)
    return max(counts, key=lambda p: (counts[p], len(p[0] + p[1]), p), default=None)


@most_frequent_pair.misconception(
    "ties decided on printed pairs",
    "You compare the pairs as Python prints them; bytes outside ASCII are printed as \\x… and then "
    "sort before letters. Compare the bytes.",
)
def _(words: Words) -> Any:
    counts = _counts(words)
    return max(counts, key=lambda pair: (counts[pair], str(pair)), default=None)


@most_frequent_pair.misconception(
    "pairs across words",
    "You put all words in one row, so the last token of a word and the first of the next make a "
    "pair. A merge never crosses the border of a word: count inside each word.",
)
def _(words: Words) -> Any:
    row = [token for word, n in words.items() for _ in range(n) for token in word]
    counts = Counter(itertools.pairwise(row))
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "tokens that are not neighbours",
    "You count all pairs of tokens in a word; only neighbours can be merged.",
)
def _(words: Words) -> Any:
    counts: Counter[Pair] = Counter()
    for word, n in words.items():
        for pair in itertools.combinations(word, 2):
            counts[pair] += n
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "the order within a pair forgotten",
    "You count (a, b) and (b, a) as one pair. They are two: merging makes ab of one and ba of the "
    "other.",
)
def _(words: Words) -> Any:
    counts: Counter[Pair] = Counter()
    for word, n in words.items():
        for a, b in itertools.pairwise(word):
            counts[min(a, b), max(a, b)] += n
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "the last pair of a word left out",
    "Your loop ends one pair early: a word of n tokens has n − 1 pairs.",
)
def _(words: Words) -> Any:
    counts: Counter[Pair] = Counter()
    for word, n in words.items():
        for i in range(len(word) - 2):
            counts[word[i], word[i + 1]] += n
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "counts overwritten",
    "You set the count of a pair anew for each word; add to what the other words gave.",
)
def _(words: Words) -> Any:
    counts: dict[Pair, int] = {}
    for word, n in words.items():
        for pair in itertools.pairwise(word):
            counts[pair] = n
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "the rarest pair",
    "You return the pair that occurs least; the most frequent one shortens the text most.",
)
def _(words: Words) -> Any:
    counts = _counts(words)
    return min(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "the greatest pair, counts ignored",
    "You return the greatest of all pairs; how often a pair occurs comes first, and the greater "
    "one only decides a tie.",
)
def _(words: Words) -> Any:
    return max(_counts(words), default=None)


@most_frequent_pair.misconception(
    "the pair together with its count",
    "You return the pair and how often it occurs (`most_common` gives both); only the pair is "
    "asked for.",
)
def _(words: Words) -> Any:
    counts = _counts(words)
    best = max(counts, key=lambda pair: (counts[pair], pair), default=None)
    return (best, counts[best]) if best else None


@most_frequent_pair.misconception(
    "the merged token",
    "You return the two parts joined. A merge rule needs to know both parts: return the pair.",
)
def _(words: Words) -> Any:
    best = _reference(words)
    return best[0] + best[1] if best else None


@most_frequent_pair.misconception(
    "no pair forgotten",
    "Your choice is right wherever there is a pair, but when no word has two tokens it fails: "
    "`max` has nothing to choose from. Return None there.",
)
def _(words: Words) -> Any:
    counts = _counts(words)
    return max(counts, key=lambda pair: (counts[pair], pair))


@most_frequent_pair.misconception(
    "ties decided by the first part alone",
    "Of two pairs that occur equally often you compare the first parts only; where those are equal "
    "the second parts decide.",
)
def _(words: Words) -> Any:
    counts = _counts(words)
    return max(counts, key=lambda pair: (counts[pair], pair[0]), default=None)


@most_frequent_pair.misconception(
    "one more for each further word",
    "The first word gives a pair its whole count, each later one adds only 1; every word adds "
    "its count.",
)
def _(words: Words) -> Any:
    counts: dict[Pair, int] = {}
    for word, n in words.items():
        for pair in itertools.pairwise(word):
            counts[pair] = counts[pair] + 1 if pair in counts else n
    return max(counts, key=lambda pair: (counts[pair], pair), default=None)


@most_frequent_pair.misconception(
    "None for an empty table only",
    "A table can hold words and no pair at all; there `max` has nothing to choose from.",
)
def _(words: Words) -> Any:
    counts = _counts(words)
    return max(counts, key=lambda pair: (counts[pair], pair)) if words else None
