"""`bpe` against slow loops that follow the definition word for word."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmlab import bpe
from llmlab.bpe import BPE

Word = tuple[bytes, ...]


def count_pairs(words: Counter[Word]) -> Counter[bpe.Pair]:
    pairs: Counter[bpe.Pair] = Counter()
    for word, times in words.items():
        for pair in pairwise(word):
            pairs[pair] += times
    return pairs


def slow_merges(words: dict[bytes, int], n_merges: int) -> list[bpe.Pair]:
    """Recount everything after every merge: the definition of training."""
    table = Counter({tuple(bytes([b]) for b in word): times for word, times in words.items()})
    merges = []
    while len(merges) < n_merges and (pairs := count_pairs(table)):
        merges.append(max(pairs, key=lambda pair: (pairs[pair], pair)))
        merged: Counter[Word] = Counter()
        for word, times in table.items():
            merged[bpe.merge_pair(word, merges[-1])] += times
        table = merged
    return merges


def slow_encode(word: bytes, ranks: dict[bpe.Pair, int]) -> list[bytes]:
    tokens = tuple(bytes([b]) for b in word)
    while ranked := [pair for pair in pairwise(tokens) if pair in ranks]:
        tokens = bpe.merge_pair(tokens, min(ranked, key=lambda pair: ranks[pair]))
    return list(tokens)


few_letters = st.text("ab", max_size=12).map(str.encode)
any_bytes = st.lists(st.sampled_from([0, 97, 98, 255]), max_size=12).map(bytes)
tables = st.dictionaries(few_letters | any_bytes, st.integers(1, 4), max_size=6)


@settings(deadline=None)
@given(tables, st.integers(0, 12))
def test_learned_merges_are_those_of_the_slow_loop(words: dict[bytes, int], n: int) -> None:
    assert bpe.learn_merges(words, n) == slow_merges(words, n)


@pytest.mark.parametrize("seed", range(300))
def test_learned_merges_on_larger_tables(seed: int) -> None:
    rng = random.Random(seed)
    letters = "abcdé 😀"[: rng.randrange(1, 8)]
    words = {
        "".join(rng.choices(letters, k=rng.randrange(1, 30))).encode(): rng.randrange(1, 5)
        for _ in range(rng.randrange(1, 12))
    }
    assert bpe.learn_merges(words, 60) == slow_merges(words, 60)


def test_encode_word_merges_by_rank_not_by_length() -> None:
    ranks = {(b"b", b"c"): 0, (b"a", b"b"): 1, (b"ab", b"c"): 2}
    assert bpe.encode_word(b"abc", ranks) == [b"a", b"bc"]


@settings(deadline=None)
@given(st.text("abc", max_size=150), st.integers(0, 10_000))
def test_encode_word_is_the_slow_loop_for_ranks_in_any_order(text: str, seed: int) -> None:
    merges = bpe.learn_merges({b"abcabccbaaab": 1, b"bbbaaabcaa": 1}, 12)
    random.Random(seed).shuffle(merges)
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    assert bpe.encode_word(text.encode(), ranks) == slow_encode(text.encode(), ranks)


def test_encode_word_of_nothing() -> None:
    assert bpe.encode_word(b"", {(b"a", b"b"): 0}) == []


def test_encode_word_of_a_long_run() -> None:
    ranks = {pair: rank for rank, pair in enumerate(bpe.learn_merges({b"a" * 64: 1}, 6))}
    assert bpe.encode_word(b"a" * 100_003, ranks) == [b"a" * 64] * 1562 + [b"a" * 32, b"aa", b"a"]


TEXTS = ["she sells sea shells.<|end|>", "<|end|>the shells she sells are sea shells a.b+c"]
SPECIAL = ["<|end|>", "a.b+c", "<|end|>the"]


@pytest.fixture(scope="module")
def tokenizer() -> BPE:
    return BPE.train(TEXTS, 290, SPECIAL)


def test_ids_are_bytes_then_merges_then_special_tokens(tokenizer: BPE) -> None:
    merged = [left + right for left, right in tokenizer.merges]
    ends = [token.encode() for token in SPECIAL]
    assert list(tokenizer.vocab.values()) == [bytes([b]) for b in range(256)] + merged + ends


def test_vocab_size_includes_special_tokens() -> None:
    assert BPE.train(TEXTS, 270, SPECIAL).vocab_size == 270


def test_special_tokens_are_cut_out_before_training() -> None:
    learned = BPE.train(["ab<|end|>cd"] * 3, 300, ["<|end|>"]).merges
    assert sorted(learned) == [(b"a", b"b"), (b"c", b"d")]


def test_special_tokens_are_read_as_such_longest_first(tokenizer: BPE) -> None:
    end, dotted, longest = (tokenizer.vocab_size - 3 + i for i in range(3))
    assert tokenizer.encode("<|end|>the<|end|>a.b+c") == [longest, end, dotted]


def test_encode_ordinary_takes_special_tokens_as_text(tokenizer: BPE) -> None:
    ids = tokenizer.encode_ordinary("<|end|>")
    assert max(ids) < tokenizer.vocab_size - 3 and tokenizer.decode(ids) == "<|end|>"


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_decode_gives_the_text_back(tokenizer: BPE, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_decode_joins_bytes_before_reading_them(tokenizer: BPE) -> None:
    assert tokenizer.decode([0xC3, 0xA9, 0xFF]) == "é\ufffd"


@pytest.mark.parametrize("unknown", [-1, 10_000])
def test_decode_names_an_unknown_id(tokenizer: BPE, unknown: int) -> None:
    with pytest.raises(ValueError, match=f"{unknown} .* from 0 to {tokenizer.vocab_size - 1}"):
        tokenizer.decode([104, unknown])


def test_saved_and_loaded_is_the_same(tokenizer: BPE, tmp_path) -> None:
    loaded = BPE.load(tokenizer.save(tmp_path / "bpe.json"))
    assert loaded.__getstate__() == tokenizer.__getstate__()


def test_load_refuses_another_file(tmp_path) -> None:
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ValueError, match="other.json holds"):
        BPE.load(tmp_path / "other.json")


def test_pickled_is_the_same(tokenizer: BPE) -> None:
    assert pickle.loads(pickle.dumps(tokenizer)).encode("sea shells") == tokenizer.encode(
        "sea shells"
    )


def test_vocabulary_ends_smaller_where_the_text_runs_out_of_pairs() -> None:
    assert BPE.train(["aaaa"], 1000).vocab_size == 258


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((TEXTS, 258, SPECIAL), "vocab_size is 258, .* at least 259"),
        ((TEXTS, 300, ["x", "x"]), "'x' is given 2 times"),
        ((TEXTS, 300, [""]), "special token is empty"),
        (([], 300), "no text"),
        ((["", "<|end|>"], 300, SPECIAL), "no text"),
        ((["\ud800"], 300), r"U\+D800"),
        ((TEXTS, 300, [], "(a)|."), "captures groups"),
        ((TEXTS, 300, [], r"\w+"), "skips characters"),
    ],
)
def test_train_says_what_is_wrong(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BPE.train(*arguments)


def test_one_string_is_not_an_iterable_of_texts() -> None:
    with pytest.raises(TypeError, match=r"pass \[text\]"):
        BPE.train("abc", 300)


BYTES = {i: bytes([i]) for i in range(256)}


def test_the_constructor_adds_missing_special_tokens_last() -> None:
    assert BPE(BYTES | {256: b"<a>"}, [], ["<b>", "<a>"]).encode("<a><b>") == [256, 257]


def test_the_constructor_wants_every_byte() -> None:
    with pytest.raises(ValueError, match="lacks 1 of the 256 single bytes, such as 0x07"):
        BPE({i: token for i, token in BYTES.items() if i != 7}, [])


def test_the_constructor_wants_every_product() -> None:
    with pytest.raises(ValueError, match="needs the token b'ab'"):
        BPE(BYTES, [(b"a", b"b")])


def test_a_special_token_may_spell_an_ordinary_one() -> None:
    tokenizer = BPE(BYTES | {256: b"ab"}, [], ["ab"])
    assert tokenizer.encode("ab") == [256] and tokenizer.encode_ordinary("ab") == [97, 98]


def test_training_remembers_how_often_each_pair_occurred() -> None:
    trained = BPE.train(["low lower lowest"], vocab_size=259)
    assert trained.counts == [3, 3, 2]
    assert BPE(trained.vocab, trained.merges).counts == []
