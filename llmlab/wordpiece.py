"""WordPiece: merge the pair that says most about itself, encode by the longest match.

BERT's tokenizer. A word is spelled with its first letter and `##`-marked continuations, and the
pair with the greatest score f(ab) / (f(a) f(b)) is merged: the one whose parts are seen together
most often for how often they are seen at all (Schuster and Nakajima 2012; as told in the Hugging
Face course, chapter 6). Words that cannot be spelled are unknown, white space is lost.

>>> tokenizer = WordPiece.train(["hug hugs pug pugs bun"], vocab_size=12)
>>> [tokenizer.vocab[i].decode() for i in tokenizer.encode("hugs jug")]
['hug', '##s', '[UNK]']
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain, pairwise
from operator import index
from os import PathLike
from pathlib import Path

import numpy as np

from llmlab import pretokenize
from llmlab.bpe import FlatWords, Numbers
from llmlab.pieces import PieceTokenizer, read_json, reading, write_json
from llmlab.pretokenize import WORDS, utf8

__all__ = ["WordPiece", "best_pair", "encode_word", "join", "learn_vocabulary", "spell"]

Pair = tuple[str, str]
MORE = "##"  # marks a token that continues a word
MAX_CHARACTERS = 100  # a longer word is unknown, as in BERT


def spell(word: str) -> tuple[str, ...]:
    """Spell a word in tokens of one letter.

    >>> spell("hug")
    ('h', '##u', '##g')
    """
    return (*word[:1], *(MORE + letter for letter in word[1:]))


def join(left: str, right: str) -> str:
    """Return the token that `left` and `right` merge into.

    >>> join("##u", "##g")
    '##ug'
    """
    return left + right.removeprefix(MORE)


def best_pair(words: Mapping[tuple[str, ...], int]) -> Pair | None:
    """Return the pair with the greatest f(ab) / (f(a) f(b)), or None where no word has two tokens.

    `words` says how often each word, a tuple of tokens, occurs. Ties go to the greater pair.

    >>> best_pair({("a", "##b"): 5, ("a", "##c"): 5, ("d", "##e"): 1})
    ('d', '##e')
    """
    tokens, pairs = Counter[str](), Counter[Pair]()
    for word, times in words.items():
        for token in word:
            tokens[token] += times
        for pair in pairwise(word):
            pairs[pair] += times
    # subtle: a quotient of whole numbers is rounded correctly, so equal scores are equal floats.
    return max(pairs, key=lambda p: (pairs[p] / (tokens[p[0]] * tokens[p[1]]), p), default=None)


def encode_word(word: str, vocab: Set[str], unk: str = "[UNK]") -> list[str]:
    """Cut a word into tokens, the longest that fits first; all of it is `unk` where none fits.

    >>> encode_word("hugs", {"hug", "hu", "##s"})
    ['hug', '##s']
    >>> encode_word("hugging", {"hug", "##s"})
    ['[UNK]']
    """
    tokens: list[str] = []
    start = 0
    while start < len(word):
        mark = MORE if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if mark + word[start:end] in vocab), None)
        if end is None:
            return [unk]
        tokens.append(mark + word[start:end])
        start = end
    return tokens


def learn_vocabulary(
    words: Mapping[str, int], n_merges: int, min_count: int | None = None
) -> list[str]:
    """Learn tokens from a table of words: the spelling of every word, then up to `n_merges` merges.

    The bare score has a flaw: two letters that occur once, together, have the greatest there is, so
    the rarest names would be merged first. So only pairs that occur at least `min_count` times are
    merged, and the list is shorter where no such pair is left. With None this floor adapts: it
    starts at the count of the most frequent pair and is halved whenever no pair is left above it.
    With 1 every merge is `best_pair`'s. Ties go to the greater pair.

    >>> learn_vocabulary({"ab": 5, "ac": 4, "de": 1}, n_merges=1)[-1]
    'ab'
    >>> learn_vocabulary({"ab": 5, "ac": 4, "de": 1}, n_merges=1, min_count=1)[-1]
    'de'
    """
    spelled = [spell(word) for word in words]
    tokens = ["", *sorted(set(chain.from_iterable(spelled)))]
    number = {token: i for i, token in enumerate(tokens)}
    symbols = np.array([number[token] for word in spelled for token in word], np.int32)
    flat = FlatWords(symbols, list(map(len, spelled)), list(words.values()), len(tokens))
    pairs = _PairTable(flat.pairs(), np.bincount(flat.token, flat.weight, len(tokens)))
    floor = min_count or pairs.greatest_count()
    while n_merges and floor:
        best = pairs.best(tokens, floor)
        if best:
            tokens.append(join(*(tokens[i] for i in best)))
            pairs.merged(best, list(flat.merge(*best)), flat.count(-1))
            n_merges -= 1
        else:
            floor = 0 if min_count else floor // 2
    return tokens[1:]


class _PairTable:
    """How often each token occurs, and each pair: a column of left token, right token, count."""

    def __init__(self, counts: Iterable[tuple[Numbers, int]], frequency: np.ndarray) -> None:
        self.frequency = frequency
        self.columns = np.zeros((3, 0), np.int64)
        self.column_of: dict[Numbers, int] = {}
        self._add([(*pair, count) for pair, count in counts])

    def _add(self, columns: Sequence[tuple[int, int, int]]) -> None:
        for column, (a, b, _) in enumerate(columns, self.columns.shape[1]):
            self.column_of[a, b] = column
        self.columns = np.hstack([self.columns, np.array(columns, np.int64).reshape(-1, 3).T])

    def merged(
        self, pair: Numbers, made: Sequence[tuple[Numbers, Numbers, int]], times: int
    ) -> None:
        """Note that `pair` became a token so many times, and the pairs that this made."""
        self.frequency = np.append(self.frequency, times)
        for token in pair:
            self.frequency[token] -= times
        self._add([(*new_pair, count) for new_pair, _, count in made])
        for _, replaced, count in made:
            self.columns[2, self.column_of[replaced]] -= count
        self.columns[2, self.column_of[pair]] = 0

    def greatest_count(self) -> int:
        """Return how often the most frequent pair occurs; 0 where there is none."""
        return int(self.columns[2].max(initial=0))

    def best(self, tokens: Sequence[str], floor: int) -> Numbers | None:
        """Find the pair of the greatest score among those that occur `floor` times or more."""
        left, right, count = self.columns[:, self.columns[2] >= floor]
        if not len(count):
            return None
        score = count / (self.frequency[left] * self.frequency[right])
        ties = np.flatnonzero(score == score.max())
        best = max(ties, key=lambda i: (tokens[left[i]], tokens[right[i]]))
        return int(left[best]), int(right[best])


class WordPiece(PieceTokenizer):
    """A WordPiece tokenizer: ids of whole words, of beginnings, and of `##` continuations.

    `unk` stands for words that cannot be spelled, and for those of more than 100 characters.
    `decode` joins what `encode` cut, with one space between words: white space is not kept.
    """

    def __init__(
        self,
        vocab: Mapping[int, str],
        special_tokens: Sequence[str] = (),
        unk: str = "[UNK]",
        pattern: str = WORDS,
    ) -> None:
        super().__init__({i: utf8(t) for i, t in vocab.items()}, special_tokens, pattern)
        self._ids = {token.decode(): i for i, token in reversed(self.vocab.items())}
        self.unk = unk
        if unk not in self._ids:
            raise ValueError(f"{unk!r} is not in the vocabulary; add it to special_tokens.")

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: int,
        special_tokens: Sequence[str] = (),
        pattern: str = WORDS,
        min_count: int | None = None,
    ) -> WordPiece:
        """Learn a tokenizer of `vocab_size` ids: letters, merges, then the special tokens.

        `[UNK]` is added to the special tokens where it is missing. `min_count` is explained at
        `learn_vocabulary`. The vocabulary ends smaller where no pair is left to merge. Raises
        ValueError where it cannot hold all letters, and where there is no text.
        """
        unk = "[UNK]"
        special_tokens = pretokenize.check_special_tokens(special_tokens)
        if unk not in special_tokens:
            special_tokens = (unk, *special_tokens)
        counted = pretokenize.count_words(texts, pattern, special_tokens)
        words = {word: times for word, times in counted.items() if not word.isspace()}
        if not words:
            raise ValueError("There is no text to learn from: texts holds no word.")
        letters = set(chain.from_iterable(map(spell, words)))
        n_merges = index(vocab_size) - len(letters) - len(special_tokens)
        if n_merges < 0:
            raise ValueError(
                f"vocab_size is {vocab_size}, but {len(letters)} letters (with and without ##) and "
                f"{len(special_tokens)} special tokens need {vocab_size - n_merges}."
            )
        tokens = learn_vocabulary(words, n_merges, min_count)
        return cls(dict(enumerate([*tokens, *special_tokens])), special_tokens, unk, pattern)

    def encode_piece(self, piece: str) -> list[int]:
        """Encode one word; white space gives nothing."""
        utf8(piece)
        if piece.isspace():
            return []
        if len(piece) > MAX_CHARACTERS:
            return [self._ids[self.unk]]
        return [self._ids[token] for token in encode_word(piece, self._ids.keys(), self.unk)]

    def decode(self, ids: Iterable[int]) -> str:
        """Turn ids into words with a space between them; ValueError for an unknown id."""
        text = " ".join(self.token_bytes(i).decode() for i in ids)
        return text.replace(" " + MORE, "")

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the tokenizer as JSON."""
        content = {
            "pattern": self.pattern,
            "special_tokens": self.special_tokens,
            "unk": self.unk,
            "vocab": {i: token.decode() for i, token in self.vocab.items()},
        }
        return write_json(path, "wordpiece", content)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> WordPiece:
        """Read what `save` wrote; ValueError where the file holds something else."""
        content = read_json(path, "wordpiece")
        with reading(path):
            vocab = {int(i): token for i, token in content["vocab"].items()}
            return cls(vocab, content["special_tokens"], content["unk"], content["pattern"])
