"""Measures that no clock disturbs: operations counted, and what a call left changed behind it.

>>> counter = OperationCounter()
>>> counter.run(lambda: max([3, 1, 2]))
3
>>> counter.count >= 3
True
"""

from __future__ import annotations

import builtins
import os
import random
import sys
from collections.abc import Callable, Sized
from typing import Any

__all__ = ["OperationCounter", "world"]

_SCANNING = ("max", "min", "sum", "sorted", "any", "all")


class OperationCounter:
    """Counts the lines and calls that Python executes, with the tracing hook.

    The built-in functions that look at all of their argument count as many as it has items, so
    `max(counts)` is not one operation. Other work in C (a slice, a join) counts as its line.
    """

    def __init__(self) -> None:
        self.count = 0

    def run(self, call: Callable[[], Any]) -> Any:
        """Run `call` and add up what it executes in `count`; a debugger's hook is put back."""
        previous = sys.gettrace()
        originals = {name: getattr(builtins, name) for name in _SCANNING}
        for name, original in originals.items():
            setattr(builtins, name, self._scanning(original))
        sys.settrace(self._trace)
        try:
            return call()
        finally:
            sys.settrace(previous)
            for name, original in originals.items():
                setattr(builtins, name, original)

    def _trace(self, frame: Any, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename == __file__:
            return None
        self.count += event in ("call", "line")
        return self._trace

    def _scanning(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def scan(*args: Any, **options: Any) -> Any:
            # A generator counts by itself, line by line.
            self.count += len(args[0]) if len(args) == 1 and isinstance(args[0], Sized) else 1
            return original(*args, **options)

        return scan


def world() -> dict[str, Any]:
    """What a function may not change, by its name: random states, folder, environment.

    >>> before = world()
    >>> _ = random.random()
    >>> [what for what, state in world().items() if state != before[what]]
    ['the state of `random`']
    """
    found: dict[str, Any] = {
        "the state of `random`": random.getstate(),
        "the working directory": os.getcwd(),
        "the environment": dict(os.environ),
    }
    if "numpy" in sys.modules:
        state = sys.modules["numpy"].random.get_state()
        found["the state of `numpy.random`"] = (state[0], state[1].tobytes(), state[2:])
    if "torch" in sys.modules:
        found["the random state of torch"] = sys.modules["torch"].get_rng_state().numpy().tobytes()
    return found
