"""Widgets of the course: each works live in a notebook and, without a kernel, in a page.

>>> from llmlab.widgets import TokenizerExplorer
"""

from llmlab.widgets.tokenizer_explorer import TokenizerExplorer

__all__ = ["TokenizerExplorer"]
