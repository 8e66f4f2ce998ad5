"""Lab 02, exercise 5: from ids back to text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from random import Random
from typing import Any

from llmlab.checks.exercise import expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import ALPHABETS, draw_text, exercise

__all__ = ["decode"]

Vocab = dict[int, bytes]


def _reference(ids: list[int], vocab: Vocab) -> str:
    for i in ids:
        if i not in vocab:
            raise ValueError(f"id {i} is not in the vocabulary")
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")


def _observe(answer: Probe, ids: list[int], vocab: Vocab) -> Any:
    """The text; for unknown ids the kind of error, and whether it names one of them."""
    raised = answer.error(ids, vocab)
    if raised is None or not _unknown(ids, vocab):
        return answer(ids, vocab)
    return raised.type_name, any(str(i) in raised.message for i in _unknown(ids, vocab))


decode = exercise("decode", reference=_reference, observe=_observe)

# Not in order and with gaps, so that an id is neither a place nor smaller than the length.
_VOCAB: Vocab = {
    7: b"low", 3: b"er", 10: b" ", 260: b"new", 0: b"a", 98: b"!",
    30: b"\xc3", 41: b"\xa9", 52: b"\xf0\x9f", 5: b"\x99\x82", 66: b"\xe6\x97", 77: b"\xa5n",
    200: b"\xff", 201: "né".encode(),
    12: b"", 90: b"\xef\xbb\xbf", 150: "\u0301".encode(),
}  # fmt: skip


@decode.inputs
def _(rng: Random) -> Iterator[tuple[list[int], Vocab]]:
    """ASCII, characters cut in two, bytes that are no text, unknown ids."""
    yield [7, 3, 10, 260, 3, 98, 98], _VOCAB
    yield [0, 0], _VOCAB
    yield [], _VOCAB
    yield [201, 98], _VOCAB
    yield [30, 41], _VOCAB  # é, one byte each
    yield [7, 52, 5, 7], _VOCAB  # 🙂, two bytes each
    yield [66, 77, 0], _VOCAB  # the second token ends one character and holds another
    yield [7, 12, 3], _VOCAB  # a token may hold no bytes
    yield [90, 0, 90], _VOCAB  # U+FEFF, a byte-order mark to some
    yield [0, 150], _VOCAB  # an a, and the accent that goes on it
    yield [7, 200, 3], _VOCAB
    yield [200, 0, 200, 200], _VOCAB
    yield [0, 30, 0], _VOCAB  # a character that is begun and never ended
    yield [0, 41], _VOCAB
    yield [52, 0, 5], _VOCAB
    yield [0, 8, 3], _VOCAB
    yield [999], _VOCAB
    yield [0, -1], _VOCAB
    yield [30, 500, 41], _VOCAB
    yield _drawn(rng)


@decode.hidden_inputs
def _(rng: Random) -> Iterator[tuple[list[int], Vocab]]:
    """Texts of several scripts cut anywhere; any bytes; other unknown ids."""
    for _ in range(6):
        yield _drawn(rng)
    raw = rng.randbytes(40)
    yield list(range(40, 60)), {40 + i: raw[2 * i : 2 * i + 2] for i in range(20)}
    yield [1, 2, rng.randrange(3, 99)], {1: b"x", 2: b"\xe2"}
    yield [5, 4], {4: b"\x80", 5: b"\xe2\x82"}
    yield [0], {}


def _drawn(rng: Random) -> tuple[list[int], Vocab]:
    """A text in several scripts, cut into tokens of one to three bytes under any ids."""
    raw = "".join(draw_text(rng, 3, alphabet) for alphabet in rng.sample(ALPHABETS, 3)).encode()
    pieces = []
    while raw:
        size = rng.randrange(1, 4)
        pieces.append(raw[:size])
        raw = raw[size:]
    known = sorted(set(pieces))
    numbers = dict(zip(known, rng.sample(range(900), len(known)), strict=True))
    return [numbers[piece] for piece in pieces], {i: piece for piece, i in numbers.items()}


def _unknown(ids: list[int], vocab: Vocab) -> list[int]:
    return [i for i in ids if i not in vocab]


def _is_text(ids: list[int], vocab: Vocab) -> bool:
    return "\ufffd" not in _reference(ids, vocab)


def _check(answer: Probe, ids: list[int], vocab: Vocab, where: str) -> None:
    got, must = answer(ids, vocab), _reference(ids, vocab)
    tokens = show([vocab[i] for i in ids], 60)
    expect(
        type(got) is str and got == must,
        f"The ids {show(ids, 40)} are the tokens {tokens}; they gave {show(got)} and must give "
        f"{show(must)}. {where}",
    )


@decode.property("the bytes are joined first, then read as UTF-8")
def _(answer: Probe, ids: list[int], vocab: Vocab) -> None:
    if not _unknown(ids, vocab) and _is_text(ids, vocab):
        where = "One character can be spread over several tokens."
        _check(answer, ids, vocab, where)


@decode.property("bytes that are not UTF-8 become U+FFFD")
def _(answer: Probe, ids: list[int], vocab: Vocab) -> None:
    if not _unknown(ids, vocab) and not _is_text(ids, vocab):
        where = "A model can emit any tokens, so decoding must survive any bytes."
        _check(answer, ids, vocab, where)


@decode.property("an id that is not in the vocabulary: ValueError with the id", supporting=True)
def _(answer: Probe, ids: list[int], vocab: Vocab) -> None:
    unknown = _unknown(ids, vocab)
    if not unknown:
        return
    raised = answer.error(ids, vocab)
    what = f"raised {raised.type_name}" if raised else f"returned {show(answer(ids, vocab))}"
    expect(
        raised is not None and raised.is_a("ValueError") and not raised.is_a("UnicodeError"),
        f"{unknown[0]} is no id of this vocabulary; decoding {show(ids)} {what}. Raise ValueError.",
    )
    assert raised is not None
    expect(
        str(unknown[0]) in raised.message,
        f"{unknown[0]} is no id of this vocabulary; your error says {raised.message!r}. Name the "
        "id, so that its reader knows where to look.",
    )


def _tokens(ids: list[int], vocab: Vocab) -> list[bytes]:
    """The tokens of the ids, with the error that is asked for."""
    _reference(ids, vocab)
    return [vocab[i] for i in ids]


@decode.misconception(
    "each token decoded alone",
    "You decode token by token and join the texts. A character can be spread over several tokens: "
    "join the bytes, then decode once.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return "".join(token.decode("utf-8", errors="replace") for token in _tokens(ids, vocab))


@decode.misconception(
    "each token decoded alone, bad bytes ignored",
    "You decode token by token and drop what does not decode, so characters spread over several "
    "tokens vanish. Join the bytes, then decode once, with errors='replace'.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return "".join(token.decode("utf-8", errors="ignore") for token in _tokens(ids, vocab))


@decode.misconception(
    "bad bytes ignored",
    "errors='ignore' drops bytes that are not UTF-8 without a trace; a reader must see that "
    "something was there. Use errors='replace'.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return b"".join(_tokens(ids, vocab)).decode("utf-8", errors="ignore")


@decode.misconception(
    "each token decoded alone, strictly",
    "You decode token by token, which raises as soon as a character is spread over two tokens. "
    "Join the bytes first, and use errors='replace'.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return "".join(token.decode() for token in _tokens(ids, vocab))


@decode.misconception(
    "strict decoding",
    "`decode` without errors= raises on bytes that are not UTF-8, and a model can emit any bytes. "
    "Use errors='replace'.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return b"".join(_tokens(ids, vocab)).decode("utf-8")


@decode.misconception(
    "one character a byte",
    "You turn each byte into one character (latin-1, or `chr`), so é comes out as Ã©. The bytes "
    "are UTF-8.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return "".join(chr(byte) for byte in b"".join(_tokens(ids, vocab)))


@decode.misconception(
    "bad bytes as escapes",
    "errors='backslashreplace' writes \\xff where U+FFFD is asked for: use errors='replace'.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return b"".join(_tokens(ids, vocab)).decode("utf-8", errors="backslashreplace")


@decode.misconception(
    "a question mark for bad bytes",
    "You put a question mark where bytes are not UTF-8; the mark that says so is U+FFFD.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return _reference(ids, vocab).replace("\ufffd", "?")


@decode.misconception(
    "tokens printed",
    "`str` of a bytes object is how Python prints it, b'low'; `decode` is what reads bytes as "
    "text.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return "".join(str(token) for token in _tokens(ids, vocab))


@decode.misconception(
    "spaces between tokens",
    "You put a space between two tokens. Spaces are part of the tokens already: join with nothing.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return b" ".join(_tokens(ids, vocab)).decode("utf-8", errors="replace")


@decode.misconception(
    "bytes in place of text",
    "You return the joined bytes; the last step, decoding them as UTF-8, is missing.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return b"".join(_tokens(ids, vocab))


@decode.misconception(
    "KeyError for an unknown id",
    "The text is right, but an unknown id raises KeyError, and the message does not say what the "
    "number is. Look before you leap, and raise ValueError.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")


@decode.misconception(
    "unknown ids skipped",
    "You leave out ids that are not in the vocabulary; that hides a mistake somewhere else. Raise "
    "ValueError.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return b"".join(vocab.get(i, b"") for i in ids).decode("utf-8", errors="replace")


@decode.misconception(
    "unknown ids as U+FFFD",
    "U+FFFD stands for bytes that are not UTF-8; an id that does not exist is a mistake and must "
    "raise ValueError.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return b"".join(vocab.get(i, b"\xff") for i in ids).decode("utf-8", errors="replace")


@decode.misconception(
    "the error does not name the id",
    "You raise ValueError for an unknown id, as you should, but its text does not say which id it "
    "was.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    if any(i not in vocab for i in ids):
        raise ValueError("unknown id")
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")


@decode.misconception(
    "an id taken for a place",
    "You take an id as a place in the list of tokens. Ids are keys of the vocabulary: they need "
    "not be in order nor without gaps.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    tokens = list(vocab.values())
    for i in ids:
        if not 0 <= i < len(tokens):
            raise ValueError(f"id {i} is not in the vocabulary")
    return b"".join(tokens[i] for i in ids).decode("utf-8", errors="replace")


@decode.misconception(
    "ids compared with the size of the vocabulary",
    "You call an id unknown when it is not below the number of tokens; ids need not be without "
    "gaps. Ask whether it is `in vocab`.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    for i in ids:
        if not 0 <= i < len(vocab):
            raise ValueError(f"id {i} is not in the vocabulary")
    return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")


@decode.misconception(
    "one U+FFFD for the whole text",
    "When any byte is not UTF-8 you give up the whole text; only the bad bytes become U+FFFD, and "
    "what is readable stays.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    text = _reference(ids, vocab)
    return "\ufffd" if "\ufffd" in text else text


@decode.misconception(
    "one bad place only",
    "You replace the first bytes that are not UTF-8 and decode the rest strictly; there can be "
    "more of them. errors='replace' finds all.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    raw = b"".join(_tokens(ids, vocab))
    try:
        return raw.decode()
    except UnicodeDecodeError as bad:
        return raw[: bad.start].decode() + "\ufffd" + raw[bad.end :].decode()


@decode.misconception(
    "bad bytes waited upon to the end",
    "You keep bytes that do not decode until more have come; bytes that never will decode hold "
    "back all that follows, and it ends in one U+FFFD.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    text, waiting = "", b""
    for token in _tokens(ids, vocab):
        waiting += token
        try:
            text, waiting = text + waiting.decode(), b""
        except UnicodeDecodeError:
            continue
    return text + "\ufffd" * bool(waiting)


@decode.misconception(
    "a character in two tokens at most",
    "You try a token alone, and then with the next one; a character of four bytes can be spread "
    "over four tokens, and share them with others. Join all bytes first.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    tokens, text = _tokens(ids, vocab), ""
    while tokens:
        for n in (1, 2):
            try:
                text, tokens = text + b"".join(tokens[:n]).decode(), tokens[n:]
                break
            except UnicodeDecodeError:
                continue
        else:
            text, tokens = text + tokens[0].decode(errors="replace"), tokens[1:]
    return text


@decode.misconception(
    "an empty token taken for an unknown id",
    "`if not vocab.get(i)` is true for an id whose token holds no bytes. Ask `i not in vocab`, or "
    "compare with None.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return _reference(ids, {i: token for i, token in vocab.items() if token})


@decode.misconception(
    "the mark at the start dropped",
    "utf-8-sig drops a byte-order mark (U+FEFF) at the start of a text. Here it is a character "
    "like any other: decode as utf-8.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return _reference(ids, vocab).removeprefix("\ufeff")


@decode.misconception(
    "accents composed",
    "You normalise the text, and a letter with its accent behind it becomes one character. Other "
    "bytes make another text: decode them as they are.",
)
def _(ids: list[int], vocab: Vocab) -> Any:
    return unicodedata.normalize("NFC", _reference(ids, vocab))
