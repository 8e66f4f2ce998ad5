"""Every lab as a student meets it: opened in JupyterLab, run from top to bottom, played with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jlab
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent.parent
LABS = sorted(path.name for path in (ROOT / "solutions").iterdir())


@pytest.fixture(params=LABS)
def finished(request, lab: jlab.Lab, jupyterlab: jlab.Server) -> jlab.Lab:
    """A solved lab, run by JupyterLab's own Run All; an error in any cell is raised."""
    name = request.param
    folder = jupyterlab.root / request.node.name.replace("/", "-")
    shutil.copytree(ROOT / "solutions" / name, folder)
    lab.page.set_default_timeout(60_000)
    return lab.open_path(f"{folder.name}/{name}.ipynb").run_all()


def test_it_runs_and_shows_its_widgets_and_figures(finished: jlab.Lab) -> None:
    page = finished.page
    jlab.expect(page.locator(".llmlab[data-ready]").first).to_be_visible()
    jlab.expect(page.locator(".js-plotly-plot").first).to_be_attached()
    tables = page.locator("table.llmlab-report")
    jlab.expect(tables.first).to_be_attached()
    assert "fails" not in " ".join(tables.all_inner_texts())
    said = json.dumps([finished.outputs(i) for i in range(finished.n_cells())])
    assert '"output_type": "error"' not in said


def test_the_first_widget_is_used_by_keyboard_and_keeps_its_cell(finished: jlab.Lab) -> None:
    before = finished.n_cells()
    box = finished.page.locator(".llmlab textarea").first
    box.focus()
    finished.page.keyboard.press("Control+A")
    finished.page.keyboard.type("dd dd")
    jlab.expect(box).to_have_value("dd dd")
    option = finished.page.locator(".llmlab [role=option]").first
    option.focus()
    for key in ("d", "d", "ArrowRight", "d", "d"):
        finished.page.keyboard.press(key)
    assert finished.n_cells() == before
