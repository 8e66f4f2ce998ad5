"""Unigram: a probability for every piece, and the cutting of a text that is the most probable.

A text can be cut into pieces in many ways. Here every piece has a probability, a cutting has the
product, and a text is encoded by the greatest (Viterbi). Training starts from too many pieces,
learns their probabilities by expectation and maximisation, and again and again drops those that
are missed least (Kudo 2018, arXiv:1804.10959). Characters without a piece are spelled in bytes.

>>> tokenizer = Unigram.train(["low lower lowest, new newer newest"], vocab_size=272)
>>> [tokenizer.token_bytes(i) for i in tokenizer.encode("lowest é")]
[b'low', b'est', b' ', b'\\xc3', b'\\xa9']
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import index
from os import PathLike
from pathlib import Path

import numpy as np

from llmlab import pretokenize
from llmlab.pieces import PieceTokenizer, read_json, reading, write_json
from llmlab.pretokenize import GPT2, utf8

__all__ = ["Unigram", "em_step", "learn_pieces", "viterbi"]


def viterbi(text: str, logp: Mapping[str, float]) -> list[str]:
    """Cut `text` into the pieces of `logp` that have the greatest total log-probability.

    Raises ValueError where the pieces cannot spell it.

    >>> viterbi("unhug", {"u": -2.0, "n": -2.0, "un": -3.0, "hug": -4.0})
    ['un', 'hug']
    """
    return _best_cut(text, logp, max(map(len, logp), default=1))


def _best_cut(
    text: str, logp: Mapping[str, float], longest: int, unknown: float = -math.inf
) -> list[str]:
    """Do what `viterbi` does; a character that is no piece counts as one of `unknown`."""
    # for each end: the greatest total of the cuttings up to there, and where its last piece starts
    best, cut = [0.0] + [-math.inf] * len(text), [0] * (len(text) + 1)
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - longest), end):
            otherwise = unknown if start == end - 1 else -math.inf
            total = best[start] + logp.get(text[start:end], otherwise)
            if total > best[end]:
                best[end], cut[end] = total, start
    if best[-1] == -math.inf:
        raise ValueError(f"The pieces cannot spell {text!r}; add its characters.")
    pieces, end = [], len(text)
    while end:
        pieces.append(text[cut[end] : end])
        end = cut[end]
    return pieces[::-1]


def em_step(words: Mapping[str, int], logp: Mapping[str, float]) -> dict[str, float]:
    """Improve the log-probabilities once: count every piece in every cutting, then divide.

    `words` says how often each word occurs. The count of a piece is the expected one: its
    occurrences in all cuttings of the words, each weighted with the cutting's probability. A piece
    that is expected nowhere is dropped. The words never become less likely (Dempster et al. 1977).

    >>> step = em_step({"ab": 2}, {"a": math.log(0.25), "b": math.log(0.25), "ab": math.log(0.5)})
    >>> {piece: round(math.exp(score), 3) for piece, score in step.items()}
    {'a': 0.1, 'b': 0.1, 'ab': 0.8}
    """
    expected = dict.fromkeys(logp, 0.0)
    longest = max(map(len, logp), default=0)
    for word, times in words.items():
        spans = [span for span in _spans(word, longest) if span[2] in logp]  # (start, end, piece)
        before = [0.0] + [-math.inf] * len(word)  # log-probability of all that leads up to a place
        for start, end, piece in spans:
            before[end] = _log_add(before[end], before[start] + logp[piece])
        after = [-math.inf] * len(word) + [0.0]  # ... and of all that leads on from it
        for start, end, piece in sorted(spans, reverse=True):
            after[start] = _log_add(after[start], logp[piece] + after[end])
        if before[-1] == -math.inf:
            raise ValueError(f"The pieces cannot spell {word!r}; add its characters.")
        for start, end, piece in spans:
            through = before[start] + logp[piece] + after[end]
            expected[piece] += times * math.exp(through - before[-1])
    total = math.fsum(expected.values())
    return {piece: math.log(count / total) for piece, count in expected.items() if count > 0}


def _spans(word: str, longest: int) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, text) of every part of `word` up to a length, ordered by `end`."""
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - longest), end):
            yield start, end, word[start:end]


def _log_add(a: float, b: float) -> float:
    """Return log(exp(a) + exp(b)), also where either is too small for `exp`."""
    low, high = sorted((a, b))
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


LONGEST = 16  # characters in a learned piece
BLOCK = 128  # characters of a word that are learned from together
SEEDS = 8  # pieces to begin with, for each that is wanted
DROP = 0.25  # of the pieces go in each round
UNKNOWN_PENALTY = 10.0  # by which an unknown character is less probable than any piece (log)


def learn_pieces(words: Mapping[str, int], n_pieces: int) -> dict[str, float]:
    """Learn up to `n_pieces` pieces and their log-probabilities, the most probable first.

    Begins with the parts of words that cover most text, then repeats: two `em_step`s; drop a
    quarter, those whose loss would cost least. All characters stay, whatever they are worth;
    ValueError where they are more than `n_pieces`.

    >>> list(learn_pieces({"hug": 9, "hugs": 5, "pug": 7}, n_pieces=7))[:2]
    ['hug', 'pug']
    """
    characters = {character for word in words for character in word}
    if len(characters) > n_pieces:
        raise ValueError(f"{n_pieces} pieces cannot hold the {len(characters)} characters.")
    words = _in_blocks(words)
    pieces = _seed_pieces(words, SEEDS * n_pieces)
    times = np.array(list(words.values()), np.float64)
    lattice, alternatives = Lattice(words, pieces), Lattice(pieces, pieces, allow_whole=False)
    may_go = np.array([piece not in characters for piece in pieces], bool)
    alive = np.ones(len(pieces), bool)
    logp = np.full(len(pieces), -math.log(max(1, len(pieces))))
    while True:
        for _ in range(2):
            expected = lattice.expected_counts(logp, times)
            # subtle: longer pieces may cover a character so well that it is expected nowhere; it
            # must not vanish, so it counts as seen once.
            expected = np.maximum(expected, np.where(may_go, 1e-300, 1.0))
            logp = np.where(alive, np.log(expected / expected[alive].sum()), -math.inf)
        n_alive = int(alive.sum())
        if n_alive <= n_pieces:
            break
        candidates = np.flatnonzero(alive & may_go)
        instead = alternatives.best_totals(logp)[candidates]
        loss = expected[candidates] * (logp[candidates] - instead)
        n_drop = min(n_alive - n_pieces, math.ceil(DROP * n_alive))
        dropped = candidates[np.argsort(loss, kind="stable")[:n_drop]]
        alive[dropped], logp[dropped] = False, -math.inf
    return {pieces[i]: float(logp[i]) for i in np.argsort(-logp, kind="stable") if alive[i]}


def _in_blocks(words: Mapping[str, int]) -> Counter[str]:
    """Cut very long words (a line of dashes) into blocks, so that no lattice is long."""
    blocks = Counter[str]()
    for word, times in words.items():
        for start in range(0, len(word), BLOCK):
            blocks[word[start : start + BLOCK]] += times
    return blocks


def _seed_pieces(words: Mapping[str, int], n_pieces: int) -> list[str]:
    """Return all characters, and the repeated parts of words that cover most text."""
    counts = Counter[str]()
    for word, times in words.items():
        for _, _, part in _spans(word, LONGEST):
            counts[part] += times
    characters = sorted(part for part in counts if len(part) == 1)
    repeated = [part for part, count in counts.items() if count > 1 and len(part) > 1]
    repeated.sort(key=lambda part: (-counts[part] * len(part), part))
    return characters + repeated[:n_pieces]


class Lattice:
    """All the ways to cut some words: places between characters, and a piece from place to place.

    One entry an edge in `source`, `target` (places), `piece` and `word` (numbers).
    """

    def __init__(
        self, words: Iterable[str], pieces: Sequence[str], allow_whole: bool = True
    ) -> None:
        """Lay out the words; with `allow_whole` False no word may be one piece."""
        number = {piece: i for i, piece in enumerate(pieces)}
        longest = max(map(len, pieces), default=0)
        edges: list[tuple[int, int, int, int]] = []
        lengths: list[int] = []
        for i, word in enumerate(words):
            lengths.append(len(word))
            for start, end, part in _spans(word, longest):
                if part in number and (allow_whole or part != word):
                    edges.append((start, end, number[part], i))
        starts, ends, self.piece, self.word = np.array(edges, np.int64).reshape(-1, 4).T
        length = np.array(lengths, np.int64)
        self.last = np.cumsum(length + 1) - 1  # the place at the end of each word
        self.first = self.last - length
        self.source, self.target = self.first[self.word] + starts, self.first[self.word] + ends
        self.forward = _in_steps(self.target, ends)
        self.backward = _in_steps(self.source, length[self.word] - starts)

    def _sweep(self, add: np.ufunc, scores: np.ndarray, *, backward: bool = False) -> np.ndarray:
        """Combine, for every place, the totals of all paths that lead there: (places,)."""
        steps, begin = (self.backward, self.last) if backward else (self.forward, self.first)
        here, there = (self.source, self.target) if backward else (self.target, self.source)
        totals = np.full(self.last[-1] + 1, -math.inf)
        totals[begin] = 0.0
        for edges, starts in steps:
            totals[here[edges[starts]]] = add.reduceat(totals[there[edges]] + scores[edges], starts)
        return totals

    def expected_counts(self, logp: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Count every piece in every cutting, weighted with its probability: (pieces,)."""
        scores = logp[self.piece]
        before = self._sweep(np.logaddexp, scores)
        after = self._sweep(np.logaddexp, scores, backward=True)
        through = before[self.source] + scores + after[self.target]
        share = np.exp(through - before[self.last][self.word])
        return np.bincount(self.piece, share * times[self.word], len(logp))

    def best_totals(self, logp: np.ndarray) -> np.ndarray:
        """Return the log-probability of the best cutting of every word: (words,)."""
        # subtle: Viterbi is the same sweep, with the maximum in place of the sum.
        return self._sweep(np.maximum, logp[self.piece])[self.last]


def _in_steps(place: np.ndarray, distance: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Group edges by how far from the begin of its word the place is at which they arrive.

    Returns for every distance the edges, and where in them the next place begins. So one step of
    array operations takes all words one character further.
    """
    order = np.lexsort((place, distance))
    ends = np.flatnonzero(np.diff(distance[order], append=-1)) + 1
    steps = []
    for edges in np.split(order, ends[:-1]):
        steps.append((edges, np.flatnonzero(np.diff(place[edges], prepend=-1))))
    return steps


class Unigram(PieceTokenizer):
    """A unigram tokenizer: ids 0 to 255 are bytes, then come the pieces of `logp` in its order.

    A character that is no piece is spelled in bytes, so any text can be encoded and given back.
    """

    def __init__(
        self,
        logp: Mapping[str, float],
        special_tokens: Sequence[str] = (),
        pattern: str = GPT2,
    ) -> None:
        if not logp or not all(map(math.isfinite, logp.values())):
            raise ValueError("logp needs pieces, and a finite log-probability for each.")
        special_tokens = pretokenize.check_special_tokens(special_tokens)
        tokens = [bytes([byte]) for byte in range(256)]
        tokens += [utf8(piece) for piece in (*logp, *special_tokens)]
        super().__init__(dict(enumerate(tokens)), special_tokens, pattern)
        self.logp = dict(logp)
        self._ids = {piece: i for i, piece in enumerate(logp, 256)}
        self._longest = max(map(len, logp))
        self._unknown = min(logp.values()) - UNKNOWN_PENALTY

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: int,
        special_tokens: Sequence[str] = (),
        pattern: str = GPT2,
    ) -> Unigram:
        """Learn a tokenizer of `vocab_size` ids: the 256 bytes, the pieces, the special tokens.

        The vocabulary ends smaller where the texts hold too few repeated parts. Raises ValueError
        where it cannot hold all characters, and where there is no text.
        """
        special_tokens = pretokenize.check_special_tokens(special_tokens)
        words = pretokenize.count_words(texts, pattern, special_tokens)
        if not words:
            raise ValueError("There is no text to learn from: texts holds no character.")
        characters = {character for word in words for character in word}
        needed = 256 + len(characters) + len(special_tokens)
        if index(vocab_size) < needed:
            raise ValueError(
                f"vocab_size is {vocab_size}, but 256 bytes, {len(characters)} characters and "
                f"{len(special_tokens)} special tokens need {needed}."
            )
        utf8("".join(sorted(characters)))
        n_pieces = vocab_size - 256 - len(special_tokens)
        return cls(learn_pieces(words, n_pieces), special_tokens, pattern)

    def encode_piece(self, piece: str) -> list[int]:
        """Encode the most probable cutting of one piece of the pattern."""
        ids: list[int] = []
        for part in _best_cut(piece, self.logp, self._longest, self._unknown):
            ids += [self._ids[part]] if part in self._ids else utf8(part)
        return ids

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the tokenizer as JSON."""
        content = {
            "pattern": self.pattern,
            "special_tokens": self.special_tokens,
            "logp": list(self.logp.items()),
        }
        return write_json(path, "unigram", content)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Unigram:
        """Read what `save` wrote; ValueError where the file holds something else."""
        content = read_json(path, "unigram")
        with reading(path):
            return cls(dict(content["logp"]), content["special_tokens"], content["pattern"])
