"""The student's side of a lab: one object that knows the seed, the scale and what is kept.

    lab = llmlab.start("02-tokenization")
    tokenizer = lab.trained("tokenizer", train)          # trains here, loads where it is graded
    lab.predict("greek", 2, because="Greek letters take two bytes")
    lab.keep(merge_pair)                                 # for later labs: lab.piece("merge_pair")
    lab.submit()                                         # one zip to hand in

It prints, for it speaks to a student in a notebook. Everything that it writes lies in the folder of
the notebook, and the kept pieces beside the labs' folders, in `.pieces`.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from llmlab import artefacts, kept, runtime, submission
from llmlab.predictions import Prediction, PredictionError, Predictions, Unpredicted
from llmlab.runtime import Scale, grading

__all__ = ["LABS", "Lab", "Session", "start"]

T = TypeVar("T")


@dataclass(frozen=True)
class Lab:
    """What is said of a lab before it begins: hours with the reading, CPU minutes, needs torch.

    `asks` names the predictions that it asks for.
    """

    title: str
    hours: int
    minutes: int
    torch: bool = True
    asks: tuple[str, ...] = ()


LABS = {
    "02-tokenization": Lab(
        "Tokenization", hours=3, minutes=2, torch=False, asks=("greek", "broken", "growth")
    ),
}


def start(lab: str, *, seed: int = 0) -> Session:
    """Begin a lab in the folder of its notebook: seed everything, look at the machine, say so.

    Raises ValueError for a lab that does not exist.
    """
    if lab not in LABS:
        raise ValueError(f"There is no lab {lab!r}; there are: {', '.join(LABS)}.")
    if runtime.in_colab():
        importlib.import_module("google.colab.output").enable_custom_widget_manager()
    runtime.seed_everything(seed, torch=LABS[lab].torch)
    _speak_of_what_is_unwritten()
    session = Session(lab, seed, runtime.scale(), Path.cwd())
    print(session)
    return session


@dataclass(frozen=True)
class Session:
    """One lab as it is being worked on. `folder` is the notebook's."""

    name: str
    seed: int
    scale: Scale
    folder: Path = field(repr=False)

    def __str__(self) -> str:
        about = LABS[self.name]
        return (
            f"{self.name[:2]} · {about.title}. You have {_machine(self.device)}; scale"
            f" {self.scale}, seed {self.seed}. About {about.hours} hours with the reading, at most"
            f" {about.minutes} minutes of them computing."
        )

    @property
    def device(self) -> str:
        """ "cuda" where torch can use a card, else "cpu"."""
        return runtime.device()

    def pick(self, *, smoke: T, cpu: T, gpu: T | None = None) -> T:
        """Return the value meant for the scale of this run."""
        return self.scale.pick(smoke=smoke, cpu=cpu, gpu=gpu)

    # --- what was trained

    def trained(self, name: str, train: Callable[[], Any], *, reuse: bool = False) -> Any:
        """Train, keep the result beside the notebook as an artefact, and return it as it was kept.

        Where a runner grades, nothing is trained: the artefact is loaded. `reuse=True` does so in
        your own notebook, if there is an artefact. Raises ArtefactError, see `artefacts`.
        """
        if grading():
            return artefacts.load(self.folder, name)
        if reuse and artefacts.find(self.folder, name):
            print(f"{name}: not trained again; leave out reuse=True to do so.")
            return artefacts.load(self.folder, name)
        began = time.perf_counter()
        try:
            value = train()
        except NotImplementedError as error:
            raise NotImplementedError(f"{name}: its training is not written yet.") from error
        seconds = time.perf_counter() - began
        path = artefacts.save(self.folder, name, value)
        size = path.stat().st_size / 1e6
        print(f"{name}: trained in {seconds:.1f} s, kept as {path.name} ({size:.2f} MB).")
        return artefacts.load(self.folder, name)

    # --- what was predicted

    @cached_property
    def _predictions(self) -> Predictions:
        return Predictions(self.folder)

    def predict(self, id: str, guess: Any, because: str) -> Prediction | Unpredicted:
        """Commit to a guess and a reason before you run what comes next.

        Raises PredictionError for a prediction that this lab does not ask for, or without a reason.
        """
        asks = LABS[self.name].asks
        if id not in asks:
            raise PredictionError(
                f"This lab asks for {', '.join(asks)}; it does not ask for {id!r}."
            )
        return self._predictions.predict(id, guess, because)

    def reveal(self, id: str, actual: Any, unit: str = "") -> Prediction | Unpredicted:
        """Show what came out beside your guess; without a guess, only ask for one."""
        return self._predictions.reveal(id, actual, unit)

    def predicted(self) -> float:
        """Return a point for each prediction that was made; raises NotPredicted if none was."""
        return self._predictions.made(*LABS[self.name].asks)

    # --- what is kept for later labs

    @property
    def pieces(self) -> Path:
        """The folder of the kept pieces, beside the folders of the labs."""
        beside = self.folder.parent if self.folder.name == self.name else self.folder
        return beside / ".pieces"

    def keep(self, *functions: Callable[..., Any]) -> None:
        """Keep your functions and classes for later labs. Raises PieceError, see `kept`."""
        if grading():
            return
        for function in functions:
            kept.keep(self.pieces, self.name, function)  # type: ignore[arg-type]
        names = ", ".join(function.__name__ for function in functions)
        print(f"Kept for later labs: {names}.")

    def piece(self, name: str) -> Callable[..., Any]:
        """Return your own piece if it passes its public checks, else the library's; say which.

        Where a runner grades it is the library's. Raises ValueError if no exercise has the name.
        """
        exercise = _exercise(name)
        if grading():
            return exercise.reference
        path = kept.find(self.pieces, name)
        if path is None:
            print(f"{name}: the library's, for you have kept none.")
            return exercise.reference
        own, objection = _judged(path, exercise)
        print(f"{name}: {'yours' if own else f'the library’s, for {objection}'}.")
        return own or exercise.reference

    # --- what is handed in

    def submit(self, notebook: str | os.PathLike[str] | None = None) -> Path | None:
        """Pack the saved notebook, artefacts and predictions into one zip; say where it is.

        Returns None where the notebook is not to be found, and says what to do then. Raises
        SubmissionError or ArtefactError for what cannot be handed in.
        """
        if grading():
            return None
        path = Path(notebook) if notebook else submission.find_notebook(self.name, self.folder)
        if path is None:
            print(_where_is_it(self.name))
            return None
        packed = submission.pack(self.name, self.folder, path)
        print(_handing_in(packed, path, submission.missing(path, self.folder)))
        return packed


def _speak_of_what_is_unwritten() -> None:
    """Let a notebook say which function is not written yet, in place of a traceback."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if shell:
        shell.set_custom_exc((NotImplementedError,), _unwritten)


def _unwritten(
    shell: Any, kind: type, error: BaseException, trace: TracebackType, tb_offset: int | None = None
) -> None:
    """Show a NotImplementedError: as one line that names the function, where a stub raised it."""
    *_, (frame, _) = traceback.walk_tb(trace)
    if "not written yet" in str(error):
        shown = [str(error)]
    elif error.args:
        shown = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset)
    else:
        name = frame.f_code.co_name
        subject = "This cell" if name.startswith("<") else name
        error.args = (
            f"{subject} is not written yet: replace `raise NotImplementedError` with your code, "
            "and run its cell.",
        )
        shown = [str(error)]
    # subtle: a custom handler has to show what it makes; nobody else does.
    shell._showtraceback(kind, error, shown)


def _machine(device: str) -> str:
    """Say what there is to compute with."""
    if device == "cuda":
        torch = runtime.require("torch", extra="torch")
        return torch.cuda.get_device_name()
    usable = getattr(os, "sched_getaffinity", None)  # not on macOS, not on Windows
    cores = len(usable(0)) if usable else os.cpu_count() or 1
    return f"{cores} CPU core{'s' if cores > 1 else ''} and no graphics card"


def _exercise(name: str) -> Any:
    """Return the exercise that asks for a function of this name, in any lab."""
    from llmlab import checks  # a leaf: only here, and only when a piece is asked for

    asked = [e for lab in checks.LABS for e in checks.exercises(lab).values() if e.name == name]
    if not asked:
        raise ValueError(f"No exercise of any lab asks for {name!r}; check the spelling.")
    return asked[-1]


def _judged(path: Path, exercise: Any) -> tuple[Callable[..., Any] | None, str]:
    """Return a kept piece if it passes its public checks; else None and what is against it."""
    from llmlab import checks

    try:
        own = kept.load(path)
    except kept.PieceError as error:
        return None, f"yours does not run ({error})"
    report = checks.evaluate(exercise.lab, exercise.slug, own)
    if report.passed:
        return own, ""
    return None, f"yours earns {report.points:g} of {report.max_points:g} points in {exercise.lab}"


def _handing_in(packed: Path, notebook: Path, missing: list[str]) -> str:
    """Say what is in the zip, and what is not."""
    saved = f"{datetime.fromtimestamp(notebook.stat().st_mtime):%H:%M}"
    lines = [
        f"{packed} ({packed.stat().st_size / 1e6:.2f} MB): hand in this one file.",
        f"It has {notebook.name} as saved at {saved}; after a change, save and run this again.",
    ]
    for name in missing:
        lines.append(f"The artefact {name!r} is not there: run the cell that trains it first.")
    return "\n".join(lines)


def _where_is_it(lab: str) -> str:
    if runtime.in_colab():
        return (
            "Colab keeps your notebook in your drive. Choose File ▸ Download ▸ Download .ipynb,"
            f" upload it in the Files panel on the left, and run lab.submit('{lab}.ipynb')."
        )
    return f"Your notebook is not in this folder. Run lab.submit('path/to/{lab}.ipynb')."
