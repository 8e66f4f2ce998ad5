"""Run somebody else's function so that it ends, is quiet, and cannot eat the machine.

A `Guard` stops a call that has used too much CPU time or memory, and keeps what it printed. CPU
time, never wall time: a loaded machine fails nobody. One watching thread works on every system
and in every thread, and needs neither signals nor tracing (debuggers and coverage stay in place).

What it cannot stop: a single call into C that does not return, and a call that sleeps.

>>> with Guard() as guard:
...     guard.run(lambda: 6 * 7)
42
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Guard", "OutOfMemory", "OutOfTime", "Stopped"]

_TICK = 0.05  # seconds between two looks
_PRINTED = 4_000  # characters of output that are kept
_LINES = 100  # and lines; of more than that only the first are told
_TOLD = 5


class Stopped(BaseException):
    """A call was stopped. No `Exception`, so that `except Exception` does not swallow it."""


class OutOfTime(Stopped):
    """A call used more CPU time than it may."""


class OutOfMemory(Stopped):
    """A call took more memory than it may."""


class Guard:
    """Limits for the calls of one thread: `cpu_s` seconds and `memory` bytes a call.

    Use it as a context; `printed` collects what the calls wrote, `warned` their warnings.
    """

    def __init__(self, cpu_s: float = 2.0, memory: int = 1_500_000_000) -> None:
        self.cpu_s = cpu_s
        self.memory = memory
        self.printed = _Bounded(_PRINTED)
        self.warned: list[str] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._limits: tuple[float, int] | None = None
        self._sent = False

    def __enter__(self) -> Guard:
        self._ident = threading.get_ident()
        self._clock = _thread_clock(self._ident)
        self._thread = threading.Thread(target=self._watch, name="llmlab-guard", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._over.set()
        self._thread.join()

    def run(self, function: Callable[[], Any], cpu_s: float | None = None) -> Any:
        """Call `function` within the limits and quietly; `Stopped` is raised when it goes over."""
        try:
            self._limits = (self._clock() + (cpu_s or self.cpu_s), _peak_memory() + self.memory)
            with self._quiet():
                return function()
        finally:
            self._disarm()

    def written(self) -> str:
        """What the calls printed and warned of, as one text, cut where it is long."""
        text = self.printed.getvalue().rstrip()
        if self.printed.cut:
            first = "\n".join(text.splitlines()[:_TOLD])
            text = f"{first}\n[…]\nYour code prints a lot; remove the print."
        return "\n".join(part for part in (text, *self.warned) if part)

    def _disarm(self) -> None:
        # subtle: the last exception may still be on its way. Taking it back (SetAsyncExc with NULL)
        # leaves CPython 3.11 looping for ever under a profiler, so we wait until it has arrived.
        while self._limits or self._sent:
            try:
                with self._lock:
                    self._limits = None
                for _ in range(100 if self._sent else 0):
                    pass
                self._sent = False
            except Stopped:
                continue

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        with (
            contextlib.redirect_stdout(self.printed),
            contextlib.redirect_stderr(self.printed),
            warnings.catch_warnings(record=True) as caught,
        ):
            warnings.simplefilter("always")
            try:
                yield
            finally:
                for warning in caught[:20]:
                    line = f"{warning.category.__name__}: {str(warning.message)[:200]}"
                    if line not in self.warned and len(self.warned) < 20:
                        self.warned.append(line)

    def _watch(self) -> None:
        while not self._over.wait(_TICK):
            with self._lock:
                # subtle: raised again at every tick, so `except BaseException` only delays it.
                if self._limits is None:
                    continue
                if self._clock() > self._limits[0]:
                    self._stop(OutOfTime)
                elif _peak_memory() > self._limits[1]:
                    self._stop(OutOfMemory)

    def _stop(self, problem: type[Stopped]) -> None:
        """Raise `problem` in the guarded thread at its next bytecode."""
        self._sent = True
        pointer, ident = ctypes.py_object(problem), ctypes.c_ulong(self._ident)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, pointer)


class _Bounded(io.StringIO):
    """Text output of which only the first characters and lines are kept."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.lines = 0
        self.cut = False

    def write(self, text: str) -> int:
        room = self.limit - self.tell()
        super().write(text[:room])
        self.lines += text.count("\n")
        self.cut = len(text) > room or self.lines > _LINES
        if self.cut:
            # subtle: `len` does what is left of the work, to say how much was written, at once.
            self.write = len  # type: ignore[method-assign, assignment]
        return len(text)


def _thread_clock(ident: int) -> Callable[[], float]:
    """The CPU seconds of one thread; of the whole process where the system does not tell."""
    clock_id = getattr(time, "pthread_getcpuclockid", None)
    if clock_id is None:
        return time.process_time
    clock = clock_id(ident)
    return lambda: time.clock_gettime(clock)


def _peak_memory() -> int:
    """The most memory this process ever held, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
