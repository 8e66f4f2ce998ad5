"""Name the misconception behind a wrong answer, or say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlab.checks.probe import Probe
from llmlab.checks.report import Diagnosis

if TYPE_CHECKING:
    from llmlab.checks.exercise import Exercise

__all__ = ["diagnose"]


def diagnose(exercise: Exercise, probe: Probe) -> Diagnosis | None:
    """The misconception that the probed function behaves like; None when there is doubt."""
    return None
