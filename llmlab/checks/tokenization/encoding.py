"""Lab 02, exercise 3: encode one word with the ranks of its merges.

Inputs are such as training makes: a pair's parts exist before the pair. There, merging one
occurrence at a time (as tiktoken does) and merging all at once give the same tokens.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from random import Random

from llmlab.checks.exercise import expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import exercise, letters, printed

__all__ = ["encode_word"]

Pair = tuple[bytes, bytes]
Ranks = dict[Pair, int]


def merge(tokens: list[bytes], pair: Pair) -> list[bytes]:
    """Join every occurrence of the pair, from left to right."""
    merged: list[bytes] = []
    i = 0
    while i < len(tokens):
        step = 2 if tuple(tokens[i : i + 2]) == pair else 1
        merged.append(b"".join(tokens[i : i + step]))
        i += step
    return merged


def _rounds(word: bytes, ranks: Ranks) -> Iterator[list[bytes]]:
    """The tokens before the first merge, and after each."""
    tokens = list(letters(word))
    yield tokens
    while known := [pair for pair in itertools.pairwise(tokens) if pair in ranks]:
        tokens = merge(tokens, min(known, key=ranks.__getitem__))
        yield tokens


def _reference(word: bytes, ranks: Ranks) -> list[bytes]:
    *_, tokens = _rounds(word, ranks)
    return tokens


def _ranks(*pairs: str) -> Ranks:
    """Ranks 0, 1, 2, … from "a+b" in order."""
    parts = (tuple(part.encode() for part in pair.split("+")) for pair in pairs)
    return {(first, second): rank for rank, (first, second) in enumerate(parts)}


def _shuffled(rng: Random, ranks: Ranks) -> Ranks:
    """The same ranks in another order: a dictionary promises nothing about it."""
    items = list(ranks.items())
    rng.shuffle(items)
    return dict(items)


encode_word = exercise("encode-word", reference=_reference)

_SHOWN = 9  # so many ranks a reader can still paste
_NEWEST = _ranks("e+s", "es+t", "l+o", "lo+w", "n+e", "ne+w", "w+est", "new+est", "low+est")
# subtle: "abc" comes about in two ways, so after rank 4 a pair of rank 3 turns up again.
_TWO_WAYS = _ranks("b+c", "a+b", "ab+c", "abc+d", "a+bc")


@encode_word.inputs
def _(rng: Random) -> Iterator[tuple[bytes, Ranks]]:
    """Ranks against places, chains of merges, repeats, nothing to do; then trained ranks."""
    yield b"abc", {(b"a", b"b"): 1, (b"b", b"c"): 0}  # bc first, though ab stands first
    yield b"xabc", _ranks("b+c", "x+a", "xa+b")  # longest match would take xab
    yield b"abcd", _shuffled(rng, _ranks("c+d", "b+c", "a+b"))
    yield b"abcd", {(b"b", b"c"): 7, (b"a", b"b"): 900, (b"c", b"d"): 30}
    yield b"abcd", {(b"a", b"b"): 199_998, (b"c", b"d"): 100_255}  # as many as o200k has
    yield b"lowest", _shuffled(rng, _NEWEST)
    yield b"newest", _shuffled(rng, _NEWEST)
    yield b"abcd", _TWO_WAYS
    yield b"abxabyab", _ranks("a+b")
    yield b"aaaa", _ranks("a+a")
    yield b"aaaaa", _ranks("a+a")
    yield b"aaaaaaa", _ranks("a+a", "aa+a")
    yield b"abab", _ranks("a+b", "ab+ab")
    yield b"ab", _ranks("x+y")
    yield "né".encode(), {}
    yield b"z", _ranks("a+b")
    yield b"", _ranks("a+b")
    yield _drawn(rng, "ab", 12)
    yield _drawn(rng, "abc", 20)


@encode_word.hidden_inputs
def _(rng: Random) -> Iterator[tuple[bytes, Ranks]]:
    """Other scripts, bytes that are no text, longer words, more merges."""
    for alphabet in ("abcd", "éèa", "日本", "🙂🙃", "ab"):
        yield _drawn(rng, alphabet, rng.randrange(10, 40))
    yield bytes([0, 255, 0, 255, 0]), {(b"\x00", b"\xff"): 1, (b"\xff", b"\x00"): 0}
    yield b"ab" * 20, _ranks("a+b", "ab+ab", "abab+abab")
    yield b"abcdabcd", _TWO_WAYS


def _drawn(rng: Random, alphabet: str, n_merges: int) -> tuple[bytes, Ranks]:
    """Draw merges one after another, as training does, and a word long enough to need them."""
    while True:
        word = "".join(rng.choices(alphabet, k=rng.randrange(6, 16))).encode()
        tokens = sorted(set(letters(word)))
        ranks: Ranks = {}
        while len(ranks) < n_merges:
            pair = (rng.choice(tokens), rng.choice(tokens))
            if len(pair[0] + pair[1]) <= 6 and pair not in ranks:
                ranks[pair] = len(ranks)
                tokens.append(pair[0] + pair[1])
            elif rng.random() < 0.05:
                break
        # subtle: rarely, one at a time and all at once differ; both ways are in use, so skip.
        if ranks and one_at_a_time(word, ranks) == _reference(word, ranks):
            return word, _shuffled(rng, ranks)


def one_at_a_time(word: bytes, ranks: Ranks) -> list[bytes]:
    """Merge one occurrence in a round, the left-most of the lowest rank, as tiktoken does."""
    tokens = list(letters(word))
    while True:
        places = [
            (ranks.get((a, b), math.inf), i) for i, (a, b) in enumerate(itertools.pairwise(tokens))
        ]
        rank, i = min(places, default=(math.inf, 0))
        if rank == math.inf:
            return tokens
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]


def _check(answer: Probe, word: bytes, ranks: Ranks, where: str) -> None:
    got, must = answer(word, ranks), _reference(word, ranks)
    is_tokens = isinstance(got, list) and all(type(token) is bytes for token in got)
    by_rank = sorted(ranks.items(), key=lambda item: item[1])
    shown = ", ".join(f"{pair!r}: {rank}" for pair, rank in by_rank[:_SHOWN])
    more = ", …" if len(ranks) > _SHOWN else ""
    expect(
        is_tokens and got == must,
        f"`encode_word({word!r}, {{{shown}{more}}})` gave "
        f"{printed(got) if is_tokens else show(got)}; it must give {printed(must)}. {where}",
    )


def _n_rounds(word: bytes, ranks: Ranks) -> int:
    return len(list(_rounds(word, ranks))) - 1


def _one_kind(word: bytes, ranks: Ranks) -> bool:
    """Only one pair of the word ever has a rank."""
    return _n_rounds(word, ranks) == 1 and len(ranks) == 1


@encode_word.property("the lowest rank is merged first")
def _(answer: Probe, word: bytes, ranks: Ranks) -> None:
    known = {pair for pair in itertools.pairwise(letters(word)) if pair in ranks}
    if len(known) > 1:
        tokens = list(_rounds(word, ranks))[1]
        where = (
            f"After the first merge it is {printed(tokens)}: the lowest rank, wherever it stands."
        )
        _check(answer, word, ranks, where)


@encode_word.property("every occurrence of the pair, left to right")
def _(answer: Probe, word: bytes, ranks: Ranks) -> None:
    if _one_kind(word, ranks):
        where = "A round merges its pair everywhere, from the left, and no token twice."
        _check(answer, word, ranks, where)


@encode_word.property("again and again, until no pair has a rank")
def _(answer: Probe, word: bytes, ranks: Ranks) -> None:
    known = {pair for pair in itertools.pairwise(letters(word)) if pair in ranks}
    if len(known) <= 1 and not _one_kind(word, ranks):
        n = _n_rounds(word, ranks)
        where = f"It takes {n} merge{'s' * (n != 1)}; a merged token can be part of the next pair."
        if not n:
            where = "No pair of its single bytes has a rank, so the single bytes are the tokens."
        _check(answer, word, ranks, where)
        changes = answer.changes(word, ranks)
        expect(not changes, f"{'; '.join(changes)}. The next word needs the same ranks.")
