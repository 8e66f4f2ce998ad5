"""The only thing that touches a student's function: call it, and look at what it does.

A check gets a `Probe` in place of the function. Arguments are copied on the way in, results made
plain on the way out, output and warnings swallowed, runaway calls stopped, and any exception
becomes `Trouble`, whose text a student can act on. Another probe with the same methods can stand
here for a function that lives in a sandbox: nothing but plain data crosses.

>>> with Guard() as guard:
...     answer = Probe(lambda n: [n] * n, guard)
...     answer(2), answer.error("x").type_name
([2, 2], 'TypeError')
"""

from __future__ import annotations

import copy
import linecache
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from llmlab.checks.guard import Guard, OutOfMemory, OutOfTime, Stopped
from llmlab.checks.measure import OperationCounter, world
from llmlab.checks.values import equal, kind_of, plain, show

__all__ = ["Outcome", "Probe", "Raised", "Stream", "Trouble"]

_MAX_ITEMS = 100_000
Around = Callable[[Callable[[], Any]], Any]  # runs a call within something: a watch, a counter
_LIBRARY = os.path.dirname(os.path.dirname(__file__)) + os.sep


class Trouble(Exception):
    """A call went wrong in a way that its author should hear about; the text says how."""

    def __init__(self, message: str, raised: Raised | None = None) -> None:
        super().__init__(message)
        self.raised = raised


@dataclass(frozen=True)
class Raised:
    """An exception, as plain data: its class, its base classes, its text, where it came from."""

    type_name: str
    bases: tuple[str, ...] = ()
    message: str = ""
    where: str = ""

    def is_a(self, type_name: str) -> bool:
        """Whether it is an instance of the class of that name.

        >>> Raised("KeyError", ("KeyError", "LookupError")).is_a("LookupError")
        True
        """
        return type_name == self.type_name or type_name in self.bases


@dataclass(frozen=True)
class Outcome:
    """What one call came to: a value, or an exception."""

    value: Any = None
    raised: Raised | None = None


class Probe:
    """A student's function, behind glass. Call it as one would call the function.

    `name` is what the function is called in messages. `right(*args)` is a right answer, or raises:
    by it a forgotten `return` and a generator in place of a list are known for what they are. After
    `patience` calls that never ended, the others are taken to be endless too.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        guard: Guard,
        *,
        name: str = "",
        around: Around | None = None,
        right: Callable[..., Any] | None = None,
        patience: int = 3,
    ) -> None:
        self.name = name or getattr(function, "__name__", "your function")
        self._function = function
        self._guard = guard
        self._around = around or (lambda call: call())
        self._right = right
        self._patience = patience
        self._endless: list[tuple[str, Outcome]] = []
        self.calls: list[tuple[tuple[Any, ...], Any]] = []

    def __call__(self, *args: Any) -> Any:
        """Call the function with copies of `args` and give back its result as plain data.

        `calls` remembers the arguments and the result, until somebody clears it.
        """
        outcome = self.outcome(*args)
        self.calls.append((args, outcome.value))
        if outcome.raised:
            raise Trouble(self.complaint(args, outcome.raised), outcome.raised)
        if complaint := self._unusable(args, outcome.value):
            raise Trouble(complaint)
        return outcome.value

    def of(self, function: Callable[..., Any]) -> Probe:
        """A plain probe of another function, under the same guard and name."""
        return Probe(function, self._guard, name=self.name)

    def outcome(self, *args: Any) -> Outcome:
        """Call the function and tell what happened, whether it returned or raised."""
        return self._outcome(tuple(copied(arg) for arg in args))

    def error(self, *args: Any) -> Raised | None:
        """Call the function where it should raise: the exception, or None if it returned.

        A call that was stopped, or whose code is not written yet, is trouble and no such error.
        """
        return self._finished(args, self.outcome(*args))

    def changes(self, *args: Any) -> list[str]:
        """Call the function and say what it changed that was not its to change; [] is good."""
        passed = tuple(copied(arg) for arg in args)
        before, outside = tuple(copied(arg) for arg in passed), world()
        self._finished(args, self._outcome(passed))
        changed = [
            f"argument {position} was {show(old)} and is {show(new)} after the call"
            for position, (old, new) in enumerate(zip(before, passed, strict=True), start=1)
            if not _is_iterator(old) and not equal(plain(new), plain(old))
        ]
        after = world()
        return changed + [f"{what} was changed" for what in outside if outside[what] != after[what]]

    def operations(self, *args: Any) -> int:
        """Count the lines and calls that one call executes: a cost that no clock disturbs.

        `max`, `min`, `sum` and `sorted` count as many as they look at.
        """
        passed = tuple(copied(arg) for arg in args)
        counter = OperationCounter()
        outcome = self._outcome(passed, counter.run, cpu_s=5 * self._guard.cpu_s)
        if outcome.raised:
            raise Trouble(self.complaint(args, outcome.raised), outcome.raised)
        return counter.count

    def _outcome(
        self, passed: tuple[Any, ...], within: Around | None = None, cpu_s: float | None = None
    ) -> Outcome:
        key = show(passed, 2_000)
        for endless, outcome in self._endless:
            if endless == key or len(self._endless) >= self._patience:
                return outcome

        def call() -> Any:
            return self._plain(self._function(*passed), passed)

        outcome = self.guarded(call, within, cpu_s)
        if outcome.raised and outcome.raised.type_name == "Stopped":
            self._endless.append((key, outcome))
        return outcome

    def _finished(self, args: tuple[Any, ...], outcome: Outcome) -> Raised | None:
        raised = outcome.raised
        if raised and raised.type_name in ("Stopped", "NotImplementedError"):
            raise Trouble(self.complaint(args, raised), raised)
        return raised

    def _plain(self, value: Any, passed: tuple[Any, ...]) -> Any:
        return Stream(value, self, passed) if _is_iterator(value) else plain(value)

    def guarded(
        self, call: Callable[[], Any], within: Around | None = None, cpu_s: float | None = None
    ) -> Outcome:
        """Run `call` under the guard (and `within` a counter); every exception is an outcome."""
        around = within or self._around
        try:
            return Outcome(self._guard.run(lambda: around(call), cpu_s))
        except KeyboardInterrupt:
            raise
        except Stopped as problem:
            return Outcome(raised=Raised("Stopped", message=_stopped(problem)))
        except BaseException as problem:  # SystemExit too: a student's function may raise anything
            return Outcome(raised=_raised(problem))

    def call(self, args: tuple[Any, ...]) -> str:
        """A call as one would write it, for messages."""
        return f"`{self.name}({', '.join(show(arg) for arg in args)})`"

    def _unusable(self, args: tuple[Any, ...], value: Any) -> str:
        """What is wrong with a result that no check can look at; "" if it may be right."""
        if self._right is None or not (value is None or isinstance(value, Stream)):
            return ""
        try:
            right = self._right(*(copied(arg) for arg in args))
        except Exception:
            return ""
        if value is None and right is not None:
            missing = "returned None where a value is needed: is a `return` missing?"
            return f"{self.call(args)} {missing}"
        if value is not None and not _is_iterator(right):
            needed = kind_of(plain(right))
            return f"{self.call(args)} returned an iterator; {needed} is needed here."
        return ""

    def complaint(self, args: tuple[Any, ...], raised: Raised) -> str:
        if raised.type_name == "NotImplementedError":
            return not_written(self.name)
        if raised.type_name == "Stopped":
            return f"{self.call(args)} {raised.message}"
        text = f"{self.call(args)} raised {raised.type_name}"
        return text + (f": {raised.message}" if raised.message else "") + raised.where


class Stream:
    """An iterator that a student's function returned: every step is taken under the guard."""

    def __init__(self, iterator: Iterator[Any], probe: Probe, args: tuple[Any, ...]) -> None:
        self._iterator = iterator
        self._probe = probe
        self._args = args
        self._taken = 0

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Any:
        self._taken += 1
        if self._taken > _MAX_ITEMS:
            raise Trouble(f"`{self._probe.name}` never stops: {_MAX_ITEMS:,} items and more")
        end = object()
        outcome = self._probe.guarded(lambda: (next(self._iterator, end),))
        if outcome.raised:
            raise Trouble(self._probe.complaint(self._args, outcome.raised), outcome.raised)
        if outcome.value[0] is end:
            raise StopIteration
        return plain(outcome.value[0])


def not_written(name: str) -> str:
    """What a student is told whose function still raises NotImplementedError."""
    return (
        f"{name} is not written yet: replace `raise NotImplementedError` with your code, "
        "run its cell, then run this check again."
    )


def copied(value: Any) -> Any:
    """A deep copy; functions, iterators and whatever cannot be copied are passed as they are."""
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


def _is_iterator(value: Any) -> bool:
    return hasattr(type(value), "__next__")


def _stopped(problem: Stopped) -> str:
    if isinstance(problem, OutOfMemory):
        return "took more than a gigabyte of memory and was stopped."
    assert isinstance(problem, OutOfTime)
    return "did not come to an end and was stopped: does every turn of the loop make progress?"


def _raised(problem: BaseException) -> Raised:
    bases = tuple(base.__name__ for base in type(problem).__mro__)
    try:
        message = str(problem)[:200]
    except Exception:
        message = ""
    if isinstance(problem, RecursionError):
        message = "it calls itself without end"
    return Raised(type(problem).__name__, bases, message, _where(problem.__traceback__))


def _where(trace: TracebackType | None) -> str:
    """The student's own line: the deepest one that is not in the toolkit or a library."""
    own = [
        frame
        for frame in traceback.extract_tb(trace)
        if not frame.filename.startswith((_LIBRARY, sys.prefix, sys.base_prefix, "<frozen"))
    ]
    if not own or own[-1].lineno is None:
        return ""
    line = linecache.getline(own[-1].filename, own[-1].lineno).strip()
    return f" (line {own[-1].lineno} of your cell" + (f": `{line}`)" if line else ")")
