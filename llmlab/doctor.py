"""Look at the machine: what the course finds here, and what it makes of it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from llmlab import __version__

__all__ = ["browser", "report", "torch_version"]

PACKAGES = ("jupyterlab", "nbgrader", "numpy", "tiktoken", "tokenizers", "anywidget")


def report(root: Path) -> Iterator[str]:
    """Yield one line for each thing that matters when something does not work."""
    yield f"llmlab      {__version__} in {root}"
    yield f"Python      {platform.python_version()} in {sys.prefix}"
    yield f"system      {platform.platform()}, {os.cpu_count()} cores, {_memory()}"
    yield f"disk        {shutil.disk_usage(root).free / 1e9:.0f} GB free"
    yield f"torch       {torch_version()}"
    for name in PACKAGES:
        yield f"{name:<11} {_version(name)}"
    yield f"browser     {browser() or 'no Chromium for the tests: ' + _browser_hint()}"
    yield f"sandbox     {_sandbox()}"
    labs = sorted({path.parent.name for path in (root / "work").glob("[0-9]*/[0-9]*.ipynb")})
    yield f"work/       {', '.join(labs) or 'empty: make lab fills it'}"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed: make lab, or pip install 'llmlab[lab,hub]'"


def _memory() -> str:
    try:
        import psutil
    except ImportError:
        return "memory unknown (psutil is not installed)"
    memory = psutil.virtual_memory()
    return f"{memory.total / 2**30:.0f} GiB of memory, {memory.available / 2**30:.0f} free"


def torch_version() -> str:
    """Return torch's version, its threads and its cards, or how to install it."""
    try:
        import torch
    except ImportError:
        return "not installed: make lab, or pip install 'llmlab[torch]'"
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    names = ", ".join(torch.cuda.get_device_name(i) for i in range(cards))
    return f"{torch.__version__}, {torch.get_num_threads()} threads, {names or 'no card'}"


def browser() -> str | None:
    """Return the path of a Chromium that tests can drive, or None.

    `LLMLAB_BROWSER` names one; otherwise the usual names are looked for.
    """
    named = os.environ.get("LLMLAB_BROWSER")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome", "chrome"]
    return next((path for name in names if (path := shutil.which(name))), None)


def _browser_hint() -> str:
    return "apt install chromium, or LLMLAB_BROWSER=/path/to/it"


def _sandbox() -> str:
    """Say what could keep submissions apart on this machine."""
    if platform.system() != "Linux":
        return "none known on this system"
    found = [name for name in ("bwrap", "unshare") if shutil.which(name)]
    return ", ".join(found) or "apt install bubblewrap (for grading a class)"
