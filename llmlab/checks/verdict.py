"""Judge one function by one exercise: run every property on every input and give the points.

A property that fails says why in the words of its check. A check that stumbles over a wrong type is
an answer's fault, and says so; a check that stumbles over a right answer has failed itself, which
is reported as such and turns the project's tests red.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import llmlab
from llmlab.checks.diagnosis import diagnose, observe
from llmlab.checks.guard import Guard
from llmlab.checks.probe import Probe, Trouble, copied, not_written
from llmlab.checks.report import Report, Verdict
from llmlab.checks.values import equal, kind_of, plain, show
from llmlab.checks.watch import Watch

if TYPE_CHECKING:
    from llmlab.checks.exercise import Exercise, Property

__all__ = ["expect", "grading_seed", "judge"]

Args = tuple[Any, ...]
_expected: ContextVar[int] = ContextVar("expected", default=0)


class Unmet(Exception):
    """An expectation was not met; the text is for the student."""


@dataclass(frozen=True)
class Finding:
    """What one property came to: "" when it holds, else the message and where it failed."""

    rule: Property
    message: str = ""
    concealed: bool = False
    failed_itself: bool = False


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
    if not given.isdigit():
        raise ValueError(f"LLMLAB_GRADING_SEED is {given!r}: it must be a whole number")
    return int(given)


def judge(
    exercise: Exercise,
    function: Any,
    *,
    seed: int = 0,
    hidden: bool = False,
    own_work: bool = True,
    diagnosed: bool = True,
    cpu_s: float = 2.0,
    patience: int = 3,
) -> Report:
    """Check `function` and report; nothing that it does makes this raise.

    `own_work` and `diagnosed` switch off two questions that the tests of the checks do not ask of
    the library's own functions. `cpu_s` limits each call; after `patience` calls that never ended
    the others are not tried.
    """
    if not callable(function):
        return _refusal(exercise, _not_a_function(exercise, function), hidden)
    watch = Watch(_watched(exercise) if own_work and exercise.own_work else ())
    if borrowed := watch.inspect(function):
        return _refusal(exercise, f"This is {borrowed} itself. {_WRITE_YOUR_OWN}", hidden)
    with Guard(cpu_s) as guard:
        probe = Probe(
            function,
            guard,
            name=exercise.name,
            around=watch.run if own_work and exercise.own_work else None,
            right=exercise.reference,
            patience=patience,
        )
        report = _examined(exercise, probe, seed, hidden, diagnosed)
    if watch.borrowed:
        problem = f"This calls {watch.borrowed[0]}, which is the answer itself. {_WRITE_YOUR_OWN}"
        return _refusal(exercise, problem, hidden)
    # What it printed may be the hidden inputs.
    return report if hidden else replace(report, printed=guard.written())


def _examined(exercise: Exercise, probe: Probe, seed: int, hidden: bool, diagnosed: bool) -> Report:
    """The report of every property, and the name of what went wrong."""
    visible, concealed = exercise.draw(seed, hidden)
    if _unwritten(exercise, probe, visible):
        return _refusal(exercise, not_written(exercise.name), hidden)
    findings = [_examine(rule, exercise, probe, visible, concealed) for rule in exercise.properties]
    failed, diagnosis = _failed(exercise, findings), None
    if diagnosed and failed:
        diagnosis = diagnose(exercise, probe, failed, _failures(exercise, seed, hidden))
    return Report(
        exercise.lab,
        exercise.slug,
        points=0,
        max_points=exercise.max_points,
        properties=_award(exercise, findings, hidden),
        misconception=diagnosis,
        version=llmlab.__version__,
        hidden=hidden,
        failed_itself=any(finding.failed_itself for finding in findings),
    ).summed()


_WRITE_YOUR_OWN = "It earns nothing: write your own, then run this check again."


def _watched(exercise: Exercise) -> list[Any]:
    return [*exercise.counterparts, exercise.reference, *exercise.alternatives]


def _not_a_function(exercise: Exercise, value: Any) -> str:
    given = "" if value is None else f", and it was given {show(plain(value))}"
    call = f"check.{exercise.name}({exercise.name})"
    return f"The check of {exercise.name} needs your function{given}: write {call}."


def _unwritten(exercise: Exercise, probe: Probe, inputs: list[Args]) -> bool:
    """Whether every call says NotImplementedError."""
    raised = (observe(exercise, probe, args).raised for args in inputs)
    return bool(inputs) and all(r and r.type_name == "NotImplementedError" for r in raised)


def _examine(
    rule: Property, exercise: Exercise, probe: Probe, visible: list[Args], concealed: list[Args]
) -> Finding:
    """Run one property over all its inputs, smallest first; the first failure gives the message."""
    started = _expected.get()
    for inputs, hidden in ((visible, False), ([] if rule.visible_only else concealed, True)):
        for args in inputs:
            before = _expected.get()
            probe.calls.clear()
            try:
                rule.check(probe, *args)
            except (Unmet, Trouble) as problem:
                return Finding(rule, str(problem) or rule.title, hidden)
            except Exception as problem:
                return _stumbled(rule, exercise, probe, problem, hidden)
            if _expected.get() == before and (seen := _emptiness(rule, exercise, probe, args)):
                return Finding(rule, seen, hidden)
    if _expected.get() == started:
        return Finding(rule, f"{_FAILED_ITSELF} it looked at nothing.", failed_itself=True)
    return Finding(rule)


def _emptiness(rule: Property, exercise: Exercise, probe: Probe, args: Args) -> str:
    """What to say of an answer that left a check nothing to look at where a right one does not.

    A check that loops over the rows of a result expects nothing of a result without rows.
    """
    calls, before = list(probe.calls), _expected.get()
    try:
        rule.check(probe.of(exercise.reference), *args)
    except Exception:
        return ""  # the check is at fault, which shows elsewhere
    if _expected.get() == before or not calls:
        _expected.set(before)
        return ""
    _expected.set(before)
    given, value = calls[-1]
    return f"{probe.call(given)} returned {show(value)}, which leaves nothing to look at."


_FAILED_ITSELF = "The check itself failed, which is not your fault; please tell your instructor:"


def _stumbled(
    rule: Property, exercise: Exercise, probe: Probe, problem: Exception, hidden: bool
) -> Finding:
    """A check ran into an exception: because of what the answer returned, or by its own fault."""
    for args, value in probe.calls:
        try:
            right = plain(exercise.reference(*(copied(arg) for arg in args)))
        except Exception:
            continue
        if not equal(value, right):
            seen = f"{probe.call(args)} returned {show(value)}"
            if type(value) is not type(right):
                return Finding(rule, f"{seen}; {kind_of(right)} is needed here.", hidden)
            return Finding(rule, f"{seen}, which cannot be read as an answer.", hidden)
    text = f"{_FAILED_ITSELF} {type(problem).__name__}: {str(problem)[:200]}"
    return Finding(rule, text, hidden, failed_itself=True)


def _failed(exercise: Exercise, findings: list[Finding]) -> frozenset[str]:
    return frozenset(exercise.identify(f.rule) for f in findings if f.message)


def _failures(exercise: Exercise, seed: int, hidden: bool) -> Callable[[Any], frozenset[str]]:
    def failures(function: Any) -> frozenset[str]:
        report = judge(
            exercise, function, seed=seed, hidden=hidden, own_work=False, diagnosed=False
        )
        return report.failed

    return failures


def _award(exercise: Exercise, findings: list[Finding], hidden: bool) -> tuple[Verdict, ...]:
    each = exercise.max_points / len(findings)
    substance = any(not f.message and not f.rule.supporting for f in findings)
    verdicts = []
    for finding in findings:
        rule, message = finding.rule, finding.message
        earned = each if not message and (substance or not rule.supporting) else 0.0
        if not message and not earned:
            remark = "holds; it earns its point when another property holds too"
        elif message and hidden and not finding.failed_itself:
            remark = _HIDDEN if finding.concealed else _VISIBLE
        else:
            remark = message
        verdicts.append(Verdict(exercise.identify(rule), rule.title, not message, earned, remark))
    return tuple(verdicts)


_VISIBLE = "This fails on an input that the check in the lab shows: run it there to see which."
_HIDDEN = "This fails on inputs that the check in the lab does not show."


def _refusal(exercise: Exercise, problem: str, hidden: bool) -> Report:
    """A report of no points at all, for one reason."""
    verdicts = tuple(
        Verdict(exercise.identify(rule), rule.title, False, 0.0) for rule in exercise.properties
    )
    return Report(
        exercise.lab,
        exercise.slug,
        points=0.0,
        max_points=exercise.max_points,
        properties=verdicts,
        problem=problem,
        version=llmlab.__version__,
        hidden=hidden,
    )
