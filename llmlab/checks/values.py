"""Values that a check may look at: made plain, compared strictly, shown briefly.

What a student's function returns is made `plain` before a check sees it, so nothing that the
student defined (an `__eq__`, a `__len__`, a property) ever runs inside a check. Knows nothing of
exercises. Torch and numpy are looked at only when somebody else has imported them.

>>> equal([1, 2.0], [1, 2.0 + 1e-15]), equal([1], (1,)), equal([True], [1])
(True, False, False)
"""

from __future__ import annotations

import math
import sys
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType
from typing import Any

__all__ = [
    "Foreign",
    "article",
    "difference",
    "equal",
    "kind_of",
    "listed",
    "plain",
    "show",
    "size",
]

_ATOMS = (type(None), bool, int, float, complex, str, bytes, bytearray, range)
_DICTS = (dict, Counter, OrderedDict, defaultdict)
_SEQUENCES = (list, tuple)
_SETS = (set, frozenset)
_SAID = {
    type(None): "None",
    bool: "a bool",
    int: "an integer",
    float: "a float",
    str: "a string",
    bytes: "bytes",
}
_DEPTH = 40
# Relative and absolute tolerance, by the name of the dtype.
_TOLERANCES = {
    "float64": (1e-9, 1e-12),
    "float32": (1e-4, 1e-5),
    "bfloat16": (2e-2, 1e-2),
    "float16": (2e-3, 1e-3),
}


@dataclass(frozen=True)
class Foreign:
    """Something that a check does not look into: an object of a type that is not plain data."""

    type_name: str
    note: str = ""

    def __repr__(self) -> str:
        return f"<{self.type_name} object{self.note}>"


def plain(value: Any, depth: int = 0) -> Any:
    """Copy `value` into plain data of exact types; anything else becomes a `Foreign`.

    `Counter`, `defaultdict` and `OrderedDict` become `dict`; tensors and arrays stay as they are;
    functions stay, so that a function which returns a function can be looked at.

    >>> plain({"a": [1, (2, b"x")]})
    {'a': [1, (2, b'x')]}
    >>> class Sly(list):
    ...     __eq__ = lambda self, other: True
    >>> plain(Sly())
    <Sly object>
    """
    kind = type(value)
    if kind in _ATOMS or kind in (FunctionType, BuiltinFunctionType) or _is_array(value):
        return value
    if depth > _DEPTH:
        return Foreign(kind.__name__, " nested too deeply")
    if kind in _SEQUENCES or kind in _SETS:
        return kind(plain(item, depth + 1) for item in value)
    if kind in _DICTS:
        return {plain(key, depth + 1): plain(item, depth + 1) for key, item in value.items()}
    if _is_numpy_scalar(value):
        # subtle: np.float64 is a float that prints differently; np.int64 is no int.
        return float(value) if isinstance(value, float) else Foreign(f"numpy.{kind.__name__}")
    return Foreign(kind.__name__)


def equal(actual: Any, expected: Any, *, rel: float = 1e-9, absolute: float = 1e-12) -> bool:
    """Whether `actual` is what was expected, types included.

    Floats may differ by `rel` or `absolute`, tensors by what their dtype can hold. An `int` is
    accepted where a `float` is expected; a `bool` is never a number; a list is never a tuple.

    >>> equal({"n": 3}, {"n": 3.0}), equal({"n": 3.0}, {"n": 3}), equal(float("nan"), math.nan)
    (True, False, True)
    """
    actual, expected = plain(actual), plain(expected)
    kind = type(expected)
    if kind is Foreign or type(actual) is Foreign:
        return False
    if kind is float and type(actual) in (int, float):
        return _close(actual, expected, rel, absolute)
    if type(actual) is not kind:
        return False
    if _is_array(expected):
        return _arrays_equal(actual, expected)
    if kind in _SEQUENCES:
        pairs = zip(actual, expected, strict=False)
        return len(actual) == len(expected) and all(
            equal(a, e, rel=rel, absolute=absolute) for a, e in pairs
        )
    if kind is dict:
        found = {_typed(key): value for key, value in actual.items()}
        wanted = {_typed(key): value for key, value in expected.items()}
        return found.keys() == wanted.keys() and all(
            equal(found[key], wanted[key], rel=rel, absolute=absolute) for key in wanted
        )
    if kind in _SETS:
        return {_typed(item) for item in actual} == {_typed(item) for item in expected}
    return bool(actual == expected)


def difference(actual: Any, expected: Any) -> str:
    """Say in a few words where two values differ first; "" when they are equal.

    >>> difference([1, 2, 4], [1, 2, 3])
    'at position 2 it is 4, not 3'
    >>> difference((1,), [1])
    'it is a tuple, not a list'
    """
    if equal(actual, expected):
        return ""
    actual = plain(actual)
    if type(actual) is not type(expected):
        return f"it is {kind_of(actual)}, not {kind_of(expected)}"
    if type(expected) in _SEQUENCES:
        for position, (a, e) in enumerate(zip(actual, expected, strict=False)):
            if not equal(a, e):
                return f"at position {position} it is {show(a)}, not {show(e)}"
        return f"it has {len(actual)} items, not {len(expected)}"
    if type(expected) is dict:
        return _dict_difference(actual, expected)
    return f"it is {show(actual)}, not {show(expected)}"


def show(value: Any, limit: int = 80) -> str:
    """Write a value as Python would, but in about `limit` characters at most.

    >>> show([b"a", b"b"]), show(list(range(1000)), limit=12)
    ("[b'a', b'b']", '[0, 1, 2, 3, … 996 more]')
    """
    if _is_array(value):
        return _show_array(value)
    if type(value) is Foreign:
        return repr(value)
    if type(value) in (str, bytes) and len(value) > limit:
        return f"{value[:limit]!r}… ({len(value)} in all)"
    if type(value) is int and value.bit_length() > 4 * limit:
        return f"an integer of {value.bit_length()} bits"
    if type(value) in _SEQUENCES or type(value) in _SETS or type(value) in _DICTS:
        return _show_container(value, limit)
    if type(value) in (FunctionType, BuiltinFunctionType):
        return getattr(value, "__name__", "a function").strip("<>")
    return repr(value) if type(value) in _ATOMS else repr(plain(value))


def listed(items: Iterable[Any], noun: str = "") -> str:
    """Write items as one would say them, runs of integers as a range.

    >>> listed([0, 1, 2, 5], "keys"), listed([]), listed(["a", "b"])
    ('keys 0–2 and 5', 'nothing', "'a' and 'b'")
    """
    parts = _runs(list(items))
    if not parts:
        return "nothing"
    text = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{noun} {text}".strip()


def size(value: Any) -> int:
    """How large a value is to a reader: characters, binary digits and items, counted together.

    >>> size(("ab", [1, 22])) < size(("abcdef", [1, 22]))
    True
    """
    if type(value) in (str, bytes):
        return 1 + len(value)
    if type(value) in _DICTS:
        return 1 + sum(size(key) + size(item) for key, item in value.items())
    if type(value) in _SEQUENCES or type(value) in _SETS:
        return 1 + sum(size(item) for item in value)
    if _is_array(value):
        return 1 + math.prod(value.shape)
    return 1 + int(abs(value)).bit_length() if type(value) is int else 1


def _runs(items: list[Any]) -> list[str]:
    if not all(type(item) is int for item in items):
        return [show(item) for item in items]
    runs: list[list[int]] = []
    for item in items:
        if runs and item == runs[-1][-1] + 1:
            runs[-1].append(item)
        else:
            runs.append([item])
    return [f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]


def kind_of(value: Any) -> str:
    """The type of a value as one would say it: "a list", "an integer", "bytes", "None"."""
    if type(value) in _SAID:
        return _SAID[type(value)]
    name = value.type_name if type(value) is Foreign else type(value).__name__
    return article(name)


def article(name: str) -> str:
    """A name with its article.

    >>> article("IndexError"), article("list")
    ('an IndexError', 'a list')
    """
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def _typed(key: Any) -> Any:
    """A key that tells 1, 1.0 and True apart."""
    if type(key) in _SEQUENCES:
        return (type(key).__name__, *map(_typed, key))
    return (type(key).__name__, key)


def _dict_difference(actual: dict[Any, Any], expected: dict[Any, Any]) -> str:
    for key in expected:
        if key not in actual:
            return f"{show(key)} is missing"
        if not equal(actual[key], expected[key]):
            return f"for {show(key)} it is {show(actual[key])}, not {show(expected[key])}"
    extra = next(key for key in actual if key not in expected)
    return f"{show(extra)} should not be there"


def _show_container(value: Any, limit: int) -> str:
    is_dict = type(value) in _DICTS
    opening, closing = ("[", "]") if type(value) is list else ("{", "}")
    if type(value) is tuple:
        opening, closing = "(", ")"
    parts: list[str] = []
    used = 0
    entries: Iterable[Any] = value.items() if is_dict else value
    for entry in entries:
        text = (
            f"{show(entry[0], limit)}: {show(entry[1], limit)}" if is_dict else show(entry, limit)
        )
        if parts and used + len(text) > limit:
            parts.append(f"… {len(value) - len(parts)} more")
            break
        parts.append(text)
        used += len(text) + 2
    if not parts and type(value) in _SETS:
        return "set()"
    comma = "," if type(value) is tuple and len(value) == 1 else ""
    return f"{opening}{', '.join(parts)}{comma}{closing}"


def _array_type(value: Any) -> str:
    module = type(value).__module__.partition(".")[0]
    return module if module in ("torch", "numpy") else ""


def _is_array(value: Any) -> bool:
    library = _array_type(value)
    if not library or library not in sys.modules:
        return False
    if library == "numpy":
        return type(value) is sys.modules["numpy"].ndarray
    torch = sys.modules["torch"]
    return type(value) in (torch.Tensor, torch.nn.Parameter)


def _is_numpy_scalar(value: Any) -> bool:
    return _array_type(value) == "numpy" and isinstance(value, sys.modules["numpy"].generic)


def _close(actual: float, expected: float, rel: float, absolute: float) -> bool:
    if math.isnan(expected):
        return math.isnan(actual)
    try:
        return math.isclose(actual, expected, rel_tol=rel, abs_tol=absolute)
    except OverflowError:  # an int too large for a float
        return False


def _arrays_equal(actual: Any, expected: Any) -> bool:
    if actual.dtype != expected.dtype or tuple(actual.shape) != tuple(expected.shape):
        return False
    name = str(expected.dtype).rpartition(".")[2]
    close: Callable[..., Any] = sys.modules[_array_type(expected)].allclose
    if name not in _TOLERANCES:
        return bool((actual == expected).all())
    rel, absolute = _TOLERANCES[name]
    if _array_type(expected) == "torch":
        actual, expected = actual.detach().cpu(), expected.detach().cpu()
    return bool(close(actual, expected, rtol=rel, atol=absolute, equal_nan=True))


def _show_array(value: Any) -> str:
    if math.prod(value.shape) <= 8:
        return f"{value.tolist()} ({str(value.dtype).rpartition('.')[2]})"
    name = "tensor" if _array_type(value) == "torch" else "array"
    return f"a {str(value.dtype).rpartition('.')[2]} {name} of shape {tuple(value.shape)}"
