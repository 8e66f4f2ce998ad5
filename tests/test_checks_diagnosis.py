"""Diagnosis: the right name, two names, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_exercise import build, reference_mask

from llmlab.checks.common import crash, nothing, other_error, other_type
from llmlab.checks.diagnosis import Suspect, recognise, same, study
from llmlab.checks.exercise import Exercise, equal, expect
from llmlab.checks.probe import Outcome, Raised
from llmlab.checks.verdict import judge


def named(exercise, function, **options):
    diagnosis = judge(exercise, function, own_work=False, **options).misconception
    return diagnosis.names if diagnosis else ()


def values(*items):
    return tuple(Outcome(item) for item in items)


@pytest.fixture
def mask():
    return build()


def test_every_entry_of_the_bank_is_named(mask):
    for wrong in mask.misconceptions:
        assert named(mask, wrong.function) == (wrong.name,)


def test_a_rewritten_entry_is_named(mask):
    def other_words(q, k):
        return [[True] * min(i + 1, k) + [False] * max(0, k - i - 1) for i in range(q)]

    assert named(mask, other_words) == ("aligned at the first query",)


def test_the_unknown_is_not_named(mask):
    def odd(q, k):
        return [[(i + j) % 3 == 0 for j in range(k)] for i in range(q)]

    assert named(mask, odd) == ()


def test_an_entry_with_another_slip_elsewhere_is_named(mask):
    def also_wrong_when_square(q, k):
        if q == k:
            return [[False] * k for _ in range(q)]
        return [[j <= i for j in range(k)] for i in range(q)]

    assert named(mask, also_wrong_when_square) == ("aligned at the first query",)


def test_half_a_fingerprint_is_not_enough(mask):
    def sometimes(q, k):
        wrong = k % 2
        return [[j <= (i if wrong else k - q + i) for j in range(k)] for i in range(q)]

    assert named(mask, sometimes) == ()


def test_a_tie_is_named_together(mask):
    mask.misconception("lower triangle", "See the first.", tie="aligned at the first query")(
        lambda q, k: [[j <= i for j in range(k)] for i in range(q)]
    )
    found = named(mask, mask.misconceptions[0].function)
    assert found == ("aligned at the first query", "lower triangle")


def test_a_wrong_type_around_a_misconception_names_both(mask):
    wrong = mask.misconceptions[1]

    def tuples(q, k):
        return tuple(tuple(row) for row in wrong.function(q, k))

    assert named(mask, tuples) == ("a tuple in place of a list", wrong.name)


def test_every_suspect_that_fits_exactly_is_considered(mask):
    bank = study(mask, len(mask.misconceptions))
    twins = [
        Suspect(replace(s.misconception, name=f"twin {i}"), s.outcomes, s.fingerprint)
        for i, s in enumerate([bank.suspects[0]] * 2)
    ]
    both = replace(bank, suspects=(*bank.suspects[1:], *twins))
    found = recognise(both, bank.suspects[0].outcomes)
    assert [m.name for m in found] == ["twin 0", "twin 1"]


def test_a_tie_behind_a_wrong_type_is_named_together(mask):
    wrong = mask.misconceptions[1]
    mask.misconception("its twin", "See the other.", tie=wrong.name)(wrong.function)

    def tuples(q, k):
        return tuple(tuple(row) for row in wrong.function(q, k))

    assert named(mask, tuples) == ("a tuple in place of a list", wrong.name, "its twin")


def test_nothing_returned_is_said_in_plain_words(mask):
    def no_single_key(q, k):
        if k > 1:
            return reference_mask(q, k)

    assert named(mask, no_single_key) == ("nothing returned",)


def test_nothing_returned_is_said_through_observe_too():
    exercise = Exercise(
        "99-sample", "twice", reference=lambda n: 2 * n, observe=lambda answer, n: answer(n)
    )
    exercise.inputs(lambda rng: [(0,), (1,), (2,)])
    exercise.property("twice")(lambda answer, n: expect(equal(answer(n), 2 * n), "not twice"))
    exercise.misconception("squared", "Twice, not squared.")(lambda n: n * n)
    assert named(exercise, lambda n: 2 * n if n else None) == ("nothing returned",)


def test_some_wrong_values_are_not_nothing():
    right = values(1, 2, 3)
    assert nothing(values(1, None, 4), right, frozenset({1, 2})) is None
    assert nothing(right, right, frozenset()) is None


def test_right_but_for_a_crash_is_said(mask):
    def no_single_key(q, k):
        if k == 1:
            raise IndexError
        return reference_mask(q, k)

    assert named(mask, no_single_key) == ("right, but for an IndexError",)


def careful_sort():
    exercise = Exercise("99-sample", "in-order", reference=sorted)
    exercise.inputs(lambda rng: [([2, 1],), ([1],), ([3, 1, 2],)])
    exercise.property("in order")(
        lambda answer, items: expect(equal(answer(items), sorted(items)), "not in order")
    )
    exercise.leaves_inputs_alone()
    exercise.misconception("sorted in place", "Sort a copy.")(lambda items: items.sort() or items)
    return exercise


def test_a_silent_misconception_is_known_by_the_property_that_it_fails():
    def mine(items):
        items.sort()
        return list(items)

    assert named(careful_sort(), mine) == ("sorted in place",)


def test_another_slip_is_not_taken_for_a_silent_one():
    assert named(careful_sort(), lambda items: items) == ()


def test_observe_sees_what_a_call_alone_does_not():
    lazy = Exercise(
        "99-sample",
        "doubled",
        reference=lambda ns: (2 * n for n in ns),
        observe=lambda answer, ns: list(answer(ns)),
    )
    lazy.inputs(lambda rng: [([1, 2],), ([3],), ([],)])
    lazy.property("doubled")(
        lambda answer, ns: expect(list(answer(ns)) == [2 * n for n in ns], "not doubled")
    )
    lazy.misconception("squared", "Two times, not to the power of two.")(
        lambda ns: (n * n for n in ns)
    )
    assert named(lazy, lambda ns: (n**2 for n in ns)) == ("squared",)


def test_exceptions_are_alike_by_type():
    assert same(Outcome(raised=Raised("KeyError")), Outcome(raised=Raised("KeyError")))
    assert not same(Outcome(raised=Raised("KeyError")), Outcome(raised=Raised("ValueError")))
    assert not same(Outcome(raised=Raised("KeyError")), Outcome(None))


def test_two_fingerprints_at_once_are_both_named(mask):
    bank = study(mask, len(mask.misconceptions))
    first, second = bank.suspects[0], bank.suspects[1]
    apart = sorted(second.fingerprint - first.fingerprint)
    assert apart  # square inputs show only the second
    outcomes = list(bank.reference)
    for i in first.fingerprint:
        outcomes[i] = first.outcomes[i]
    assert [m.name for m in recognise(bank, outcomes)] == ["aligned at the first query"]


def test_the_right_outcomes_have_no_misconception(mask):
    bank = study(mask, len(mask.misconceptions))
    assert recognise(bank, bank.reference) == []


def test_other_type_inside_a_result():
    right = values(*([(n, n)] for n in range(4)))
    slip, mended = other_type(values(*([[n, n]] for n in range(4))), right)
    assert slip.name == "a list in place of a tuple inside the result" and mended == right


def test_an_integer_for_a_float_is_no_slip():
    assert other_type(values(1, 2, 3), values(1.0, 2.0, 3.0))[0] is None


def test_one_value_of_another_type_is_no_slip():
    assert other_type(values((1,), [2], [3], [4]), values([1], [2], [3], [4]))[0] is None


def test_other_error():
    right = (*values(1, 2), Outcome(raised=Raised("ValueError")))
    mine = (*values(1, 2), Outcome(raised=Raised("KeyError")))
    slip, mended = other_error(mine, right)
    assert slip.name == "KeyError in place of ValueError" and mended == right
    assert other_error(right, right)[0] is None
    assert other_error(values(1, 2, 3), values(1, 2, 4))[0] is None


def test_no_error_where_one_is_due():
    right = (*values(1, 2), Outcome(raised=Raised("ValueError")))
    slip, mended = other_error(values(1, 2, None), right)
    assert slip.name == "no ValueError" and mended == right
    assert "your function returns None" in slip.sentence


def test_a_crash_on_most_inputs_is_not_called_right():
    right, broken = values(1, 2, 3, 4), Outcome(raised=Raised("IndexError"))
    assert crash((broken, *right[1:]), right, frozenset({0})).name == "right, but for an IndexError"
    assert crash((broken,) * 3 + right[3:], right, frozenset({0, 1, 2})) is None
    assert crash(values(9, 2, 3, 4), right, frozenset({0})) is None
