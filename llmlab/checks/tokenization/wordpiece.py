"""Lab 02, stretch: encode a word with WordPiece, the longest piece first."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from random import Random
from typing import Any

import regex

from llmlab.checks.exercise import expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import exercise, printed

__all__ = ["wordpiece_encode"]

Vocab = set[str]


def _longest_first(word: str, vocab: Vocab, unk: str = "[UNK]") -> list[str]:
    pieces: list[str] = []
    while word:
        mark = "##" if pieces else ""
        fits = [end for end in range(1, len(word) + 1) if mark + word[:end] in vocab]
        if not fits:
            return [unk]
        pieces.append(mark + word[: fits[-1]])
        word = word[fits[-1] :]
    return pieces


wordpiece_encode = exercise("wordpiece-encode", reference=_longest_first)

_VOCAB = {
    "low",
    "lo",
    "l",
    "##o",
    "##w",
    "##est",
    "##e",
    "##s",
    "##er",
    "new",
    "un",
    "##new",
    "est",
}


@wordpiece_encode.inputs
def _(rng: Random) -> Iterator[tuple[str, Vocab] | tuple[str, Vocab, str]]:
    """Longest first, continuations, words that fail at the start, in the middle, at the end."""
    yield "lowest", set(_VOCAB), "[UNK]"
    yield "low", set(_VOCAB), "[UNK]"
    yield "unnew", set(_VOCAB), "[UNK]"
    yield "lower", set(_VOCAB), "?"
    yield "newo", set(_VOCAB), "<unk>"
    yield "abcd", {"ab", "a", "##b", "##c", "##cd", "##bcd"}, "[UNK]"
    yield "aab", {"a", "##a", "##b", "aa", "##ab"}, "[UNK]"
    yield "lowx", set(_VOCAB), "[UNK]"
    yield "xlow", set(_VOCAB), "<unk>"
    yield "lowed", set(_VOCAB)
    yield "loxw", set(_VOCAB), "[UNK]"
    yield "ab", {"a", "##b", "b"}, "[UNK]"
    yield "né", {"n", "##é"}, "[UNK]"
    yield "lownew", {"low", "new"}, "[UNK]"  # new is known at the start of a word only
    yield "est", {"##est", "##e"}, "?"  # and ##est is not
    yield "ax", {"a", "##"}, "[UNK]"  # two hashes are a token too, and spell nothing inside a word
    yield "abc", {"ab", "a", "##bc"}, "[UNK]"  # a|##bc fits, but the longest first is ab
    yield _drawn(rng, "ab")
    yield _drawn(rng, "abc")


@wordpiece_encode.hidden_inputs
def _(rng: Random) -> Iterator[tuple[str, Vocab, str]]:
    """Other scripts, longer words, a hash in the word."""
    for alphabet in ("日本", "éa", "ab", "a#"):
        yield _drawn(rng, alphabet)
    yield "xyz", {"x", "##y", "##z", "y", "z"}, "?"
    yield "aaaaaaa", {"a", "##aa", "##aaa"}, "?"


def _drawn(rng: Random, alphabet: str) -> tuple[str, Vocab, str]:
    word = "".join(rng.choices(alphabet, k=rng.randrange(5, 10)))
    spans = [(i, j) for i in range(len(word)) for j in range(i + 1, min(i + 4, len(word) + 1))]
    vocab = {("##" if i else "") + word[i:j] for i, j in spans if rng.random() < 0.6}
    return word, vocab | {word[0]}, rng.choice(["[UNK]", "?"])


def _check_pieces(answer: Probe, where: str, word: str, vocab: Vocab, *unk: str) -> None:
    got, must = answer(word, vocab, *unk), _longest_first(word, vocab, *unk)
    is_pieces = isinstance(got, list) and all(type(piece) is str for piece in got)
    expect(
        is_pieces and got == must,
        f"{show(word)} with the vocabulary {show(sorted(vocab))} gave "
        f"{printed(got) if is_pieces else show(got)}; it must give {printed(must)}. {where}",
    )


def _is_known(word: str, vocab: Vocab) -> bool:
    return _longest_first(word, vocab, "") != [""]


def _shortest_first(word: str, vocab: Vocab, unk: str = "[UNK]") -> list[str]:
    pieces: list[str] = []
    while word:
        mark = "##" if pieces else ""
        fits = [end for end in range(1, len(word) + 1) if mark + word[:end] in vocab]
        if not fits:
            return [unk]
        pieces.append(mark + word[: fits[0]])
        word = word[fits[0] :]
    return pieces


@wordpiece_encode.property("the longest piece that fits comes first")
def _(answer: Probe, word: str, vocab: Vocab, *unk: str) -> None:
    must = _longest_first(word, vocab, *unk)
    if _is_known(word, vocab) and must != _shortest_first(word, vocab, *unk):
        where = "From the left, the longest beginning of the rest that is in the vocabulary."
        _check_pieces(answer, where, word, vocab, *unk)


@wordpiece_encode.property("every piece but the first is marked with ##")
def _(answer: Probe, word: str, vocab: Vocab, *unk: str) -> None:
    must = _longest_first(word, vocab, *unk)
    if _is_known(word, vocab) and must == _shortest_first(word, vocab, *unk):
        where = "Behind the first piece look up ## and the rest, and keep the ## in the result."
        _check_pieces(answer, where, word, vocab, *unk)


@wordpiece_encode.property(
    "one unknown token for the whole word if any part fails", supporting=True
)
def _(answer: Probe, word: str, vocab: Vocab, *unk: str) -> None:
    if not _is_known(word, vocab):
        where = "Where no piece fits, the whole word is unknown; the pieces found are dropped."
        _check_pieces(answer, where, word, vocab, *unk)


@wordpiece_encode.misconception(
    "the unknown token for a part",
    "You put the unknown token for the part that fails and keep the rest. In WordPiece the whole "
    "word is one unknown token.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    pieces: list[str] = []
    start = 0
    while start < len(word):
        mark = "##" if start else ""
        end = len(word)
        while end > start and mark + word[start:end] not in vocab:
            end -= 1
        pieces.append(mark + word[start:end] if end > start else unk)
        start = max(end, start + 1)
    return pieces


@wordpiece_encode.misconception(
    "the pieces found so far kept",
    "When a part fails you add the unknown token behind the pieces found so far; those are "
    "dropped.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    pieces: list[str] = []
    while word:
        mark = "##" if pieces else ""
        fits = [end for end in range(1, len(word) + 1) if mark + word[:end] in vocab]
        if not fits:
            return [*pieces, unk]
        pieces.append(mark + word[: fits[-1]])
        word = word[fits[-1] :]
    return pieces


@wordpiece_encode.misconception(
    "no ## for continuations",
    "You look for the rest of the word without ##. A piece inside a word is another entry: ##est "
    "is not est.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    pieces: list[str] = []
    while word:
        fits = [end for end in range(1, len(word) + 1) if word[:end] in vocab]
        if not fits:
            return [unk]
        pieces.append(word[: fits[-1]])
        word = word[fits[-1] :]
    return pieces


@wordpiece_encode.misconception(
    "## in the result, but not in the search",
    "You look for the rest of the word without ##, and write the ## before what you found. Inside "
    "a word look up ##est itself: est is another entry.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    pieces: list[str] = []
    while word:
        fits = [end for end in range(1, len(word) + 1) if word[:end] in vocab]
        if not fits:
            return [unk]
        pieces.append("##" * bool(pieces) + word[: fits[-1]])
        word = word[fits[-1] :]
    return pieces


@wordpiece_encode.misconception(
    "## taken off again",
    "You find the right pieces and return them without their ##; it belongs to the token.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    return [p[2:] if i else p for i, p in enumerate(_longest_first(word, vocab, unk))]


@wordpiece_encode.misconception(
    "## before the first piece too",
    "You put ## before every piece; the first begins the word and has none.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    pieces = _longest_first("_" + word, vocab | {"_"}, unk)
    return pieces[1:] or [unk]


@wordpiece_encode.misconception(
    "the shortest piece first",
    "You take the shortest piece that fits; try the longest first.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    return _shortest_first(word, vocab, unk)


@wordpiece_encode.misconception(
    "looking for another way",
    "When the longest piece leads nowhere you go back and try a shorter one. WordPiece never goes "
    "back: the word is unknown.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    def rest(start: int) -> list[str] | None:
        if start == len(word):
            return []
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocab and (others := rest(end)) is not None:
                return [piece, *others]
        return None

    found = rest(0)
    return [unk] if found is None else found


@wordpiece_encode.misconception(
    "[UNK] whatever was asked for",
    "You return [UNK] itself; the unknown token is an argument, `unk`.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    return _longest_first(word, vocab)


@wordpiece_encode.misconception(
    "nothing for an unknown word",
    "You return an empty list where a part fails, and the word vanishes; return [unk].",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    pieces = _longest_first(word, vocab, unk)
    return [] if pieces == [unk] else pieces


@wordpiece_encode.misconception(
    "a string for an unknown word",
    "You return the unknown token itself; the result is a list, [unk].",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    pieces = _longest_first(word, vocab, unk)
    return unk if pieces == [unk] else pieces


@wordpiece_encode.misconception(
    "`lstrip` in place of a slice",
    "`lstrip` takes away any of these characters, as often as they come; cut off the piece with "
    "`word[len(piece):]` or `removeprefix`.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    pieces: list[str] = []
    while word:
        mark = "##" if pieces else ""
        fits = [end for end in range(1, len(word) + 1) if mark + word[:end] in vocab]
        if not fits:
            return [unk]
        pieces.append(mark + word[: fits[-1]])
        word = word.lstrip(word[: fits[-1]])
    return pieces


@wordpiece_encode.misconception(
    "with or without ##, wherever it stands",
    "You accept a piece with and without ## at every place. At the start of a word it has none, "
    "inside it has one.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    pieces: list[str] = []
    while word:
        starts = ((m + word[:end], end) for end in range(len(word), 0, -1) for m in ("", "##"))
        found = next((start for start in starts if start[0] in vocab), None)
        if found is None:
            return [unk]
        pieces.append(found[0])
        word = word[found[1] :]
    return pieces


@wordpiece_encode.misconception(
    "pieces of one character never tried",
    "Your loop over the end of a piece stops one early, so a single character is never looked up.",
)
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> Any:
    return _longest_first(
        word, {piece for piece in vocab if len(piece.removeprefix("##")) > 1}, unk
    )


@wordpiece_encode.alternative
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> list[str]:
    """The two nested loops of the paper's appendix."""
    pieces = []
    start = 0
    while start < len(word):
        end = len(word)
        while end > start:
            piece = word[start:end] if start == 0 else "##" + word[start:end]
            if piece in vocab:
                break
            end -= 1
        else:
            return [unk]
        pieces.append(piece)
        start = end
    return pieces


@wordpiece_encode.alternative
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> list[str]:
    """Recursion with `removeprefix` on marked rests."""

    def rest(marked: str, mark: str) -> list[str] | None:
        if marked == mark:
            return []
        starts = (p for p in vocab if marked.startswith(p) and len(p) > len(mark))
        piece = max(starts, key=len, default=None)
        after = rest("##" + marked.removeprefix(piece), "##") if piece else None
        return None if after is None or piece is None else [piece, *after]

    return (rest(word, "") if word else []) or [unk] * bool(word)


@wordpiece_encode.alternative
def _(word: str, vocab: Vocab, unk: str = "[UNK]") -> list[str]:
    """A regex of the vocabulary, longest first, applied where the last match ended."""

    @functools.cache
    def pattern(inside: bool) -> Any:
        known = [p[2:] if inside else p for p in vocab if p.startswith("##") or not inside]
        longest_first = sorted(filter(None, known), key=len, reverse=True)
        return regex.compile("|".join(map(regex.escape, longest_first)) or r"(?!)")

    pieces, start = [], 0
    while start < len(word):
        match = pattern(start > 0).match(word, start)
        if match is None:
            return [unk]
        pieces.append(("##" if start else "") + match.group())
        start = match.end()
    return pieces


wordpiece_encode.equivalent("range-3476d1", "a slice ends with the word")
