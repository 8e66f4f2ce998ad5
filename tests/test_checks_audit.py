"""The audit: a good exercise has no problem, and every way to spoil it shows."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import sample_exercise
from sample_exercise import build

from llmlab.checks.audit import audit
from llmlab.checks.exercise import Exercise, equal, expect, show
from llmlab.checks.mutate import Solutions


def spoil(exercise, id, check):
    exercise.properties = [
        replace(rule, check=check(rule.check)) if rule.id == id else rule
        for rule in exercise.properties
    ]
    return exercise


def problems(exercise, **options):
    return "\n".join(audit(exercise, seeds=2, **options).problems)


@pytest.fixture
def mask():
    return build()


@pytest.fixture(autouse=True)
def named_as_the_exercise(monkeypatch):
    # The mutants of the reference are looked up by the exercise's name.
    monkeypatch.setattr(
        sample_exercise, "causal_mask", sample_exercise.reference_mask, raising=False
    )


def solution(source):
    mark = {"grade_id": "causal-mask", "solution": True}
    return Solutions(({"source": source, "metadata": {"nbgrader": mark}, "cell_type": "code"},))


GOOD = """
def causal_mask(t_query, t_key):
    past = t_key - t_query
    return [[j <= i + past for j in range(t_key)] for i in range(t_query)]
"""


def test_a_good_exercise_has_no_problem(mask):
    result = audit(mask, solution(GOOD), seeds=3)
    assert result.problems == []
    assert result.to_json() == {
        "lab": "99-sample",
        "exercise": "causal-mask",
        "properties": 4,
        "misconceptions": 5,
        "caught": 5,
        "named": 5,
        "alternatives": 1,
        "rejected": 0,
        "mutants": result.mutants,
        "killed": result.mutants - 1,
        "equivalent": 1,
    }
    assert result.mutants > 10


@pytest.mark.parametrize("position", range(4))
def test_breaking_a_check_turns_the_audit_red(mask, position):
    id = mask.properties[position].id
    assert problems(spoil(mask, id, lambda check: lambda answer, *args: None), mutation=False)


@pytest.mark.parametrize("position", range(4))
def test_a_check_that_always_holds_turns_the_audit_red(mask, position):
    id, title = mask.properties[position].id, mask.properties[position].title
    found = problems(
        spoil(mask, id, lambda check: lambda answer, *args: expect(True, "")),
        solutions=solution(GOOD),
    )
    assert f"fails the property {title!r}" in found


def test_a_check_that_raises_turns_the_audit_red(mask):
    def broken(answer, *args):
        raise KeyError("oops")

    found = problems(spoil(mask, "shape", lambda check: broken), mutation=False)
    assert "the reference is rejected" in found and "KeyError" in found


def test_a_misconception_that_passes_is_a_problem(mask):
    mask.misconception("right after all", "No.")(sample_exercise.reference_mask)
    assert "'right after all' earns full points" in problems(mask, mutation=False)


def test_two_that_behave_alike_must_be_a_tie(mask):
    mask.misconception("twin", "Alike.")(mask.misconceptions[0].function)
    assert "'twin' is not named" in problems(mask, mutation=False)


def test_a_declared_tie_is_no_problem(mask):
    mask.misconception("twin", "Alike.", tie=mask.misconceptions[0].name)(
        mask.misconceptions[0].function
    )
    assert problems(mask, mutation=False) == ""


def test_a_rejected_alternative_is_a_problem(mask):
    mask.alternative(lambda q, k: [[True] * k] * q)
    result = audit(mask, seeds=2, mutation=False)
    assert result.rejected == 1 and "alternative 2 is rejected" in result.problems[0]


def test_an_argument_that_never_varies_is_a_problem(mask):
    mask.visible = [lambda rng: [(2, 2), (2, 5)]]
    mask.concealed = []
    assert "argument 1 has the same value" in problems(mask, mutation=False)


def test_points_for_nonsense_are_a_problem(mask):
    mask.properties = [replace(rule, supporting=False) for rule in mask.properties]
    assert "earns 1 points" in problems(mask, mutation=False)


def test_the_answer_to_one_input_must_not_earn_on_all():
    sign = Exercise("99-sample", "sign", reference=lambda n: n > 0)
    sign.inputs(lambda rng: [(1,), (2,), (-1,)])
    sign.property("of positive numbers")(
        lambda answer, n: expect(n < 0 or equal(answer(n), True), f"{show(n)}")
    )
    assert "always the answer to" in problems(sign, mutation=False)


def test_a_survivor_is_a_problem_with_its_diff(mask):
    loose = "def causal_mask(t_query, t_key):\n    unused = 1\n" + GOOD.partition("\n    ")[2].join(
        ["    ", ""]
    )
    found = problems(mask, solutions=solution(loose))
    assert "survives" in found and "+    unused = 2" in found


def test_a_listed_survivor_is_no_problem(mask):
    loose = "def causal_mask(t_query, t_key):\n    unused = 1\n" + GOOD.partition("\n    ")[2].join(
        ["    ", ""]
    )
    mask.equivalent("constant-*", "nobody reads it")
    mask.equivalent("left-out-*", "nobody reads it")
    result = audit(mask, solution(loose), seeds=2)
    assert result.problems == [] and result.equivalent == 4


def test_a_listed_equivalent_that_is_killed_is_a_problem(mask):
    mask.equivalent("compare-*", "it is not")
    assert "equivalent('compare-*') matches no mutant" in problems(mask, solutions=solution(GOOD))


def test_a_solution_that_differs_is_a_problem(mask):
    found = problems(mask, solutions=solution(GOOD.replace("<=", "<")), mutation=False)
    assert "the solution and the reference differ on" in found
    assert "the solution does not earn full points" in found


def test_a_solution_that_borrows_is_a_problem(mask):
    source = (
        "from sample_exercise import reference_mask\n"
        "def causal_mask(t_query, t_key):\n    return reference_mask(t_query, t_key)"
    )
    assert "which is the answer itself" in problems(
        mask, solutions=solution(source), mutation=False
    )


def test_a_missing_solution_is_a_problem(mask):
    found = problems(mask, solutions=solution("def other():\n    return 1"), mutation=False)
    assert "defines no causal_mask" in found


def test_an_outcome_needs_no_function_in_the_notebook(mask):
    mask.own_work = False
    result = audit(mask, solution("def other():\n    return 1"), seeds=2)
    assert result.mutants == 0 and "defines no" not in "\n".join(result.problems)


def test_results_that_cannot_be_compared_are_a_problem():
    lazy = Exercise("99-sample", "lazy", reference=lambda n: iter(range(n)))
    lazy.inputs(lambda rng: [(1,), (2,)])
    lazy.property("counts")(lambda answer, n: expect(list(answer(n)) == list(range(n)), "no"))
    assert "give it observe=" in problems(lazy, mutation=False)


def test_an_audit_changes_nothing(mask):
    before = copy.copy(vars(mask))
    audit(mask, seeds=1, mutation=False)
    assert vars(mask) == before
