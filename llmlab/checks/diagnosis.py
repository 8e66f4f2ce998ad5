"""Name the misconception behind a wrong answer, or say nothing.

The answer and every wrong answer of the exercise's bank are called on the same inputs. An answer
that does everything as one of the bank does has that misconception. Failing that, an answer that
shows the whole *fingerprint* of one (what it does where it is wrong) has it too, whatever else is
wrong with it; and so has one that agrees with one entry nearly everywhere and with no other nearly
as well. "I do not recognise this" beats a wrong name, so anything less is no diagnosis.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llmlab.checks.common import crash, nothing, other_error, other_type
from llmlab.checks.guard import Guard
from llmlab.checks.probe import Outcome, Probe, Raised, Trouble
from llmlab.checks.report import Diagnosis
from llmlab.checks.values import equal, show

if TYPE_CHECKING:
    from llmlab.checks.exercise import Exercise, Misconception

__all__ = [
    "Study",
    "Suspect",
    "diagnose",
    "differing",
    "name",
    "observe",
    "recognise",
    "same",
    "study",
]

Failures = Callable[[Callable[..., Any]], frozenset[str]]

_SEEDS = (1, 2)
_NEAR, _MARGIN = 0.75, 0.25  # how nearly everywhere, and how far from the next


@dataclass(frozen=True)
class Suspect:
    """A misconception, what it does on every input, and on which of them it is wrong."""

    misconception: Misconception
    outcomes: tuple[Outcome, ...]
    fingerprint: frozenset[int]

    @property
    def telling(self) -> bool:
        """Whether its fingerprint says enough: two inputs or more, and two that return a value."""
        values = [i for i in self.fingerprint if self.outcomes[i].raised is None]
        return len(values) >= 2


@dataclass(frozen=True)
class Study:
    """What the right answer and the wrong ones of one exercise do on the same inputs."""

    inputs: tuple[tuple[Any, ...], ...]
    reference: tuple[Outcome, ...]
    suspects: tuple[Suspect, ...]


def diagnose(
    exercise: Exercise, probe: Probe, failed: frozenset[str], failures: Failures
) -> Diagnosis | None:
    """The misconception that the probed function behaves like; None when there is doubt.

    `failed` are the properties that it fails, and `failures(function)` those that another would.
    """
    if not exercise.misconceptions:
        return None
    bank = study(exercise, len(exercise.misconceptions))
    outcomes = tuple(observe(exercise, probe, args) for args in bank.inputs)
    if differing(outcomes, bank.reference):
        return name(bank, outcomes)
    # Right everywhere it was looked at: slow, or careless with its arguments. Only the properties
    # tell such answers apart.
    silent = [s.misconception for s in bank.suspects if not s.fingerprint]
    return _named([_of(wrong) for wrong in silent if failures(wrong.function) == failed][:2])


def name(bank: Study, outcomes: tuple[Outcome, ...]) -> Diagnosis | None:
    """Name what explains wrong outcomes: the bank's misconceptions, then slips of every exercise.

    A slip (a wrong type, a wrong exception) is taken away, and the rest is looked up again.
    """
    if found := recognise(bank, outcomes):
        tied = all(_fingerprint(bank, wrong) == _fingerprint(bank, found[0]) for wrong in found)
        return _named([_of(wrong) for wrong in found], ", or " if tied else " and ")
    slips = []
    for look in (other_type, other_error):
        slip, outcomes = look(outcomes, bank.reference)
        slips += [slip] if slip else []
    wrong = differing(outcomes, bank.reference)
    if slips and wrong:
        slips += [_of(misconception) for misconception in recognise(bank, outcomes)]
    elif wrong:
        found_slips = (look(outcomes, bank.reference, wrong) for look in (crash, nothing))
        slips += [slip for slip in found_slips if slip]
    return _named(slips, " and ")


def observe(exercise: Exercise, probe: Probe, args: tuple[Any, ...]) -> Outcome:
    """What one call comes to, seen through the exercise's `observe` if it has one."""
    if exercise.observe is None:
        return probe.outcome(*args)
    try:
        return Outcome(exercise.observe(probe, *args))
    except Trouble as trouble:
        if trouble.raised is None and probe.calls and probe.calls[-1][1] is None:
            return Outcome(None)  # nothing was returned, which is what troubled the check
        return Outcome(raised=trouble.raised or Raised("Trouble"))
    except Exception as problem:  # the answer gave `observe` something that it cannot read
        return Outcome(raised=Raised(type(problem).__name__))


@lru_cache(maxsize=64)
def study(exercise: Exercise, version: int) -> Study:
    """Call the reference and the bank on all inputs, visible and hidden, of fixed seeds."""
    drawn, _ = exercise.draw(0, hidden=False)
    for seed in _SEEDS:
        drawn += exercise.draw(seed, hidden=True)[1]
    unique = tuple({show(args, 10_000): args for args in drawn}.values())
    with Guard(cpu_s=1.0) as guard:

        def outcomes(function: Callable[..., Any]) -> tuple[Outcome, ...]:
            probe = Probe(function, guard, name=exercise.name)
            return tuple(observe(exercise, probe, args) for args in unique)

        right = outcomes(exercise.reference)
        suspects = []
        for misconception in exercise.misconceptions:
            wrong = outcomes(misconception.function)
            suspects.append(Suspect(misconception, wrong, differing(wrong, right)))
    return Study(unique, right, tuple(suspects))


def recognise(bank: Study, outcomes: Sequence[Outcome]) -> list[Misconception]:
    """The misconceptions that explain these outcomes: one, a tie, or two at once; or none."""
    wrong = differing(outcomes, bank.reference)
    shown = [s for s in bank.suspects if _shows(outcomes, s, wrong)]
    exact = [s.misconception for s in shown if s.fingerprint == wrong]
    if exact:
        return exact
    telling = [s for s in shown if s.telling]
    # A fingerprint inside another one that is shown too says nothing of its own.
    largest = [s for s in telling if not any(s.fingerprint < t.fingerprint for t in telling)]
    if largest:
        return [s.misconception for s in largest] if len(largest) <= 2 else []
    return _nearest(bank, outcomes, wrong)


def _nearest(
    bank: Study, outcomes: Sequence[Outcome], wrong: frozenset[int]
) -> list[Misconception]:
    """The one misconception that agrees nearly everywhere, when no other comes near it."""
    ranked = sorted(
        ((_agreement(outcomes, s, wrong), s) for s in bank.suspects if s.telling),
        key=lambda pair: -pair[0],
    )
    if not ranked or ranked[0][0] < _NEAR:
        return []
    rivals = [share for share, _ in ranked[1:]]
    is_alone = not rivals or ranked[0][0] - rivals[0] >= _MARGIN
    return [ranked[0][1].misconception] if is_alone else []


def _agreement(outcomes: Sequence[Outcome], suspect: Suspect, wrong: frozenset[int]) -> float:
    """The share of inputs where either is wrong on which both give the same wrong value."""
    both = wrong & suspect.fingerprint
    agreeing = [i for i in both if same(outcomes[i], suspect.outcomes[i])]
    values = sum(outcomes[i].raised is None for i in agreeing)
    return len(agreeing) / len(wrong | suspect.fingerprint) if values >= 3 else 0.0


def same(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are alike: equal values, or exceptions of one type."""
    if one.raised or other.raised:
        return bool(one.raised and other.raised and one.raised.type_name == other.raised.type_name)
    return equal(one.value, other.value)


def differing(outcomes: Sequence[Outcome], right: Sequence[Outcome]) -> frozenset[int]:
    """The positions at which two rows of outcomes differ."""
    pairs = enumerate(zip(outcomes, right, strict=True))
    return frozenset(i for i, (one, other) in pairs if not same(one, other))


def _shows(outcomes: Sequence[Outcome], suspect: Suspect, wrong: frozenset[int]) -> bool:
    """Whether the whole fingerprint of a misconception is there, exactly as it would leave it."""
    prints = suspect.fingerprint
    return (
        bool(prints)
        and prints <= wrong
        and all(same(outcomes[i], suspect.outcomes[i]) for i in prints)
    )


def _fingerprint(bank: Study, misconception: Misconception) -> frozenset[int]:
    return next(s.fingerprint for s in bank.suspects if s.misconception is misconception)


def _of(misconception: Misconception) -> Diagnosis:
    return Diagnosis(misconception.name, misconception.sentence)


def _named(found: list[Diagnosis], joint: str = ", or ") -> Diagnosis | None:
    if not found:
        return None
    names = tuple(dict.fromkeys(diagnosis.name for diagnosis in found))
    sentences = list(dict.fromkeys(diagnosis.sentence for diagnosis in found))
    if joint == " and " and len(sentences) > 1:
        first, *others = map(_without_praise, sentences)
        sentences = [first, *(f"Besides, {_lowered(other)}" for other in others)]
    return Diagnosis(joint.join(names), " ".join(sentences), names)


def _without_praise(sentence: str) -> str:
    """A sentence without "The text is right, but", which is untrue where more is wrong.

    >>> _without_praise("The pieces are right, but the second value must be True.")
    'The second value must be True.'
    """
    rest = re.sub(r"^The [a-z_ ]+ (?:is|are) right, but ", "", sentence)
    return rest[0].upper() + rest[1:]


def _lowered(sentence: str) -> str:
    """A sentence as it goes on behind a comma; names and code keep their capitals."""
    word = sentence.partition(" ")[0]
    return sentence[0].lower() + sentence[1:] if word.capitalize() == word else sentence
