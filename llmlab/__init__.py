"""Build a large language model from raw text, one module at a time.

The modules, read in the order of DESIGN's table, are the course. This package imports nothing
heavy: torch and the optional packages are loaded by the functions that need them.

>>> import llmlab
>>> llmlab.__version__
'0.1.0'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["__version__", "start"]
__version__ = "0.1.0"

if TYPE_CHECKING:
    from llmlab.session import start
else:

    def __getattr__(name: str) -> object:
        """Load `start` on first use, so that `import llmlab` stays light (PEP 562)."""
        if name == "start":
            from llmlab.session import start

            return start
        raise AttributeError(f"module 'llmlab' has no attribute {name!r}")
