"""Check a check: what must hold for every exercise before a student meets it.

`audit(exercise)` runs the exercise against right answers, wrong ones, nonsense and automatic
mutants, and lists every problem in words. `llmlab checks` prints it and the project's tests hold it
empty. Knows nothing of notebooks but where the solutions lie.
"""

from __future__ import annotations

import copy
import fnmatch
import functools
import inspect
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from llmlab.checks.diagnosis import differing, observe, study
from llmlab.checks.exercise import Exercise
from llmlab.checks.guard import Guard
from llmlab.checks.mutate import Mutant, Solutions, mutants
from llmlab.checks.probe import Outcome, Probe, Stream, copied, not_written
from llmlab.checks.report import Report
from llmlab.checks.values import Foreign
from llmlab.checks.verdict import judge

__all__ = ["Audit", "audit"]

_KILLING_SEEDS = (1, 2, 3)


@dataclass
class Audit:
    """What an audit counted, every problem in words, and the ids of properties seen to fail."""

    lab: str
    exercise: str
    properties: int
    misconceptions: int
    caught: int = 0
    named: int = 0
    alternatives: int = 0
    rejected: int = 0
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    problems: list[str] = field(default_factory=list)
    biting: set[str] = field(default_factory=set)

    def to_json(self) -> dict[str, Any]:
        """The counts, as `llmlab checks --json` prints them."""
        return {k: v for k, v in asdict(self).items() if k not in ("problems", "biting")}


def audit(
    exercise: Exercise,
    solutions: Solutions | None = None,
    *,
    seeds: int = 20,
    mutation: bool = True,
) -> Audit:
    """Audit one exercise. Without `solutions` the mutants are made from the reference.

    An outcome (`own_work=False`) has no function in the notebook, so none that could be mutated.
    """
    result = Audit(
        exercise.lab,
        exercise.slug,
        properties=len(exercise.properties),
        misconceptions=len(exercise.misconceptions),
        alternatives=len(exercise.alternatives),
    )
    steps: list[Callable[[Exercise, Audit], Iterator[str]]] = [
        _well_formed,
        functools.partial(_right_answers_pass, seeds=seeds),
        _wrong_answers_are_named,
        _nonsense_earns_nothing,
        _borrowing_earns_nothing,
        _idle_properties_are_noticed,
    ]
    if solutions is not None and exercise.own_work:
        steps.append(functools.partial(_solution_agrees, solutions=solutions))
    if mutation and exercise.own_work:
        steps.append(functools.partial(_mutants_die, solutions=solutions))
    if mutation:
        steps.append(_every_property_bites)
    for step in steps:
        result.problems.extend(step(exercise, result))
    return result


def _judge(exercise: Exercise, function: Any, **options: Any) -> Report:
    return judge(exercise, function, **{"own_work": False, "diagnosed": False, **options})


def _well_formed(exercise: Exercise, result: Audit) -> Iterator[str]:
    """Inputs that say something, and outcomes that can be compared."""
    drawn = exercise.draw(0, False)[0] + exercise.draw(1, True)[1]
    if not exercise.properties or not drawn:
        yield "it has no property, or no input"
        return
    if all(rule.supporting for rule in exercise.properties):
        yield "all its properties are supporting: nothing can be earned"
    for position in range(max(map(len, drawn))):
        values = {repr(args[position]) for args in drawn if len(args) > position}
        if len(values) < 2:
            yield f"argument {position + 1} has the same value in every input: vary it"
    bank = study(exercise, len(exercise.misconceptions))
    if any(isinstance(outcome.value, Foreign | Stream) for outcome in bank.reference):
        yield "its results cannot be compared: give it observe="


def _right_answers_pass(exercise: Exercise, result: Audit, seeds: int) -> Iterator[str]:
    """The reference and every alternative, at every seed, visible and hidden."""
    for number, function in enumerate([exercise.reference, *exercise.alternatives]):
        name = f"alternative {number}" if number else "the reference"
        for seed in range(seeds):
            reports = [_judge(exercise, function, seed=seed, hidden=h) for h in (False, True)]
            failed = [report for report in reports if not report.passed]
            if failed:
                text = _judge(_all_visible(exercise), function, seed=seed).to_text()
                yield f"{name} is rejected at seed {seed}:\n{text}"
                result.rejected += 1 if number else 0
                break


def _wrong_answers_are_named(exercise: Exercise, result: Audit) -> Iterator[str]:
    """Every misconception loses points and is the one that is named, alone or with its ties."""
    seen = 0
    for wrong in exercise.misconceptions:
        reports = [_judge(exercise, wrong.function, seed=s, hidden=True) for s in _KILLING_SEEDS]
        result.biting |= frozenset.intersection(*(report.failed for report in reports))
        if any(report.passed for report in reports):
            yield f"the misconception {wrong.name!r} earns full points"
            continue
        result.caught += 1
        seen += not _judge(exercise, wrong.function).passed
        if any(report.failed_itself for report in reports):
            yield f"a check failed itself on {wrong.name!r}:\n{reports[0].to_text()}"
        report = _judge(exercise, wrong.function, seed=0, hidden=True, diagnosed=True)
        names = report.misconception.names if report.misconception else ()
        allowed = {wrong.name, *wrong.tie}
        allowed |= {m.name for m in exercise.misconceptions if wrong.name in m.tie}
        if wrong.name in names and set(names) <= allowed:
            result.named += 1
        else:
            said = " and ".join(map(repr, names)) or "nothing"
            yield f"the misconception {wrong.name!r} is not named: the diagnosis says {said}"
    if 2 * seen < len(exercise.misconceptions):
        yield f"the visible inputs catch {seen} of {len(exercise.misconceptions)} misconceptions"


def _nonsense_earns_nothing(exercise: Exercise, result: Audit) -> Iterator[str]:
    """Answers that do nothing, whatever the exercise, and the one that is not written yet."""
    for name, function in _nonsense(exercise):
        for hidden in (False, True):
            report = _judge(exercise, function, seed=0, hidden=hidden)
            if report.points or report.failed_itself:
                yield f"{name} earns {report.points:g} points:\n{report.to_text()}"
    report = _judge(exercise, _unwritten)
    if report.points or report.problem != not_written(exercise.name):
        yield "an answer that is not written yet is not told so"


def _unwritten(*args: Any) -> Any:
    raise NotImplementedError


def _nonsense(exercise: Exercise) -> Iterator[tuple[str, Callable[..., Any]]]:
    arguments = exercise.draw(0, False)[0]
    for position in range(max(map(len, arguments))):
        yield f"returning argument {position + 1}", functools.partial(_pick, position)
    for problem in (ValueError, KeyError, IndexError, TypeError, StopIteration):
        yield f"always raising {problem.__name__}", functools.partial(_raise, problem)
    constants: list[Any] = [None, 0, 1, -1, 0.0, 1.0, "", b"", True, False, [], (), {}, set()]
    for value in constants:
        yield f"always returning {value!r}", functools.partial(_give, value)
    bank = study(exercise, len(exercise.misconceptions))
    for args, outcome in list(zip(bank.inputs, bank.reference, strict=True))[:3]:
        if exercise.observe is None and outcome.raised is None:
            yield f"always the answer to {args!r}", functools.partial(_give, outcome.value)
            yield "an empty answer of the right type", functools.partial(_empty, outcome.value)


def _pick(position: int, *args: Any) -> Any:
    return args[position]


def _raise(problem: type[Exception], *args: Any) -> Any:
    raise problem


def _give(value: Any, *args: Any) -> Any:
    return copied(value)


def _empty(value: Any, *args: Any) -> Any:
    return type(value)() if value is not None and not hasattr(value, "shape") else None


def _borrowing_earns_nothing(exercise: Exercise, result: Audit) -> Iterator[str]:
    """The reference and the counterparts, handed in as they are and called from a function."""
    if not exercise.own_work:
        return
    theirs = [exercise.reference, *exercise.counterparts, *exercise.alternatives]
    for function in theirs:
        if not callable(function) or isinstance(function, type):
            continue
        for answer in (function, lambda *args, real=function: real(*args)):
            report = _judge(exercise, answer, own_work=True)
            if report.points or (function is exercise.reference and not report.problem):
                yield f"{function!r} is accepted as somebody's own work"


def _idle_properties_are_noticed(exercise: Exercise, result: Audit) -> Iterator[str]:
    """A property that returns early must turn this audit red: try it with each."""
    for rule in exercise.properties:
        idle = _with_check(exercise, rule.id, lambda answer, *args: None)
        if not _judge(idle, exercise.reference).failed_itself:
            yield f"nobody would notice if the property {rule.title!r} looked at nothing"


def _solution_agrees(exercise: Exercise, result: Audit, solutions: Solutions) -> Iterator[str]:
    """The solution cell does what the library's function does, and passes as a student's would."""
    names = solutions.namespace
    function = names.get(exercise.name)
    if function is None:
        yield f"the solution notebook defines no {exercise.name}"
        return
    bank = study(exercise, len(exercise.misconceptions))
    with Guard() as guard:
        probe = Probe(function, guard, name=exercise.name)
        outcomes: list[Outcome] = [observe(exercise, probe, args) for args in bank.inputs]
    for position in sorted(differing(outcomes, bank.reference))[:1]:
        yield f"the solution and the reference differ on {bank.inputs[position]!r}"
    for hidden in (False, True):
        report = judge(exercise, function, seed=1, hidden=hidden, diagnosed=False)
        if not report.passed:
            yield f"the solution does not earn full points:\n{report.to_text()}"


def _mutants_die(exercise: Exercise, result: Audit, solutions: Solutions | None) -> Iterator[str]:
    """Every mutant of the solution loses a point at some seed, or is listed as equivalent."""
    source, names = _source(exercise, solutions)
    used: set[str] = set()
    for mutant in mutants(source):
        result.mutants += 1
        if failed := _failed_by(exercise, mutant, names):
            result.killed += 1
            result.biting |= failed
            continue
        matching = {p for p, _ in exercise.equivalents if fnmatch.fnmatch(mutant.id, p)}
        used |= matching
        result.equivalent += bool(matching)
        if not matching:
            yield f"the mutant {mutant.id} survives, {mutant.description}\n{mutant.diff}"
    if not result.mutants:
        yield "there is no source to make mutants from"
    for pattern, _ in exercise.equivalents:
        if pattern not in used:
            yield f"equivalent({pattern!r}) matches no mutant that survives: take it out"


def _source(exercise: Exercise, solutions: Solutions | None) -> tuple[str, dict[str, Any]]:
    if solutions is not None:
        return solutions.source(exercise.slug), solutions.namespace
    source = inspect.getsource(exercise.reference)
    return source, dict(vars(sys.modules[exercise.reference.__module__]))


def _failed_by(exercise: Exercise, mutant: Mutant, names: dict[str, Any]) -> frozenset[str]:
    """The properties that a mutant fails at the first seed that tells; empty if it survives."""
    own = dict(names)
    try:
        exec(compile(mutant.source, "<mutant>", "exec"), own)
        function = own[exercise.name]
    except Exception:
        return frozenset({"it does not even run"})
    for seed in _KILLING_SEEDS:
        report = _judge(exercise, function, seed=seed, hidden=True, cpu_s=0.4, patience=1)
        if not report.passed:
            return report.failed or frozenset({"refused"})
    return frozenset()


def _every_property_bites(exercise: Exercise, result: Audit) -> Iterator[str]:
    """A property that no misconception and no mutant ever fails checks nothing."""

    def careless(*args: Any) -> Any:
        value = copied(exercise.reference(*args))
        random.random()
        for arg in args:
            if isinstance(arg, list | dict | set):
                arg.clear()
        return value

    bitten = result.biting | _judge(exercise, careless, hidden=True, seed=1).failed
    for rule in exercise.properties:
        if exercise.identify(rule) not in bitten:
            yield f"no misconception and no mutant fails the property {rule.title!r}"


def _with_check(exercise: Exercise, id: str, check: Callable[..., None]) -> Exercise:
    """The exercise with one property only, whose check is another."""
    clone = copy.copy(exercise)
    clone.properties = [replace(rule, check=check) for rule in exercise.properties if rule.id == id]
    return clone


def _all_visible(exercise: Exercise) -> Exercise:
    """The exercise with its hidden inputs in sight, so that messages say what went wrong."""
    clone = copy.copy(exercise)
    clone.visible = exercise.visible + exercise.concealed
    return clone
