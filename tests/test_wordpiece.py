"""`wordpiece` against the definition of its score, and against `tokenizers`."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmlab import wordpiece
from llmlab.wordpiece import WordPiece

Word = tuple[str, ...]
tables = st.dictionaries(st.text("abc", min_size=1, max_size=8), st.integers(1, 4), max_size=6)


def scores(words: dict[Word, int]) -> dict[wordpiece.Pair, Fraction]:
    tokens, pairs = Counter[str](), Counter[wordpiece.Pair]()
    for word, times in words.items():
        tokens.update(dict(Counter({t: n * times for t, n in Counter(word).items()})))
        pairs.update({p: n * times for p, n in Counter(pairwise(word)).items()})
    return {p: Fraction(n, tokens[p[0]] * tokens[p[1]]) for p, n in pairs.items()}


def merge(word: Word, pair: wordpiece.Pair) -> Word:
    merged, i = [], 0
    while i < len(word):
        found = word[i : i + 2] == pair
        merged.append(wordpiece.join(*pair) if found else word[i])
        i += 2 if found else 1
    return tuple(merged)


def slow_vocabulary(words: dict[str, int], n_merges: int) -> list[str]:
    """Recount everything after every merge."""
    table = Counter({wordpiece.spell(word): n for word, n in words.items()})
    tokens = sorted({token for word in table for token in word})
    while n_merges and (pair := wordpiece.best_pair(table)):
        tokens.append(wordpiece.join(*pair))
        merged = Counter[Word]()
        for word, times in table.items():
            merged[merge(word, pair)] += times
        table, n_merges = merged, n_merges - 1
    return tokens


@settings(deadline=None)
@given(tables)
def test_best_pair_is_exact(words: dict[str, int]) -> None:
    table = {wordpiece.spell(word): n for word, n in words.items()}
    exact = scores(table)
    wanted = max(exact, key=lambda pair: (exact[pair], pair), default=None)
    assert wordpiece.best_pair(table) == wanted


def test_best_pair_prefers_parts_that_are_rare_elsewhere() -> None:
    words = {("h", "##u", "##g"): 10, ("p", "##u", "##n"): 12, ("h", "##u", "##g", "##s"): 5}
    assert wordpiece.best_pair(words) == ("##g", "##s")


def test_without_a_floor_every_merge_is_the_best_pair() -> None:
    rng = random.Random(5)
    for _ in range(200):
        size = rng.randrange(1, 9)
        words = {"".join(rng.choices("abcd"[:size], k=rng.randrange(1, 12))): 1 for _ in range(9)}
        words = {word: rng.randrange(1, 5) for word in words}
        learned = wordpiece.learn_vocabulary(words, 30, min_count=1)
        assert learned == slow_vocabulary(words, 30)


def test_a_pair_below_the_floor_is_never_merged() -> None:
    words = {"ab": 5, "ac": 5, "de": 1}
    assert wordpiece.learn_vocabulary(words, 9, min_count=2)[-2:] == ["ac", "ab"]


@settings(deadline=None)
@given(tables)
def test_the_floor_that_adapts_leaves_nothing_to_merge(words: dict[str, int]) -> None:
    assert set(words) <= set(wordpiece.learn_vocabulary(words, 1000))


@pytest.mark.parametrize(
    ("word", "tokens"),
    [
        ("hugs", ["hug", "##s"]),
        ("hug", ["hug"]),
        ("sh", ["[UNK]"]),  # "##s" continues a word, it does not begin one
        ("hugsx", ["[UNK]"]),
        ("", []),
    ],
)
def test_encode_word(word: str, tokens: list[str]) -> None:
    vocab = {"h", "hu", "hug", "##s", "##h", "##u"}
    assert wordpiece.encode_word(word, vocab) == tokens


def test_encode_word_is_greedy_even_where_that_fails() -> None:
    assert wordpiece.encode_word("abc", {"a", "ab", "##bc"}, "<unk>") == ["<unk>"]


TEXTS = ["The hugs, the pugs and the bugs: hugging pugs!  Don't hug bugs.\n"] * 3


@pytest.fixture(scope="module")
def tokenizer() -> WordPiece:
    return WordPiece.train(TEXTS, 60, ["[CLS]"])


def words_of(tokenizer: WordPiece, ids: list[int]) -> list[str]:
    return [tokenizer.token_bytes(i).decode() for i in ids]


def test_special_tokens_come_last_with_unk(tokenizer: WordPiece) -> None:
    assert words_of(tokenizer, list(tokenizer.vocab))[-2:] == ["[UNK]", "[CLS]"]


def test_encode_cuts_punctuation_and_drops_white_space(tokenizer: WordPiece) -> None:
    cut = words_of(tokenizer, tokenizer.encode("[CLS] the pugs, \n hugs!"))
    assert cut == ["[CLS]", "the", "pugs", ",", "hugs", "!"]


def test_a_word_that_cannot_be_spelled_is_one_unknown(tokenizer: WordPiece) -> None:
    assert words_of(tokenizer, tokenizer.encode("the hugz")) == ["the", "[UNK]"]


def test_a_very_long_word_is_unknown(tokenizer: WordPiece) -> None:
    assert words_of(tokenizer, tokenizer.encode("h" + "u" * 100)) == ["[UNK]"]


def test_decode_joins_continuations(tokenizer: WordPiece) -> None:
    ids = tokenizer.encode("the  pugging\nbugs!")
    assert tokenizer.decode(ids) == "the pugging bugs !"


def test_stream_has_the_ids_of_the_whole(tokenizer: WordPiece) -> None:
    text = "the pugs, [CLS]hugs and bugs [UN"
    assert list(tokenizer.encode_stream(text)) == tokenizer.encode(text)


def test_saved_and_loaded_is_the_same(tokenizer: WordPiece, tmp_path) -> None:
    loaded = WordPiece.load(tokenizer.save(tmp_path / "wordpiece.json"))
    assert loaded.__getstate__() == tokenizer.__getstate__()


def test_the_unknown_token_must_have_an_id() -> None:
    with pytest.raises(ValueError, match=r"'\[UNK\]' is not in the vocabulary"):
        WordPiece({0: "a"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["abab"], 3), "vocab_size is 3, but 3 letters .* and 1 special tokens need 4"),
        (([" \n"], 100), "holds no word"),
        ((["a\udc00"], 100), r"U\+DC00"),
    ],
)
def test_train_says_what_is_wrong(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WordPiece.train(*arguments)
