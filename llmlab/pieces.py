"""What all tokenizers share: pieces in, ids out; a cache, special tokens, streams, decoding.

A subclass says how one piece of its pattern becomes ids; everything around that stands here.
It knows nothing of how a vocabulary is learned.

>>> class Bytes(PieceTokenizer):
...     def encode_piece(self, piece):
...         return list(piece.encode())
>>> Bytes({i: bytes([i]) for i in range(256)}, ["<|end|>"]).encode("Hi<|end|>")
[72, 105, 256]
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from operator import index
from os import PathLike
from pathlib import Path
from typing import Any

from llmlab import pretokenize, runtime

__all__ = ["PieceTokenizer", "decode", "read_json", "reading", "token_of", "write_json"]

VERSION = 1  # of the files; a later version must still read this one


class PieceTokenizer(ABC):
    """A tokenizer that cuts text with a pattern and encodes piece by piece.

    `vocab` maps ids to the bytes of the tokens, in the order of the ids. Special tokens that it
    lacks are added after the greatest id. All attributes are to be read, not changed.
    """

    def __init__(
        self,
        vocab: Mapping[int, bytes],
        special_tokens: Sequence[str] = (),
        pattern: str = pretokenize.GPT2,
    ) -> None:
        self.pattern = pretokenize.compile_pattern(pattern).pattern
        self.special_tokens = pretokenize.check_special_tokens(special_tokens)
        self.vocab = dict(sorted(vocab.items()))
        if min(self.vocab, default=0) < 0:
            raise ValueError(f"An id is {min(self.vocab)}; ids are whole numbers from 0.")
        # subtle: a special token may spell an ordinary one ("the"); its id is the later of the two.
        ids = {token: i for i, token in self.vocab.items()}
        self.special_ids = {}
        for special in self.special_tokens:
            token = pretokenize.utf8(special)
            i = ids.get(token, max(self.vocab, default=-1) + 1)
            self.vocab[i], self.special_ids[special] = token, i

    @abstractmethod
    def encode_piece(self, piece: str) -> list[int]:
        """Encode one piece, as the pattern cuts them."""

    @property
    def vocab_size(self) -> int:
        """The number of ids, counted up to the greatest: the rows that an embedding needs."""
        return max(self.vocab) + 1

    def __len__(self) -> int:
        return self.vocab_size

    def __repr__(self) -> str:
        of_these = f"{len(self.special_tokens)} of them special"
        return f"<{type(self).__name__}: {len(self.vocab)} tokens, {of_these}>"

    def encode(self, text: str) -> list[int]:
        """Encode `text`, reading special tokens as such: for text that you wrote yourself."""
        ids: list[int] = []
        for stretch, is_special in pretokenize.split_special(text, self.special_tokens):
            ids += [self.special_ids[stretch]] if is_special else self.encode_ordinary(stretch)
        return ids

    def encode_ordinary(self, text: str) -> list[int]:
        """Encode `text` with special tokens as plain text: for what others typed."""
        pieces = pretokenize.split(text, self.pattern)
        return list(chain.from_iterable(map(self._cache.__getitem__, pieces)))

    def encode_stream(self, chunks: Iterable[str]) -> Iterator[int]:
        """Encode a text that comes in chunks, lazily; the ids are those of the whole text."""
        for piece, is_special in pretokenize.stream(chunks, self.pattern, self.special_tokens):
            if is_special:
                yield self.special_ids[piece]
            else:
                yield from self._cache[piece]

    def decode(self, ids: Iterable[int]) -> str:
        """Turn ids into text; bytes that are no UTF-8 become U+FFFD. ValueError: unknown id."""
        return decode(ids, self.vocab)

    def token_bytes(self, i: int) -> bytes:
        """Return the bytes of one token. ValueError: unknown id."""
        return token_of(i, self.vocab)

    @cached_property
    def _cache(self) -> _PieceCache:
        return _PieceCache(self.encode_piece)

    def __getstate__(self) -> dict[str, Any]:  # a copy goes to another process without the cache
        return {name: value for name, value in vars(self).items() if name != "_cache"}


class _PieceCache(dict[str, list[int]]):
    """The ids of pieces met before, for language repeats its words; forgets all when full."""

    MAX_PIECES, MAX_LENGTH = 2**16, 64

    def __init__(self, encode_piece: Callable[[str], list[int]]) -> None:
        self.encode_piece = encode_piece

    def __missing__(self, piece: str) -> list[int]:
        ids = self.encode_piece(piece)
        if len(self) >= self.MAX_PIECES:
            self.clear()
        if len(piece) <= self.MAX_LENGTH:
            self[piece] = ids
        return ids


def decode(ids: Iterable[int], vocab: Mapping[int, bytes]) -> str:
    r"""Join the bytes of `ids` and read them as UTF-8; what is no UTF-8 becomes U+FFFD.

    Raises ValueError for an id that is not in `vocab`.

    >>> decode([0, 1], {0: b"caf\xc3", 1: b"\xa9"})
    'café'
    """
    # subtle: the bytes of one character may lie in several tokens, so no token is decoded alone.
    return b"".join([token_of(i, vocab) for i in ids]).decode("utf-8", errors="replace")


def token_of(i: int, vocab: Mapping[int, bytes]) -> bytes:
    """Look up one token; ValueError for an id that is not in `vocab`."""
    try:
        return vocab[index(i)]  # `index` reads the integers of numpy and torch too
    except KeyError:
        known = f"whose ids run from {min(vocab)} to {max(vocab)}" if vocab else "which is empty"
        raise ValueError(f"The id {i} is not in the vocabulary, {known}.") from None


def write_json(path: str | PathLike[str], kind: str, content: Mapping[str, Any]) -> Path:
    """Write a tokenizer's content as JSON, marked with its kind ("bpe") and the version."""
    head = {"format": f"llmlab.{kind}", "version": VERSION}
    return runtime.atomic_write(path, json.dumps({**head, **content}, ensure_ascii=False))


@contextmanager
def reading(path: str | PathLike[str]) -> Iterator[None]:
    """Turn what goes wrong while a file becomes a tokenizer into a ValueError that names it."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} is a damaged tokenizer ({type(error).__name__}: {error}); save it again."
        ) from error


def read_json(path: str | PathLike[str], kind: str) -> dict[str, Any]:
    """Read what `write_json` wrote; ValueError where the file holds something else."""
    try:
        content = json.loads(Path(path).read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no JSON file: {error}.") from error
    found = (content.get("format"), content.get("version")) if isinstance(content, dict) else None
    if found != (f"llmlab.{kind}", VERSION):
        raise ValueError(f"{path} holds {found}; this reads (llmlab.{kind}, {VERSION}).")
    return content
