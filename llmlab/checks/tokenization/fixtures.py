"""Small things that lab 02's checks share: words, how to print them, and text to draw from.

Knows nothing of the exercises. Words are tuples of `bytes` tokens, as in `llmlab.bpe`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

__all__ = ["ALPHABETS", "draw_text", "letters", "printed", "table"]

# Latin, Latin with accents, Greek, Devanagari, Han and emoji: one to four bytes a character.
ALPHABETS = ("abc", "aé ", "λογ", "किम", "日本", "🙂e!")


def letters(word: bytes | str) -> tuple[bytes, ...]:
    """Split a word into single bytes.

    >>> letters(b"low")
    (b'l', b'o', b'w')
    """
    raw = word.encode() if isinstance(word, str) else word
    return tuple(raw[i : i + 1] for i in range(len(raw)))


def printed(tokens: Sequence[bytes] | Sequence[str]) -> str:
    """Print tokens as a reader would write them down, one bar between two.

    >>> printed((b"lo", b"w")), printed(("a", "##b")), printed(())
    ('lo|w', 'a|##b', '(nothing)')
    """
    if not tokens:
        return "(nothing)"
    return "|".join(t if isinstance(t, str) else _legible(t) for t in tokens)


def table(words: Mapping[tuple[bytes, ...], int] | Mapping[tuple[str, ...], int]) -> str:
    """Print a word table in one line.

    >>> table({(b"l", b"ow"): 3, (b"x",): 1})
    'l|ow ×3, x ×1'
    """
    if not words:
        return "an empty table"
    return ", ".join(f"{printed(word)} ×{count}" for word, count in words.items())


def draw_text(rng: Random, length: int, alphabet: str | None = None) -> str:
    """Draw `length` characters of one alphabet (one of `ALPHABETS` when none is given)."""
    return "".join(rng.choices(alphabet or rng.choice(ALPHABETS), k=length))


def _legible(token: bytes) -> str:
    """Show UTF-8 as text and anything else as escapes."""
    try:
        return token.decode()
    except UnicodeDecodeError:
        return repr(token)[2:-1]
