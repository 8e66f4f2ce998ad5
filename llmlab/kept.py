"""A student's own pieces, carried from lab to lab as plain Python files.

A piece is a function or a class that was written in a notebook. It is kept with what it needs: the
imports, constants and helpers that it names, found in its compiled code. So the file runs on its
own, and can be read. Whether a piece is *right* is not known here.

    keep(Path("work/.pieces"), "02-tokenization", merge_pair)
        -> work/.pieces/02-tokenization/merge_pair.py
    load(path)  -> the function again
"""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import linecache
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from llmlab.runtime import atomic_write

__all__ = ["PieceError", "find", "keep", "load", "source_of"]

_FUTURE = "from __future__ import annotations\n"
_LOADS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}
Piece = FunctionType | type


class PieceError(ValueError):
    """A piece that cannot be kept or read again; the message says why."""


def keep(pieces: Path, lab: str, piece: Piece) -> Path:
    """Write a function or class, and what it needs, as `pieces/LAB/NAME.py`; return the file.

    Raises PieceError if its source cannot be found, or if it leans on something that is no import,
    constant, function or class.
    """
    piece = inspect.unwrap(piece)
    parts: dict[str, str] = {}
    _collect(piece, parts)
    imports = sorted(text for text in parts.values() if text.startswith(("import ", "from ")))
    rest = [text for text in parts.values() if text not in imports]
    head = f'"""{piece.__name__}: written in lab {lab}."""\n\n{_FUTURE}'
    path = pieces / lab / f"{piece.__name__}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    body = "\n\n\n".join(["\n".join([head, *imports]).strip(), *rest])
    return atomic_write(path, body + "\n")


def find(pieces: Path, name: str) -> Path | None:
    """Return the file of a piece, of the latest lab that kept one of this name."""
    return max(pieces.glob(f"*/{name}.py"), default=None, key=lambda path: path.parent.name)


def load(path: Path) -> Callable[..., Any]:
    """Run a piece's file as a module of its own and return the function or class.

    Raises PieceError, with the cause attached, if the file does not run or lacks the name.
    """
    module = ModuleType(f"llmlab_piece_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where dataclasses and pickle look their classes up
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), vars(module))
        return vars(module)[path.stem]
    except Exception as error:
        raise PieceError(f"{path} does not run: {type(error).__name__}: {error}") from error


def source_of(piece: Piece) -> str:
    """Return the source of a function or class, decorators included, as its cell or file has it."""
    code = _code(piece)
    if code is None:
        raise PieceError(f"{piece!r} has no source: keep functions, and classes with methods.")
    text = "".join(linecache.getlines(code.co_filename))
    above = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.name == piece.__name__
        and _first_line(node) <= code.co_firstlineno
    ]
    if not above:
        raise PieceError(f"The source of {piece.__name__} is gone. Run its cell again.")
    node = max(above, key=_first_line)
    lines = text.split("\n")[_first_line(node) - 1 : node.end_lineno]  # as Python counts lines
    if lines[0][:1].isspace():
        raise PieceError(f"{piece.__name__} is defined inside something; define it on its own.")
    return "\n".join(lines)


def _first_line(node: Any) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _code(piece: Piece) -> CodeType | None:
    """Return compiled code that tells where a piece stands; of a class, its first method's."""
    codes = [function.__code__ for function in _functions(piece)]
    return min(codes, key=lambda code: code.co_firstlineno, default=None)


def _functions(piece: Piece) -> Iterator[FunctionType]:
    """Yield a function, or the functions of a class that are written in it, not made for it."""
    members = list(vars(piece).values()) if isinstance(piece, type) else [piece]
    for member in members:
        function = inspect.unwrap(getattr(member, "__func__", getattr(member, "fget", member)))
        if isinstance(function, FunctionType) and linecache.getlines(function.__code__.co_filename):
            yield function


def _globals(piece: Piece) -> dict[str, Any]:
    """Return the names of the notebook or module in which a piece was written."""
    return next((f.__globals__ for f in _functions(piece)), vars(sys.modules[piece.__module__]))


# ---------------------------------------------------------------------------------------------
# What a piece needs


def _collect(piece: Piece, parts: dict[str, str]) -> None:
    """Put the source of `piece` into `parts`, after that of everything that it names."""
    parts[piece.__name__] = ""  # subtle: a mark, so that two functions that call each other end
    source = source_of(piece)
    scope = _globals(piece)
    for name in _names(source):
        if name in scope and name not in parts:
            _collect_value(name, scope[name], piece, parts)
    del parts[piece.__name__]
    parts[piece.__name__] = source


def _collect_value(name: str, value: Any, user: Piece, parts: dict[str, str]) -> None:
    """Put into `parts` what gives `name` its value in the piece's own file."""
    bare = inspect.unwrap(value) if callable(value) else value
    if isinstance(bare, Piece) and _globals(bare) is _globals(user):
        if bare.__name__ != name:
            raise PieceError(f"{user.__name__} calls {bare.__name__} {name}; write a def {name}.")
        _collect(bare, parts)
    elif hasattr(builtins, name):
        return  # IPython has an `open` of its own, for one
    elif isinstance(value, ModuleType):
        parts[name] = f"import {_under(value.__name__, name)}"
    elif _importable(value):
        parts[name] = f"from {value.__module__} import {_under(value.__name__, name)}"
    elif _is_constant(value):
        parts[name] = f"{name} = {value!r}"
    else:
        raise PieceError(
            f"{user.__name__} uses {name}, a {type(value).__name__} of the notebook, which cannot"
            " travel with it. Hand it over as an argument, or make it inside the function."
        )


def _names(source: str) -> list[str]:
    """Return the names that a source takes from outside, when it is defined or when it is called.

    >>> _names("def f(a, k=K): return len(a) + g(a.shape)")
    ['K', 'len', 'g']
    """
    names = []
    codes: list[CodeType] = [compile(_FUTURE + source, "<piece>", "exec", dont_inherit=True)]
    for code in codes:
        for step in dis.get_instructions(code):
            if step.opname in _LOADS:
                names.append(step.argval)
        codes += [part for part in code.co_consts if isinstance(part, CodeType)]
    return list(dict.fromkeys(names))


def _under(name: str, alias: str) -> str:
    return name if name == alias else f"{name} as {alias}"


def _importable(value: Any) -> bool:
    """Say whether `from its module import its name` gives this very object."""
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__":
        return False
    return getattr(sys.modules.get(module), name, None) is value


def _is_constant(value: Any) -> bool:
    """Say whether a value is plain data that its `repr` gives back."""
    try:
        return ast.literal_eval(repr(value)) == value
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return False
