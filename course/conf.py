"""How the book is built: `python -m sphinx -W -b html course course/_build/html`.

Everything a page needs is on this machine: mathematics becomes MathML while the book is built,
and plotly's one JavaScript file comes from the installed package. No page asks the network for
anything.
"""

import hashlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "llmlab"
author = "the llmlab authors"
copyright = "the llmlab authors, MIT licence"
language = "en"

extensions = ["myst_nb", "mathml", "figures"]
exclude_patterns = ["_build", "_ext", "jupyter_execute", ".jupyter_cache", "**.ipynb_checkpoints"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"


def library_digest() -> str:
    """Fingerprint the library: a page is executed again when the code that it shows has changed."""
    digest = hashlib.sha256()
    for path in sorted((HERE.parent / "llmlab").rglob("*")):
        if path.suffix in {".py", ".js", ".css"}:
            digest.update(path.read_bytes())
    digest.update((HERE / "cells.py").read_bytes())
    return digest.hexdigest()[:16]


nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE / "_build" / "cache" / library_digest())
nb_execution_timeout = 300  # seconds for one cell, on a busy machine too
nb_execution_show_tb = True
nb_merge_streams = True
nb_ipywidgets_js = {}  # widgets are shown in their static form
# A figure comes as HTML, which is shown here, and as plotly's own data, for Jupyter Book 2.
suppress_warnings = ["mystnb.unknown_mime_type"]
os.environ.setdefault("LLMLAB_SCALE", "cpu")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")

html_theme = "sphinx_book_theme"
html_title = "llmlab"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "navbar_persistent": [],
    "home_page_in_toc": True,
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "use_repository_button": False,
    "use_source_button": False,
}
