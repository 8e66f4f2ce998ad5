"""Mathematics as MathML: every browser draws it, screen readers read it, without JavaScript.

Knows nothing of the book. A formula that cannot be converted stops the build with its place:

    extensions = ["mathml"]
    html_math_renderer = "mathml"
"""

from typing import Any

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

CONVERTER = LatexToMathML(annotation=False, fancy_error=False)


def convert(latex: str, block: bool) -> str:
    r"""Convert one formula to a `<math>` element.

    >>> convert("x^2", block=False)
    '<math><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    return CONVERTER.convert_with_local_state(latex, displaystyle=block)


def converted(node: nodes.Element, block: bool) -> str:
    """Convert a node's formula; on failure name the file, the line and the formula."""
    latex = node.astext()
    try:
        return convert(latex, block)
    except LatexError as error:
        place = f"{node.source}:{node.line}"
        raise ExtensionError(f"{place}: cannot draw the formula {latex!r}: {error}") from error


def visit_inline(translator: Any, node: nodes.Element) -> None:
    """Write an inline formula."""
    translator.body.append(converted(node, block=False))
    raise nodes.SkipNode


def visit_block(translator: Any, node: nodes.Element) -> None:
    """Write a formula on a line of its own, which scrolls by itself on a narrow screen."""
    translator.body.append(f'<div class="math-block" tabindex="0">{converted(node, True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer under the name `mathml`."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
