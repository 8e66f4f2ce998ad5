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
_EACH = "Every occurrence is a piece of its own, marked True, and loses nothing."


@split_special.inputs
def _(rng: Random) -> Iterator[tuple[str, list[str]]]:
    """Each rule alone; in the last of them a token begins inside another and ends behind it."""
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
    yield "abcd", ["ab", "bcd"]
    yield "xabcdyabcd", ["bcd", "ab"]


@split_special.hidden_inputs
def _(rng: Random) -> Iterator[tuple[str, list[str]]]:
    """More of each, other scripts, more characters that mean something to a regex."""
    for mark in ("{2}", "^", "\\", "[a-z]", "(?i)", "$", "a*", ".+", "-", "&&", "~"):
        yield _drawn(rng, [mark, "«fin»"], "ab .z")
        yield _drawn(rng, [mark, mark + "x" + mark], "bcd .yz")
    yield "日本<終>語<終><終>é🙂<終", ["<終>"]
    yield "a\n\nb\r\n", ["\n\n", "\n"]
    yield "  <s>  ", ["<s>"]
    yield "<s>><s", ["s>><s", "<s>"]


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


def _overlapping(text: str, specials: list[str]) -> bool:
    """The longest special in the text, wherever it stands, is cut into by one before it."""
    longest = max((special for special in specials if special in text), key=len, default="")
    return text.count(longest) != _reference(text, specials).count((longest, True))


def _fewer(got: Any, must: Pieces) -> bool:
    """Some special tokens are found, and the others are left in the text."""
    found = [piece for piece, special in got if special] if _flags_and_text(got) else []
    return 0 < len(found) < sum(special for _, special in must)


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
            where = _EACH
            if _overlapping(text, specials):
                where = "From the left: the token that begins first is cut, however short it is."
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
        if _fewer(answer(text, specials), _reference(text, specials)):
            where = _EACH
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
