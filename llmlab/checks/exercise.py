"""An exercise: what its answers must satisfy, and the wrong answers that we can explain.

An `Exercise` is a plain object that holds lists, filled by decorators. Calling it checks a
student's function; the student's table, the diagnosis, the points and the tests of the check
itself all come from these lists, so nothing is written twice.

What a property may do with its `answer` (a `Probe`, never the function itself):
`answer(*args)` the result · `answer.error(*args)` the exception where one must come, as a `Raised`
with `.is_a("ValueError")` and `.message`, or None · `answer.changes(*args)` what it changed that
was not its to change · `answer.operations(*args)` the lines and calls it executes.

>>> double = Exercise("00-example", "double", reference=lambda n: 2 * n)
>>> _ = double.inputs(lambda rng: [(0,), (3,), (rng.randrange(4, 9),)])
>>> @double.property("twice the number")
... def _(answer, n):
...     expect(equal(answer(n), 2 * n), f"double({n}) is {show(answer(n))}; it must be {2 * n}.")
>>> double(lambda n: n + n)
1.0
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from llmlab.checks.report import NoPoints, Points
from llmlab.checks.values import difference, equal, listed, show, size
from llmlab.checks.verdict import expect, grading_seed, judge

__all__ = [
    "Exercise",
    "Misconception",
    "Property",
    "difference",
    "equal",
    "expect",
    "listed",
    "show",
]

Arguments = tuple[Any, ...]
Inputs = Callable[[random.Random], Iterable[Arguments]]


@dataclass(frozen=True)
class Property:
    """One thing that a right answer has: one point. `check(answer, *args)` calls `expect`."""

    id: str
    title: str
    check: Callable[..., None]
    supporting: bool = False
    visible_only: bool = False


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that people give, with its name and the sentence a teacher would say."""

    name: str
    sentence: str
    function: Callable[..., Any]
    tie: tuple[str, ...] = ()


class Exercise:
    """One exercise of one lab. `slug` is its grade_id; the function's name is the slug with `_`.

    Args:
        reference: a right answer, usually the library's.
        counterparts: functions, classes, or names of modules (`"tiktoken"`) that are the answer
            itself: a student's function that calls one earns nothing.
        observe: `observe(answer, *args)` turns one call into plain data for the diagnosis; needed
            when the function returns an iterator or takes callables.
        points: the most points it gives; the number of its properties when left out.
        own_work: False for outcomes, where the answer may come from anywhere.
    """

    def __init__(
        self,
        lab: str,
        slug: str,
        *,
        reference: Callable[..., Any],
        counterparts: tuple[Any, ...] = (),
        observe: Callable[..., Any] | None = None,
        points: float | None = None,
        own_work: bool = True,
    ) -> None:
        self.lab = lab
        self.slug = slug
        self.name = slug.replace("-", "_")
        self.reference = reference
        self.counterparts = counterparts
        self.observe = observe
        self.own_work = own_work
        self.properties: list[Property] = []
        self.misconceptions: list[Misconception] = []
        self.alternatives: list[Callable[..., Any]] = []
        self.visible: list[Inputs] = []
        self.concealed: list[Inputs] = []
        self.equivalents: list[tuple[str, str]] = []
        self._points = points

    def __call__(
        self,
        function: Callable[..., Any] | None = None,
        *,
        hidden: bool = False,
        seed: int | None = None,
    ) -> Points:
        """Check `function`: its points with the table, or `NoPoints` when it earned nothing.

        The hidden call adds inputs drawn from the grading seed (`LLMLAB_GRADING_SEED`, else a fresh
        one) to the visible ones, and says nothing about any input.
        """
        if seed is None:
            seed = grading_seed() if hidden else 0
        report = judge(self, function, seed=seed, hidden=hidden)
        if report.points > 0:
            return Points(report)
        problem = NoPoints(report)
        problem.show()
        raise problem

    def __repr__(self) -> str:
        return f"Exercise({self.lab!r}, {self.slug!r})"

    def identify(self, rule: Property) -> str:
        """The stable id of a property and of its messages: lab, exercise, property."""
        return f"{self.lab}/{self.slug}/{rule.id}"

    def draw(self, seed: int, hidden: bool) -> tuple[list[Arguments], list[Arguments]]:
        """The visible and the concealed inputs, smallest first.

        A hidden check has the visible inputs of seed 0, which the student saw; what is drawn from
        `seed`, more of the visible kind included, is concealed.
        """
        if not hidden:
            return _drawn(self.visible, seed), []
        return _drawn(self.visible, 0), _drawn(self.visible + self.concealed, seed)

    @property
    def max_points(self) -> float:
        """The most points an answer can earn."""
        return float(len(self.properties) if self._points is None else self._points)

    def inputs(self, draw: Inputs) -> Inputs:
        """Register `draw(rng)`, which yields tuples of arguments that everybody may see."""
        self.visible.append(draw)
        return draw

    def hidden_inputs(self, draw: Inputs) -> Inputs:
        """Register `draw(rng)`, which yields the further arguments of the hidden call."""
        self.concealed.append(draw)
        return draw

    def property(
        self,
        title: str,
        *,
        supporting: bool = False,
        visible_only: bool = False,
        id: str | None = None,
    ) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Register a property: `check(answer, *args)` runs for every input and calls `expect`.

        A `supporting` property is one that nonsense can satisfy: it earns only together with one
        that is not. `visible_only` runs on the visible inputs alone. `id` is the slug of the title.
        """

        def register(check: Callable[..., None]) -> Callable[..., None]:
            name = id or slugify(title)
            if any(known.id == name for known in self.properties):
                raise ValueError(f"{self!r} has two properties {name!r}: give one an id=")
            self.properties.append(Property(name, title, check, supporting, visible_only))
            return check

        return register

    def misconception(
        self, name: str, sentence: str, *, tie: Iterable[str] | str = ()
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a wrong answer with its name. `tie`: others that behave alike on every input."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            names = (tie,) if isinstance(tie, str) else tuple(tie)
            self.misconceptions.append(Misconception(name, sentence, function, names))
            return function

        return register

    def alternative(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Register another right answer: a loop, a comprehension, another library."""
        self.alternatives.append(function)
        return function

    def equivalent(self, mutant: str, reason: str) -> None:
        """State that automatic mutants, by id or a pattern with `*`, change nothing, and why."""
        self.equivalents.append((mutant, reason))

    def leaves_inputs_alone(
        self, title: str = "leaves its inputs and everything else alone"
    ) -> None:
        """Add a supporting property: arguments, random states, folder and environment unchanged."""

        def check(answer: Any, *args: Any) -> None:
            changes = answer.changes(*args)
            expect(not changes, f"{'; '.join(changes)}. Make a copy, and change that.")

        self.property(title, supporting=True, id="leaves-inputs-alone")(check)


def _drawn(sources: list[Inputs], seed: int) -> list[Arguments]:
    found = [args for draw in sources for args in draw(random.Random(seed))]
    return sorted(found, key=size)


def slugify(title: str) -> str:
    """The title as an identifier.

    >>> slugify("left to right, no overlap")
    'left-to-right-no-overlap'
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
