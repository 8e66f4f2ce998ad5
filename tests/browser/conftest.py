"""What browser tests share: one Chromium and one JupyterLab for all, a fresh page for each.

Every page notes the requests that leave the machine and the errors on the console; both must be
none when the test ends.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import jlab
import pytest


def _missing(what: str) -> None:
    """Skip with a reason, or fail where browsers are required."""
    if os.environ.get("LLMLAB_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{what}, and LLMLAB_REQUIRE_BROWSER=1.")
    pytest.skip(f"{what}; the browser tests are skipped.")


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A running Chromium (LLMLAB_CHROMIUM, else on PATH, else Playwright's own)."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("Playwright is not installed (pip install 'llmlab[dev]')")
    with sync_playwright() as playwright:
        names = ("chromium", "chromium-browser", "google-chrome", "chrome")
        found = os.environ.get("LLMLAB_CHROMIUM") or next(filter(None, map(shutil.which, names)), "")
        path = found or playwright.chromium.executable_path
        if not Path(path).exists():
            _missing("No Chromium was found (on PATH, in LLMLAB_CHROMIUM, or Playwright's own)")
        browser = playwright.chromium.launch(executable_path=path, args=jlab.CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium) -> Iterator[Callable[..., object]]:
    """Open pages: `new_page(width=1000, dark=False, errors=True)`; checked when the test ends."""
    opened = []

    def open_page(width: int = 1000, dark: bool = False, errors: bool = True, **options):
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            **options,
        )
        context.set_default_timeout(20_000)
        page, watch = context.new_page(), jlab.Watch()
        watch.follow(page)
        opened.append((context, watch, errors))
        page.watch = watch
        return page

    yield open_page
    for context, _, _ in opened:
        context.close()
    for _, watch, errors in opened:
        assert watch.left_the_machine == []
        assert not errors or watch.errors == []


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory) -> Iterator[jlab.Server]:
    """A JupyterLab server in a folder of its own, with settings of its own."""
    try:
        import jupyterlab  # noqa: F401
    except ImportError:
        _missing("JupyterLab is not installed (pip install 'llmlab[lab]')")
    with jlab.serve(tmp_path_factory.mktemp("jupyterlab")) as server:
        yield server


@pytest.fixture
def lab(new_page, jupyterlab) -> jlab.Lab:
    """JupyterLab in a fresh page: `lab.open(cells)` writes a notebook and opens it."""
    return jlab.Lab(new_page(width=1400), jupyterlab)
