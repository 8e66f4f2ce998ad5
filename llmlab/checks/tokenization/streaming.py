"""Lab 02, stretch: encode text that arrives in chunks, without waiting for its end."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

import regex

from llmlab.checks.exercise import expect, show
from llmlab.checks.probe import Probe, Stream
from llmlab.checks.tokenization.fixtures import exercise

__all__ = ["encode_stream"]

Chunks = list[str]
Encode = Callable[[str], list[int]]

# As in GPT-2: a contraction, letters, digits, anything else, white space.
_GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
_WORDS = r"\w+|\s+|[^\w\s]+"
_MANY = 30  # chunks from which an answer must not wait for the last


def encode_piece(piece: str) -> list[int]:
    """A 0, then the piece's bytes: ids that show where each piece begins."""
    return [0, *piece.encode()]


def sizes(piece: str) -> list[int]:
    """One id a piece: how long it is."""
    return [len(piece)]


def _reference(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Iterator[int]:
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        ready = regex.findall(pattern, waiting)[:-2]
        for piece in ready:
            yield from encode_piece(piece)
        waiting = waiting[sum(map(len, ready)) :]
    for piece in regex.findall(pattern, waiting):
        yield from encode_piece(piece)


def _shown(ids: list[int], encode: Encode) -> str:
    """The pieces that ids of `encode_piece` stand for; other ids as they are."""
    if encode is not encode_piece:
        return f"the ids {show(ids, 160)}"
    pieces = bytes(i for i in ids if 0 <= i < 256).split(b"\0")
    return f"the pieces {show([piece.decode(errors='replace') for piece in pieces[1:]], 160)}"


def _run(answer: Probe, chunks: Chunks, pattern: str, encode_piece: Encode) -> tuple[Any, int]:
    """What comes out (a list of it), and how many chunks were taken before the first id."""
    taken = 0

    def arriving() -> Iterator[str]:
        nonlocal taken
        for chunk in chunks:
            taken += 1
            yield chunk

    result = answer(arriving(), pattern, encode_piece)
    if not isinstance(result, Stream):
        return result, len(chunks) + 1
    ids = []
    before_first = 0
    for i in result:
        before_first = before_first or taken
        ids.append(i)
    return ids, before_first


def _is_long(chunks: Chunks) -> bool:
    """Enough chunks, with enough in them, that ids must come before the last."""
    return len(chunks) >= _MANY and all(len(chunk) > 2 for chunk in chunks)


def _is_lazy(before_first: int, chunks: Chunks) -> bool:
    return before_first <= len(chunks) // 2


def _observe(answer: Probe, chunks: Chunks, pattern: str, encode_piece: Encode) -> Any:
    """The ids, and whether they come early; how early is the answer's own affair."""
    ids, before_first = _run(answer, chunks, pattern, encode_piece)
    early = _is_lazy(before_first, chunks) if _is_long(chunks) else None
    return ids, early, before_first > len(chunks)


encode_stream = exercise("encode-stream", reference=_reference, observe=_observe)


@encode_stream.inputs
def _(rng: Random) -> Iterator[tuple[Chunks, str, Encode]]:
    """One chunk, borders inside pieces, pieces that grow together, many chunks."""
    yield ["low lower"], _WORDS, encode_piece
    yield ["low ", "est"], _WORDS, sizes
    yield ["a b"], _GPT2, encode_piece
    yield [], _GPT2, encode_piece
    yield [""], _WORDS, encode_piece
    yield ["lo", "west"], _WORDS, encode_piece
    yield ["new", " ", "est"], _GPT2, encode_piece
    yield ["we'r", "e in"], _GPT2, encode_piece  # ' and r are two pieces until the e comes
    yield ["I'", "l", "l go"], _GPT2, encode_piece
    yield ["a ", " ", " b"], _GPT2, encode_piece
    yield ["one\n", "\ntwo\n", "\n\nthree"], _GPT2, encode_piece
    yield ["", "x", "", "", "y z", ""], _WORDS, encode_piece
    yield list("it's 12 + 345"), _GPT2, encode_piece
    yield [f"word{i} and " for i in range(_MANY)], _GPT2, encode_piece
    yield _cut(rng, "They'll say: we've 3 or 4  cats!\n", 3), _GPT2, encode_piece
    yield _cut(rng, "low, lower... (lowest)", 4), _WORDS, encode_piece


@encode_stream.hidden_inputs
def _(rng: Random) -> Iterator[tuple[Chunks, str, Encode]]:
    """Other scripts, other patterns, more chunks, more cuts."""
    yield _cut(rng, "日本語 テスト  né 🙂🙂", 2), _GPT2, encode_piece
    yield _cut(rng, "a-b well-known - x", 3), r"\w+(?:-\w+)*|\s+|[^\w\s]+", encode_piece
    yield [f"{i}, " for i in range(2 * _MANY)], _WORDS, encode_piece
    for _ in range(6):
        text = "".join(rng.choices(["'re", "'ll ", " ", "\n", "cat", "7", "!", "é"], k=12))
        yield _cut(rng, text, 3), _GPT2, encode_piece


def _cut(rng: Random, text: str, longest: int) -> Chunks:
    """Cut a text into chunks of up to `longest` characters, some of none."""
    chunks = []
    while text:
        size = rng.randrange(0, longest + 1)
        chunks.append(text[:size])
        text = text[size:]
    return chunks


def _check(answer: Probe, chunks: Chunks, pattern: str, encode: Encode, where: str) -> None:
    ids, _ = _run(answer, chunks, pattern, encode)
    must = list(_reference(["".join(chunks)], pattern, encode))
    is_ids = isinstance(ids, list) and all(type(i) is int for i in ids)
    got = _shown(ids, encode) if is_ids else show(ids)
    expect(
        is_ids and ids == must,
        f"The chunks {show(chunks, 120)} gave {got}; joined, the text has "
        f"{_shown(must, encode)}. {where}",
    )


@encode_stream.property("one chunk: the ids of its pieces, to the last")
def _(answer: Probe, chunks: Chunks, pattern: str, encode_piece: Encode) -> None:
    if len(chunks) == 1 and chunks[0]:
        where = "What still waits when the chunks end must be encoded too."
        _check(answer, chunks, pattern, encode_piece, where)


@encode_stream.property("chunk borders never change the ids")
def _(answer: Probe, chunks: Chunks, pattern: str, encode_piece: Encode) -> None:
    if len(chunks) > 1:
        where = "The last pieces of what has arrived may still grow: hold them back."
        _check(answer, chunks, pattern, encode_piece, where)


@encode_stream.property("ids come while chunks still arrive", supporting=True)
def _(answer: Probe, chunks: Chunks, pattern: str, encode_piece: Encode) -> None:
    if not _is_long(chunks):
        return
    ids, before_first = _run(answer, chunks, pattern, encode_piece)
    if before_first > len(chunks):
        expect(False, f"You returned {show(ids, 40)}; use `yield`, so that ids come one by one.")
    expect(
        _is_lazy(before_first, chunks) and ids,
        f"Of {len(chunks)} chunks you took {before_first} before the first id came. Encode what "
        "cannot change any more, and keep only the end.",
    )


@encode_stream.property("no chunks, no ids", supporting=True)
def _(answer: Probe, chunks: Chunks, pattern: str, encode_piece: Encode) -> None:
    if not "".join(chunks):
        ids, _ = _run(answer, chunks, pattern, encode_piece)
        expect(ids == [], f"From {show(chunks)} nothing can come; you gave {show(ids)}.")


@encode_stream.misconception(
    "everything joined first",
    "The ids are right, but you wait for the last chunk before the first id, and all the text is "
    "in memory. A stream may never end.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    for piece in regex.findall(pattern, "".join(chunks)):
        yield from encode_piece(piece)


@encode_stream.misconception(
    "a list in place of an iterator",
    "You collect the ids and return a list, so the first comes after the last chunk. `yield` them.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    return list(_reference(chunks, pattern, encode_piece))


@encode_stream.misconception(
    "each chunk alone",
    "You encode chunk by chunk, so a piece that crosses a border is cut in two. Keep the end of a "
    "chunk until the next has come.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    for chunk in chunks:
        for piece in regex.findall(pattern, chunk):
            yield from encode_piece(piece)


@encode_stream.misconception(
    "the end dropped",
    "What is held back when the chunks end is never encoded; after the loop encode what still "
    "waits.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        ready = regex.findall(pattern, waiting)[:-2]
        for piece in ready:
            yield from encode_piece(piece)
        waiting = waiting[sum(map(len, ready)) :]


@encode_stream.misconception(
    "the last piece held back, and dropped at the end",
    "You hold back one piece and never encode it when the chunks end; and one is not enough: ' and "
    "r become one piece when an e follows.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        ready = regex.findall(pattern, waiting)[:-1]
        for piece in ready:
            yield from encode_piece(piece)
        waiting = waiting[sum(map(len, ready)) :]


@encode_stream.misconception(
    "too little held back",
    "You hold back the last piece only. Two pieces can still become one: in we'r the ' and the r "
    "are two, and with an e behind them they are 're.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        ready = regex.findall(pattern, waiting)[:-1]
        for piece in ready:
            yield from encode_piece(piece)
        waiting = waiting[sum(map(len, ready)) :]
    for piece in regex.findall(pattern, waiting):
        yield from encode_piece(piece)


@encode_stream.misconception(
    "line by line",
    "You encode each line by itself, but a piece can reach over the end of a line: several line "
    "ends in a row are one piece.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    waiting = ""
    for chunk in chunks:
        *lines, waiting = (waiting + chunk).split("\n")
        for line in lines:
            for piece in regex.findall(pattern, line + "\n"):
                yield from encode_piece(piece)
    for piece in regex.findall(pattern, waiting):
        yield from encode_piece(piece)


@encode_stream.misconception(
    "cut at the last space",
    "You encode up to the last space. Spaces in a row belong together, and which piece a space "
    "belongs to is for the pattern to say.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        cut = max(waiting.rfind(" "), 0)
        for piece in regex.findall(pattern, waiting[:cut]):
            yield from encode_piece(piece)
        waiting = waiting[cut:]
    for piece in regex.findall(pattern, waiting):
        yield from encode_piece(piece)


@encode_stream.misconception(
    "what waits encoded again",
    "You encode pieces and keep them waiting as well, so they come again with the next chunk. Take "
    "away what you have encoded.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        for piece in regex.findall(pattern, waiting)[:-2]:
            yield from encode_piece(piece)
    for piece in regex.findall(pattern, waiting):
        yield from encode_piece(piece)


@encode_stream.misconception(
    "lists in place of ids",
    "You yield the list of each piece; `yield from` gives its ids one by one.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    pieces = regex.findall(pattern, "".join(chunks))
    return (encode_piece(piece) for piece in pieces)


@encode_stream.misconception(
    "the pattern left out",
    "You pass whole chunks to `encode_piece`; it wants one piece at a time, as the pattern cuts "
    "them.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    for chunk in chunks:
        yield from encode_piece(chunk)


@encode_stream.misconception(
    "white space taken for an end",
    "When the text so far ends in white space you take all its pieces for finished. More white "
    "space can follow, and belongs to the last one.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        ready = regex.findall(pattern, waiting)
        waiting = ready.pop() if ready and not waiting[-1].isspace() else ""
        for piece in ready:
            yield from encode_piece(piece)
    if waiting:
        yield from encode_piece(waiting)


@encode_stream.misconception(
    "an empty chunk taken for the end",
    "You stop at the first empty chunk, as one does when reading a file. Here an empty chunk is a "
    "chunk like any other: the iterator says when it ends.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    yield from _reference(itertools.takewhile(len, chunks), pattern, encode_piece)


@encode_stream.misconception(
    "a piece in two chunks at most",
    "You look at two chunks together, and what begins in the first is then final. Chunks can be "
    "short, and a piece can reach over many.",
)
def _(chunks: Iterable[str], pattern: str, encode_piece: Encode) -> Any:
    before = ""
    for chunk in chunks:
        done = 0
        for match in regex.finditer(pattern, before + chunk):
            if match.start() >= len(before):
                break
            yield from encode_piece(match.group())
            done = match.end()
        before = (before + chunk)[max(done, len(before)) :]
    for piece in regex.findall(pattern, before):
        yield from encode_piece(piece)


encode_stream.equivalent("constant-e3d474", "to hold back three pieces is right too")
