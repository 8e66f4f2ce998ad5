"""Verdicts: what right, wrong, degenerate, borrowed and broken answers earn, and are told."""

from __future__ import annotations

import functools
import random

import pytest
from sample_exercise import build, reference_mask

from llmlab.checks import verdict
from llmlab.checks.exercise import Exercise, equal, expect, slugify
from llmlab.checks.probe import not_written
from llmlab.checks.report import NoPoints, Points
from llmlab.checks.verdict import grading_seed, judge

FULL = 4.0


def own_mask(t_query, t_key):
    """A right answer of somebody's own."""
    first = t_key - t_query
    return [[j - i <= first for j in range(t_key)] for i in range(t_query)]


def first_query_mask(t_query, t_key):
    """Wrong with a cache."""
    return [[j <= i for j in range(t_key)] for i in range(t_query)]


@pytest.fixture
def mask():
    return build()


def messages(report):
    return {v.id.rpartition("/")[2]: v.message for v in report.properties}


def test_a_right_answer_earns_everything(mask):
    report = judge(mask, own_mask)
    assert report.passed and report.points == report.max_points == FULL


def test_a_wrong_answer_earns_what_holds_and_is_named(mask):
    report = judge(mask, first_query_mask)
    assert report.points == 3.0
    assert report.misconception.name == "aligned at the first query"


def test_the_smallest_failing_input_gives_the_message(mask):
    report = judge(mask, first_query_mask)
    text = messages(report)["with-a-cache-the-last-query-sees-every-key"]
    assert text.startswith("With 1 queries and 6 keys")


def test_ids_are_stable_and_unique(mask):
    ids = [v.id for v in judge(mask, own_mask).properties]
    assert len(set(ids)) == len(ids)
    assert "99-sample/causal-mask/shape" in ids
    assert slugify("with a cache: 2 rows!") == "with-a-cache-2-rows"


def test_two_properties_of_one_id_are_refused(mask):
    with pytest.raises(ValueError, match="give one an id="):
        mask.property("again", id="shape")(lambda answer, *args: None)


@pytest.mark.parametrize(
    "nonsense",
    [
        lambda *args: None,
        lambda *args: [],
        lambda *args: 0,
        lambda *args: True,
        lambda *args: args[0],
        lambda *args: [[False] * args[1]] * args[0],
        lambda *args: 1 / 0,
        lambda: None,
    ],
)
def test_nonsense_earns_nothing(mask, nonsense):
    report = judge(mask, nonsense, hidden=True, seed=4)
    assert report.points == 0 and not report.failed_itself


def test_an_answer_that_is_empty_on_one_input_does_not_slip_through(mask):
    @mask.property("row by row", id="rows")
    def _(answer, q, k):
        for row in answer(q, k):
            expect(len(row) == k, "a row of another length")

    def no_rows_for_four(q, k):
        return [] if (q, k) == (4, 4) else own_mask(q, k)

    text = messages(judge(mask, no_rows_for_four))["rows"]
    assert text == "`causal_mask(4, 4)` returned [], which leaves nothing to look at."


def test_a_supporting_property_says_why_it_does_not_earn_yet(mask):
    report = judge(mask, lambda q, k: [[False] * k for _ in range(q)])
    shape = next(v for v in report.properties if v.id.endswith("shape"))
    assert shape.passed and shape.earned == 0 and "when another property holds" in shape.message


def test_an_unwritten_answer_is_told_so(mask):
    def causal_mask(t_query, t_key):
        raise NotImplementedError

    report = judge(mask, causal_mask)
    assert report.points == 0
    assert report.problem == (
        "causal_mask is not written yet: replace `raise NotImplementedError` with your code, "
        "run its cell, then run this check again."
    )
    assert len(report.properties) == 4 and report.misconception is None


def test_an_answer_written_in_part_keeps_its_points(mask):
    def square_only(t_query, t_key):
        if t_query != t_key:
            raise NotImplementedError
        return own_mask(t_query, t_key)

    report = judge(mask, square_only)
    assert report.points == 1.0
    assert not_written("causal_mask") in messages(report).values()


def test_an_exception_names_the_call(mask):
    report = judge(mask, lambda t_query, t_key: [][t_query])
    assert "`causal_mask(1, 1)` raised IndexError" in messages(report)["shape"]


def test_a_forgotten_return_is_named(mask):
    assert "is a `return` missing?" in judge(mask, lambda *args: None).to_text()


def test_a_wrong_type_is_the_answers_fault(mask):
    report = judge(mask, lambda q, k: 7)
    assert "returned 7; a list is needed here" in messages(report)["shape"]
    assert not report.failed_itself


@pytest.mark.parametrize("value", [7, "mask", None, [own_mask]])
def test_what_is_no_function_is_told_so(mask, value):
    report = judge(mask, value)
    assert report.points == 0 and "needs your function" in report.problem


def test_a_check_without_a_function_says_how_to_call_it(mask):
    with pytest.raises(NoPoints, match=r"write check\.causal_mask\(causal_mask\)"):
        mask()


@pytest.mark.parametrize(
    "borrowed",
    [
        reference_mask,
        lambda q, k: reference_mask(q, k),
        lambda q, k: [list(row) for row in reference_mask(q, k)],
        functools.partial(reference_mask),
    ],
)
def test_borrowed_answers_earn_nothing_and_are_told_why(mask, borrowed):
    report = judge(mask, borrowed)
    assert report.points == 0 and not report.passed
    assert "sample_exercise.reference_mask" in report.problem
    assert "write your own" in report.problem


def test_the_checks_own_alternatives_are_no_answer(mask):
    report = judge(mask, lambda q, k: mask.alternatives[0](q, k))
    assert report.points == 0


def test_an_outcome_may_come_from_anywhere():
    free = Exercise("99-sample", "free", reference=reference_mask, own_work=False)
    free.inputs(lambda rng: [(2, 2)])
    free.property("right")(
        lambda answer, q, k: expect(equal(answer(q, k), reference_mask(q, k)), "no")
    )
    assert judge(free, reference_mask).passed


def test_output_is_kept_for_the_student(mask):
    def chatty(q, k):
        print("looking at", q)
        return own_mask(q, k)

    assert "looking at 1" in judge(mask, chatty).printed


def test_hidden_messages_name_no_input(mask):
    def chatty(q, k):
        print(q, k)
        return first_query_mask(q, k)

    report = judge(mask, chatty, hidden=True, seed=3)
    text = report.to_text() + report.to_html()
    assert "queries and" not in text and report.printed == ""
    assert report.misconception.name == "aligned at the first query"


def test_hidden_inputs_decide_too(mask):
    def small_only(q, k):
        return own_mask(q, k) if k < 16 else first_query_mask(q, k)

    assert judge(mask, small_only).passed
    report = judge(mask, small_only, hidden=True, seed=3)
    assert report.points == 3.0
    assert "does not show" in report.to_text()


def test_the_hidden_call_contains_the_visible_inputs(mask):
    def wrong_on_one_six(q, k):
        return own_mask(q, k) if (q, k) != (1, 6) else first_query_mask(q, k)

    report = judge(mask, wrong_on_one_six, hidden=True, seed=3)
    assert "run it there to see which" in report.to_text()


def test_a_visible_only_property_sees_no_hidden_input(mask):
    seen = []

    @mask.property("looks", visible_only=True)
    def _(answer, q, k):
        seen.append(k)
        expect(True, "")

    judge(mask, own_mask, hidden=True, seed=3)
    assert seen and max(seen) < 16


def test_the_seed_draws_the_inputs(mask):
    assert mask.draw(1, True) == mask.draw(1, True)
    assert mask.draw(1, True)[1] != mask.draw(2, True)[1]
    assert mask.draw(1, True)[0] == mask.draw(2, True)[0] == mask.draw(0, False)[0]


def test_judging_leaves_the_random_state_alone(mask):
    random.seed(5)
    before = random.getstate()
    judge(mask, own_mask, hidden=True, seed=1)
    assert random.getstate() == before


def test_a_property_that_looks_at_nothing_is_the_checks_failure(mask):
    mask.property("idle")(lambda answer, *args: None)
    report = judge(mask, own_mask)
    assert report.failed_itself and not report.passed
    assert "The check itself failed" in report.to_text()


def test_a_check_that_stumbles_over_a_right_answer_has_failed_itself(mask):
    @mask.property("broken")
    def _(answer, q, k):
        answer(q, k)
        raise KeyError("oops")

    report = judge(mask, own_mask, hidden=True, seed=1)
    assert report.failed_itself and "please tell your instructor" in report.to_text()


def test_points_may_be_other_than_one_a_property():
    doubled = Exercise("99-sample", "d", reference=abs, points=6)
    doubled.inputs(lambda rng: [(1,), (-2,)])
    doubled.property("positive")(lambda answer, n: expect(answer(n) > 0, "not positive"))
    doubled.property("size")(lambda answer, n: expect(abs(answer(n)) == abs(n), "other size"))
    assert judge(doubled, lambda n: n, own_work=False).points == 3.0


def test_an_endless_answer_is_told_so(mask):
    def endless(q, k):
        while True:
            pass

    report = judge(mask, endless, cpu_s=0.2, patience=1)
    assert report.points == 0 and "did not come to an end" in report.to_text()


def test_the_call_gives_points(mask):
    points = mask(own_mask)
    assert isinstance(points, Points) and points == FULL and points.report.passed


def test_the_call_raises_when_nothing_is_earned(mask):
    with pytest.raises(NoPoints) as caught:
        mask(lambda *args: None)
    assert caught.value.report.points == 0
    assert "square: exactly the past" in str(caught.value)


def test_the_grading_seed_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("LLMLAB_GRADING_SEED", "17")
    assert grading_seed() == 17
    monkeypatch.setenv("LLMLAB_GRADING_SEED", "soon")
    with pytest.raises(ValueError, match="LLMLAB_GRADING_SEED is 'soon'"):
        grading_seed()
    monkeypatch.delenv("LLMLAB_GRADING_SEED")
    assert grading_seed() != grading_seed()


def test_the_hidden_call_takes_the_grading_seed(mask, monkeypatch):
    seeds = []
    monkeypatch.setenv("LLMLAB_GRADING_SEED", "17")
    monkeypatch.setattr(mask, "draw", lambda seed, hidden: seeds.append(seed) or ([(2, 2)], []))
    mask(own_mask, hidden=True)
    mask(own_mask)
    assert seeds[0] == 17 and seeds[-1] == 0


def test_expect_counts():
    before = verdict._expected.get()
    expect(True, "")
    with pytest.raises(verdict.Unmet, match="no good"):
        expect([], "no good")
    assert verdict._expected.get() == before + 2
