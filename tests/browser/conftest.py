"""What browser tests share: one Chromium and one JupyterLab for all, a fresh page for each.

Every page notes the requests that leave the machine and the errors on the console; both must be
none when the test ends.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from types import ModuleType

import jlab
import pytest


def needed(module: str) -> ModuleType:
    """Import a module; without it skip, or fail where browsers are required."""
    if os.environ.get("LLMLAB_REQUIRE_BROWSER"):
        return importlib.import_module(module)
    return pytest.importorskip(module)


@pytest.fixture(scope="session")
def browser(chromium) -> Iterator[object]:
    """A running Chromium."""
    sync_api = needed("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=jlab.CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture
def new_page(browser) -> Iterator[Callable[..., object]]:
    """Open pages: `new_page(width=1000, dark=False, errors=True)`; checked when the test ends."""
    opened = []

    def open_page(width: int = 1000, dark: bool = False, errors: bool = True, **options):
        context = browser.new_context(
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
    needed("jupyterlab")
    with jlab.serve(tmp_path_factory.mktemp("jupyterlab")) as server:
        yield server


@pytest.fixture
def lab(new_page, jupyterlab) -> jlab.Lab:
    """JupyterLab in a fresh page: `lab.open(cells)` writes a notebook and opens it."""
    return jlab.Lab(new_page(width=1400), jupyterlab)
