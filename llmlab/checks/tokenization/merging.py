"""Lab 02, exercise 2: join every occurrence of a pair in one word."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from random import Random
from typing import Any

from llmlab.checks.exercise import expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import exercise, letters, printed

__all__ = ["merge_pair"]

Pair = tuple[bytes, bytes]
Word = tuple[bytes, ...]


def _reference(word: Word, pair: Pair) -> Word:
    merged: list[bytes] = []
    i = 0
    while i < len(word):
        step = 2 if word[i : i + 2] == pair else 1
        merged.append(b"".join(word[i : i + step]))
        i += step
    return tuple(merged)


def _fresh(*tokens: bytes) -> Word:
    """Tokens as training makes them: equal to those of the pair, and yet other objects."""
    return tuple(bytes(bytearray(token)) for token in tokens)


merge_pair = exercise("merge-pair", reference=_reference)


@merge_pair.inputs
def _(rng: Random) -> Iterator[tuple[Word, Pair]]:
    """Each rule alone, then words drawn from very few letters, where pairs are frequent."""
    yield letters("banana"), (b"a", b"n")
    yield letters("abxab"), (b"a", b"b")
    yield _fresh(b"th", b"e", b"th", b"e", b"n"), (b"th", b"e")
    yield letters("aaa"), (b"a", b"a")
    yield letters("aaaab"), (b"a", b"a")
    yield letters("baaaaa"), (b"a", b"a")
    yield (b"xa", b"b", b"a", b"bx"), (b"a", b"b")  # joined, both look like the pair
    yield _fresh(b"a", b"bc", b"ab", b"c"), (b"a", b"bc")
    yield letters("baab"), (b"b", b"b")
    yield letters("bab"), (b"b", b"b")
    yield letters("ba"), (b"a", b"b")
    yield (b"a",), (b"a", b"a")
    yield (), (b"a", b"b")
    yield (b"a", b" ", b"b", b" b"), (b"a", b"b")
    for letters_drawn in ("ab", "aaab"):
        word = letters("".join(rng.choices(letters_drawn, k=rng.randrange(6, 12))))
        yield word, rng.choice([(b"a", b"b"), (b"a", b"a"), (b"b", b"a")])


@merge_pair.hidden_inputs
def _(rng: Random) -> Iterator[tuple[Word, Pair]]:
    """Longer words, bytes that are no text, tokens of several bytes, tokens that are spaces."""
    yield letters("日本日本語"), (b"\xe6", b"\x97")
    yield letters("a b a b"), (b" ", b"b")
    yield letters("\x00\x00|\x00\x00\x00"), (b"\x00", b"\x00")
    yield _fresh(*(b"an",) * 7, b"a", b"n"), (b"an", b"an")
    for _ in range(8):
        tokens = [b"a", b"b", b"ab", b"ba", b"aa"]
        word = _fresh(*rng.choices(tokens, k=rng.randrange(0, 24)))
        yield word, (rng.choice(tokens), rng.choice(tokens))


def _occurs(word: Word, pair: Pair) -> bool:
    return pair in itertools.pairwise(word)


def _check(answer: Probe, word: Word, pair: Pair, where: str) -> None:
    got, must = answer(word, pair), _reference(word, pair)
    # Whether the result is a tuple is a question of its own, asked by the last property.
    is_word = isinstance(got, list | tuple) and all(type(token) is bytes for token in got)
    expect(
        is_word and tuple(got) == must,
        f"{printed(word)} with the pair {printed(pair)} gave "
        f"{printed(got) if is_word else show(got)}; it must give {printed(must)}. {where}",
    )


@merge_pair.property("every occurrence is joined")
def _(answer: Probe, word: Word, pair: Pair) -> None:
    if _occurs(word, pair) and pair[0] != pair[1]:
        where = "Look at each place where the two parts stand side by side."
        _check(answer, word, pair, where)


@merge_pair.property("left to right, no token used twice")
def _(answer: Probe, word: Word, pair: Pair) -> None:
    if _occurs(word, pair) and pair[0] == pair[1]:
        where = "After a merge go on behind both tokens; what is left over stands at the end."
        _check(answer, word, pair, where)


@merge_pair.property(
    "everything else stays as it was, and the result is a tuple",
    supporting=True,
    id="everything-else-stays-as-it-was",
)
def _(answer: Probe, word: Word, pair: Pair) -> None:
    got = answer(word, pair)
    expect(
        not isinstance(got, list),
        f"You returned a list, {show(got)}; a word is a tuple: return {show(tuple(got))}.",
    )
    if not _occurs(word, pair):
        where = "No two neighbours are the pair, so nothing changes."
        _check(answer, word, pair, where)


@merge_pair.misconception(
    "only the first occurrence",
    "You join the first occurrence and stop; a merge rule applies everywhere in the word.",
)
def _(word: Word, pair: Pair) -> Any:
    for i in range(len(word) - 1):
        if word[i : i + 2] == pair:
            return word[:i] + (pair[0] + pair[1],) + word[i + 2 :]
    return word


@merge_pair.misconception(
    "right to left",
    "You work from the right, which differs where a pair overlaps itself: a, a, a must become "
    "aa, a and becomes a, aa.",
)
def _(word: Word, pair: Pair) -> Any:
    tokens = list(word)
    i = len(tokens) - 2
    while i >= 0:
        if (tokens[i], tokens[i + 1]) == pair:
            tokens[i : i + 2] = [pair[0] + pair[1]]
            i -= 1
        i -= 1
    return tuple(tokens)


@merge_pair.misconception(
    "a token used twice",
    "The second token of one occurrence serves as the first of the next, so a, a, a becomes aa, aa "
    "and the word grows longer. Skip both tokens after a merge.",
)
def _(word: Word, pair: Pair) -> Any:
    merged = []
    for i in range(len(word)):
        if word[i : i + 2] == pair:
            merged.append(word[i] + word[i + 1])
        elif i == 0 or word[i - 1 : i + 1] != pair:
            merged.append(word[i])
    return tuple(merged)


@merge_pair.misconception(
    "the second part stays behind",
    "You add the joined token but step on by one, so the second part is added once more. After a "
    "merge step on by two.",
)
def _(word: Word, pair: Pair) -> Any:
    merged = []
    for i in range(len(word)):
        merged.append(b"".join(pair) if word[i : i + 2] == pair else word[i])
    return tuple(merged)


@merge_pair.misconception(
    "the last token lost",
    "Your loop ends at the last pair; when the last token is not part of a merge nobody adds it.",
)
def _(word: Word, pair: Pair) -> Any:
    merged = []
    i = 0
    while i < len(word) - 1:
        if (word[i], word[i + 1]) == pair:
            merged.append(word[i] + word[i + 1])
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return tuple(merged)


@merge_pair.misconception(
    "compared by the joined bytes",
    "You compare what the tokens make together, not the tokens: (ab, c) and (a, bc) both make abc, "
    "but only one of them is the pair.",
)
def _(word: Word, pair: Pair) -> Any:
    merged: list[bytes] = []
    i = 0
    while i < len(word):
        if i + 1 < len(word) and word[i] + word[i + 1] == pair[0] + pair[1]:
            merged.append(word[i] + word[i + 1])
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return tuple(merged)


@merge_pair.misconception(
    "replaced in text with spaces",
    "You join the tokens with spaces and replace the text: that also finds the end of a longer "
    "token (xa, b contains “a b”), and fails when a token is a space. Compare whole tokens.",
)
def _(word: Word, pair: Pair) -> Any:
    spaced = b" ".join(word).replace(b" ".join(pair), b"".join(pair))
    return tuple(spaced.split(b" ")) if word else ()


@merge_pair.misconception(
    "either order",
    "You also join the two parts where they stand the other way round; (a, b) is not (b, a).",
)
def _(word: Word, pair: Pair) -> Any:
    merged = []
    i = 0
    while i < len(word):
        if i + 1 < len(word) and {word[i], word[i + 1]} == set(pair):
            merged.append(word[i] + word[i + 1])
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return tuple(merged)


@merge_pair.misconception(
    "the rest thrown away",
    "You keep the joined tokens only; tokens that are not part of the pair stay where they are.",
)
def _(word: Word, pair: Pair) -> Any:
    return tuple(b"".join(pair) for p in _reference(word, pair) if p == b"".join(pair))


@merge_pair.misconception(
    "a pair in place of a token",
    "You put the pair itself into the word; put one token there, the two parts joined.",
)
def _(word: Word, pair: Pair) -> Any:
    merged: list[Any] = []
    i = 0
    while i < len(word):
        if word[i : i + 2] == pair:
            merged.append(pair)
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return tuple(merged)


@merge_pair.misconception(
    "one token too many skipped",
    "After a merge you step on by three: the token behind the pair is lost. Step on by two.",
)
def _(word: Word, pair: Pair) -> Any:
    merged = []
    i = 0
    while i < len(word):
        if word[i : i + 2] == pair:
            merged.append(word[i] + word[i + 1])
            i += 2
        else:
            merged.append(word[i])
        i += 1
    return tuple(merged)


@merge_pair.misconception(
    "every two neighbours joined where the first part fits",
    "You look at the first part alone; both parts must be there.",
)
def _(word: Word, pair: Pair) -> Any:
    merged = []
    i = 0
    while i < len(word):
        if word[i] == pair[0] and i + 1 < len(word):
            merged.append(word[i] + word[i + 1])
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return tuple(merged)


@merge_pair.misconception(
    "a list in place of a tuple",
    "The tokens are right, but you return a list. Words are keys of a table, so they must be "
    "tuples.",
)
def _(word: Word, pair: Pair) -> Any:
    return list(_reference(word, pair))


@merge_pair.misconception(
    "one string of bytes",
    "You return the tokens glued together, so that nobody can tell them apart; return a tuple.",
)
def _(word: Word, pair: Pair) -> Any:
    return b"".join(word)


@merge_pair.misconception(
    "nothing joined",
    "You return the word as it came in. Join the two parts with + and put the result in their "
    "place.",
)
def _(word: Word, pair: Pair) -> Any:
    return tuple(word)


@merge_pair.misconception(
    "compared with `is`",
    "`is` asks whether two tokens are one and the same object, and tokens of several bytes are "
    "mostly not; == asks whether they are equal.",
)
def _(word: Word, pair: Pair) -> Any:
    merged: list[bytes] = []
    for token in word:
        if merged and merged[-1] is pair[0] and token is pair[1]:
            merged[-1] = pair[0] + pair[1]
        else:
            merged.append(token)
    return tuple(merged)


@merge_pair.misconception(
    "the search ends at a first part without its second",
    "Where the first part stands without the second you stop; the pair can still come further on.",
)
def _(word: Word, pair: Pair) -> Any:
    done: Word = ()
    while pair[0] in word:
        i = word.index(pair[0])
        if word[i : i + 2] != pair:
            break
        done += (*word[:i], pair[0] + pair[1])
        word = word[i + 2 :]
    return done + word


@merge_pair.misconception(
    "all places marked beforehand",
    "You mark every place of the pair first. In a, a, a there are two, and only the first is "
    "merged; the token behind the second is dropped all the same.",
)
def _(word: Word, pair: Pair) -> Any:
    marked = [word[i : i + 2] == pair for i in range(len(word))]
    merged = []
    for i, token in enumerate(word):
        if i == 0 or not marked[i - 1]:
            merged.append(b"".join(pair) if marked[i] else token)
    return tuple(merged)


@merge_pair.misconception(
    "every second of occurrences side by side",
    "Two occurrences side by side share the mark between them; your search takes it with the "
    "first, and so does not see the second.",
)
def _(word: Word, pair: Pair) -> Any:
    merged: list[bytes] = []
    i, just_merged = 0, False
    while i < len(word):
        just_merged = word[i : i + 2] == pair and not just_merged
        merged.append(b"".join(word[i : i + 1 + just_merged]))
        i += 1 + just_merged
    return tuple(merged)


@merge_pair.misconception(
    "`remove` takes another token",
    "`remove` takes away the first token that is equal, which may stand further left; delete at "
    "the place, `del tokens[i + 1]`.",
)
def _(word: Word, pair: Pair) -> Any:
    tokens = list(word)
    i = 0
    while i < len(tokens) - 1:
        if (tokens[i], tokens[i + 1]) == pair:
            tokens[i] = pair[0] + pair[1]
            tokens.remove(pair[1])
        i += 1
    return tuple(tokens)
