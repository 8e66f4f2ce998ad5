"""Small things that lab 02's checks share: words, how to print them, and text to draw from.

Knows nothing of the exercises. Words are tuples of `bytes` tokens, as in `llmlab.bpe`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from llmlab.checks.exercise import Exercise

__all__ = [
    "ALPHABETS",
    "Logp",
    "draw_pieces",
    "draw_text",
    "exercise",
    "letters",
    "printed",
    "segmentations",
    "table",
]

Logp = dict[str, float]

# Where the answers stand: a student's function that calls into one of these is not their own work.
_LIBRARY = (
    "llmlab.bpe",
    "llmlab.pieces",
    "llmlab.pretokenize",
    "llmlab.tokenizer",
    "llmlab.unigram",
    "llmlab.wordpiece",
    "sentencepiece",
    "tiktoken",
    "tokenizers",
    "transformers",
)

# Latin, Latin with accents, Greek, Devanagari, Han and emoji: one to four bytes a character.
ALPHABETS = ("abc", "aé ", "λογ", "किम", "日本", "🙂e!")


def exercise(slug: str, **more: Any) -> Exercise:
    """An exercise of lab 02, in which the library's tokenizers are no answer."""
    return Exercise("02-tokenization", slug, counterparts=_LIBRARY, **more)


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
    >>> print(printed((b"",)))
    ''
    """
    if not tokens:
        return "(nothing)"
    return "|".join((t if isinstance(t, str) else _legible(t)) or "''" for t in tokens)


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


def segmentations(text: str, logp: Logp) -> Iterator[list[str]]:
    """Every way to write `text` in pieces of `logp`.

    >>> list(segmentations("aa", {"a": -1.0, "aa": -1.5}))
    [['a', 'a'], ['aa']]
    """
    if not text:
        yield []
    for end in range(1, len(text) + 1):
        if text[:end] in logp:
            for rest in segmentations(text[end:], logp):
                yield [text[:end], *rest]


def draw_pieces(rng: Random, alphabet: str, length: int) -> tuple[str, Logp]:
    """Draw a text, and a vocabulary of its characters and some of its longer pieces.

    One segmentation is likelier than all others: a tie (cc|c and c|cc) is drawn again.
    """
    while True:
        text = draw_text(rng, length, alphabet)
        longer = {text[i : i + n] for n in (2, 3, 4) for i in range(length - n + 1)}
        logp = {c: rng.uniform(-6, -2) for c in sorted(set(text))}
        logp |= {p: rng.uniform(-9, -1) for p in sorted(longer) if rng.random() < 0.4}
        totals = sorted(sum(logp[p] for p in way) for way in segmentations(text, logp))
        if len(totals) > 1 and totals[-1] - totals[-2] > 0.01:
            return text, logp


def _legible(token: bytes) -> str:
    """Show UTF-8 as text and anything else as escapes."""
    try:
        return token.decode()
    except UnicodeDecodeError:
        return repr(token)[2:-1]
