"""What a lab's check cells call: exercises, their properties, and the wrong answers we can explain.

    from llmlab.checks import tokenization as check
    check.merge_pair(merge_pair)

>>> sorted(LABS)
['02-tokenization']
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from llmlab.checks.exercise import Exercise
from llmlab.checks.report import Report
from llmlab.checks.verdict import judge

__all__ = ["LABS", "evaluate", "exercises", "find", "module"]

# The labs that have checks, and the module that holds them.
LABS = {
    "02-tokenization": "llmlab.checks.tokenization",
}


def evaluate(
    lab: str, exercise: str, function: Callable[..., Any], seed: int = 0, hidden: bool = False
) -> Report:
    """Judge `function` as an answer to an exercise: the one way in for notebooks, CLI and grader.

    `hidden` adds the hidden inputs, drawn from `seed`, to the visible ones; messages then name no
    input. An unknown lab or exercise is a ValueError that lists the known ones.
    """
    return judge(find(lab, exercise), function, seed=seed, hidden=hidden)


def exercises(lab: str) -> dict[str, Exercise]:
    """The exercises of a lab by slug, in the order in which its module defines them."""
    found = [value for value in vars(module(lab)).values() if isinstance(value, Exercise)]
    return {exercise.slug: exercise for exercise in found}


def module(lab: str) -> ModuleType:
    """The module with a lab's checks; an unknown lab is a ValueError that lists the known."""
    if lab not in LABS:
        raise ValueError(f"no checks for {lab!r}: the labs with checks are {', '.join(LABS)}")
    return importlib.import_module(LABS[lab])


def find(lab: str, exercise: str) -> Exercise:
    """One exercise by its slug (`merge-pair`) or its function's name (`merge_pair`)."""
    known = exercises(lab)
    slug = exercise.replace("_", "-")
    if slug not in known:
        raise ValueError(f"{lab} has no exercise {exercise!r}: it has {', '.join(known)}")
    return known[slug]
