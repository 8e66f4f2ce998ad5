"""Small wrongs: for one piece of a syntax tree, the ways to get it slightly wrong.

Every operator takes a node and yields `(name, replacement)`; a replacement of None stands for
"leave the statement out". The operators know the mistakes of this course: comparisons off by one,
a `key=` forgotten, an axis or a sign changed, two arguments swapped. They know nothing of how a
mutant is built or judged.

>>> [ast.unparse(new) for _, new in replacements(ast.parse("a < b", mode="eval").body)]
['a <= b', 'a > b']
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["replacements"]

Replacement = tuple[str, ast.AST | None]

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.LShift: ast.RShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}


def replacements(node: ast.AST) -> Iterator[Replacement]:
    """Every way to get `node` itself wrong (its children are nodes of their own)."""
    for kind, operator in _OPERATORS:
        if isinstance(node, kind):
            yield from operator(node)


def _with(node: Any, **changes: Any) -> Any:
    """A copy of a node with some of its fields changed."""
    changed = copy.deepcopy(node)
    for field, value in changes.items():
        setattr(changed, field, copy.deepcopy(value))
    return changed


def _shifted(node: ast.expr, by: int) -> ast.expr:
    operator = ast.Add() if by > 0 else ast.Sub()
    return ast.BinOp(copy.deepcopy(node), operator, ast.Constant(abs(by)))


def _holds_a_number(node: ast.expr) -> bool:
    """Whether the node is a number, or one step from it: then `_constant` shifts it already."""
    near = (
        [node, *ast.iter_child_nodes(node)] if isinstance(node, ast.BinOp | ast.UnaryOp) else [node]
    )
    return any(isinstance(part, ast.Constant) and type(part.value) is int for part in near)


def _compare(node: ast.Compare) -> Iterator[Replacement]:
    for position, operator in enumerate(node.ops):
        for other in _COMPARISONS.get(type(operator), ()):
            ops = [*node.ops[:position], other(), *node.ops[position + 1 :]]
            yield "compare", _with(node, ops=ops)


def _arithmetic(node: ast.BinOp) -> Iterator[Replacement]:
    if type(node.op) in _ARITHMETIC:
        yield "arithmetic", _with(node, op=_ARITHMETIC[type(node.op)]())
    yield "left-only", copy.deepcopy(node.left)
    yield "right-only", copy.deepcopy(node.right)
    commutes = isinstance(node.op, ast.Mult | ast.BitAnd | ast.BitOr)
    if not commutes and not (isinstance(node.op, ast.Add) and _has_number(node)):
        yield "swapped", _with(node, left=node.right, right=node.left)


def _has_number(node: ast.BinOp) -> bool:
    operands = (node.left, node.right)
    return any(isinstance(o, ast.Constant) and type(o.value) in (int, float) for o in operands)


def _boolean(node: ast.BoolOp) -> Iterator[Replacement]:
    yield "boolean", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for position in range(len(node.values)):
        rest = node.values[:position] + node.values[position + 1 :]
        yield (
            "condition-dropped",
            copy.deepcopy(rest[0]) if len(rest) == 1 else _with(node, values=rest),
        )


def _unary(node: ast.UnaryOp) -> Iterator[Replacement]:
    name = "not-dropped" if isinstance(node.op, ast.Not) else "sign-flipped"
    yield name, copy.deepcopy(node.operand)


def _constant(node: ast.Constant) -> Iterator[Replacement]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int):
        yield "constant", ast.Constant(value + 1)
        yield (
            "constant",
            ast.UnaryOp(ast.USub(), ast.Constant(1)) if value == 0 else ast.Constant(value - 1),
        )
    elif isinstance(value, float):
        if value:  # the negative of 0.0 is 0.0 to all but the printer
            yield "constant", ast.UnaryOp(ast.USub(), ast.Constant(value))
        yield "constant", ast.Constant(value / 2 if value else 1.0)
    elif isinstance(value, str | bytes):
        yield "text", ast.Constant(value[:0] if value else (b"x" if value == b"" else "x"))
        if len(value) > 1:
            yield "text", ast.Constant(value[1:])


def _call(node: ast.Call) -> Iterator[Replacement]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in _NAMES:
        yield "min-max", _with(node, func=_renamed(node.func, _NAMES[name]))
    if name == "sorted" and not any(keyword.arg == "reverse" for keyword in node.keywords):
        reverse = ast.keyword("reverse", ast.Constant(True))
        yield "order-reversed", _with(node, keywords=[*node.keywords, reverse])
    if isinstance(node.func, ast.Name) and len(node.args) == 1 and name not in ("range", "len"):
        yield "call-dropped", copy.deepcopy(node.args[0])
    if isinstance(node.func, ast.Attribute):
        yield "call-dropped", copy.deepcopy(node.func.value)
    for position in range(len(node.args) - 1):
        args = list(node.args)
        args[position], args[position + 1] = args[position + 1], args[position]
        yield "arguments-swapped", _with(node, args=args)
    if len(node.args) > 1:
        yield "argument-dropped", _with(node, args=node.args[:-1])
    for keyword in node.keywords:
        yield (
            "keyword-dropped",
            _with(node, keywords=[k for k in node.keywords if k is not keyword]),
        )
    if name == "range":
        for position, argument in enumerate(node.args[:2]):
            if not _holds_a_number(argument):
                for by in (1, -1):
                    args = list(node.args)
                    args[position] = _shifted(argument, by)
                    yield "range", _with(node, args=args)


def _renamed(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Attribute):
        return ast.Attribute(copy.deepcopy(function.value), name, ast.Load())
    return ast.Name(name, ast.Load())


def _slice(node: ast.Slice) -> Iterator[Replacement]:
    for field, missing in (("lower", 1), ("upper", -1)):
        bound = getattr(node, field)
        if bound is None:
            yield "slice", _with(node, **{field: ast.Constant(missing)})
            continue
        yield "slice", _with(node, **{field: None})
        if not _holds_a_number(bound):
            yield "slice", _with(node, **{field: _shifted(bound, 1)})
            yield "slice", _with(node, **{field: _shifted(bound, -1)})


def _subscript(node: ast.Subscript) -> Iterator[Replacement]:
    is_index = isinstance(node.slice, ast.Name | ast.BinOp) and isinstance(node.ctx, ast.Load)
    if is_index and not _holds_a_number(node.slice):
        yield "index", _with(node, slice=_shifted(node.slice, 1))
        yield "index", _with(node, slice=_shifted(node.slice, -1))


def _comprehension(node: Any) -> Iterator[Replacement]:
    for position, clause in enumerate(node.generators):
        if clause.ifs:
            generators = list(node.generators)
            generators[position] = _with(clause, ifs=[])
            yield "filter-dropped", _with(node, generators=generators)


def _choice(node: ast.IfExp) -> Iterator[Replacement]:
    yield "choice", copy.deepcopy(node.body)
    yield "choice", copy.deepcopy(node.orelse)


def _pair(node: ast.Tuple) -> Iterator[Replacement]:
    if len(node.elts) == 2 and isinstance(node.ctx, ast.Load):
        yield "pair-swapped", _with(node, elts=node.elts[::-1])


def _condition(node: ast.If | ast.While) -> Iterator[Replacement]:
    yield "condition-negated", _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.If):
        yield "always", _with(node, test=ast.Constant(True))


def _augmented(node: ast.AugAssign) -> Iterator[Replacement]:
    yield "assigned", ast.Assign([copy.deepcopy(node.target)], copy.deepcopy(node.value))
    if type(node.op) in _ARITHMETIC:
        yield "arithmetic", _with(node, op=_ARITHMETIC[type(node.op)]())


def _return(node: ast.Return) -> Iterator[Replacement]:
    if node.value is not None and not _is_none(node.value):
        yield "returns-none", ast.Return(None)


def _raise(node: ast.Raise) -> Iterator[Replacement]:
    if isinstance(node.exc, ast.Call):
        yield "other-error", _with(node, exc=_with(node.exc, func=ast.Name("OSError", ast.Load())))


def _jump(node: ast.Break | ast.Continue) -> Iterator[Replacement]:
    yield "jump", ast.Continue() if isinstance(node, ast.Break) else ast.Break()


def _formatted(node: ast.FormattedValue) -> Iterator[Replacement]:
    yield "value-unnamed", ast.Constant("")


def _left_out(node: ast.stmt) -> Iterator[Replacement]:
    yield "left-out", None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LEAVABLE = (
    ast.Expr
    | ast.Assign
    | ast.AugAssign
    | ast.If
    | ast.For
    | ast.While
    | ast.Return
    | ast.Raise
    | ast.Break
    | ast.Continue
    | ast.Delete
)
_OPERATORS: tuple[tuple[Any, Callable[[Any], Iterator[Replacement]]], ...] = (
    (ast.Compare, _compare),
    (ast.BinOp, _arithmetic),
    (ast.BoolOp, _boolean),
    (ast.UnaryOp, _unary),
    (ast.Constant, _constant),
    (ast.Call, _call),
    (ast.Slice, _slice),
    (ast.Subscript, _subscript),
    (_COMPREHENSIONS, _comprehension),
    (ast.IfExp, _choice),
    (ast.Tuple, _pair),
    (ast.If | ast.While, _condition),
    (ast.AugAssign, _augmented),
    (ast.Return, _return),
    (ast.Raise, _raise),
    (ast.Break | ast.Continue, _jump),
    (ast.FormattedValue, _formatted),
    (_LEAVABLE, _left_out),
)  # fmt: skip
