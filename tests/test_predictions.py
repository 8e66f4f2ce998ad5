"""predictions: made, kept, shown beside the result, and not changed afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llmlab import predictions
from llmlab.predictions import NotPredicted, Predictions

WHY = "words repeat a lot"


def test_a_prediction_is_shown_with_its_reason(tmp_path: Path) -> None:
    shown = repr(Predictions(tmp_path).predict("v", 30, WHY))
    assert shown == "You predicted 30, because words repeat a lot"


def test_a_prediction_is_kept_for_another_day(tmp_path: Path) -> None:
    Predictions(tmp_path).predict("v", "é", WHY)
    assert repr(Predictions(tmp_path).reveal("v", "e")).startswith("You predicted é")


def test_a_prediction_that_was_made_earns_its_point(tmp_path: Path) -> None:
    book = Predictions(tmp_path)
    book.predict("v", 0, WHY)
    assert repr(book.made("v")) == "1.0"


@pytest.mark.parametrize("guess", [..., None])
def test_the_dots_of_the_template_are_no_prediction(tmp_path: Path, guess: Any) -> None:
    book = Predictions(tmp_path)
    assert "'v' is not written yet" in repr(book.predict("v", guess, because="..."))
    with pytest.raises(NotPredicted, match="'v' is not written yet"):
        book.made("v")


@pytest.mark.parametrize("because", ["", "no idea", "  so   what ", 5])
def test_a_reason_needs_three_words(tmp_path: Path, because: Any) -> None:
    with pytest.raises(ValueError, match="at least 3 words"):
        Predictions(tmp_path).predict("v", 30, because)


def test_a_result_is_not_shown_before_a_guess(tmp_path: Path) -> None:
    assert "41" not in repr(Predictions(tmp_path).reveal("v", 41))


@pytest.mark.parametrize(
    ("guess", "actual", "told"),
    [
        (30, 41, "It is 41 — 11 more"),
        (2.5, 2.25, "It is 2.25 — 0.25 less"),
        (3, 3.0, "It is 3 — as you said"),
        ("GPT-2", "GPT-2", "It is GPT-2 — as you said"),
        ("GPT-2", "ours", "It is ours"),
        (True, 5, "It is 5"),
        (1, np.float32(0.5), "It is 0.5 — 0.5 less"),
        ([1, 2], np.array([1, 3]), "It is [1, 3]"),
    ],
)
def test_a_result_stands_beside_the_guess(
    tmp_path: Path, guess: Any, actual: Any, told: str
) -> None:
    book = Predictions(tmp_path)
    book.predict("v", guess, WHY)
    assert repr(book.reveal("v", actual)).splitlines()[1] == told


def test_before_the_result_a_guess_may_change(tmp_path: Path) -> None:
    book = Predictions(tmp_path)
    book.predict("v", 30, WHY)
    book.predict("v", 31, WHY)
    assert repr(book.reveal("v", 5)).startswith("You predicted 31")


def test_after_the_result_the_first_guess_stays(tmp_path: Path) -> None:
    book = Predictions(tmp_path)
    book.predict("v", 30, WHY)
    book.reveal("v", 41)
    assert "stays" in repr(book.predict("v", 41, WHY))
    assert repr(Predictions(tmp_path).reveal("v", 41)).startswith("You predicted 30")


def test_running_the_same_prediction_again_says_nothing_new(tmp_path: Path) -> None:
    book = Predictions(tmp_path)
    book.predict("v", 30, WHY)
    revealed = book.reveal("v", 41)
    assert book.predict("v", 30, WHY) == revealed


def test_html_is_escaped(tmp_path: Path) -> None:
    shown = Predictions(tmp_path).predict("v", "<b>", "a < b & c")._repr_html_()  # type: ignore[union-attr]
    assert "&lt;b&gt;" in shown and "a &lt; b &amp; c" in shown


@pytest.mark.parametrize("guess", [object(), {1, 2}, 1j])
def test_a_guess_that_is_no_data_is_refused(tmp_path: Path, guess: Any) -> None:
    with pytest.raises(ValueError, match=f"guess is a {type(guess).__name__}"):
        Predictions(tmp_path).predict("v", guess, WHY)


@pytest.mark.parametrize("content", ["", "[]", '{"v": 5}', '{"v": {"guess": 1}}', "{"])
def test_a_broken_file_is_no_prediction(tmp_path: Path, content: str) -> None:
    (tmp_path / predictions.FILE).write_text(content)
    with pytest.raises(NotPredicted):
        Predictions(tmp_path).made("v")


def test_the_file_can_be_read_by_people(tmp_path: Path) -> None:
    Predictions(tmp_path).predict("v", 30, WHY)
    entry = json.loads((tmp_path / predictions.FILE).read_text())["v"]
    assert (entry["guess"], entry["because"], entry["revealed"]) == (30, WHY, False)


@pytest.mark.parametrize("graded", [True, False])
def test_a_folder_that_cannot_be_written_matters_only_to_the_student(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, graded: bool
) -> None:
    monkeypatch.setattr(predictions, "grading", lambda: graded)
    book = Predictions(tmp_path / "nowhere")
    if graded:
        book.predict("v", 30, WHY)
        assert book.made("v") == 1.0
    else:
        with pytest.raises(FileNotFoundError):
            book.predict("v", 30, WHY)


def test_several_predictions_are_counted_and_the_missing_ones_named(tmp_path, capsys):
    book = Predictions(tmp_path)
    book.predict("greek", 2, because="it looks about double")
    assert book.made("greek", "growth") == 1.0
    assert "'growth' is not written yet" in capsys.readouterr().out


def test_a_unit_stands_behind_both_numbers(tmp_path: Path) -> None:
    book = Predictions(tmp_path)
    book.predict("broken", 20, WHY)
    shown = repr(book.reveal("broken", 0.70037, unit="%"))
    assert "You predicted 20 %" in shown and "It is 0.7 %" in shown
