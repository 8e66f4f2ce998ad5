"""Slips that can happen in any exercise: they need no bank, and each is true when it is said.

A value of the wrong type, the wrong exception, an exception where a value is due: what these are
can be read off the outcomes. Each is looked for on its own and then taken away, so that what
remains can be compared with the exercise's own misconceptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from llmlab.checks.probe import Outcome
from llmlab.checks.report import Diagnosis
from llmlab.checks.values import Foreign, article, kind_of, show

__all__ = ["crash", "nothing", "other_error", "other_type"]

Outcomes = tuple[Outcome, ...]
_CONTAINERS = (list, tuple, set, frozenset)
_ENOUGH = 3  # so many values of one wrong type are no accident


def other_type(outcomes: Outcomes, right: Outcomes) -> tuple[Diagnosis | None, Outcomes]:
    """A list in place of a tuple, wherever there is a value; and the outcomes with it put right.

    >>> right = tuple(Outcome((n, n)) for n in range(3))
    >>> slip, mended = other_type(tuple(Outcome([n, n]) for n in range(3)), right)
    >>> slip.name, mended == right
    ('a list in place of a tuple', True)
    """
    pairs = [
        (mine.value, due.value)
        for mine, due in zip(outcomes, right, strict=True)
        if not (mine.raised or due.raised or mine.value is None or due.value is None)
    ]
    place = "The exercise asks for"
    unequal = _unequal([(kind_of(mine), kind_of(due)) for mine, due in pairs])
    if len(set(unequal)) == 1 and len(unequal) >= max(_ENOUGH, 0.8 * len(pairs)):
        mine, due = unequal[0]
        sentence = f"{place} {due}, and your function gives back {mine}."
        return Diagnosis(f"{mine} in place of {due}", sentence), _recast(outcomes, right)
    inner = _unequal(_element_kinds(pairs))
    if inner and len(pairs) >= _ENOUGH:
        mine, due = inner[0]
        sentence = f"{place} {due} in each place of the result, and yours has {mine} there."
        name = f"{mine} in place of {due} inside the result"
        return Diagnosis(name, sentence), _recast(outcomes, right)
    return None, outcomes


def other_error(outcomes: Outcomes, right: Outcomes) -> tuple[Diagnosis | None, Outcomes]:
    """A KeyError, or none at all, wherever a ValueError is due; and the outcomes put right."""
    due = [i for i, outcome in enumerate(right) if outcome.raised]
    kinds = {(_error(outcomes[i]), _error(right[i])) for i in due}
    if len(kinds) != 1:
        return None, outcomes
    [(mine, wanted)] = kinds
    if mine in (wanted, "Stopped"):
        return None, outcomes
    mended = tuple(right[i] if i in due else own for i, own in enumerate(outcomes))
    place = f"Where the exercise asks for {article(wanted)}, your function"
    advice = f"Notice that case yourself, and raise {wanted} with a text that says what is wrong."
    if not mine:
        sentence = f"{place} returns {show(outcomes[due[0]].value)}. {advice}"
        return Diagnosis(f"no {wanted}", sentence), mended
    sentence = f"{place} raises {mine}. {advice}"
    return Diagnosis(f"{mine} in place of {wanted}", sentence), mended


def crash(outcomes: Outcomes, right: Outcomes, wrong: frozenset[int]) -> Diagnosis | None:
    """Right on most inputs, and one kind of exception on all the others."""
    kinds = {_error(outcomes[i]) for i in wrong}
    due_values = all(right[i].raised is None for i in wrong)
    if len(kinds) != 1 or not due_values or 2 * len(wrong) > len(right):
        return None
    [kind] = kinds
    if kind in ("", "Stopped", "Trouble"):
        return None
    sentence = (
        f"Your function is right wherever it comes to an end, and on some inputs it raises {kind}. "
        "Look at the smallest of them: an empty one, the first place or the last."
    )
    return Diagnosis(f"right, but for {article(kind)}", sentence)


def nothing(outcomes: Outcomes, right: Outcomes, wrong: frozenset[int]) -> Diagnosis | None:
    """None wherever the answer is wrong, where a value is due.

    >>> right = (Outcome([1]), Outcome([]))
    >>> nothing((Outcome([1]), Outcome(None)), right, frozenset({1})).name
    'nothing returned'
    """
    if not wrong or any(right[i].raised for i in wrong):
        return None
    if any(outcomes[i].raised or outcomes[i].value is not None for i in wrong):
        return None
    sentence = (
        "On some inputs your function comes to its end without a `return`, and so gives None. "
        "Every way through it needs one: look at the empty input, and at each `if` without an else."
    )
    return Diagnosis("nothing returned", sentence)


def _error(outcome: Outcome) -> str:
    return outcome.raised.type_name if outcome.raised else ""


def _unequal(kinds: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # An int where a float is due is no slip.
    return [(a, b) for a, b in kinds if a != b and (a, b) != ("an integer", "a float")]


def _element_kinds(pairs: Sequence[tuple[Any, Any]]) -> list[tuple[str, str]]:
    """The kinds of items, when mine and the right ones are each all of one kind."""
    mine, due = (
        {kind_of(item) for value in side if type(value) in _CONTAINERS for item in value}
        for side in (zip(*pairs, strict=True) if pairs else ((), ()))
    )
    return [(mine.pop(), due.pop())] if len(mine) == len(due) == 1 else []


def _recast(outcomes: Outcomes, right: Outcomes) -> Outcomes:
    return tuple(
        mine if mine.raised or due.raised else replace(mine, value=_like(mine.value, due.value))
        for mine, due in zip(outcomes, right, strict=True)
    )


def _like(value: Any, model: Any) -> Any:
    """The same items in the containers of `model`; anything else as it is."""
    if type(value) not in (list, tuple) or type(model) not in (list, tuple):
        return value
    item_model = model[0] if model else None
    items = (_like(item, item_model) for item in value if not isinstance(item, Foreign))
    return type(model)(items)
