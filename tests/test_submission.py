"""submission: which notebook, what goes with it, and what cannot be handed in."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from llmlab import artefacts, submission
from llmlab.artefacts import ArtefactError
from llmlab.predictions import Predictions
from llmlab.submission import SubmissionError

LAB = "02-tokenization"


def write(path: Path, code: str = "", lab: str | None = LAB) -> Path:
    """Write a notebook of one cell."""
    cell = {"cell_type": "code", "source": code, "outputs": [], "metadata": {}}
    metadata: dict[str, Any] = {"llmlab": {"lab": lab}} if lab else {}
    notebook = {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def outside_of_jupyter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)


def test_one_zip_has_everything(tmp_path: Path) -> None:
    notebook = write(tmp_path / f"{LAB}.ipynb")
    artefacts.save(tmp_path, "counts", [1, 2])
    Predictions(tmp_path).predict("v", 30, "words repeat a lot")
    (tmp_path / "diary.txt").write_text("not handed in")
    packed = submission.pack(LAB, tmp_path, notebook)
    assert packed == tmp_path / f"{LAB}-submission.zip"
    with zipfile.ZipFile(packed) as archive:
        assert sorted(archive.namelist()) == [
            f"{LAB}.ipynb",
            "artefact-counts.json",
            "predictions.json",
        ]
        assert archive.read(f"{LAB}.ipynb") == notebook.read_bytes()


def test_a_notebook_of_another_name_gets_the_labs_name(tmp_path: Path) -> None:
    packed = submission.pack(LAB, tmp_path, write(tmp_path / "my copy.ipynb"))
    assert zipfile.ZipFile(packed).namelist() == [f"{LAB}.ipynb"]


def test_a_notebook_without_its_metadata_is_known_by_its_first_cell(tmp_path: Path) -> None:
    notebook = write(tmp_path / "a.ipynb", f'lab = llmlab.start("{LAB}")', lab=None)
    assert submission.pack(LAB, tmp_path, notebook).exists()


def test_a_file_older_than_zip_is_packed(tmp_path: Path) -> None:
    notebook = write(tmp_path / "a.ipynb")
    os.utime(notebook, (0, 0))
    assert submission.pack(LAB, tmp_path, notebook).exists()


@pytest.mark.parametrize("content", ["", "no json", "[]", "{}", '{"cells": [1], "metadata": {}}'])
def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.ipynb").write_text(content)
    with pytest.raises(SubmissionError, match="a.ipynb is not a notebook"):
        submission.pack(LAB, tmp_path, tmp_path / "a.ipynb")


def test_a_notebook_with_a_strange_mark_is_of_no_lab(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text('{"cells": [], "metadata": {"llmlab": [1]}}')
    with pytest.raises(SubmissionError, match="of no lab"):
        submission.pack(LAB, tmp_path, tmp_path / "a.ipynb")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="There is no file .*a.ipynb"):
        submission.pack(LAB, tmp_path, tmp_path / "a.ipynb")


@pytest.mark.parametrize(
    ("code", "lab", "whose"),
    [
        ("", "03-attention", "of 03-attention; this is 02"),
        ('lab = llmlab.start("03-attention")', None, "of 03-attention"),
        ("print(1)", None, "of no lab"),
    ],
)
def test_another_labs_notebook_is_refused(
    tmp_path: Path, code: str, lab: str | None, whose: str
) -> None:
    with pytest.raises(SubmissionError, match=whose):
        submission.pack(LAB, tmp_path, write(tmp_path / "a.ipynb", code, lab))


def test_a_broken_artefact_is_refused(tmp_path: Path) -> None:
    (tmp_path / "artefact-gpt.json").write_text("{")
    with pytest.raises(ArtefactError, match="artefact-gpt.json is broken"):
        submission.pack(LAB, tmp_path, write(tmp_path / "a.ipynb"))
    assert not (tmp_path / f"{LAB}-submission.zip").exists()


def test_artefacts_that_were_never_trained_are_named(tmp_path: Path) -> None:
    code = "lab.trained('counts', f)\nlab.trained(\n    \"gpt\", g)"
    artefacts.save(tmp_path, "counts", 1)
    assert submission.missing(write(tmp_path / "a.ipynb", code), tmp_path) == ["gpt"]


@pytest.mark.parametrize("told", ["/somewhere/else/mine.ipynb", "mine.ipynb", "02/mine.ipynb"])
def test_jupyter_tells_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    write(tmp_path / f"{LAB}.ipynb")
    monkeypatch.setenv("JPY_SESSION_NAME", told)
    assert submission.find_notebook(LAB, tmp_path) == tmp_path / f"{LAB}.ipynb"
    mine = write(tmp_path / "mine.ipynb")
    assert submission.find_notebook(LAB, tmp_path) == mine


def test_vs_code_tells_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = write(tmp_path / "mine.ipynb")
    monkeypatch.setattr(submission, "_vs_code", lambda: str(mine))
    assert submission.find_notebook(LAB, tmp_path) == mine


def test_the_only_notebook_of_the_lab_is_found(tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", lab="03-attention")
    mine = write(tmp_path / "b.ipynb")
    assert submission.find_notebook(LAB, tmp_path) == mine


def test_of_two_that_could_be_it_none_is_guessed(tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb")
    write(tmp_path / "b.ipynb")
    assert submission.find_notebook(LAB, tmp_path) is None
