"""Lab 02, exercise 4: cut a text at its special tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any

from llmlab.checks.exercise import expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import exercise

__all__ = ["split_special"]

Pieces = list[tuple[str, bool]]


def _reference(text: str, special_tokens: list[str]) -> Pieces:
    pieces: Pieces = []
    plain = ""
    while text:
        found = max((s for s in special_tokens if text.startswith(s)), key=len, default="")
        if found:
            pieces += [(plain, False)] * bool(plain) + [(found, True)]
            plain = ""
        else:
            plain += text[0]
        text = text[len(found) or 1 :]
    return pieces + [(plain, False)] * bool(plain)


split_special = exercise("split-special", reference=_reference)

_END = "<|end|>"


@split_special.inputs
def _(rng: Random) -> Iterator[tuple[str, list[str]]]:
    """Each rule alone; no two specials overlap except where one begins or contains the other."""
    yield f"one{_END}two{_END} three", [_END]
    yield f"a{_END}b<|pad|>c{_END}d", [_END, "<|pad|>"]
    yield " [A] b [B]\n", ["[B]", "[A]"]
    yield "ab<x>", ["<x>"]
    yield "x<s><s>y", ["<s>"]
    yield "<a><b>x", ["<a>", "<b>"]
    yield "p<e>q<e><e>r<e>", ["<e>", "<e><e>"]
    yield "p<e>q<e>!r", ["<e>", "<e>!"]
    yield "p<end>q<end>!r", ["<end>!", "<end>"]
    yield "u@@v@@@w@@@@", ["@@@", "@@", "@@@@"]
    yield "m<<e>>n<e>o", ["<e>", "<<e>>"]
    yield "cat.dog", ["."]
    yield "a+b aab", ["a+b"]
    yield "what? (yes) [no] y", ["(yes)", "[no]", "?"]
    yield "x|y", ["|", "q"]
    yield "$1 \\d ^", ["\\d", "$1"]
    yield "plain text", [_END]
    yield "plain", []
    yield "", [_END]
    yield "", []
    yield _END, [_END]
    yield "<|END|> <|end |>", [_END]
    yield _drawn(rng, ["<|a|>", "<|b|>", "##"], " xy|<>")
    yield _drawn(rng, ["**", "***", "*****"], " xy")


@split_special.hidden_inputs
def _(rng: Random) -> Iterator[tuple[str, list[str]]]:
    """More of each, other scripts, more characters that mean something to a regex."""
    for mark in ("{2}", "^", "\\", "[a-z]", "(?i)", "$", "a*", ".+", "-", "&&", "~"):
        yield _drawn(rng, [mark, "«fin»"], "ab .z")
        yield _drawn(rng, [mark, mark + "x" + mark], "bcd .yz")
    yield "日本<終>語<終><終>é🙂<終", ["<終>"]
    yield "a\n\nb\r\n", ["\n\n", "\n"]
    yield "  <s>  ", ["<s>"]


def _drawn(rng: Random, specials: list[str], alphabet: str) -> tuple[str, list[str]]:
    """Plain stretches and specials in turn; a stretch of no characters puts two side by side."""
    parts = []
    for _ in range(rng.randrange(3, 7)):
        parts += rng.choices(alphabet, k=rng.randrange(0, 4)) + [" ", rng.choice(specials), " "]
    shuffled = rng.sample(specials, len(specials))
    return "".join(parts), shuffled


def _flags_and_text(pieces: Any) -> bool:
    return isinstance(pieces, list) and all(
        isinstance(p, tuple) and [type(x) for x in p] == [str, bool] for p in pieces
    )


def _check(answer: Probe, text: str, specials: list[str], where: str) -> None:
    got, must = answer(text, specials), _reference(text, specials)
    if not _flags_and_text(got):
        where = "The result is a list of tuples (str, bool)."
    expect(
        _flags_and_text(got) and got == must,
        f"{show(text)} with the special tokens {show(specials)} gave {show(got, 160)}; it must "
        f"give {show(must, 160)}. {where}",
    )


def _nested(text: str, specials: list[str]) -> bool:
    """One special that is in the text is part of another."""
    return any(a != b and a in b and a in text for a in specials for b in specials)


def _has_regex_meaning(text: str, specials: list[str]) -> bool:
    """Read as a regex, the specials would be found elsewhere, or not be a regex at all."""
    if not specials or _nested(text, specials):
        return False
    try:
        found = re.findall("|".join(specials), text)
    except re.error:
        return True
    return found != [piece for piece, special in _reference(text, specials) if special]


def _is_plain(text: str, specials: list[str]) -> bool:
    return not any(special in text for special in specials)


@split_special.property("cut at every special token, in order")
def _(answer: Probe, text: str, specials: list[str]) -> None:
    if not (_is_plain(text, specials) or _nested(text, specials)):
        if not _has_regex_meaning(text, [re.escape(special) for special in specials]):
            where = "Every occurrence is a piece of its own, marked True, and loses nothing."
            _check(answer, text, specials, where)


@split_special.property("where several match, the longest special token wins")
def _(answer: Probe, text: str, specials: list[str]) -> None:
    if _nested(text, specials) and not _is_plain(text, specials):
        where = "The order of the list says nothing: try the longest first."
        _check(answer, text, specials, where)


@split_special.property("special tokens are text, not patterns")
def _(answer: Probe, text: str, specials: list[str]) -> None:
    if _has_regex_meaning(text, specials):
        where = "Characters such as | . + ? ( mean something in a regex; here they are themselves."
        _check(answer, text, specials, where)


@split_special.property("no empty pieces, nothing lost where nothing is special", supporting=True)
def _(answer: Probe, text: str, specials: list[str]) -> None:
    if _is_plain(text, specials):
        where = "Without a special token in it the text is one plain piece; no text, no pieces."
        _check(answer, text, specials, where)


split_special.leaves_inputs_alone("leaves the list of special tokens as it was")


def joined(specials: list[str]) -> str:
    """A pattern with one group that finds each of the specials literally, the longest first."""
    longest_first = sorted(specials, key=len, reverse=True)
    return "(" + "|".join(re.escape(special) for special in longest_first) + ")"


def _marked(pieces: list[str], specials: list[str]) -> Pieces:
    return [(piece, piece in specials) for piece in pieces if piece]


@split_special.misconception(
    "special tokens read as patterns",
    "In a regex | means or, and . ? + ( mean something too. Pass each special token through "
    "`re.escape` first.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    longest_first = sorted(special_tokens, key=len, reverse=True)
    pattern = "(" + "|".join(longest_first) + ")"
    return _marked([piece for piece in re.split(pattern, text) if piece], special_tokens)


@split_special.misconception(
    "the order of the list",
    "Where two special tokens match at one place, yours takes the one that the list names first. "
    "Sort them by length, the longest first.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    pattern = "(" + "|".join(re.escape(special) for special in special_tokens) + ")"
    return _marked(re.split(pattern, text), special_tokens)


@split_special.misconception(
    "the shortest special token first",
    "You sort the special tokens, but the short ones come first, so a long one that begins with "
    "a short one is never found. Reverse the order.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    pattern = "(" + "|".join(re.escape(s) for s in sorted(special_tokens, key=len)) + ")"
    return _marked(re.split(pattern, text), special_tokens)


@split_special.misconception(
    "a special token cut again",
    "You split at one special token after the other, and a long one that is already found is cut "
    "again by a short one inside it. Leave pieces alone that are special.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    pieces = [text]
    for special in sorted(special_tokens, key=len, reverse=True):
        cut = []
        for piece in pieces:
            cut += re.split(f"({re.escape(special)})", piece)
        pieces = cut
    return _marked(pieces, special_tokens)


@split_special.misconception(
    "empty pieces kept",
    "`re.split` leaves an empty string between two special tokens and at the ends; leave those "
    "out.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)]
    pieces = re.split(joined(special_tokens), text)
    return [(piece, piece in special_tokens) for piece in pieces]


@split_special.misconception(
    "special tokens dropped",
    "The special tokens are gone: splitting drops what it splits at. With a group around the "
    "pattern `re.split` keeps it; joined, the pieces must give the text back.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    pieces = re.split(joined(special_tokens)[1:-1], text)
    return [(piece, False) for piece in pieces if piece]


@split_special.misconception(
    "plain text dropped",
    "You return the special tokens only; the text between them belongs to the result too.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    found = re.findall(joined(special_tokens), text) if special_tokens else []
    return [(piece, True) for piece in found]


@split_special.misconception(
    "an empty pattern",
    "With no special tokens your pattern is empty, and an empty pattern matches between any two "
    "characters. Treat the empty list by itself.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    return _marked(re.split(joined(special_tokens), text), special_tokens)


@split_special.misconception(
    "only the first occurrence",
    "You cut at the first special token and leave the rest of the text in one piece; go on behind "
    "it.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    return _marked(re.split(joined(special_tokens), text, maxsplit=1), special_tokens)


@split_special.misconception(
    "only the first special token of the list",
    "You look for one special token of the list; each of them counts.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    return _marked(re.split(f"({re.escape(special_tokens[0])})", text), special_tokens[:1])


@split_special.misconception(
    "plain text in single characters",
    "Each plain character is a piece of its own; collect them until the next special token.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    pieces: Pieces = []
    for piece, special in _reference(text, special_tokens):
        pieces += [(piece, True)] if special else [(character, False) for character in piece]
    return pieces


@split_special.misconception(
    "white space thrown away",
    "You strip the pieces; spaces and line ends belong to the text, and joined the pieces must "
    "give it back.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    stripped = [(piece.strip(), special) for piece, special in _reference(text, special_tokens)]
    return [(piece, special) for piece, special in stripped if piece]


@split_special.misconception(
    "neighbours glued together",
    "Two special tokens side by side come out as one piece; each is a token of its own (a + behind "
    "the group does that).",
)
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    pieces = re.split(f"((?:{joined(special_tokens)[1:-1]})+)", text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


@split_special.misconception(
    "nothing is marked as special",
    "The pieces are right, but the second value must be True for a special token; yours is always "
    "False.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    return [(piece, False) for piece, _ in _reference(text, special_tokens)]


@split_special.misconception(
    "the marks the wrong way round",
    "True stands for a special token; you mark the plain pieces.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    return [(piece, not special) for piece, special in _reference(text, special_tokens)]


@split_special.misconception(
    "upper and lower case taken for one",
    "You look for special tokens whatever their case; they are found letter by letter.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    pieces = re.split(joined(special_tokens), text, flags=re.IGNORECASE)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


@split_special.misconception(
    "the pieces without their marks",
    "You return strings; each piece comes with a mark, (piece, is it special?).",
)
def _(text: str, special_tokens: list[str]) -> Any:
    return [piece for piece, _ in _reference(text, special_tokens)]


split_special.equivalent(
    "keyword-dropped-a3f901", "backwards in the alphabet a token stands before its own beginning"
)
