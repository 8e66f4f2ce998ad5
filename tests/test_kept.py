"""kept: pieces written in a notebook run again in a file of their own."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from llmlab import kept
from llmlab.kept import PieceError

Notebook = Callable[[str], ModuleType]


@pytest.fixture
def notebook(request: pytest.FixtureRequest) -> Notebook:
    """A notebook of one cell: `notebook(source)` runs it as IPython does, and returns its names."""

    def run(source: str) -> ModuleType:
        cell = f"<cell of {request.node.name}>"
        linecache.cache[cell] = (len(source), None, source.splitlines(True), cell)
        module = ModuleType("__main__")
        exec(compile(source, cell, "exec"), vars(module))
        return module

    return run


def again(tmp_path: Path, piece: Any) -> Callable[..., Any]:
    """Keep a piece and load it from its file."""
    return kept.load(kept.keep(tmp_path, "02-tokenization", piece))


def test_a_function_runs_again(tmp_path: Path, notebook: Notebook) -> None:
    double = notebook("def double(x):\n    return 2 * x\n").double
    assert again(tmp_path, double)(4) == 8


def test_the_file_lies_under_the_lab_and_the_name(tmp_path: Path, notebook: Notebook) -> None:
    path = kept.keep(tmp_path, "03-attention", notebook("def f(): return 1").f)
    assert path == tmp_path / "03-attention" / "f.py"
    assert kept.find(tmp_path, "f") == path


def test_the_latest_lab_wins(tmp_path: Path, notebook: Notebook) -> None:
    for lab in ("03-attention", "02-tokenization"):
        path = kept.keep(tmp_path, lab, notebook("def f(): return 1").f)
    assert kept.find(tmp_path, "f") == tmp_path / "03-attention" / path.name
    assert kept.find(tmp_path, "g") is None


NEEDY = {
    "an import": "import math\ndef f(): return math.floor(1.5)",
    "an import by another name": "import math as m\ndef f(): return m.floor(1.5)",
    "a name imported": "from math import floor\ndef f(): return floor(1.5)",
    "a name imported as another": "from math import floor as down\ndef f(): return down(1.5)",
    "a constant": "ONE = 1\ndef f(): return ONE",
    "a helper": "def one(): return 1\ndef f(): return one()",
    "a helper that needs an import": (
        "import math\ndef g(): return math.ceil(1)\ndef f(): return g()"
    ),
    "a helper in a comprehension": "def one(): return 1\ndef f(): return [one() for _ in 'a'][0]",
    "a default": "ONE = 1\ndef f(x=ONE): return x",
    "itself": "def f(n=3): return 1 if n == 0 else f(n - 1)",
    "one that needs it": ("def f(n=3): return 1 if n == 0 else g(n)\ndef g(n): return f(n - 1)"),
    "a decorator": "from functools import cache\n@cache\ndef f(): return 1",
    "a helper with a decorator": (
        "from functools import cache\n@cache\ndef g(): return 1\ndef f(): return g()"
    ),
    "a class": ("class One:\n    def get(self): return 1\ndef f(): return One().get()"),
    "a name that shadows a builtin": "def max(a, b): return 1\ndef f(): return max(5, 6)",
    "an annotation that is nowhere": "x: int = 1\ndef f(a: 'Nowhere' = 1): return a",
    "a form feed above it": "a = 1\f\ndef f(): return 1",
    "no more than it uses": (
        "lab = object()\nopen = object()\ndef f():\n    lab = open\n    return 1"
    ),
}


@pytest.mark.parametrize("source", NEEDY.values(), ids=NEEDY)
def test_a_piece_travels_with(tmp_path: Path, notebook: Notebook, source: str) -> None:
    assert again(tmp_path, notebook(source).f)() == 1


def test_a_class_runs_again(tmp_path: Path, notebook: Notebook) -> None:
    source = """
from dataclasses import dataclass

class Base:
    @property
    def name(self): return self.title

@dataclass
class Named(Base):
    title: str
    @staticmethod
    def of(title): return Named(title)
"""
    assert again(tmp_path, notebook(source).Named).of("x").name == "x"  # type: ignore[attr-defined]


def test_the_newest_of_one_name_is_kept(tmp_path: Path, notebook: Notebook) -> None:
    f = notebook("def f(): return 1\n\ndef f(): return 2\n").f
    assert again(tmp_path, f)() == 2


def test_what_ipython_runs_can_be_kept(tmp_path: Path) -> None:
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell.instance()
    try:
        shell.run_cell("import math")
        shell.run_cell("%precision 3\ndef half_up(x):\n    return math.floor(x + 0.5)")
        assert again(tmp_path, shell.user_ns["half_up"])(1.5) == 2
    finally:
        type(shell).clear_instance()


@cache
def third(x: float) -> float:
    """A piece in a module, cached, as in a library."""
    return x / 3


def test_a_piece_of_a_module_can_be_kept(tmp_path: Path) -> None:
    assert again(tmp_path, third)(9) == 3


REFUSED = {
    "uses model, a object of the notebook": "model = object()\ndef f(): return model",
    "uses words, a dict of the notebook": "words = {1: object()}\ndef f(): return words",
    "f calls <lambda> g; write a def g": "g = lambda: 1\ndef f(): return g()",
    "f calls one g; write a def g": "def one(): return 1\ng = one\ndef f(): return g()",
}


@pytest.mark.parametrize(("told", "source"), REFUSED.items())
def test_what_cannot_travel_is_named(
    tmp_path: Path, notebook: Notebook, told: str, source: str
) -> None:
    with pytest.raises(PieceError, match=told):
        kept.keep(tmp_path, "02-tokenization", notebook(source).f)
    assert not list(tmp_path.iterdir())


def test_a_piece_inside_a_function_is_refused(tmp_path: Path, notebook: Notebook) -> None:
    inner = notebook("def outer():\n    def f(): return 1\n    return f\n").outer()
    with pytest.raises(PieceError, match="f is defined inside something"):
        kept.keep(tmp_path, "02-tokenization", inner)


@pytest.mark.parametrize("piece", [len, int], ids=repr)
def test_what_has_no_source_is_refused(tmp_path: Path, piece: Any) -> None:
    with pytest.raises(PieceError, match="has no source"):
        kept.keep(tmp_path, "02-tokenization", piece)


@pytest.mark.parametrize("content", ["def f(:", "raise OSError", "g = 1", "\x00"])
def test_a_file_that_does_not_run_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "f.py").write_text(content)
    with pytest.raises(PieceError, match="f.py does not run"):
        kept.load(tmp_path / "f.py")
