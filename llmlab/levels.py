"""The one dial of difficulty: from stories that a tiny model can follow to long and rich ones.

Nothing here knows what the numbers are used for; every one means "this many of the first and
easiest", since words, templates, moves and problems are all listed from easy to hard.

    LEVELS[1].names, LEVELS[5].names        # (6, 60)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["LEVELS", "Level", "check_choice", "check_count", "level_of"]


@dataclass(frozen=True)
class Level:
    """How rich the stories are; every number means "this many of the first and easiest"."""

    names: int
    places: int
    objects: int
    colours: int
    sizes: int
    foods: int
    items: int
    animals: int
    weathers: int
    variety: int  # templates of a kind, and choices within a template
    moves: int  # kinds of event, of moves.MOVES
    problems: int  # kinds of trouble, of storyteller.PROBLEMS
    people: int  # in one story, at most
    things: int  # in one story, at most
    before: tuple[int, int]  # moves before a problem: fewest, most
    after: tuple[int, int]  # moves between a problem and its end: fewest, most
    troubles: int  # problems in one story, at most
    largest: int  # number that a count starts with
    named_colour: float  # how often a known thing is mentioned with its colour


_TABLE: dict[str, tuple[Any, ...]] = {
    "names": (6, 12, 20, 40, 60),
    "places": (4, 8, 12, 24, 48),
    "objects": (4, 12, 20, 50, 96),
    "colours": (3, 6, 8, 12, 16),
    "sizes": (2, 6, 8, 16, 25),
    "foods": (2, 5, 8, 16, 24),
    "items": (2, 4, 8, 16, 24),
    "animals": (4, 6, 8, 16, 30),
    "weathers": (2, 4, 6, 9, 12),
    "variety": (2, 3, 4, 6, 99),
    "moves": (4, 10, 13, 19, 21),
    "problems": (2, 3, 3, 5, 6),
    "people": (2, 2, 3, 4, 4),
    "things": (1, 2, 2, 3, 4),
    "before": ((2, 3), (3, 5), (3, 6), (5, 9), (5, 9)),
    "after": ((0, 0), (0, 1), (0, 1), (0, 2), (1, 3)),
    "troubles": (1, 1, 1, 1, 2),
    "largest": (3, 5, 6, 15, 40),
    "named_colour": (1.0, 0.7, 0.5, 0.5, 0.4),
}
LEVELS = {
    number: Level(**{name: values[number - 1] for name, values in _TABLE.items()})
    for number in range(1, 6)
}


def level_of(number: int) -> Level:
    """Look a level up by its number, 1 (easy) to 5 (hard).

    >>> level_of(9)
    Traceback (most recent call last):
    ValueError: level must be a whole number from 1 (easy) to 5 (hard), not 9
    """
    if number not in LEVELS:
        raise ValueError(f"level must be a whole number from 1 (easy) to 5 (hard), not {number!r}")
    return LEVELS[number]


def check_count(name: str, value: int) -> None:
    """Refuse a negative number."""
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value}")


def check_choice(name: str, value: str, allowed: Iterable[str]) -> None:
    """Refuse what is not among the allowed words.

    >>> check_choice("split", "dev", ("train", "valid", "test"))
    Traceback (most recent call last):
    ValueError: split must be one of train, valid, test, not 'dev'
    """
    if value not in (words := tuple(allowed)):
        raise ValueError(f"{name} must be one of {', '.join(words)}, not {value!r}")
