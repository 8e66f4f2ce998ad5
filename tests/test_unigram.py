"""`unigram` against the enumeration of every cutting of a word."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmlab import unigram
from llmlab.unigram import Unigram

words_ab = st.text("ab", min_size=1, max_size=9)


@st.composite
def pieces_ab(draw: st.DrawFn, *, all_letters: bool = True) -> dict[str, float]:
    texts = draw(st.sets(st.text("ab", min_size=1, max_size=4), max_size=8))
    score = st.floats(-9, -0.1)
    return {piece: draw(score) for piece in sorted(texts | ({"a", "b"} if all_letters else set()))}


def cuttings(text: str, pieces: set[str]) -> Iterator[list[str]]:
    if not text:
        yield []
    for end in range(1, len(text) + 1):
        if text[:end] in pieces:
            yield from ([text[:end], *rest] for rest in cuttings(text[end:], pieces))


def total(cutting: list[str], logp: dict[str, float]) -> float:
    return sum(logp[piece] for piece in cutting)


@settings(deadline=None)
@given(words_ab, pieces_ab(all_letters=False))
def test_viterbi_is_the_best_of_all_cuttings(text: str, logp: dict[str, float]) -> None:
    possible = [total(cutting, logp) for cutting in cuttings(text, set(logp))]
    if possible:
        best = unigram.viterbi(text, logp)
        assert "".join(best) == text
        assert total(best, logp) == pytest.approx(max(possible))
    else:
        with pytest.raises(ValueError, match=f"cannot spell '{text}'"):
            unigram.viterbi(text, logp)


def test_viterbi_of_nothing() -> None:
    assert (unigram.viterbi("", {"a": -1.0}), unigram.viterbi("", {})) == ([], [])


def test_viterbi_adds_logarithms_and_is_not_greedy() -> None:
    logp = {"un": -1.0, "u": -2.0, "n": -9.0, "nhug": -2.5, "hug": -9.0}
    assert unigram.viterbi("unhug", logp) == ["u", "nhug"]


def slow_em(words: dict[str, int], logp: dict[str, float]) -> dict[str, float]:
    expected = dict.fromkeys(logp, 0.0)
    for word, times in words.items():
        all_cuttings = list(cuttings(word, set(logp)))
        weights = [math.exp(total(cutting, logp)) for cutting in all_cuttings]
        for cutting, weight in zip(all_cuttings, weights, strict=True):
            for piece in cutting:
                expected[piece] += times * weight / sum(weights)
    whole = sum(expected.values())
    return {piece: math.log(n / whole) for piece, n in expected.items() if n > 0}


tables = st.dictionaries(words_ab, st.integers(1, 5), min_size=1, max_size=4)


@settings(deadline=None)
@given(tables, pieces_ab())
def test_em_step_counts_every_cutting(words: dict[str, int], logp: dict[str, float]) -> None:
    assert unigram.em_step(words, logp) == pytest.approx(slow_em(words, logp))


def likelihood(words: dict[str, int], logp: dict[str, float]) -> float:
    return sum(
        times * math.log(sum(math.exp(total(c, logp)) for c in cuttings(word, set(logp))))
        for word, times in words.items()
    )


@settings(deadline=None)
@given(tables, pieces_ab())
def test_em_step_never_makes_the_words_less_likely(
    words: dict[str, int], logp: dict[str, float]
) -> None:
    norm = math.log(sum(map(math.exp, logp.values())))
    logp = {piece: score - norm for piece, score in logp.items()}
    assert likelihood(words, unigram.em_step(words, logp)) >= likelihood(words, logp) - 1e-9


def test_em_step_drops_what_is_expected_nowhere() -> None:
    assert unigram.em_step({"aa": 1}, {"a": -1.0, "b": -1.0}) == {"a": 0.0}


def test_em_step_survives_probabilities_too_small_for_a_float() -> None:
    assert unigram.em_step({"a" * 500: 1}, {"a": -9.0, "aa": -900.0})["a"] == pytest.approx(0)


def test_em_step_names_a_word_that_cannot_be_spelled() -> None:
    with pytest.raises(ValueError, match="cannot spell 'ab'"):
        unigram.em_step({"ab": 1}, {"a": -1.0})


@settings(deadline=None)
@given(tables, pieces_ab())
def test_the_lattice_does_what_em_step_does(words: dict[str, int], logp: dict[str, float]) -> None:
    lattice = unigram.Lattice(words, list(logp))
    counts = lattice.expected_counts(np.array(list(logp.values())), np.array(list(words.values())))
    step = unigram.em_step(words, logp)
    wanted = [math.exp(step.get(piece, -math.inf)) for piece in logp]
    assert counts / counts.sum() == pytest.approx(wanted)


@settings(deadline=None)
@given(tables, pieces_ab())
def test_the_lattice_finds_the_best_totals(words: dict[str, int], logp: dict[str, float]) -> None:
    totals = unigram.Lattice(words, list(logp)).best_totals(np.array(list(logp.values())))
    wanted = [total(unigram.viterbi(word, logp), logp) for word in words]
    assert totals == pytest.approx(wanted)


def test_a_lattice_without_whole_words_finds_what_a_piece_could_be_cut_into() -> None:
    pieces, logp = ["a", "b", "ab", "abab"], np.array([-1.0, -2.0, -1.5, -0.1])
    lattice = unigram.Lattice(pieces, pieces, allow_whole=False)
    assert lattice.best_totals(logp).tolist() == [-math.inf, -math.inf, -3.0, -3.0]


TEXTS = ["the hugs, the pugs and the bugs: hugging pugs! " * 5, "été. <|end|>the end"]


@pytest.fixture(scope="module")
def tokenizer() -> Unigram:
    return Unigram.train(TEXTS, 300, ["<|end|>"])


def test_ids_are_bytes_then_pieces_then_special_tokens(tokenizer: Unigram) -> None:
    pieces = [piece.encode() for piece in tokenizer.logp]
    expected = [bytes([byte]) for byte in range(256)] + pieces + [b"<|end|>"]
    assert list(tokenizer.vocab.values()) == expected


def test_learned_probabilities_add_up_to_one(tokenizer: Unigram) -> None:
    assert sum(map(math.exp, tokenizer.logp.values())) == pytest.approx(1)


def test_no_character_is_ever_dropped() -> None:
    words = {"".join(random.Random(i).choices("abcdefgh", k=6)): 50 for i in range(40)}
    assert set("abcdefgh") <= set(unigram.learn_pieces(words, 10))


def test_the_vocabulary_has_the_size_asked_for() -> None:
    assert Unigram.train(TEXTS, 285, ["<|end|>"]).vocab_size == 285


def test_special_tokens_are_in_no_piece(tokenizer: Unigram) -> None:
    assert not [piece for piece in tokenizer.logp if "|" in piece]


def test_encode_reads_special_tokens(tokenizer: Unigram) -> None:
    ids = tokenizer.encode("the<|end|>")
    assert ids[-1] == tokenizer.vocab_size - 1 and tokenizer.decode(ids) == "the<|end|>"


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_decode_gives_the_text_back(tokenizer: Unigram, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode_ordinary(text)) == text


def test_stream_has_the_ids_of_the_whole(tokenizer: Unigram) -> None:
    text = "hugs  été<|end|> 日本 the bugs"
    assert list(tokenizer.encode_stream(text)) == tokenizer.encode(text)


def test_saved_and_loaded_is_the_same(tokenizer: Unigram, tmp_path) -> None:
    loaded = Unigram.load(tokenizer.save(tmp_path / "unigram.json"))
    assert loaded.__getstate__() == tokenizer.__getstate__()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["abab"], 257), "256 bytes, 2 characters and 0 special tokens need 258"),
        (([], 300), "no text"),
        ((["a\ud800"], 300), r"U\+D800"),
    ],
)
def test_train_says_what_is_wrong(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Unigram.train(*arguments)


@pytest.mark.parametrize("logp", [{}, {"a": math.nan}, {"a": -math.inf}])
def test_every_piece_needs_a_finite_probability(logp: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a finite log-probability"):
        Unigram(logp)


def test_too_few_pieces_for_the_characters_are_refused() -> None:
    with pytest.raises(ValueError, match="2 pieces cannot hold the 3 characters"):
        unigram.learn_pieces({"abc": 1}, 2)
