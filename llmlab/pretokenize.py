r"""Cut text into the pieces that a tokenizer never merges across: words, numbers, special tokens.

A *pattern* is a regular expression (of the `regex` package) whose matches, one after the other, are
the pieces. Special tokens are literal text and are cut out first. This module knows nothing of ids.

>>> split("Tom's 2 cats", GPT2)
['Tom', "'s", ' 2', ' cats']
>>> split_special("Once.<|end|>Then", ["<|end|>"])
[('Once.', False), ('<|end|>', True), ('Then', False)]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import regex

__all__ = [
    "CL100K",
    "GPT2",
    "O200K",
    "WORDS",
    "check_special_tokens",
    "compile_pattern",
    "count_words",
    "split",
    "split_special",
    "stream",
    "utf8",
]

GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""GPT-2's: a word, a number or a run of signs, each with the space before it; then white space."""

CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s+"
)
"""GPT-4's (`cl100k_base`): numbers in threes, contractions in capitals too, lines end whole."""

_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_LETTERS, _CONTRACTION = r"[^\r\n\p{L}\p{N}]?", r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
O200K = (
    rf"{_LETTERS}{_UPPER}*{_LOWER}+{_CONTRACTION}|{_LETTERS}{_UPPER}+{_LOWER}*{_CONTRACTION}"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
r"""GPT-4o's (`o200k_base`): CamelCase is cut, accents (`\p{M}`) stay with their letters."""

WORDS = r"[^\s\p{P}$+<=>^`|~]+|[\p{P}$+<=>^`|~]|\s+"
"""BERT's: words, single signs of punctuation, white space."""

_PROBE = "Tom's 123 'LL été \n\n  日本\t?!\r\n\x00 e\u0301\u200d🙂 "
_HELD_BACK = 2


@lru_cache(maxsize=64)
def compile_pattern(pattern: str) -> regex.Pattern[str]:
    """Compile a pattern; ValueError if it has capturing groups or leaves characters unmatched."""
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}.") from error
    if compiled.groups:
        raise ValueError(f"{pattern!r} captures groups; write (?:...) in place of (...).")
    if "".join(compiled.findall(_PROBE)) != _PROBE:
        raise ValueError(f"{pattern!r} skips characters; add an alternative that takes them, '|.'.")
    return compiled


def split(text: str, pattern: str = GPT2) -> list[str]:
    """Cut `text` into pieces; joined, they give it back.

    >>> split("  two spaces", GPT2)
    [' ', ' two', ' spaces']
    """
    return compile_pattern(pattern).findall(text)


def check_special_tokens(special_tokens: Sequence[str]) -> tuple[str, ...]:
    """Return the special tokens as a tuple; ValueError where one is empty or stands twice."""
    if isinstance(special_tokens, str):
        raise TypeError(f"special_tokens is one str; pass a list: [{special_tokens!r}].")
    for token, times in Counter(special_tokens).items():
        if not token:
            raise ValueError("A special token is empty; it must have at least one character.")
        if times > 1:
            raise ValueError(f"The special token {token!r} is given {times} times; give it once.")
    return tuple(special_tokens)


@lru_cache(maxsize=64)
def _special_pattern(special_tokens: tuple[str, ...]) -> regex.Pattern[str]:
    # subtle: of alternatives that match at one place the first wins, so the longest goes first.
    longest_first = sorted(special_tokens, key=len, reverse=True)
    return regex.compile("|".join(map(regex.escape, longest_first)))


def split_special(text: str, special_tokens: Sequence[str]) -> list[tuple[str, bool]]:
    """Cut the special tokens out of `text`: its pieces in order, True where one is special.

    The longest special token wins where several match. Each is literal text, not a regular
    expression. No piece is empty; joined, they give `text` back.

    >>> split_special("a<|x|><|x|>!", ["<|x|>", "<|x|>!"])
    [('a', False), ('<|x|>', True), ('<|x|>!', True)]
    """
    if not special_tokens:
        return [(text, False)] if text else []
    pieces, end = [], 0
    for match in _special_pattern(check_special_tokens(special_tokens)).finditer(text):
        if match.start() > end:
            pieces.append((text[end : match.start()], False))
        pieces.append((match.group(), True))
        end = match.end()
    if end < len(text):
        pieces.append((text[end:], False))
    return pieces


def count_words(
    texts: Iterable[str], pattern: str = GPT2, special_tokens: Sequence[str] = ()
) -> Counter[str]:
    """Count how often each piece occurs in all `texts`; special tokens are left out.

    A language repeats its words: a million characters hold some 15,000 different pieces, and
    whatever is done a piece instead of an occurrence is done once instead of fifteen times.

    >>> count_words(["so it is,", " so it goes<|end|>"], special_tokens=["<|end|>"])[" it"]
    2
    """
    if isinstance(texts, str):
        raise TypeError("texts is one str, and would be read by the character; pass [text].")
    findall, words = compile_pattern(pattern).findall, Counter[str]()
    for text in texts:
        if not isinstance(text, str):
            remedy = "; decode it: text.decode('utf-8', 'replace')" * isinstance(text, bytes)
            raise TypeError(f"texts holds {text!r:.40}, which is no str{remedy}.")
        for piece, is_special in split_special(text, special_tokens):
            if not is_special:
                words.update(findall(piece))
    return words


def utf8(text: str) -> bytes:
    """Encode as UTF-8; ValueError for half of a surrogate pair, which is no character.

    >>> utf8("é").hex(" ")
    'c3 a9'
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        half = f"U+{ord(text[error.start]):04X}"
        raise ValueError(
            f"The text holds {half}, half of a surrogate pair, which UTF-8 cannot write; "
            "repair it with text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')."
        ) from error


def stream(
    chunks: Iterable[str], pattern: str = GPT2, special_tokens: Sequence[str] = ()
) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text that comes in chunks, each as soon as it is certain.

    Yields (piece, is it a special token). Where one chunk ends and the next begins makes no
    difference. For patterns that look neither back (`(?<=...)`) nor further ahead than the
    piece after their own; `GPT2`, `CL100K` and `O200K` do not.

    >>> list(stream(["Hel", "lo wor", "ld"]))
    [('Hello', False), (' world', False)]
    """
    waiting, enough = "", 0
    for chunk in chunks:
        waiting += chunk
        # subtle: to look again only when twice as much waits keeps a piece of n characters that
        # comes one by one from costing n * n.
        if len(waiting) >= enough:
            end = 0
            for piece, is_special in _certain_pieces(waiting, pattern, special_tokens):
                yield piece, is_special
                end += len(piece)
            waiting = waiting[end:]
            enough = 2 * len(waiting)
    for text, is_special in split_special(waiting, special_tokens):
        yield from [(text, True)] if is_special else ((p, False) for p in split(text, pattern))


def _certain_pieces(
    text: str, pattern: str, special_tokens: Sequence[str]
) -> Iterator[tuple[str, bool]]:
    """Yield the pieces at the beginning of `text` that stay what they are, whatever follows it."""
    longest = max(map(len, special_tokens), default=1)
    open_from = len(text) - longest + 1  # from here on a (longer) special token may yet appear
    start = 0
    for stretch, is_special in split_special(text, special_tokens):
        end = start + len(stretch)
        if is_special and start >= open_from and len(stretch) < longest:
            return
        if is_special:
            yield stretch, True
        elif end < open_from:
            yield from ((piece, False) for piece in split(stretch, pattern))
        else:
            # subtle: more text may change the last piece, and the one before it: "'" and "l" are
            # two pieces until another "l" makes them one. Further back it changes nothing.
            known = split(text[start : max(start, open_from)], pattern)
            yield from ((piece, False) for piece in known[:-_HELD_BACK])
            return
        start = end
