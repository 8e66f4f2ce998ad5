"""Every exercise of every lab is audited: this is where a weak check turns CI red."""

from __future__ import annotations

import pytest

from llmlab import checks
from llmlab.checks.audit import audit
from llmlab.checks.cli import solutions_of

EXERCISES = [(lab, slug) for lab in checks.LABS for slug in checks.exercises(lab)]


@pytest.mark.slow
@pytest.mark.parametrize(("lab", "slug"), EXERCISES)
def test_a_check_is_as_good_as_we_say(lab, slug):
    result = audit(checks.find(lab, slug), solutions_of(lab))
    assert not result.problems, "\n\n".join(result.problems)


@pytest.mark.parametrize("lab", checks.LABS)
def test_ids_of_messages_are_unique(lab):
    found = [e.identify(rule) for e in checks.exercises(lab).values() for rule in e.properties]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("lab", checks.LABS)
def test_exercises_name_their_lab_and_their_function(lab):
    module = checks.module(lab)
    for slug, exercise in checks.exercises(lab).items():
        assert exercise.lab == lab
        assert getattr(module, exercise.name) is exercise and exercise.slug == slug


@pytest.mark.parametrize("lab", checks.LABS)
def test_labs_have_solutions(lab):
    assert solutions_of(lab) is not None


def test_an_unknown_lab_or_exercise_is_told_which_there_are():
    with pytest.raises(ValueError, match="no checks for '77-unknown': .*02-tokenization"):
        checks.evaluate("77-unknown", "merge-pair", len)
    with pytest.raises(ValueError, match="has no exercise 'merge': .*merge-pair"):
        checks.evaluate("02-tokenization", "merge", len)


def test_an_exercise_is_found_by_its_function_too():
    assert checks.find("02-tokenization", "merge_pair").slug == "merge-pair"


def test_evaluate_gives_a_report():
    report = checks.evaluate("02-tokenization", "merge-pair", lambda word, pair: list(word))
    assert not report.passed and report.lab == "02-tokenization"
    assert report.max_points == len(report.properties)
