"""The library shelf: real English that lies on every machine on which the course is installed.

Docstrings, READMEs, licences and Python's own reference, some tens of megabytes. Sources are
*parsed*, never imported, and read one by one as they are asked for; e-mail addresses are taken
out on the way. What is there depends on what is installed, so nothing may be asserted of it
exactly, and nothing of it is ever committed: these are other people's words.

>>> from llmlab import shelf
>>> any("import" in text for text, _ in zip(shelf.documents(seed=0), range(100)))
True
"""

from __future__ import annotations

import ast
import heapq
import math
import os
import random
import sysconfig
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from llmlab import clean

__all__ = ["MAX_CHARACTERS", "MIN_CHARACTERS", "documents"]

MIN_CHARACTERS, MAX_CHARACTERS = 200, 50_000
_MAX_SOURCE = 400_000  # bytes; what is longer was written by a program
_MIN_DENSITY = 0.25  # of a source file between triple quotes; the rest is not worth parsing
_SKIPPED = {"__pycache__", "site-packages", "dist-packages", "test", "tests", "_vendor", "idlelib"}
_IN_A_ROW = 8  # documents from one package before the next has its turn


def documents(seed: int = 0, *, roots: Sequence[str | os.PathLike[str]] = ()) -> Iterator[str]:
    """Yield the documents of this machine, no two alike, in an order drawn from `seed`.

    Kinds are mixed from the first document on: half of the characters are docstrings, as long as
    the other kinds last. `roots` replaces the folders of this Python's packages.
    """
    folders = [Path(root) for root in roots or _installed()]
    mixed = _mix(
        [
            (_fit(_docstrings(folders, seed)), 0.5),
            (_fit(_readmes(folders, seed)), 0.25),
            (_fit(_licences(folders, seed)), 0.1),
            (_fit(_topics(seed)), 0.15),
        ]
    )
    return clean.unique(mixed)


def _installed() -> list[str]:
    """Return the folders of this Python: packages first, then its own library."""
    paths = sysconfig.get_paths()
    return list(dict.fromkeys(paths[name] for name in ("purelib", "platlib", "stdlib")))


def _mix(streams: Sequence[tuple[Iterator[str], float]]) -> Iterator[str]:
    """Merge streams so that each has its share of the characters, until all have ended."""
    queue = [(0.0, index) for index in range(len(streams))]  # first: the furthest behind its share
    while queue:
        given, index = queue[0]
        stream, share = streams[index]
        text = next(stream, None)
        if text is None:
            heapq.heappop(queue)
        else:
            yield text
            heapq.heapreplace(queue, (given + len(text) / share, index))


def _fit(texts: Iterable[str]) -> Iterator[str]:
    """Normalise, take out e-mail addresses, and drop what is too short or too long to be read."""
    for text in texts:
        text = clean.normalize(text).strip()
        if MIN_CHARACTERS <= len(text) <= MAX_CHARACTERS:
            yield clean.redact_emails(text)[0]


def _docstrings(roots: list[Path], seed: int) -> Iterator[str]:
    """Yield docstrings, a few from each package in turn."""
    packages = [entry for root in roots for entry in _entries(root) if _is_source(entry)]
    random.Random(seed).shuffle(packages)
    streams = [
        _docstrings_of(package, random.Random(f"{seed} {package.name}")) for package in packages
    ]
    while streams:
        for stream in list(streams):
            some = list(islice(stream, _IN_A_ROW))
            yield from some
            if len(some) < _IN_A_ROW:
                streams.remove(stream)


def _docstrings_of(package: Path, rng: random.Random) -> Iterator[str]:
    for path in _walk(package, rng):
        yield from _parse(_read(path, _MAX_SOURCE))


def _walk(path: Path, rng: random.Random) -> Iterator[Path]:
    """Yield the Python files at and below `path`; a folder is opened only when its turn comes."""
    if path.suffix == ".py":
        yield path
        return
    entries = [entry for entry in _entries(path) if _is_source(entry)]
    rng.shuffle(entries)
    for entry in entries:
        yield from _walk(entry, rng)


def _is_source(path: Path) -> bool:
    """Say whether a path is a Python file, or a folder where some may be."""
    if path.suffix == ".py":
        return True
    if not path.name.isidentifier() or path.name in _SKIPPED:
        return False
    return path.is_dir() and not path.is_symlink()  # a link may lead back to where it lies


def _parse(source: str) -> list[str]:
    """Return the docstrings of a source text, outermost first; none where few are to be had."""
    between_quotes = sum(map(len, source.split('"""')[1::2]))
    if between_quotes <= _MIN_DENSITY * len(source):
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other people's invalid escapes
            blocks: list[ast.AST] = [ast.parse(source)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    # subtle: a list, not an iterator, for a tree kept alive slows down the next thousand parses.
    found = []
    for block in blocks:
        if isinstance(block, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(ast.get_docstring(block) or "")
            blocks.extend(block.body)
    return found


def _readmes(roots: list[Path], seed: int) -> Iterator[str]:
    """Yield what packages say of themselves: the body of METADATA, after its first empty line."""
    for folder in _packaging_folders(roots, seed):
        yield _read(folder / "METADATA").partition("\n\n")[2]


def _licences(roots: list[Path], seed: int) -> Iterator[str]:
    """Yield licences and notices: near-duplicates for the most part."""
    names = ("licen", "copying", "notice", "authors")
    for folder in _packaging_folders(roots, seed):
        for path in sorted(folder.rglob("*")):
            if path.name.lower().startswith(names) and path.is_file():
                yield _read(path)


def _packaging_folders(roots: list[Path], seed: int) -> list[Path]:
    found = [path for root in roots for path in _entries(root) if path.suffix == ".dist-info"]
    random.Random(seed).shuffle(found)
    return found


def _topics(seed: int) -> Iterator[str]:
    """Yield the chapters of Python's reference that `help()` shows."""
    try:
        from pydoc_data.topics import topics
    except ImportError:  # some slim builds leave it out
        return
    chapters = [topics[name] for name in sorted(topics)]
    random.Random(seed).shuffle(chapters)
    yield from chapters


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, by name; nothing if it cannot be opened."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _read(path: Path, most: float = math.inf) -> str:
    """Return a file's text; nothing if it cannot be read, is no UTF-8 or has over `most` bytes."""
    try:
        return path.read_text(encoding="utf-8") if path.stat().st_size <= most else ""
    except (OSError, UnicodeDecodeError):
        return ""
