"""The one dial of difficulty: from stories that a tiny model can follow to long and rich ones.

Nothing here knows what the numbers are used for; every one means "this many of the first and
easiest", since words, templates, moves and problems are all listed from easy to hard.

    LEVELS[1].names, LEVELS[5].names        # (8, 60)
"""

from dataclasses import dataclass

__all__ = ["LEVELS", "Level", "level_of"]


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


LEVELS = {
    1: Level(8, 6, 6, 4, 4, 3, 2, 4, 3, 2, 6, 2, 2, 1, (3, 5), (0, 0), 1, 3, 0.9),
    2: Level(12, 8, 12, 6, 6, 5, 4, 6, 4, 3, 10, 3, 2, 2, (3, 6), (0, 1), 1, 5, 0.7),
    3: Level(20, 12, 20, 8, 8, 8, 8, 8, 6, 4, 13, 3, 3, 2, (4, 6), (0, 1), 1, 6, 0.5),
    4: Level(40, 24, 50, 12, 16, 16, 16, 16, 9, 6, 19, 5, 4, 3, (5, 9), (0, 2), 1, 15, 0.5),
    5: Level(60, 48, 96, 16, 25, 24, 24, 30, 12, 99, 21, 6, 4, 4, (5, 9), (1, 3), 2, 40, 0.4),
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
