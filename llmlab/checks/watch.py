"""Notice an answer that is not its author's own: one that is, wraps, or calls the real thing.

A `Watch` looks on while a student's function runs, by the profiling hook, and remembers every call
into what it was told to watch: functions and classes of the library (`counterparts`), the check's
own right answers, whole modules by name. A copy of a long function's code under another name counts
as the function; two short functions may be alike by chance and do not.

Not noticed: calls in another process, C types that hide their module, an answer typed in by hand
from the library's source. The classroom masks the library while it grades; this is for honesty.

>>> import textwrap
>>> watch = Watch([textwrap.dedent])
>>> watch.run(lambda: textwrap.dedent("  a"))
'a'
>>> watch.borrowed
['textwrap.dedent']
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any

__all__ = ["Watch"]

_LONG = 200  # bytes of bytecode from which two equal functions are no coincidence


class Watch:
    """Looks for calls into `counterparts`: functions, classes, or names of modules."""

    def __init__(self, counterparts: Iterable[Any]) -> None:
        self.borrowed: list[str] = []
        self._modules: list[str] = []
        self._classes: list[type] = []
        self._known: dict[int, tuple[CodeType, str]] = {}
        self._long: dict[object, str] = {}
        for counterpart in counterparts:
            self._add(counterpart)

    def run(self, call: Callable[[], Any]) -> Any:
        """Run `call` and note what it borrows in `borrowed`; its own exceptions pass through."""
        previous, in_threads = sys.getprofile(), threading.getprofile()
        threading.setprofile(self._look)
        sys.setprofile(self._look)
        try:
            return call()
        finally:
            # subtle: what cProfile installs on 3.11 cannot be put back from Python.
            sys.setprofile(previous if callable(previous) else None)
            threading.setprofile(in_threads)  # type: ignore[arg-type]

    def inspect(self, function: Any) -> str:
        """The name of the counterpart that `function` is, wraps or subclasses; "" if none."""
        if isinstance(function, type):
            bases = [base for base in self._classes if issubclass(function, base)]
            return _name(bases[0]) if bases else ""
        for layer in _layers(function):
            code = getattr(layer, "__code__", None)
            if isinstance(code, CodeType) and self._label(code):
                return self._label(code)
            if self._in_modules(getattr(layer, "__module__", None) or ""):
                return _name(layer)
        return ""

    def _add(self, counterpart: Any) -> None:
        if isinstance(counterpart, str):
            self._modules.append(counterpart)
            return
        if isinstance(counterpart, type):
            self._classes.append(counterpart)
        for function in _functions(counterpart):
            label = _name(function)
            self._known[id(function.__code__)] = (function.__code__, label)
            if len(function.__code__.co_code) >= _LONG:
                self._long[_content(function.__code__)] = label

    def _look(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            label = self._label(frame.f_code)
            if not label and self._modules and self._in_modules(frame.f_globals.get("__name__")):
                label = f"{frame.f_globals['__name__']}.{frame.f_code.co_name}"
        elif event == "c_call":
            label = "" if frame.f_code is Watch.run.__code__ else self._builtin(argument)
        else:
            return
        if label and label not in self.borrowed:
            self.borrowed.append(label)

    def _label(self, code: CodeType) -> str:
        known = self._known.get(id(code))
        if known is None:
            is_long = self._long and len(code.co_code) >= _LONG
            label = self._long.get(_content(code), "") if is_long else ""
            # subtle: the code object is kept, so that its id is not given to another.
            known = self._known[id(code)] = (code, label)
        return known[1]

    def _builtin(self, function: Any) -> str:
        if function is sys.setprofile:
            return "sys.setprofile"
        if not self._modules:
            return ""
        owner = getattr(function, "__self__", None)
        home = getattr(function, "__module__", None) or type(owner).__module__
        return f"{home}.{function.__name__}" if self._in_modules(home) else ""

    def _in_modules(self, name: object) -> bool:
        text = str(name)
        return any(text == m or text.startswith(m + ".") for m in self._modules)


def _functions(counterpart: Any) -> Iterator[FunctionType]:
    """The plain functions that a counterpart consists of."""
    if isinstance(counterpart, type):
        for member in vars(counterpart).values():
            if isinstance(member, property):
                member = member.fget
            yield from _functions(getattr(member, "__func__", member)) if callable(member) else ()
        return
    for layer in _layers(counterpart):
        if isinstance(layer, FunctionType):
            yield layer


def _layers(function: Any) -> Iterator[Any]:
    """The function and everything that it is wrapped around: partials, methods, decorators."""
    for _ in range(20):
        yield function
        if isinstance(function, functools.partial):
            function = function.func
        elif isinstance(function, MethodType):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif isinstance(type(function).__call__, FunctionType):
            function = type(function).__call__  # an object that can be called
        else:
            return


def _content(code: CodeType) -> object:
    """What a function does, without its name and place in a file."""
    constants = tuple(_content(c) if isinstance(c, CodeType) else repr(c) for c in code.co_consts)
    return (code.co_code, code.co_names, code.co_varnames, constants)


def _name(function: Any) -> str:
    module = getattr(function, "__module__", None) or "?"
    return f"{module}.{getattr(function, '__qualname__', type(function).__name__)}"
