"""What is said of a lab was measured: benchmarks/outcomes/*.json, written by `make outcomes`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmlab import notebooks, release, session

ROOT = Path(__file__).resolve().parent.parent
LAPTOP_MIB = 8_000


@pytest.fixture(params=sorted(session.LABS))
def measured(request: pytest.FixtureRequest) -> dict[str, Any]:
    path = ROOT / "benchmarks" / "outcomes" / f"{request.param}.json"
    assert path.exists(), f"run `make outcomes`: {path.name} is missing"
    return json.loads(path.read_text(encoding="utf-8"))


def runs(measured: dict[str, Any]) -> list[dict[str, Any]]:
    return [*measured["seeds"].values(), measured["avx2"]]


def test_every_lab_that_exists_was_measured_at_full_size(measured: dict[str, Any]) -> None:
    assert measured["scale"] == "cpu"
    assert len(measured["seeds"]) >= 3


def test_the_solution_earned_everything_with_every_seed(measured: dict[str, Any]) -> None:
    nb = notebooks.read(release.source(ROOT, measured["lab"]))
    checks = [cell for cell in nb.cells if notebooks.kind(cell) == "check"]
    most = {notebooks.grade_id(cell): cell.metadata.nbgrader.points for cell in checks}
    for run in runs(measured):
        assert run["problems"] == []
        assert run["points"] == most


def test_it_computes_no_longer_than_the_lab_says(measured: dict[str, Any]) -> None:
    minutes = session.LABS[measured["lab"]].minutes
    assert max(run["cpu_s"] for run in runs(measured)) <= 60 * minutes


def test_it_fits_a_laptop(measured: dict[str, Any]) -> None:
    most = max(run["peak_mib"] for run in runs(measured))
    assert most + measured["jupyterlab_mib"] < LAPTOP_MIB / 2
