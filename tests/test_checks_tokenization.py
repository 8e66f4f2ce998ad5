"""Lab 02's checks: what the audit of every exercise does not cover."""

from __future__ import annotations

import itertools
import re

import pytest
from holdout_independent import BELIEFS
from holdout_tokenization import HOLDOUTS

from llmlab import bpe, pieces, pretokenize, tokenizer, unigram, wordpiece
from llmlab.checks import exercises, find
from llmlab.checks import tokenization as check
from llmlab.checks.tokenization.fixtures import draw_pieces, letters, segmentations
from llmlab.checks.tokenization.outcome import LEVEL, VOCAB_SIZE
from llmlab.checks.verdict import judge

LAB = "02-tokenization"
CORE = (
    "most-frequent-pair",
    "merge-pair",
    "encode-word",
    "split-special",
    "decode",
    "viterbi",
)


def library_stream(chunks, pattern, encode_piece):
    for piece, _ in pretokenize.stream(chunks, pattern):
        yield from encode_piece(piece)


LIBRARY = {
    "merge_pair": bpe.merge_pair,
    "encode_word": bpe.encode_word,
    "split_special": pretokenize.split_special,
    "decode": pieces.decode,
    "viterbi": unigram.viterbi,
    "encode_stream": library_stream,
    "wordpiece_encode": wordpiece.encode_word,
    "best_wordpiece_pair": wordpiece.best_pair,
    "em_step": unigram.em_step,
    "tokenizer_report": tokenizer.report,
}


@pytest.mark.parametrize("name", LIBRARY)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_library_passes(name, seed):
    report = judge(find(LAB, name), LIBRARY[name], seed=seed, hidden=True, own_work=False)
    assert report.passed, report.to_text()


def test_the_library_learns_the_same_merges():
    exercise = check.train_bpe
    for seed in (1, 2):
        report = judge(exercise, bpe.learn_merges, seed=seed, hidden=True, own_work=False)
        assert report.passed, report.to_text()


@pytest.mark.parametrize("name", LIBRARY)
def test_the_library_is_nobody_s_own_work(name):
    def wrapped(*args):
        return LIBRARY[name](*args)

    report = judge(find(LAB, name), wrapped)
    assert report.points == 0 and "own" in report.problem


def test_the_module_shows_every_exercise_by_its_function_name():
    assert all(getattr(check, name).name == name for name in check.__all__)


def test_the_lab_lists_its_exercises_in_order():
    assert tuple(exercises(LAB))[:6] == CORE


def test_the_core_is_worth_about_twenty_points():
    assert 18 <= sum(find(LAB, slug).max_points for slug in CORE) <= 24


def test_every_exercise_has_six_misconceptions():
    assert all(len(exercise.misconceptions) >= 6 for exercise in exercises(LAB).values())


@pytest.mark.parametrize("slug", list(exercises(LAB)))
def test_sentences_are_written_out(slug):
    for wrong in find(LAB, slug).misconceptions:
        assert wrong.sentence.endswith(".") and len(wrong.sentence) <= 240
        assert not wrong.name.endswith(".") and len(wrong.name) <= 60


def test_messages_name_what_was_seen_and_what_was_expected():
    report = judge(check.merge_pair, lambda word, pair: word, diagnosed=False)
    message = next(v.message for v in report.properties if not v.passed)
    assert re.search(r"gave .*; it must give ", message)


@pytest.mark.parametrize("seed", range(5))
def test_no_viterbi_input_has_a_tie(seed):
    visible, hidden = check.viterbi.draw(seed, True)
    for text, logp in visible + hidden:
        totals = sorted(sum(logp[p] for p in way) for way in segmentations(text, logp))
        assert len(totals) < 2 or totals[-1] - totals[-2] > 1e-9


def test_encode_word_inputs_do_not_depend_on_how_many_merge_at_once():
    for seed in range(5):
        visible, hidden = check.encode_word.draw(seed, True)
        for word, ranks in visible + hidden:
            tokens = list(letters(word))
            while places := [
                (ranks[p], i) for i, p in enumerate(itertools.pairwise(tokens)) if p in ranks
            ]:
                i = min(places)[1]
                tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
            assert tokens == check.encode_word.reference(word, ranks)


def test_drawn_pieces_are_the_same_for_the_same_seed():
    from random import Random

    assert draw_pieces(Random(3), "ab", 6) == draw_pieces(Random(3), "ab", 6)


def test_special_tokens_sorted_in_place_lose_the_point_for_it():
    def careless(text, special_tokens):
        special_tokens.sort(key=len, reverse=True)
        return check.split_special.reference(text, special_tokens)

    report = judge(check.split_special, careless, own_work=False)
    assert report.points == report.max_points - 1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("wrong", check.tokenizer_outcome.misconceptions, ids=lambda m: m.name)
def test_a_naive_tokenizer_fails_the_outcome(wrong, seed):
    report = judge(check.tokenizer_outcome, wrong.function, seed=seed, hidden=True, diagnosed=False)
    assert not report.properties[0].passed


def test_a_constant_id_packs_nothing():
    report = judge(check.tokenizer_outcome, lambda text: [0], diagnosed=False)
    assert report.points == 0


def test_texts_with_ids_out_of_range_count_as_single_bytes():
    def few(text):
        ids = check.tokenizer_outcome.reference(text)
        return ids if len(text) % 3 else [10**6 + sum(text.encode()), *text.encode()]

    report = judge(check.tokenizer_outcome, few, diagnosed=False)
    assert report.points == 0


def test_the_outcome_is_measured_where_the_vocabulary_is_of_use():
    assert (LEVEL, VOCAB_SIZE) == (5, 2048)


NAMES = {e.slug: {m.name for m in e.misconceptions} for e in exercises(LAB).values()}
WRONG_OBJECTIVES = (
    "the fewest pieces",
    "the average in place of the total",
    "probabilities added",
    "log-probabilities multiplied",
    "the least likely segmentation",
    "the rest in one piece where it is one",
    "neighbours merged as long as the total grows",
)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", WRONG_OBJECTIVES)
def test_another_objective_than_the_total_earns_at_most_half(name, seed):
    [wrong] = [m for m in check.viterbi.misconceptions if m.name == name]
    # Seed 0 is what a student sees.
    report = judge(check.viterbi, wrong.function, seed=seed, hidden=seed > 0, diagnosed=False)
    assert report.points <= report.max_points / 2


@pytest.mark.parametrize("constant", [{}, {"a": 0.0}, {"a": -0.5, "b": -1.0}, 0.0])
def test_an_em_step_that_is_always_the_same_earns_nothing(constant):
    assert judge(check.em_step, lambda words, logp: constant, diagnosed=False).points == 0


def test_ranks_that_are_used_up_lose_the_point_for_it():
    def careless(word, ranks):
        tokens = check.encode_word.reference(word, ranks)
        ranks.clear()
        return tokens

    report = judge(check.encode_word, careless, own_work=False)
    assert report.points == report.max_points - 1


def test_no_token_of_several_bytes_is_the_pair_s_own_object():
    for word, pair in itertools.chain(*check.merge_pair.draw(1, True)):
        assert not any(a is b for a in word for b in pair if len(a) > 1)


def test_a_list_in_place_of_a_word_costs_one_point():
    right = check.merge_pair.reference
    report = judge(check.merge_pair, lambda *args: list(right(*args)), own_work=False)
    assert [verdict.passed for verdict in report.properties] == [True, True, False]


def test_a_token_of_no_bytes_is_shown():
    right = check.merge_pair.reference
    report = judge(check.merge_pair, lambda *args: right(*args) or (b"",), own_work=False)
    assert "gave ''; it must give (nothing)" in report.properties[-1].message


def test_overlapping_special_tokens_are_cut_from_the_left():
    pieces = [("ab", True), ("cd", False)]
    assert check.split_special.reference("abcd", ["ab", "bcd"]) == pieces
    assert pretokenize.split_special("abcd", ["ab", "bcd"]) == pieces


def test_two_misconceptions_at_once_are_joined_and_nothing_is_praised():
    def each_alone(ids, vocab):
        return "".join(vocab[i].decode(errors="replace") for i in ids)

    found = judge(check.decode, each_alone).misconception
    assert len(found.names) == 2 and " and " in found.name
    assert "Besides, " in found.sentence and "is right, but" not in found.sentence


def test_a_failing_word_can_be_pasted():
    report = judge(check.encode_word, lambda word, ranks: [word])
    call = re.search(r"`(.*?)` gave", report.properties[0].message)[1]
    assert eval(call, {"encode_word": bpe.encode_word})


def diagnosed(name, function):
    """The report's names for a hold-out; it must not earn full points."""
    report = judge(find(LAB, name), function, seed=1, hidden=True, own_work=False)
    assert not report.passed, f"{name}: {function.__name__} earns full points"
    return report.misconception.names if report.misconception else ()


@pytest.fixture(scope="module")
def diagnoses():
    """What is said about each hold-out: (the name it should get, the names it gets)."""
    return [(wanted, diagnosed(name, function)) for name, wanted, function in HOLDOUTS]


@pytest.mark.slow
def test_hold_outs_are_recognised(diagnoses):
    known = [(wanted, names) for wanted, names in diagnoses if wanted]
    missed = [wanted for wanted, names in known if wanted not in names]
    assert len(missed) <= 0.2 * len(known), missed


@pytest.mark.slow
def test_hold_outs_are_not_misnamed(diagnoses):
    named = [(wanted, names) for wanted, names in diagnoses if names]
    wrong = [(wanted, names) for wanted, names in named if wanted not in names]
    assert len(wrong) <= 0.05 * len(named), wrong


@pytest.fixture(scope="module")
def beliefs():
    """The same of the independent ones."""
    return [(belief.now, diagnosed(belief.exercise, belief.function)) for belief in BELIEFS]


@pytest.mark.parametrize("belief", BELIEFS, ids=lambda belief: belief.function.__name__)
def test_an_independent_label_is_in_the_bank(belief):
    assert belief.now in {None, "nothing returned", *NAMES[belief.exercise]}


@pytest.mark.slow
def test_independent_hold_outs_are_recognised(beliefs):
    known = [(wanted, names) for wanted, names in beliefs if wanted]
    missed = [wanted for wanted, names in known if wanted not in names]
    assert len(missed) <= 0.2 * len(known), missed


@pytest.mark.slow
def test_independent_hold_outs_are_not_misnamed(beliefs):
    named = [(wanted, names) for wanted, names in beliefs if names]
    wrong = [(wanted, names) for wanted, names in named if wanted not in names]
    assert len(wrong) <= 0.05 * len(named), wrong
