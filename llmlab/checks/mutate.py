"""Automatic mutants: the solution of an exercise with one small thing wrong in it.

A check that lets a mutant pass is too weak, or the mutant changes nothing that can be seen; the
exercise then says which and why (`Exercise.equivalent`). Mutants are made from the solution cell of
the notebook and run in the names that the notebook's definitions give.

>>> [mutant.description for mutant in mutants("def f(n):\\n    return n + 1")][:2]
['line 2: `return n + 1` → `return`', 'line 2: `return n + 1` → `pass`']
"""

from __future__ import annotations

import ast
import contextlib
import copy
import difflib
import functools
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmlab.checks.operators import replacements

__all__ = ["Mutant", "Solutions", "mutants"]


@dataclass(frozen=True)
class Mutant:
    """One mutant. `id` stays when the solution is reformatted or changed elsewhere."""

    id: str
    description: str
    source: str
    original: str

    @property
    def diff(self) -> str:
        """What changed, as a unified diff of the tidied sources."""
        before, after = self.original.splitlines(), self.source.splitlines()
        return "\n".join(list(difflib.unified_diff(before, after, lineterm="", n=1))[2:])


@dataclass(frozen=True)
class Solutions:
    """The code cells of a solution notebook, and which of them answer which exercise."""

    cells: tuple[dict[str, Any], ...]

    @classmethod
    def load(cls, path: Path) -> Solutions:
        """Read a notebook; a missing file is FileNotFoundError, a broken one ValueError."""
        notebook = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(cell for cell in notebook["cells"] if cell["cell_type"] == "code"))

    def source(self, slug: str) -> str:
        """The source of the solution cell whose grade_id is `slug`; KeyError if there is none."""
        for cell in self.cells:
            mark = cell["metadata"].get("nbgrader", {})
            if mark.get("grade_id") == slug and mark.get("solution"):
                return _text(cell)
        raise KeyError(f"no solution cell has the grade_id {slug!r}")

    @functools.cached_property
    def namespace(self) -> dict[str, Any]:
        """The names that the notebook's definitions give; nothing else of it is run.

        Cells tagged `definitions` run whole; of others, the imports, functions, classes and
        constants. What fails there is left out, as the lab itself is tested elsewhere.
        """
        names: dict[str, Any] = {"__name__": "solutions"}
        for cell in self.cells:
            whole = "definitions" in cell["metadata"].get("tags", [])
            try:
                body = ast.parse(_text(cell)).body
            except SyntaxError:  # a magic
                continue
            for statement in body if whole else filter(_defines, body):
                _run(statement, names)
        return names


def mutants(source: str) -> list[Mutant]:
    """All mutants of a source, in the order of its lines, without two of the same text."""
    tree = ast.parse(source)
    original = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    seen: Counter[str] = Counter()
    for node in _mutable(tree):
        for name, replacement in replacements(node):
            text = _replaced(tree, node, replacement)
            if text is None or text == original or text in found:
                continue
            change = f"`{_brief(node)}` → `{_brief(replacement)}`"
            seen[name + change] += 1
            key = hashlib.sha1(f"{change}{seen[name + change]}".encode()).hexdigest()[:6]
            line = getattr(node, "lineno", 0)
            found[text] = Mutant(f"{name}-{key}", f"line {line}: {change}", text, original)
    return list(found.values())


def _mutable(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes worth changing: no annotations, no docstrings, no text of an error message."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "type_params", "decorator_list"):
            continue
        for position, child in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(child, ast.AST) or _is_docstring(tree, field, position, child):
                continue
            if isinstance(child, ast.Constant) and isinstance(tree, ast.JoinedStr):
                continue
            yield child
            if not isinstance(child, ast.FormattedValue):
                yield from _mutable(child)


def _is_docstring(parent: ast.AST, field: str, position: int, child: ast.AST) -> bool:
    is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
    return is_text and field == "body" and position == 0


class _Swap(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, target: ast.AST, replacement: ast.AST | None) -> None:
        self.target = target
        self.replacement = ast.Pass() if replacement is None else replacement

    def visit(self, node: ast.AST) -> Any:
        return self.replacement if node is self.target else super().visit(node)


def _replaced(tree: ast.AST, node: ast.AST, replacement: ast.AST | None) -> str | None:
    """The source with `node` replaced; None where that is no program."""
    memo: dict[int, Any] = {}
    changed = copy.deepcopy(tree, memo)
    changed = ast.fix_missing_locations(_Swap(memo[id(node)], replacement).visit(changed))
    text = ast.unparse(changed)
    try:
        compile(text, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return None
    return text


def _brief(node: ast.AST | None) -> str:
    text = "pass" if node is None else ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    first, _, rest = text.partition("\n")
    return f"{first} …" if rest else first


def _defines(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
        try:
            ast.literal_eval(statement.value)
        except ValueError:
            return False
        return True
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return isinstance(statement, kinds)


def _run(statement: ast.stmt, names: dict[str, Any]) -> None:
    """Run one statement quietly: what it prints would end up in the middle of an audit's JSON."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(ast.Module([statement], []), "<solutions>", "exec"), names)
    except Exception:
        return


def _text(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)
