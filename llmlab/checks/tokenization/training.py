"""Lab 02, stretch: learn the merges, and do not count everything again after each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random
from typing import Any

from llmlab.checks.exercise import expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import exercise, letters, printed

__all__ = ["train_bpe"]

Pair = tuple[bytes, bytes]
Words = dict[bytes, int]
Counts = Counter[Pair]
Split = list[tuple[tuple[bytes, ...], int]]
_MANY = 60  # words from which the work is measured


def merged(word: tuple[bytes, ...], pair: Pair) -> tuple[bytes, ...]:
    """Join every occurrence of the pair, from left to right."""
    done: list[bytes] = []
    for token in word:
        if done and (done[-1], token) == pair:
            done[-1] += token
        else:
            done.append(token)
    return tuple(done)


def count_pairs(split: Split) -> Counts:
    """How often every two neighbours occur in a table of words that are cut into tokens."""
    counts: Counts = Counter()
    for word, n in split:
        for pair in pairwise(word):
            counts[pair] += n
    return counts


def _greatest(counts: Counts) -> Pair:
    return max(counts, key=lambda pair: (counts[pair], pair))


def _slow(
    words: Words,
    n_merges: int,
    count: Callable[[Split], Counts] = count_pairs,
    choose: Callable[[Counts], Pair] = _greatest,
    merge: Callable[[tuple[bytes, ...], Pair], tuple[bytes, ...]] = merged,
) -> list[Pair]:
    """Count all, choose, merge all: the loop that is right and slow."""
    split = [(letters(word), n) for word, n in words.items()]
    merges: list[Pair] = []
    while len(merges) < n_merges and (counts := count(split)):
        merges.append(choose(counts))
        split = [(merge(word, merges[-1]), n) for word, n in split]
    return merges


def _reference(words: Words, n_merges: int) -> list[Pair]:
    """The same merges; only words that hold the pair are counted again."""
    return _mended(words, n_merges)


def _mended(words: Words, n_merges: int, least: int = 1, grows: bool = True) -> list[Pair]:
    """Merge while a pair occurs `least` times; the index of pairs `grows`, or stays as it was."""
    split = {word: letters(word) for word in words}
    counts: Counts = Counter()
    where: defaultdict[Pair, set[bytes]] = defaultdict(set)

    def tally(word: bytes, times: int, indexed: bool = True) -> None:
        for pair in pairwise(split[word]):
            counts[pair] += times
            if indexed:
                where[pair].add(word)

    for word, n in words.items():
        tally(word, n)
    merges: list[Pair] = []
    while len(merges) < n_merges and max(counts.values(), default=-1) >= least:
        merges.append(_greatest(counts))
        for word in where.pop(merges[-1], ()):
            tally(word, -words[word], grows)
            split[word] = merged(split[word], merges[-1])
            tally(word, words[word], grows)
        counts[merges[-1]] = 0
    return merges


def _share(answer: Probe, words: Words, n_merges: int) -> float:
    """What each further merge costs, as a part of what counting everything and one merge cost."""
    first, all_ = answer.operations(words, 1), answer.operations(words, n_merges)
    return (all_ - first) / (n_merges - 1) / max(first, 1)


def _observe(answer: Probe, words: Words, n_merges: int) -> Any:
    """The merges; where there are many words and these are right, whether they cost too much."""
    merges = answer(words, n_merges)
    if len(words) < _MANY or merges != _reference(words, n_merges):
        return merges
    return merges, _share(answer, words, n_merges) > 0.5


train_bpe = exercise("train-bpe", reference=_reference, observe=_observe)


@train_bpe.inputs
def _(rng: Random) -> Iterator[tuple[Words, int]]:
    """Counts, ties, tokens that repeat, pairs that run out; tables drawn; one large table."""
    yield {b"low": 5, b"lower": 2, b"newest": 6, b"widest": 3}, 8
    yield {b"hug": 10, b"pug": 5, b"pun": 12, b"bun": 4, b"hugs": 5}, 5
    yield {b"abcd": 3, b"ab": 9, b"cd": 1}, 3
    yield {b"ab": 1, b"cd": 1, b"bc": 1}, 2
    yield {b"za": 3, b" a": 3, b"\xc3\xa9": 3}, 2  # a space is smaller than any letter
    yield {b"abab": 2, b"azz": 2, b"abz": 2}, 6
    yield {b"aaaa": 3, b"aaab": 2, b"baaa": 4}, 5
    yield {b"aaaaaaa": 1}, 3
    yield {b"abcabcabd": 1, b"bca": 2}, 6
    yield {b"ab": 1}, 5
    yield {b"a": 7, b"b": 2}, 2
    yield {}, 3
    yield {b"abc": 2}, 0
    yield _drawn(rng, "ab", 6), 10
    yield _untied(rng, "ab")
    yield _untied(rng, "abc")
    yield _drawn(rng, "abcdefghij", 2 * _MANY), 7


@train_bpe.hidden_inputs
def _(rng: Random) -> Iterator[tuple[Words, int]]:
    """Other scripts and longer words; more merges than there are pairs."""
    for alphabet in ("日本", "éè a", "ab", "a"):
        yield _drawn(rng, alphabet, 8), rng.randrange(5, 30)
    yield _untied(rng, "日本éa")
    yield _drawn(rng, "ab", 3), 500


def _drawn(rng: Random, alphabet: str, n_words: int) -> Words:
    """Draw short words that occur one to five times, so that pairs tie; many words are longer."""
    longest = 8 if n_words < _MANY else 11
    words = ("".join(rng.choices(alphabet, k=rng.randrange(1, longest))) for _ in range(n_words))
    return {word.encode(): rng.randrange(1, 6) for word in words}


def _untied(rng: Random, alphabet: str) -> tuple[Words, int]:
    """Draw words whose counts are all different, and as many merges as there are without a tie."""
    while True:
        words = {word: rng.randrange(1, 200) for word in _drawn(rng, alphabet, 12)}
        untied = [n for n in range(2, 10) if _kind(words, n) == "plain"]
        if untied:
            return words, untied[-1]


def _kind(words: Words, n_merges: int) -> str:
    """Which property an input belongs to: one with ties, without, or one that ends early."""
    tied = []

    def choose(counts: Counts) -> Pair:
        most = max(counts.values())
        tied.append(list(counts.values()).count(most) > 1)
        return _greatest(counts)

    merges = _slow(words, n_merges, choose=choose)
    if any(tied):
        return "tied"
    return "plain" if merges and len(merges) == n_merges else "end"


def _check(answer: Probe, words: Words, n_merges: int, where: str) -> None:
    got, must = answer(words, n_merges), _reference(words, n_merges)
    is_list = isinstance(got, list)
    same = 0
    while is_list and same < min(len(got), len(must)) and got[same] == must[same]:
        same += 1
    wrong = show(got[same]) if is_list and same < len(got) else "missing"
    must_be = show(must[same]) if same < len(must) else "the end of the list"
    expect(
        is_list and got == must,
        f"{n_merges} merges of {show(words)}: "
        + (f"merge {same} is {wrong}; it must be {must_be}" if is_list else f"you gave {show(got)}")
        + f" (before it: {', '.join(printed(pair) for pair in must[:same]) or 'none'}). {where}",
    )


@train_bpe.property("the same merges as the slow loop")
def _(answer: Probe, words: Words, n_merges: int) -> None:
    if _kind(words, n_merges) == "plain":
        where = "After each merge the counts around it change: old neighbours go, new ones come."
        _check(answer, words, n_merges, where)


@train_bpe.property("ties go to the greater pair, at every merge")
def _(answer: Probe, words: Words, n_merges: int) -> None:
    if _kind(words, n_merges) == "tied":
        where = (
            "Of pairs that occur equally often the greater wins, compared part by part as bytes."
        )
        _check(answer, words, n_merges, where)


@train_bpe.property("it ends early when no pair is left", supporting=True)
def _(answer: Probe, words: Words, n_merges: int) -> None:
    if _kind(words, n_merges) == "end":
        where = "Merge as long as any pair is left, even one that occurs once, and then stop."
        _check(answer, words, n_merges, where)


@train_bpe.property("a merge costs far less than counting everything", supporting=True)
def _(answer: Probe, words: Words, n_merges: int) -> None:
    if len(words) >= _MANY:
        share = _share(answer, words, n_merges)
        expect(
            share <= 0.5,
            f"With {len(words)} words each further merge costs {share:.0%} of counting everything "
            "and merging once. Remember which words hold a pair, and count only those again.",
        )


@train_bpe.misconception(
    "everything counted again",
    "The merges are right, but after each you count the whole table again: twice the words and "
    "twice the merges are four times the work. Only words that hold the merged pair change.",
)
def _(words: Words, n_merges: int) -> Any:
    return _slow(words, n_merges)


@train_bpe.misconception(
    "each word counted once",
    "The table says how often each word occurs; your count looks at each word once.",
)
def _(words: Words, n_merges: int) -> Any:
    return _slow(dict.fromkeys(words, 1), n_merges)


@train_bpe.misconception(
    "ties to the pair seen first",
    "Of pairs that occur equally often you take the one seen first; the greater must win.",
)
def _(words: Words, n_merges: int) -> Any:
    return _slow(words, n_merges, choose=lambda counts: counts.most_common(1)[0][0])


@train_bpe.misconception(
    "ties to the smaller pair",
    "Of pairs that occur equally often you take the smaller; the greater must win.",
)
def _(words: Words, n_merges: int) -> Any:
    return _slow(words, n_merges, choose=lambda c: min(c, key=lambda p: (-c[p], p)))


@train_bpe.misconception(
    "ties decided on the joined bytes",
    "You compare the joined parts; compare the pairs part by part.",
)
def _(words: Words, n_merges: int) -> Any:
    return _slow(words, n_merges, choose=lambda c: max(c, key=lambda p: (c[p], p[0] + p[1])))


@train_bpe.misconception(
    "ties decided on remapped characters",
    "You compare the characters that GPT-2 writes for the bytes (a space is Ġ, greater than any "
    "letter); compare the bytes.",
)
def _(words: Words, n_merges: int) -> Any:
    def remapped(token: bytes) -> list[int]:
        return [b if 33 <= b <= 126 or 161 <= b != 173 else 256 + b for b in token]

    def choose(counts: Counts) -> Pair:
        return max(counts, key=lambda p: (counts[p], [remapped(part) for part in p]))

    return _slow(words, n_merges, choose=choose)


@train_bpe.misconception(
    "counted once and for all",
    "You take the most frequent pairs of the first count. Each merge changes the counts, and makes "
    "pairs that were not there before.",
)
def _(words: Words, n_merges: int) -> Any:
    counts = count_pairs([(letters(word), n) for word, n in words.items()])
    return sorted(counts, key=lambda p: (counts[p], p), reverse=True)[:n_merges]


@train_bpe.misconception(
    "old neighbours still counted",
    "After a merge you add the pairs with the new token, but the pairs that its two parts made "
    "with their neighbours are gone and must be subtracted.",
)
def _(words: Words, n_merges: int) -> Any:
    split = [(letters(word), n) for word, n in words.items()]
    counts = count_pairs(split)
    merges: list[Pair] = []
    while len(merges) < n_merges and counts:
        merges.append(_greatest(counts))
        del counts[merges[-1]]
        split = [(merged(word, merges[-1]), n) for word, n in split]
        for pair, n in count_pairs(split).items():
            if b"".join(merges[-1]) in pair:
                counts[pair] = n
    return merges


@train_bpe.misconception(
    "new tokens never merged again",
    "You count pairs of single bytes only; a merged token is a token like any other.",
)
def _(words: Words, n_merges: int) -> Any:
    def count(split: Split) -> Counts:
        counts = count_pairs(split)
        return Counter({p: n for p, n in counts.items() if len(p[0] + p[1]) == 2})

    return _slow(words, n_merges, count=count)


@train_bpe.misconception(
    "one merge in each word",
    "You merge the first occurrence in a word and leave the others; merge them all.",
)
def _(words: Words, n_merges: int) -> Any:
    def merge(word: tuple[bytes, ...], pair: Pair) -> tuple[bytes, ...]:
        for i, neighbours in enumerate(pairwise(word)):
            if neighbours == pair:
                return (*word[:i], b"".join(pair), *word[i + 2 :])
        return word

    return _slow(words, n_merges, merge=merge)


@train_bpe.misconception(
    "pairs that occur once left out",
    "You stop at pairs that occur once. The task has no such threshold: merge until the number is "
    "reached or no pair is left.",
)
def _(words: Words, n_merges: int) -> Any:
    return _mended(words, n_merges, least=2)


@train_bpe.misconception(
    "tokens in place of pairs",
    "You return the tokens that the merges make; a merge is a pair, both parts kept apart.",
)
def _(words: Words, n_merges: int) -> Any:
    return [a + b for a, b in _reference(words, n_merges)]


@train_bpe.misconception(
    "pairs that are gone still chosen",
    "Pairs whose count has come down to 0 stay in your table, and when no others are left you "
    "choose them. End when no pair occurs any more.",
)
def _(words: Words, n_merges: int) -> Any:
    return _mended(words, n_merges, least=0)


@train_bpe.misconception(
    "new pairs missing from the index",
    "You note once which words hold a pair. Merges make new pairs, and words that hold those must "
    "be noted too, or the pair is chosen and nothing is merged.",
)
def _(words: Words, n_merges: int) -> Any:
    return _mended(words, n_merges, grows=False)


@train_bpe.misconception(
    "old entries in the heap believed",
    "An entry in the heap keeps the count that its pair had when it was pushed. Compare it with "
    "the count of now, and push it again when it has shrunk.",
)
def _(words: Words, n_merges: int) -> Any:
    split = {word: letters(word) for word in words}
    counts = count_pairs([(tokens, words[word]) for word, tokens in split.items()])
    noted = dict(counts)  # what each pair's entry in the heap says
    merges: list[Pair] = []
    while noted and len(merges) < n_merges:
        best = max(noted, key=lambda pair: (noted[pair], pair))
        del noted[best]
        if counts[best] <= 0:
            continue
        merges.append(best)
        for word in [word for word, tokens in split.items() if best in pairwise(tokens)]:
            counts.subtract(count_pairs([(split[word], words[word])]))
            split[word] = merged(split[word], best)
            counts.update(count_pairs([(split[word], words[word])]))
        grown = {p for tokens in split.values() for p in pairwise(tokens) if b"".join(best) in p}
        noted |= {pair: counts[pair] for pair in grown}
    return merges
