"""Stories with a beginning, a problem and an ending, told move by move about a `World`.

All randomness comes from the `Dice` that are passed in. Nothing here knows of questions, files or
training.

    tale = tell(Dice(0), LEVELS[1])
    tale.text, tale.world.holder            # ('One day, …', {'ball': 'Mia'})
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from llmlab import lexicon as lex
from llmlab.dice import Dice
from llmlab.levels import Level, check_choice
from llmlab.moves import Teller, open_moves
from llmlab.world import World

__all__ = ["BEGINNING", "SPLITS", "Tale", "fingerprint", "split_of_beginning", "tell"]

SPLITS = ("train", "valid", "test")
BEGINNING = 3  # events: who, where, with whom, and a thing

# A problem, how it ends well, how it ends badly.
PROBLEMS = (
    ("lose", "find again", "not found"),
    ("hungry", "eat", "still hungry"),
    ("cold", "warm", "still cold"),
    ("tired", "rest", "still tired"),
    ("afraid", "comfort", "still afraid"),
    ("thirsty", "drink", "still thirsty"),
)


@dataclass(frozen=True)
class Tale:
    """A story, event by event, what is true at its end, and what its choices cost in nats."""

    sentences: tuple[str, ...]  # one for each event
    events: tuple[tuple[str, dict[str, Any]], ...]
    world: World
    mood: str
    nats: float

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def tell(dice: Dice, level: Level, *, mood: str | None = None, split: str | None = None) -> Tale:
    """Tell one story; `mood` ("happy" or "sad") forces its ending, `split` the split it is in.

    >>> from llmlab.levels import LEVELS
    >>> tale = tell(Dice(1), LEVELS[1], split="valid")
    >>> tale.events[0][0], tale.mood == tale.events[-1][0]
    ('open', True)
    >>> split_of_beginning(" ".join(tale.sentences[:BEGINNING]))
    'valid'
    """
    check_choice("split", split or SPLITS[0], SPLITS)
    before = dice.nats
    teller = _begin(dice, level)
    while split and split != split_of_beginning(" ".join(teller.sentences)):
        before = dice.nats
        teller = _begin(dice, level)
    mood = mood or ("happy" if dice.chance(0.6) else "sad")
    troubles = 1 + dice.choice(range(level.troubles))
    for trouble in range(1, troubles + 1):
        _wander(teller, level.before if trouble == 1 else level.after)
        _trouble(teller, mood if trouble == troubles else "happy")
    _end(teller, mood)
    nats = dice.nats - before
    return Tale(tuple(teller.sentences), tuple(teller.events), teller.world, mood, nats)


def split_of_beginning(text: str) -> str:
    """The split of the stories that begin with this text, their first three events."""
    return {0: "valid", 1: "test"}.get(fingerprint(text) % 10, "train")


def fingerprint(text: str) -> int:
    """A number of 64 bits that is the same for the same text on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _begin(dice: Dice, level: Level) -> Teller:
    """Somebody somewhere, somebody else, and something that one of them has: three events."""
    teller = Teller(dice, level)
    a, b = dice.sample(lex.NAMES[: level.names], 2)
    place = dice.choice(lex.PLACES[: level.places])
    weather = {"weather": dice.choice(lex.WEATHERS[: level.weathers])} if dice.chance(0.5) else {}
    teller.say("open", A=a, place=place, **weather)
    teller.meet(b)
    teller.introduce(dice.choice((a, b)))
    return teller


def _wander(teller: Teller, how_long: tuple[int, int]) -> None:
    """Make some moves, each possible where it is made."""
    dice = teller.dice
    for _ in range(dice.choice(range(how_long[0], how_long[1] + 1))):
        moves = open_moves(teller)
        move, subjects = dice.weighted(moves, [move.weight for move, _ in moves])
        teller.make(move, dice.choice(subjects))


def _trouble(teller: Teller, mood: str) -> None:
    """Something goes wrong for somebody, the hero, and then it is put right or not."""
    dice = teller.dice
    held = teller.world.held()
    problems = [p for p in PROBLEMS[: teller.level.problems] if p[0] not in teller.troubles]
    kind, solved, unsolved = dice.choice([p for p in problems if held or p[0] != "lose"])
    teller.troubles.append(kind)
    roles = {}
    if kind == "lose":
        teller.hero, thing = dice.choice(held)
        roles = teller.mention(thing)
    else:
        teller.hero = dice.choice(list(teller.world.place))
    teller.say(kind, A=teller.hero, **roles)
    _wander(teller, teller.level.after)
    _resolve(teller, solved if mood == "happy" else unsolved, roles.get("thing"))


def _resolve(teller: Teller, kind: str, lost: str | None) -> None:
    roles = {"A": teller.hero, **teller.company(teller.hero)}
    if kind == "eat":
        roles["food"] = teller.dice.choice(lex.FOODS[: teller.level.foods])
    if lost:
        roles |= teller.mention(lost)
    teller.say(kind, **roles)


def _end(teller: Teller, mood: str) -> None:
    company = teller.company(teller.hero) if mood == "happy" else {}
    teller.say(mood, A=teller.hero, **company)
