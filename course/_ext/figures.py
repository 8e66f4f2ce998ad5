"""Give the built book its one copy of plotly's JavaScript, from the installed package.

Knows nothing of the figures; `_static/book.js` loads the file when a figure scrolls into view.
"""

import shutil
from importlib import resources
from pathlib import Path

from sphinx.application import Sphinx


def copy_plotly(app: Sphinx, error: Exception | None) -> None:
    """Copy `plotly.min.js` beside the other static files once the pages are written."""
    if error is not None or app.builder.format != "html":
        return
    source = resources.files("plotly") / "package_data" / "plotly.min.js"
    target = Path(app.outdir) / "_static" / "plotly.min.js"
    with resources.as_file(source) as path:
        shutil.copyfile(path, target)


def setup(app: Sphinx) -> dict[str, bool]:
    """Copy at the end of each build."""
    app.connect("build-finished", copy_plotly)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
