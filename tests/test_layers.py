"""The library is a flat pipeline: a module imports only from modules above it."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

# Read in this order, the modules are the course; what follows `session` keeps the house.
ORDER = """
runtime
dice lexicon phrases sentences levels world moves storyteller reader tasks tales
clean shelf hub corpus
pretokenize pieces bpe wordpiece unigram encodings bridges tokenizer
artefacts predictions kept submission session
bootstrap notebooks execute release workplace update doctor suite cli __main__
""".split()
# Imported by notebooks; never by the pipeline.
LEAVES = ["plots", "widgets", "checks", "classroom"]
# … but for these, inside the one function that a person's request reaches: `llmlab check`, and a
# kept piece that is asked for, which must pass its checks first.
ON_REQUEST = {"cli", "session"}

PACKAGE = Path(__file__).resolve().parent.parent / "llmlab"
FILES = sorted(PACKAGE.rglob("*.py"))


def top_name(path: Path) -> str:
    """Return the module, or the leaf, that a file of the package belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path, on_import: bool = False) -> set[str]:
    """Return the names of `llmlab`'s modules that a file imports, at whatever depth.

    With `on_import`, only what is imported when the file itself is.
    """
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if on_import else ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            found.add("a relative import")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "llmlab":
            inside = (node.module or "").split(".")[1:]
            found |= {inside[0]} if inside else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            found |= {parts[1] for parts in names if parts[0] == "llmlab" and len(parts) > 1}
    return found - {"__version__"}


def test_every_module_has_its_place() -> None:
    here = {top_name(path) for path in FILES} - {"__init__"}
    assert here - set(ORDER) - set(LEAVES) == set()


def test_every_place_has_its_module() -> None:
    here = {top_name(path) for path in FILES}
    assert set(ORDER) - here == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_upwards(path: Path) -> None:
    name = top_name(path)
    if name in LEAVES:
        allowed = {*ORDER[: ORDER.index("cli")], name, "__init__"}
    elif name == "__init__":
        allowed = {"session"}  # loaded on first use
    else:
        allowed = set(ORDER[: ORDER.index(name)])
    assert imported(path, on_import=True) - allowed == set()
    on_request = set(LEAVES) if name in ON_REQUEST else set()
    assert imported(path) - allowed - on_request == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_are_listed_and_there(path: Path) -> None:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
    # That they are sorted, ruff holds (RUF022).
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
