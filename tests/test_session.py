"""session: a student's lab from its first line to the zip."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import llmlab
from llmlab import checks, runtime, session
from llmlab.artefacts import ArtefactError
from llmlab.predictions import NotPredicted, PredictionError
from llmlab.session import Session
from llmlab.tokenizer import BPE

LAB = "02-tokenization"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a student works on the lab, outside of any grading."""
    for name in ("NBGRADER_EXECUTION", "LLMLAB_GRADING", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LLMLAB_SCALE", "smoke")
    (tmp_path / "work" / LAB).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work" / LAB)
    return tmp_path / "work" / LAB


@pytest.fixture
def lab(folder: Path) -> Session:
    return llmlab.start(LAB)


@pytest.fixture
def graded(lab: Session, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The same lab where plain nbgrader grades it."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    return lab


def write(path: Path, code: str = "") -> Path:
    """Write a notebook of the lab, of one cell."""
    cells = [{"cell_type": "code", "source": code}]
    path.write_text(json.dumps({"cells": cells, "metadata": {"llmlab": {"lab": LAB}}}))
    return path


def forbidden() -> Any:
    raise AssertionError("trained although it was not to be")


# ---------------------------------------------------------------------------------------------
# The first line


def test_starting_prints_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    llmlab.start(LAB)
    line = capsys.readouterr().out
    assert line.startswith("02 · Tokenization. You have ")
    assert "scale smoke, seed 0. About 3 hours" in line and line.count("\n") == 1


def test_a_lab_knows_its_seed_and_scale(folder: Path) -> None:
    lab = llmlab.start(LAB, seed=7)
    assert (lab.name, lab.seed, lab.scale, lab.pick(smoke=1, cpu=2)) == (LAB, 7, "smoke", 1)


def test_starting_seeds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[tuple[int, bool]] = []
    monkeypatch.setattr(runtime, "seed_everything", lambda seed, torch: seeds.append((seed, torch)))
    llmlab.start(LAB, seed=7)
    assert seeds == [(7, False)]


def test_a_lab_that_does_not_exist_is_told_those_that_do(folder: Path) -> None:
    with pytest.raises(ValueError, match="no lab '02'; there are: 02-tokenization"):
        llmlab.start("02")


def test_in_colab_its_widget_manager_is_turned_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned_on: list[bool] = []
    output = ModuleType("google.colab.output")
    output.enable_custom_widget_manager = lambda: turned_on.append(True)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    llmlab.start(LAB)
    assert turned_on == [True]


# ---------------------------------------------------------------------------------------------
# Training


def test_training_returns_what_it_kept(lab: Session, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert lab.trained("counts", lambda: {"a": 1}) == {"a": 1}
    assert "kept as artefact-counts.json" in capsys.readouterr().out
    assert (lab.folder / "artefact-counts.json").is_file()


def test_training_again_replaces_the_artefact(lab: Session) -> None:
    lab.trained("counts", lambda: 1)
    assert lab.trained("counts", lambda: 2) == 2


def test_reuse_does_not_train_again(lab: Session) -> None:
    lab.trained("counts", lambda: 1)
    assert lab.trained("counts", forbidden, reuse=True) == 1


def test_reuse_trains_where_there_is_nothing(lab: Session) -> None:
    assert lab.trained("counts", lambda: 1, reuse=True) == 1


def test_grading_loads_and_never_trains(lab: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = lab.trained("tokenizer", lambda: BPE.train(["so it goes"], 260))
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert lab.trained("tokenizer", forbidden).merges == tokenizer.merges


def test_grading_without_an_artefact_says_so(graded: Session) -> None:
    with pytest.raises(ArtefactError, match="'tokenizer' is missing"):
        graded.trained("tokenizer", forbidden)


def test_validating_is_not_grading(lab: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert lab.trained("counts", lambda: 1) == 1


def test_training_that_is_not_written_says_so(lab: Session) -> None:
    def train() -> None:
        raise NotImplementedError

    with pytest.raises(NotImplementedError, match="tokenizer: its training is not written yet"):
        lab.trained("tokenizer", train)


# ---------------------------------------------------------------------------------------------
# Predictions


def test_a_prediction_meets_its_result(lab: Session) -> None:
    lab.predict("greek", 30, because="words repeat a lot")
    assert "It is 41" in repr(lab.reveal("greek", 41))
    assert lab.predicted() == 1.0


def test_the_template_is_no_prediction(lab: Session) -> None:
    lab.predict("greek", guess=..., because="...")
    with pytest.raises(NotPredicted, match="not written yet"):
        lab.predicted()


def test_a_grader_that_runs_the_notebook_makes_the_prediction_again(graded: Session) -> None:
    graded.predict("greek", 30, because="words repeat a lot")
    assert graded.predicted() == 1.0


# ---------------------------------------------------------------------------------------------
# Pieces


def merge_pair(word: tuple[bytes, ...], pair: tuple[bytes, bytes]) -> tuple[bytes, ...]:
    """A student's own, right or wrong."""
    return word


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """`judged(passed)`: one exercise, merge_pair, whose check says `passed` of any answer."""
    exercise = SimpleNamespace(
        name="merge_pair", lab=LAB, slug="merge-pair", reference=lambda *_: "the library's"
    )

    def decide(passed: bool) -> None:
        report = SimpleNamespace(passed=passed, points=2.0, max_points=3.0)
        monkeypatch.setattr(checks, "exercises", lambda lab: {"merge-pair": exercise})
        monkeypatch.setattr(checks, "evaluate", lambda *_: report)

    return decide


def test_kept_pieces_lie_beside_the_labs(lab: Session) -> None:
    lab.keep(merge_pair)
    assert (lab.folder.parent / ".pieces" / LAB / "merge_pair.py").is_file()


def test_a_folder_that_is_not_the_labs_keeps_pieces_inside(lab: Session, tmp_path: Path) -> None:
    assert Session(LAB, 0, lab.scale, tmp_path).pieces == tmp_path / ".pieces"


def test_a_piece_that_passes_is_ones_own(
    lab: Session, judged: Callable[[bool], None], capsys: pytest.CaptureFixture[str]
) -> None:
    judged(True)
    lab.keep(merge_pair)
    assert lab.piece("merge_pair")((b"a",), (b"a", b"b")) == (b"a",)
    assert "merge_pair: yours." in capsys.readouterr().out


def test_a_piece_that_fails_is_the_librarys(
    lab: Session, judged: Callable[[bool], None], capsys: pytest.CaptureFixture[str]
) -> None:
    judged(False)
    lab.keep(merge_pair)
    assert lab.piece("merge_pair")() == "the library's"
    assert "yours earns 2 of 3 points in 02-tokenization" in capsys.readouterr().out


def test_a_piece_that_does_not_run_is_the_librarys(
    lab: Session, judged: Callable[[bool], None], capsys: pytest.CaptureFixture[str]
) -> None:
    judged(True)
    lab.keep(merge_pair)
    (lab.pieces / LAB / "merge_pair.py").write_text("def merge_pair(:")
    assert lab.piece("merge_pair")() == "the library's"
    assert "yours does not run" in capsys.readouterr().out


def test_a_piece_that_was_never_kept_is_the_librarys(
    lab: Session, judged: Callable[[bool], None], capsys: pytest.CaptureFixture[str]
) -> None:
    judged(True)
    assert lab.piece("merge_pair")() == "the library's"
    assert "you have kept none" in capsys.readouterr().out


def test_grading_keeps_nothing_and_takes_the_librarys(
    graded: Session, judged: Callable[[bool], None]
) -> None:
    judged(True)
    graded.keep(merge_pair)
    assert not graded.pieces.exists()
    assert graded.piece("merge_pair")() == "the library's"


def test_a_piece_that_no_exercise_asks_for_is_refused(
    lab: Session, judged: Callable[[bool], None]
) -> None:
    judged(True)
    with pytest.raises(ValueError, match="asks for 'merge_pears'"):
        lab.piece("merge_pears")


# ---------------------------------------------------------------------------------------------
# Handing in


def test_submit_packs_and_says_where(lab: Session, capsys: pytest.CaptureFixture[str]) -> None:
    write(lab.folder / f"{LAB}.ipynb", "lab.trained('gpt', train)")
    packed = lab.submit()
    told = capsys.readouterr().out
    assert packed is not None and zipfile.is_zipfile(packed)
    assert f"{packed} (0.00 MB): hand in this one file." in told
    assert "artefact 'gpt' is not there" in told


def test_submit_without_a_notebook_says_what_to_do(
    lab: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lab.submit() is None
    assert "lab.submit('path/to/02-tokenization.ipynb')" in capsys.readouterr().out


def test_submit_in_colab_says_how_to_get_the_notebook(
    lab: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runtime, "in_colab", lambda: True)
    assert lab.submit() is None
    assert "File ▸ Download" in capsys.readouterr().out


def test_submit_takes_a_notebook_from_elsewhere(lab: Session, tmp_path: Path) -> None:
    packed = lab.submit(write(tmp_path / "downloaded.ipynb"))
    assert packed is not None and packed.parent == lab.folder


def test_grading_submits_nothing(graded: Session) -> None:
    write(graded.folder / f"{LAB}.ipynb")
    assert graded.submit() is None


def test_a_session_writes_nowhere_else(lab: Session, tmp_path: Path) -> None:
    write(lab.folder / f"{LAB}.ipynb")
    lab.trained("counts", lambda: 1)
    lab.predict("greek", 30, because="words repeat a lot")
    lab.keep(merge_pair)
    lab.submit()
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {
        f"{LAB}.ipynb",
        f"{LAB}-submission.zip",
        "artefact-counts.json",
        "predictions.json",
        "merge_pair.py",
    }


def test_an_unwritten_function_is_named_in_one_line() -> None:
    def merge_pair() -> None:
        raise NotImplementedError

    shown: list[list[str]] = []
    shell = SimpleNamespace(_showtraceback=lambda kind, error, lines: shown.append(lines))
    try:
        merge_pair()
    except NotImplementedError as error:
        assert error.__traceback__ is not None
        session._unwritten(shell, type(error), error, error.__traceback__)
        assert shown == [[str(error)]]
    assert shown[0][0].startswith("merge_pair is not written yet")


def test_a_prediction_that_nobody_asked_for_is_refused(lab: Session) -> None:
    with pytest.raises(PredictionError, match="asks for greek, broken, growth; .* 'brokn'"):
        lab.predict("brokn", 20, because="most tokens are words")
