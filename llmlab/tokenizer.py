"""Tokenizers with one interface: text to ids and back, trained here or brought from elsewhere.

Everything that a lab needs of tokenization is named here; how each works stands in `pretokenize`,
`bpe`, `wordpiece`, `unigram`, `encodings` and `bridges`.

>>> tokenizer = BPE.train(["so it goes, and so it went"], vocab_size=262)
>>> tokenizer.decode(tokenizer.encode("so it goes 🙂"))
'so it goes 🙂'
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Protocol, runtime_checkable

from llmlab.bpe import BPE
from llmlab.bridges import from_tokenizers, to_tokenizers
from llmlab.encodings import from_tiktoken, get_encoding
from llmlab.pretokenize import CL100K, GPT2, O200K, WORDS
from llmlab.unigram import Unigram
from llmlab.wordpiece import WordPiece

__all__ = [
    "BPE",
    "CL100K",
    "GPT2",
    "O200K",
    "WORDS",
    "Tokenizer",
    "Unigram",
    "WordPiece",
    "from_tiktoken",
    "from_tokenizers",
    "get_encoding",
    "load",
    "report",
    "to_tokenizers",
]


@runtime_checkable
class Tokenizer(Protocol):
    """What every tokenizer of the course can do."""

    @property
    def vocab_size(self) -> int:
        """The number of ids, counted up to the greatest: the rows that an embedding needs."""

    def __len__(self) -> int: ...

    def encode(self, text: str) -> list[int]:
        """Encode `text`, reading special tokens as such."""

    def encode_ordinary(self, text: str) -> list[int]:
        """Encode `text` with special tokens as plain text."""

    def encode_stream(self, chunks: Iterable[str]) -> Iterator[int]:
        """Encode, lazily, a text that comes in chunks."""

    def decode(self, ids: Iterable[int]) -> str:
        """Turn ids into text."""

    def token_bytes(self, i: int) -> bytes:
        """Return the bytes of one token."""

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the tokenizer as JSON."""


def load(path: str | PathLike[str]) -> BPE | WordPiece | Unigram:
    """Read a tokenizer that was saved, whichever kind it is; ValueError for another file."""
    try:
        kind = json.loads(Path(path).read_text("utf-8"))["format"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a tokenizer that was saved here.") from error
    match kind:
        case "llmlab.bpe":
            return BPE.load(path)
        case "llmlab.wordpiece":
            return WordPiece.load(path)
        case "llmlab.unigram":
            return Unigram.load(path)
    raise ValueError(f"{path} holds {kind!r}, which is no tokenizer of this version.")


def report(encode: Callable[[str], list[int]], texts: Iterable[str]) -> dict[str, float]:
    """Measure a tokenizer on texts: `bytes_per_token`, `tokens_per_word` and `n_tokens`.

    Words are what `str.split` finds. The figures are of all texts together, not means of means.
    Where there is nothing to divide by, the ratio is 0.

    >>> report(lambda text: list(text.encode()), ["été", "so it is"])
    {'bytes_per_token': 1.0, 'tokens_per_word': 3.25, 'n_tokens': 13}
    """
    n_bytes = n_words = n_tokens = 0
    for text in texts:
        n_bytes += len(text.encode())
        n_words += len(text.split())
        n_tokens += len(encode(text))
    return {
        "bytes_per_token": n_bytes / n_tokens if n_tokens else 0.0,
        "tokens_per_word": n_tokens / n_words if n_words else 0.0,
        "n_tokens": n_tokens,
    }
