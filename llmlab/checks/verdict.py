"""Judge one function by one exercise: run every property on every input and give the points."""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import llmlab
from llmlab.checks.diagnosis import diagnose
from llmlab.checks.guard import Guard
from llmlab.checks.probe import Probe, Trouble, copied, not_written
from llmlab.checks.report import Report, Verdict
from llmlab.checks.values import size

if TYPE_CHECKING:
    from llmlab.checks.exercise import Exercise, Property

__all__ = ["draw_inputs", "expect", "grading_seed", "judge"]

Args = tuple[Any, ...]
_expected: ContextVar[int] = ContextVar("expected", default=0)


class Unmet(Exception):
    """An expectation was not met; the text is for the student."""


def expect(condition: object, message: str) -> None:
    """Go on if `condition` holds, else fail the property with `message`.

    The message says what was seen, what was expected, and where to look.
    """
    _expected.set(_expected.get() + 1)
    if not condition:
        raise Unmet(message)


def grading_seed() -> int:
    """The seed of hidden inputs: `LLMLAB_GRADING_SEED`, else a fresh one."""
    given = os.environ.get("LLMLAB_GRADING_SEED", "")
    if not given:
        return secrets.randbits(32)
    if not given.lstrip("-").isdigit():
        raise ValueError(f"LLMLAB_GRADING_SEED is {given!r}: it must be an integer")
    return int(given)


def draw_inputs(exercise: Exercise, seed: int, hidden: bool) -> tuple[list[Args], list[Args]]:
    """The visible and the hidden inputs, smallest first.

    A hidden call has the visible inputs of seed 0, which the student saw, and its own.
    """
    visible = _draw(exercise.visible, 0 if hidden else seed)
    if not hidden:
        return visible, []
    return visible, _draw(exercise.visible + exercise.concealed, seed)


def judge(
    exercise: Exercise,
    function: Callable[..., Any],
    *,
    seed: int = 0,
    hidden: bool = False,
    own_work: bool = True,
    diagnosed: bool = True,
) -> Report:
    """Check `function` and report. Never raises for anything that `function` does."""
    visible, concealed = draw_inputs(exercise, seed, hidden)
    with Guard() as guard:
        probe = Probe(function, guard, name=exercise.name, needs_value=_needs_value(exercise))
        first = probe.outcome(*visible[0]) if visible else None
        if first and first.raised and first.raised.type_name == "NotImplementedError":
            return _report(exercise, (), problem=not_written(exercise.name), hidden=hidden)
        verdicts = []
        for rule in exercise.properties:
            message = _run(rule, probe, visible)
            if not message and not rule.visible_only:
                message = _run(rule, probe, concealed) if concealed else ""
            verdicts.append((rule, message))
        diagnosis = None
        if diagnosed and any(message for _, message in verdicts):
            diagnosis = diagnose(exercise, probe)
    return _report(
        exercise,
        _award(exercise, verdicts, hidden),
        misconception=diagnosis,
        printed=guard.printed.getvalue(),
        hidden=hidden,
    )


def _draw(sources: list[Any], seed: int) -> list[Args]:
    found: list[Args] = []
    for draw in sources:
        found.extend(draw(random.Random(seed)))
    return sorted(found, key=size)


def _run(rule: Property, probe: Probe, inputs: list[Args]) -> str:
    """What is wrong with one property over all inputs; "" when it holds."""
    before = _expected.get()
    for args in inputs:
        try:
            rule.check(probe, *args)
        except (Unmet, Trouble) as problem:
            return str(problem) or rule.title
    if _expected.get() == before:
        return "The check looked at nothing."
    return ""


def _needs_value(exercise: Exercise) -> Callable[..., bool]:
    def needs_value(*args: Any) -> bool:
        if exercise.reference is None:
            return False
        try:
            return exercise.reference(*(copied(arg) for arg in args)) is not None
        except Exception:
            return False

    return needs_value


def _award(
    exercise: Exercise, verdicts: list[tuple[Property, str]], hidden: bool
) -> tuple[Verdict, ...]:
    each = exercise.max_points / len(exercise.properties)
    substance = any(not message and not rule.supporting for rule, message in verdicts)
    awarded = []
    for rule, message in verdicts:
        holds = not message
        earned = each if holds and (substance or not rule.supporting) else 0.0
        if holds and not earned:
            message = "holds, and earns its point when another property does"
        elif hidden and not holds:
            message = "not satisfied"
        identity = f"{exercise.lab}/{exercise.slug}/{rule.id}"
        awarded.append(Verdict(identity, rule.title, holds, earned, message))
    return tuple(awarded)


def _report(exercise: Exercise, verdicts: tuple[Verdict, ...], **more: Any) -> Report:
    return Report(
        exercise.lab,
        exercise.slug,
        points=sum(verdict.earned for verdict in verdicts),
        max_points=exercise.max_points,
        properties=verdicts,
        version=llmlab.__version__,
        **more,
    )
