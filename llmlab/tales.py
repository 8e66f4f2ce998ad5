"""Stories of a tiny world, with the truth about them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from llmlab.dice import Dice
from llmlab.levels import LEVELS, Level
from llmlab.storyteller import tell
from llmlab.world import World

__all__ = ["LEVELS", "Level", "Story", "stories"]


@dataclass(frozen=True)
class Story:
    text: str
    facts: World


def stories(
    n: int | None = None,
    *,
    max_bytes: int | None = None,
    seed: int = 0,
    level: int = 3,
    split: str = "train",
) -> Iterator[Story]:
    dice = Dice(f"tales {split} {level} {seed}")
    size = 0
    for i in count():
        if n is not None and i >= n:
            return
        tale = tell(dice, LEVELS[level])
        size += len(tale.text) + 1
        if max_bytes is not None and size > max_bytes:
            return
        yield Story(tale.text, tale.world)
