"""Predict, run, explain: what a student expected, kept until the result stands beside it.

A prediction is a guess and a reason. It counts for having been made, not for being right, and once
the result is out it stays as it was. Kept in `predictions.json` beside the notebook.

    book = Predictions(Path("."))
    book.predict("vocab", 30, because="most words repeat after that")
    book.reveal("vocab", 41)
"""

from __future__ import annotations

import html
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from llmlab.runtime import atomic_write, grading

__all__ = ["FILE", "NotPredicted", "Prediction", "PredictionError", "Predictions"]

FILE = "predictions.json"
_MIN_WORDS = 3


class PredictionError(ValueError):
    """A prediction that cannot be kept as it is; the message says why."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class NotPredicted(PredictionError):
    """A prediction that has not been made; the message says how."""


@dataclass(frozen=True)
class Prediction:
    """A guess with its reason and, once it is revealed, what came out. Shown as a small card."""

    id: str
    guess: Any
    because: str
    actual: Any = None
    revealed: bool = False
    unit: str = ""
    note: str = ""

    def __repr__(self) -> str:
        lines = [f"You predicted {self._guess}, because {self.because}"]
        if self.revealed:
            lines.append(f"It is {self._actual}")
        return "\n".join(lines + [self.note] * bool(self.note))

    @property
    def _guess(self) -> str:
        return f"{_show(self.guess)} {self.unit}".strip()

    @property
    def _actual(self) -> str:
        return f"{_show(self.actual)} {self.unit}".strip() + _distance(self.guess, self.actual)

    def _repr_html_(self) -> str:
        rows = [("You predicted", self._guess), ("because", self.because)]
        if self.revealed:
            rows.append(("It is", self._actual))
        cells = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(left)}</th>'
            f'<td style="text-align:left">{html.escape(right)}</td></tr>'
            for left, right in rows
        )
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return f'<table style="color:inherit;background:transparent">{cells}</table>{note}'


@dataclass(frozen=True)
class Unpredicted:
    """Stands where a prediction will be. Shown as one sentence."""

    id: str

    def __repr__(self) -> str:
        return (
            f"Your prediction {self.id!r} is not written yet: in its cell, say what you expect and"
            " why, and run it."
        )


class Predictions:
    """The predictions of one lab. `folder` is where their file lies."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._made = _read(self.path)

    def predict(self, id: str, guess: Any, because: str) -> Prediction | Unpredicted:
        """Keep a guess (a number, a text, true or false, a list) and the reason for it.

        The dots of an empty cell are no guess. Once revealed, the first guess stays. Raises
        ValueError for a reason of less than three words.
        """
        if guess is ... or guess is None or because is ...:
            return self._made.get(id, Unpredicted(id))
        if not isinstance(because, str) or len(because.split()) < _MIN_WORDS:
            raise PredictionError(
                f"because is {because!r}; say why in at least {_MIN_WORDS} words."
            )
        made = Prediction(id, _plain(guess, "guess"), because.strip())
        before = self._made.get(id)
        if before and before.revealed:
            if (before.guess, before.because) == (made.guess, made.because):
                return before
            return replace(before, note="The result is out, so your first prediction stays.")
        return self._keep(made)

    def reveal(self, id: str, actual: Any, unit: str = "") -> Prediction | Unpredicted:
        """Show the result beside the guess; without a guess, show nothing yet."""
        if id not in self._made:
            return Unpredicted(id)
        actual = _plain(actual, "actual")
        return self._keep(replace(self._made[id], actual=actual, revealed=True, unit=unit))

    def made(self, *ids: str) -> float:
        """Return how many of these predictions were made, and print what is missing.

        Raises NotPredicted if none was made.
        """
        missing = [repr(Unpredicted(id)) for id in ids if id not in self._made]
        if len(missing) == len(ids):
            raise NotPredicted("\n".join(missing))
        print(*missing, sep="\n", end="\n" * bool(missing))
        return float(len(ids) - len(missing))

    def _keep(self, prediction: Prediction) -> Prediction:
        self._made[prediction.id] = prediction
        data = {p.id: asdict(replace(p, note="")) for p in self._made.values()}
        try:
            atomic_write(self.path, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
        except OSError:
            if not grading():  # a grader's folder may be read-only, and the notebook has the guess
                raise
        return prediction


def _read(path: Path) -> dict[str, Prediction]:
    """Return the predictions of a file; none where it is missing or no such file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {id: Prediction(**entry) for id, entry in data.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _plain(value: Any, what: str) -> Any:
    """Return a number, text or list that JSON can keep; a number of numpy or torch becomes ours."""
    if hasattr(value, "item") and hasattr(value, "tolist"):
        value = value.tolist()
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError):
        raise PredictionError(
            f"{what} is a {type(value).__name__}; give a number, a text, true or false, or a list."
        ) from None


def _show(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _distance(guess: Any, actual: Any) -> str:
    """Say how far a number was off, as text to stand after it."""
    numbers = (int, float)
    if isinstance(guess, bool) or not (isinstance(guess, numbers) and isinstance(actual, numbers)):
        return " — as you said" if guess == actual else ""
    if guess == actual:
        return " — as you said"
    return f" — {_show(abs(guess - actual))} {'less' if actual < guess else 'more'}"
