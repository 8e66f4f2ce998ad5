"""Tokenizers as plain data for the TokenizerExplorer: ids, bytes, packed merges.

Any tokenizer of the course and any `tiktoken.Encoding` becomes a `Source`. A byte-level BPE of ours
is packed so small that the browser encodes by itself. This module knows nothing of widgets.

>>> from llmlab.tokenizer import BPE
>>> ours = source("ours", BPE.train(["low lower lowest"], vocab_size=259))
>>> ours.tokens("lowest")
([258, 115, 116], [b'lowe', b's', b't'])
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from llmlab import pretokenize

__all__ = ["Source", "javascript_pattern", "pack_bpe", "pack_encoded", "source", "visible"]

MAX_PACKED_MERGES = 32_768
"""Up to here (about 350 kB as base64) the merges travel to the browser."""


@dataclass(frozen=True)
class Source:
    """One tokenizer, as the explorer sees it. `tokenizer` is the object that the student has."""

    name: str
    tokenizer: Any
    size: int
    encode: Callable[[str, bool], list[int]]
    token_bytes: Callable[[int], bytes]

    def tokens(self, text: str, special: bool = False) -> tuple[list[int], list[bytes]]:
        """Encode `text`: ids and their bytes. With `special`, special tokens are read as such."""
        ids = [int(i) for i in self.encode(text, special)]
        return ids, [self.token_bytes(i) for i in ids]

    def up_to(self, step: int) -> Source:
        """Return the same BPE with only its first `step` merges."""
        merges = self.tokenizer.merges
        if step >= len(merges):
            return self
        cut = type(self.tokenizer)(
            self.tokenizer.vocab,
            merges[:step],
            self.tokenizer.special_tokens,
            self.tokenizer.pattern,
        )
        return source(self.name, cut)


def source(name: str, tokenizer: Any) -> Source:
    """Read a tokenizer of the course or a `tiktoken.Encoding`; TypeError for anything else."""
    if hasattr(tokenizer, "decode_single_token_bytes"):

        def with_tiktoken(text: str, special: bool) -> list[int]:
            if special:
                return tokenizer.encode(text, allowed_special="all")
            return tokenizer.encode_ordinary(text)

        one = tokenizer.decode_single_token_bytes
        return Source(name, tokenizer, tokenizer.n_vocab, with_tiktoken, one)
    missing = [
        method
        for method in ("encode", "encode_ordinary", "token_bytes", "__len__")
        if not hasattr(tokenizer, method)
    ]
    if missing:
        raise TypeError(
            f"{name!r} is a {type(tokenizer).__name__} without {missing[0]}(); pass a tokenizer "
            "of llmlab.tokenizer or a tiktoken.Encoding."
        )

    def with_ours(text: str, special: bool) -> list[int]:
        return tokenizer.encode(text) if special else tokenizer.encode_ordinary(text)

    return Source(name, tokenizer, len(tokenizer), with_ours, tokenizer.token_bytes)


def pack_encoded(ids: Sequence[int], tokens: Sequence[bytes], text: str) -> dict[str, Any]:
    """Pack a tokenised text for the browser: base64 of little-endian ids (uint32) and lengths
    in bytes (uint16).

    `stream` is None where the tokens, joined, are the text itself (the browser has that already);
    else their joined bytes.
    """
    joined = b"".join(tokens)
    return {
        "ids": _base64(ids, "<u4"),
        "lengths": _base64([len(token) for token in tokens], "<u2"),
        "stream": None if joined == text.encode() else base64.b64encode(joined).decode(),
    }


def _base64(numbers: Sequence[int], dtype: str) -> str:
    return base64.b64encode(np.asarray(numbers, dtype=dtype).tobytes()).decode()


def pack_bpe(tokenizer: Any, counts: Sequence[int] | None = None) -> dict[str, Any] | None:
    """Pack a byte-level BPE for the browser, or return None where it must stay in Python.

    That is so for other tokenizers, for more than `MAX_PACKED_MERGES` merges, and for a pattern
    that JavaScript would read differently. `counts`: how often each merge's pair was seen.
    """
    if not all(hasattr(tokenizer, name) for name in ("vocab", "merges", "pattern")):
        return None
    pattern, merges = javascript_pattern(tokenizer.pattern), tokenizer.merges
    if pattern is None or len(merges) > MAX_PACKED_MERGES:
        return None
    last = {token: i for i, token in tokenizer.vocab.items()}
    first = last | {token: i for i, token in reversed(tokenizer.vocab.items())}
    specials = sorted(tokenizer.special_tokens, key=len, reverse=True)
    base = [first[bytes([byte])] for byte in range(256)]
    made = [first[left + right] for left, right in merges]
    return {
        "pattern": pattern,
        "merges": _base64([first[part] for pair in merges for part in pair], "<u4"),
        "made": made[0]
        if made == list(range(256, 256 + len(made))) and made
        else _base64(made, "<u4"),
        "base": None if base == list(range(256)) else _base64(base, "<u4"),
        "specials": [[token, last[token.encode()]] for token in specials],
        "counts": None if counts is None else [int(count) for count in counts],
    }


_PATTERN_PART = re.compile(
    r"""(?P<space>\\[sS]) | (?P<digit>\\d)
    | (?P<keep>\\[pP]\{[A-Z][a-z]?\} | \\[rnt.*+?^$(){}|\[\]\\/] | \(\?(?:[:!=]|<[!=]))
    | (?P<anycase>\(\?i:(?P<inside>[A-Za-z'|\[\]]+)\))
    | (?P<quantifier>(?:[*+?]|\{\d+(?:,\d*)?\})\??)(?P<possessive>\+)?
    | (?P<set>\[\^?) | (?P<end>\]) | (?P<bad>\\. | \(\? | \( (?!\?) ) | (?P<one>.)""",
    re.VERBOSE | re.DOTALL,
)
_ALSO = {"s": "ſ", "k": "\u212a"}  # what ignoring case adds to the two cases of a letter
_ONE_READING = (pretokenize.GPT2, pretokenize.CL100K, pretokenize.O200K)  # held by a test


def javascript_pattern(pattern: str) -> str | None:
    r"""Write a pattern of `regex` for JavaScript (flag u), or None where that is not certain.

    >>> javascript_pattern(r"\s+(?!\S)|(?i:ll)")
    '\\p{White_Space}+(?!\\P{White_Space})|(?:[lL][lL])'
    """
    named = pattern in _ONE_READING
    parts, in_set = [], False
    for match in _PATTERN_PART.finditer(pattern):
        kind, text = match.lastgroup, match.group()
        if match["anycase"]:
            parts.append(f"(?:{_both_cases(match['inside'])})")
        elif kind == "space":
            parts.append(r"\p{White_Space}" if text == r"\s" else r"\P{White_Space}")
        elif kind == "digit":
            parts.append(r"\p{Nd}")
        elif kind == "possessive" and not in_set:
            # subtle: JavaScript has none; in the patterns of pretokenize they only save time.
            if not named:
                return None
            parts.append(match["quantifier"])
        elif kind == "bad" or (kind == "one" and not in_set and not named and text in "^${}"):
            return None
        elif kind == "one" and text == "." and not in_set:
            parts.append(r"[^\n]")
        else:
            in_set = in_set and kind != "end" or kind == "set"
            parts.append(text)
    return "".join(parts)


def _both_cases(text: str) -> str:
    """Spell out "ignore case" for letters: a → [aA], and inside a set a → aA."""
    parts, in_set = [], False
    for letter in text:
        in_set = (in_set or letter == "[") and letter != "]"
        cases = letter.lower() + letter.upper() + _ALSO.get(letter.lower(), "")
        if not letter.isalpha():
            parts.append(letter)
        else:
            parts.append(cases if in_set else f"[{cases}]")
    return "".join(parts)


def visible(token: bytes) -> str:
    r"""Write a token so that white space and stray bytes can be seen.

    >>> visible(b" the\n"), visible(b"\xf0\x9f")
    ('·the⏎', 'F0 9F')
    """
    try:
        text = token.decode("utf-8")
    except UnicodeDecodeError:
        return token.hex(" ").upper()
    marks = {" ": "·", "\n": "⏎", "\t": "⇥", "\r": "␍"}
    return "".join(
        marks.get(letter) or (letter if letter.isprintable() else f"U+{ord(letter):04X}")
        for letter in text
    )
