"""Lab 02, exercise 4: the wrong answers that we can explain."""

from __future__ import annotations

import re
from typing import Any

from llmlab.checks.tokenization.special import Pieces, joined, split_special

__all__: list[str] = []

_reference = split_special.reference


def _marked(pieces: list[str], specials: list[str]) -> Pieces:
    return [(piece, piece in specials) for piece in pieces if piece]


def _alternating(pieces: list[str]) -> Pieces:
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


def _scanned(patterns: list[str], text: str) -> Pieces:
    """The pieces of a loop over `re.finditer`."""
    pieces: Pieces = []
    end = 0
    for match in re.finditer("|".join(patterns), text):
        pieces += [(text[end : match.start()], False)] * (match.start() > end)
        pieces += [(match.group(), True)]
        end = match.end()
    return pieces + [(text[end:], False)] * (end < len(text))


_PATTERNS = split_special.misconception(
    "special tokens read as patterns",
    "In a regex | means or, and . ? + ( mean something too. Pass each special token through "
    "`re.escape` first.",
)


@_PATTERNS
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    longest_first = sorted(special_tokens, key=len, reverse=True)
    return _alternating(re.split("(" + "|".join(longest_first) + ")", text))


@_PATTERNS
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    longest_first = sorted(special_tokens, key=len, reverse=True)
    pattern = "(" + "|".join(longest_first) + ")"
    return _marked([piece for piece in re.split(pattern, text) if piece], special_tokens)


_UNSORTED = split_special.misconception(
    "special tokens read as patterns, in the order of the list",
    "In a regex | means or, and . ? + ( mean something too: pass each special token through "
    "`re.escape` first. And of two that match at one place the first in the pattern is taken: sort "
    "them by length, the longest first.",
)


@_UNSORTED
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    pieces = re.split("(" + "|".join(special_tokens) + ")", text)
    return _marked([piece for piece in pieces if piece], special_tokens)


@_UNSORTED
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    return _alternating(re.split("(" + "|".join(special_tokens) + ")", text))


@_UNSORTED
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    return _scanned(special_tokens, text)


@split_special.misconception(
    "the longest anywhere",
    "You cut out the longest token wherever it stands; the text is read from the left, and length "
    "decides only between tokens that begin at one place.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    pieces: Pieces = [(text, False)] if text else []
    for special in sorted(special_tokens, key=len, reverse=True):
        cut: Pieces = []
        for piece, done in pieces:
            sides = [piece] if done else re.split(f"({re.escape(special)})", piece)
            cut += [(side, done or i % 2 == 1) for i, side in enumerate(sides) if side]
        pieces = cut
    return pieces


_ONE_SEARCH = split_special.misconception(
    "one search for each special token",
    "You look for each special token once, with `find`; go on looking behind the place where it "
    "was found.",
)


@_ONE_SEARCH
def _(text: str, special_tokens: list[str]) -> Any:
    pieces: Pieces = [(text, False)] if text else []
    for special in sorted(special_tokens, key=len, reverse=True):
        cut: Pieces = []
        for piece, done in pieces:
            sides = [piece] if done else re.split(f"({re.escape(special)})", piece, maxsplit=1)
            cut += [(side, done or i % 2 == 1) for i, side in enumerate(sides) if side]
        pieces = cut
    return pieces


@_ONE_SEARCH
def _(text: str, special_tokens: list[str]) -> Any:
    pieces: Pieces = []
    end = 0
    for place, special in sorted((text.find(special), special) for special in special_tokens):
        if place >= 0:
            pieces += [(text[end:place], False)] * (place > end) + [(special, True)]
            end = place + len(special)
    return pieces + [(text[end:], False)] * (end < len(text))


@_ONE_SEARCH
def _(text: str, special_tokens: list[str]) -> Any:
    pieces: Pieces = []
    end = 0
    longest_first = sorted(special_tokens, key=len, reverse=True)
    places = [(text.find(special), -len(special)) for special in longest_first]
    for place, length in sorted(places):
        if place >= end:
            found = text[place : place - length]
            pieces += [(text[end:place], False)] * (place > end) + [(found, True)]
            end = place + len(found)
    return pieces + [(text[end:], False)] * (end < len(text))


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


@split_special.misconception(
    "empty pieces between special tokens kept",
    "Two special tokens side by side, or one at the start, leave an empty piece in your list; add "
    "the text before a special token only if there is any.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    pieces: Pieces = []
    end = 0
    for match in re.finditer(joined(special_tokens), text) if special_tokens else ():
        pieces += [(text[end : match.start()], False), (match.group(), True)]
        end = match.end()
    return pieces + [(text[end:], False)] * (end < len(text))


@split_special.misconception(
    "every second piece marked, empty ones left out before",
    "After `re.split` every second piece is special, but only as long as the empty ones are there: "
    "mark the pieces first, then leave out the empty ones.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    if not special_tokens:
        return [(text, False)] if text else []
    pieces = [piece for piece in re.split(joined(special_tokens), text) if piece]
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces)]


@split_special.misconception(
    "pieces of white space dropped",
    "You leave out pieces that are nothing but white space. Only empty pieces go; joined, the "
    "pieces must give the text back.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    return [piece for piece in _reference(text, special_tokens) if piece[0].strip()]


@split_special.misconception(
    "the text after the last special token lost",
    "You add plain text when a special token comes; what stands behind the last one is never "
    "added.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    pieces = _reference(text, special_tokens)
    return pieces[:-1] if len(pieces) > 1 and not pieces[-1][1] else pieces


@split_special.misconception(
    "whatever looks like <|…|>",
    "You cut at everything between <| and |>; the list says which tokens are special, and they can "
    "look like anything.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    pieces = re.split(r"(<\|.*?\|>)", text)
    return [(piece, i % 2 == 1) for i, piece in enumerate(pieces) if piece]


@split_special.misconception(
    "one missing special token ends the search",
    "`find` gives −1 for a special token that does not come any more, and −1 is the least of all "
    "places; leave those out before you take the minimum.",
)
def _(text: str, special_tokens: list[str]) -> Any:
    pieces: Pieces = []
    while special_tokens and text:
        place, _, found = min((text.find(s), -len(s), s) for s in special_tokens)
        if place < 0:
            break
        pieces += [(text[:place], False)] * (place > 0) + [(found, True)]
        text = text[place + len(found) :]
    return pieces + [(text, False)] * bool(text)
