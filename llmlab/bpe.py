"""Byte-pair encoding: learn which neighbours to merge, then encode and decode with the merges.

Tokens begin as the 256 bytes. Again and again, the pair of neighbours that occurs most often in
the corpus becomes a new token (Sennrich et al. 2016, arXiv:1508.07909; on bytes as in GPT-2). The
pieces within which pairs are counted come from `pretokenize`. No `<unk>` here: bytes spell all.

>>> tokenizer = BPE.train(["low lower lowest"], vocab_size=260, special_tokens=["<|end|>"])
>>> tokenizer.merges
[(b'o', b'w'), (b'l', b'ow'), (b'low', b'e')]
>>> tokenizer.encode("lower<|end|>"), tokenizer.decode([258, 114, 259])
([258, 114, 259], 'lower<|end|>')
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from operator import index
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from llmlab import pretokenize, runtime
from llmlab.pieces import PieceTokenizer, decode, read_json, reading, write_json
from llmlab.pretokenize import GPT2, utf8

if TYPE_CHECKING:
    import tiktoken

__all__ = ["BPE", "FlatWords", "decode", "encode_word", "learn_merges", "merge_pair"]

Pair = tuple[bytes, bytes]
Numbers = tuple[int, int]  # a pair of tokens by their numbers
LONG = 64  # bytes; up to here the plain loop of `encode_word` is faster than the heap


def merge_pair(word: tuple[bytes, ...], pair: Pair) -> tuple[bytes, ...]:
    """Merge every occurrence of `pair` in `word`, from left to right, without overlap.

    >>> merge_pair((b"a", b"a", b"a", b"b"), (b"a", b"a"))
    (b'aa', b'a', b'b')
    """
    (left, right), last = pair, len(word) - 1
    merged, i = [], 0
    while i <= last:
        if word[i] == left and i < last and word[i + 1] == right:
            merged.append(left + right)
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return tuple(merged)


def encode_word(word: bytes, ranks: Mapping[Pair, int]) -> list[bytes]:
    """Cut `word` into tokens: merge the pair of lowest rank, everywhere, until none has a rank.

    `ranks` numbers the merges in the order in which they were learned.

    >>> encode_word(b"lowlow", {(b"o", b"w"): 0, (b"l", b"ow"): 1})
    [b'low', b'low']
    """
    if len(word) > LONG:
        return _encode_long(word, ranks)
    tokens = tuple(word[i : i + 1] for i in range(len(word)))
    while True:
        ranked = filter(ranks.__contains__, pairwise(tokens))
        pair = min(ranked, key=ranks.__getitem__, default=None)
        if pair is None:
            return list(tokens)
        tokens = merge_pair(tokens, pair)


def _encode_long(word: bytes, ranks: Mapping[Pair, int]) -> list[bytes]:
    """Do what `encode_word` does in n log n steps: with a heap of pairs and a chain of tokens.

    A token stands at the place of its first byte, `b""` where one has been absorbed and at the
    end; `following` and `preceding` lead from a place to the tokens beside it.
    """
    tokens = [word[i : i + 1] for i in range(len(word) + 1)]
    following = [*range(1, len(tokens)), len(word)]
    preceding = list(range(-1, len(word)))
    heap = [(ranks[pair], i) for i, pair in enumerate(pairwise(tokens)) if pair in ranks]
    heapq.heapify(heap)
    while heap:
        rank, merged = heap[0][0], []
        # subtle: all pairs of one rank go before any that they give rise to, as in the plain loop.
        while heap and heap[0][0] == rank:
            left = heapq.heappop(heap)[1]
            right = following[left]
            if ranks.get((tokens[left], tokens[right])) != rank:
                continue  # one of the two has been merged with its other neighbour
            tokens[left], tokens[right] = tokens[left] + tokens[right], b""
            following[left] = following[right]
            preceding[following[left]] = left
            merged.append(left)
        for place in {*merged, *(preceding[i] for i in merged)}:
            pair = tokens[place], tokens[following[place]]
            if pair in ranks:
                heapq.heappush(heap, (ranks[pair], place))
    return [token for token in tokens if token]


def learn_merges(words: Mapping[bytes, int], n_merges: int) -> list[Pair]:
    """Learn up to `n_merges` merges from a table of words and how often each occurs.

    Every step merges the most frequent pair; ties go to the greater pair, left part first, compared
    as bytes. The list is shorter where the words run out of pairs.

    >>> learn_merges({b"aaab": 1, b"ab": 2}, n_merges=2)
    [(b'a', b'b'), (b'a', b'ab')]
    """
    return [pair for pair, _ in islice(_learn(words), n_merges)]


def _learn(words: Mapping[bytes, int]) -> Iterator[tuple[Pair, int]]:
    """Yield the pairs in the order in which they are merged, and how often each occurred."""
    tokens = [b"", *(bytes([byte]) for byte in range(256))]  # byte b is token b + 1; 0 is none
    keys = [_descending(token) for token in tokens]
    symbols = np.frombuffer(b"".join(words), np.uint8).astype(np.int32) + 1
    flat = FlatWords(symbols, list(map(len, words)), list(words.values()), len(tokens))
    counts = dict(flat.pairs())
    heap = [(-count, keys[a], keys[b], a, b) for (a, b), count in counts.items()]
    heapq.heapify(heap)
    while heap:
        entered, _, _, a, b = heapq.heappop(heap)
        count = counts[a, b]
        # subtle: a pair is entered when the younger of its tokens is made, and from then on it can
        # only become rarer. So the first entry that is still true is the most frequent pair.
        if count < -entered:
            if count:
                heapq.heappush(heap, (-count, keys[a], keys[b], a, b))
            continue
        yield (tokens[a], tokens[b]), count
        tokens.append(tokens[a] + tokens[b])
        keys.append(_descending(tokens[-1]))
        for (x, y), replaced, count in flat.merge(a, b):
            counts[x, y] = count
            counts[replaced] -= count
            heapq.heappush(heap, (-count, keys[x], keys[y], x, y))
        counts[a, b] = 0


def _descending(token: bytes) -> str:
    """Return a key that sorts tokens backwards, the greatest first."""
    # subtle: without the greatest character at its end a token would come before its continuations.
    return "".join([chr(255 - byte) for byte in token]) + "\u0100"


class FlatWords:
    """Every word of a table once, in flat arrays that say which token stands at which place.

    Tokens are numbered from 1. A token stands at the place of its first symbol; `left` and `right`
    lead from there to its neighbours. 0 stands between words, and where a token has been absorbed
    by the one before it. Every array has one entry a place, so a merge is a handful of array
    operations, however often its pair occurs.
    """

    def __init__(
        self, symbols: np.ndarray, lengths: Sequence[int], counts: Sequence[int], n_tokens: int
    ) -> None:
        """Take the words end to end, how long each is, how often it occurs, and the next token."""
        ends = np.cumsum([0, *lengths])
        self.token = np.insert(symbols, ends, 0)
        self.weight = np.repeat([0, *counts], [1, *(length + 1 for length in lengths)])
        self.left = np.arange(-1, len(self.token) - 1, dtype=np.int32)
        self.right = np.arange(1, len(self.token) + 1, dtype=np.int32)
        by_token = np.argsort(self.token, kind="stable").astype(np.int32)
        ends_of_token = np.cumsum(np.bincount(self.token, minlength=n_tokens))
        self.stands = np.split(by_token, ends_of_token[:-1])

    def pairs(self) -> Iterator[tuple[Numbers, int]]:
        """Count the pairs of neighbours: yields (left token, right token) and a count."""
        size = len(self.stands)
        first, second = self.token[:-1].astype(np.int64), self.token[1:]
        inside = (first > 0) & (second > 0)
        pairs, which = np.unique(first[inside] * size + second[inside], return_inverse=True)
        for i, count in _totals(which, self.weight[:-1][inside]):
            yield divmod(int(pairs[i]), size), count

    def count(self, token: int) -> int:
        """Count how often a token occurs, as long as it has not been merged."""
        return int(self.weight[self.stands[token]].sum())

    def merge(self, a: int, b: int) -> Iterator[tuple[Numbers, Numbers, int]]:
        """Make one new token of `a` and `b` wherever `b` follows `a`.

        Yields every pair that this makes, the pair that was in its place before, and a count.
        """
        places = self._where(a, b)
        new = len(self.stands)
        self.stands.append(places)
        absorbed = self.right[places]
        after = self.right[absorbed]
        self.token[places], self.token[absorbed] = new, 0
        self.right[places], self.left[after] = after, places
        weight = self.weight[places]
        for x, count in _totals(self.token[self.left[places]], weight):
            if x:
                yield (x, new), (b if x == new else x, a), count
        for y, count in _totals(self.token[after], weight):
            if y and y != new:  # subtle: (new, new) has been counted, as what stands before
                yield (new, y), (b, y), count

    def _where(self, a: int, b: int) -> np.ndarray:
        """Find where `a` is followed by `b`, from the side that stands in fewer places."""
        by_right = len(self.stands[b]) < len(self.stands[a])
        rarer = b if by_right else a
        stands = self.stands[rarer]
        stands = self.stands[rarer] = stands[self.token[stands] == rarer]  # forget absorbed ones
        if by_right:
            stands = self.left[stands]
            return stands[self.token[stands] == a]
        places = stands[self.token[self.right[stands]] == b]
        return _without_overlaps(places, self.right) if a == b else places


def _totals(values: np.ndarray, weights: np.ndarray) -> Iterator[tuple[int, int]]:
    """Add up the weights of equal values: yields (value, total)."""
    # subtle: bincount adds in float64, which is exact up to 2**53.
    totals = np.bincount(values, weights)
    found = totals.nonzero()[0]
    return zip(found.tolist(), totals[found].astype(np.int64).tolist(), strict=True)


def _without_overlaps(places: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Keep the first, third, fifth, ... of places that directly follow one another ("aaaa")."""
    order = np.arange(len(places))
    starts = np.ones(len(places), bool)
    starts[1:] = right[places[:-1]] != places[1:]
    run_start = np.maximum.accumulate(np.where(starts, order, 0))
    return places[(order - run_start) % 2 == 0]


class BPE(PieceTokenizer):
    """A byte-pair tokenizer: `merges` lists the pairs in the order in which they were learned.

    `counts` says how often each pair occurred when it was merged; empty where that is not known.
    Raises ValueError for a vocabulary that lacks a byte, or a token of a merge.
    """

    def __init__(
        self,
        vocab: Mapping[int, bytes],
        merges: Sequence[Pair],
        special_tokens: Sequence[str] = (),
        pattern: str = GPT2,
    ) -> None:
        super().__init__(vocab, special_tokens, pattern)
        self.merges = [(left, right) for left, right in merges]
        self.counts: list[int] = []
        self._ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        self._ids = {token: i for i, token in reversed(self.vocab.items())}
        _check(self._ids, self.merges)

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: int,
        special_tokens: Sequence[str] = (),
        pattern: str = GPT2,
    ) -> BPE:
        """Learn a tokenizer of `vocab_size` ids: the 256 bytes, the merges, the special tokens.

        Special tokens are cut out of the texts, so nothing merges across them. The vocabulary ends
        smaller where the texts run out of pairs. Raises ValueError where it cannot hold the bytes
        and the special tokens, and where there is no text.
        """
        special_tokens = pretokenize.check_special_tokens(special_tokens)
        n_merges = index(vocab_size) - 256 - len(special_tokens)
        if n_merges < 0:
            raise ValueError(
                f"vocab_size is {vocab_size}, but 256 bytes and {len(special_tokens)} special "
                f"tokens need at least {256 + len(special_tokens)}."
            )
        words = pretokenize.count_words(texts, pattern, special_tokens)
        if not words:
            raise ValueError("There is no text to learn from: texts holds no character.")
        table = {utf8(word): times for word, times in words.items()}
        learned = list(islice(_learn(table), n_merges))
        merges = [pair for pair, _ in learned]
        tokens = [bytes([byte]) for byte in range(256)] + [left + right for left, right in merges]
        tokens += [special.encode() for special in special_tokens]
        made = cls(dict(enumerate(tokens)), merges, special_tokens, pattern)
        made.counts = [count for _, count in learned]
        return made

    def encode_piece(self, piece: str) -> list[int]:
        """Encode one piece: merges never cross its ends."""
        return [self._ids[token] for token in encode_word(utf8(piece), self._ranks)]

    def to_tiktoken(self) -> tiktoken.Encoding:
        """Return the same tokenizer as an encoding of `tiktoken`: the way to encode a large corpus.

        The ids are the same, several times faster. `tiktoken` merges whatever gives the token of
        lowest id: raises ValueError where that is not the order of the merges, as it is for all
        that `train` and `from_tiktoken` make; and where one special token begins another, for
        `tiktoken` would take either.
        """
        tiktoken = runtime.require("tiktoken", extra="offline")
        for shorter, longer in pairwise(sorted(self.special_tokens)):
            if longer.startswith(shorter):
                raise ValueError(f"tiktoken cannot tell {shorter!r} from {longer!r}.")
        ordinary = [bytes([byte]) for byte in range(256)]
        for pair in self.merges:
            token = pair[0] + pair[1]
            if encode_word(token, self._ranks) != [token]:
                raise ValueError(f"tiktoken would make {token!r}, which these merges never reach.")
            ordinary.append(token)
        ids = [self._ids[token] for token in ordinary]
        if any(later <= earlier for earlier, later in pairwise(ids[256:])):
            raise ValueError("tiktoken merges in the order of the ids; here the merges have none.")
        return tiktoken.Encoding(
            name="llmlab",
            pat_str=self.pattern,
            mergeable_ranks=dict(zip(ordinary, ids, strict=True)),
            special_tokens=self.special_ids,
        )

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the tokenizer as JSON; a token is a string with one character a byte (latin-1)."""
        content = {
            "pattern": self.pattern,
            "special_tokens": self.special_tokens,
            "vocab": {i: token.decode("latin-1") for i, token in self.vocab.items()},
            "merges": [[part.decode("latin-1") for part in pair] for pair in self.merges],
            "counts": self.counts,
        }
        return write_json(path, "bpe", content)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> BPE:
        """Read what `save` wrote; ValueError where the file holds something else."""
        content = read_json(path, "bpe")
        with reading(path):
            vocab = {int(i): token.encode("latin-1") for i, token in content["vocab"].items()}
            merges = [(a.encode("latin-1"), b.encode("latin-1")) for a, b in content["merges"]]
            made = cls(vocab, merges, content["special_tokens"], content["pattern"])
            made.counts = [int(count) for count in content.get("counts", [])]
        return made


def _check(ids: Mapping[bytes, int], merges: Sequence[Pair]) -> None:
    """Raise ValueError where a byte, or a token of a merge, has no id."""
    missing = [byte for byte in range(256) if bytes([byte]) not in ids]
    if missing:
        raise ValueError(
            f"The vocabulary lacks {len(missing)} of the 256 single bytes, such as "
            f"{missing[0]:#04x}; add them."
        )
    for left, right in merges:
        for token in (left, right, left + right):
            if token not in ids:
                raise ValueError(
                    f"The merge {left!r} + {right!r} needs the token {token!r}, "
                    "which the vocabulary lacks."
                )
