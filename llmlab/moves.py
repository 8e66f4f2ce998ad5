"""What may happen next in a story: a teller who keeps the world, and the moves that are open.

A move says about which subjects it could be now, and how to tell it about one of them. Nothing here
decides which moves are made, or when a story is over.

    teller = Teller(Dice(0), LEVELS[1])
    teller.say("open", A="Mia", place="park")
    open_moves(teller)                      # [(Move(name='is at', …), [('Mia', 'park')]), …]
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from llmlab import lexicon as lex
from llmlab.dice import Dice
from llmlab.levels import Level
from llmlab.sentences import write
from llmlab.world import World

__all__ = ["MOVES", "Move", "Teller", "open_moves"]


@dataclass
class Teller:
    """A story being told: the world as it stands, and what has been said."""

    dice: Dice
    level: Level
    world: World = field(default_factory=World)
    sentences: list[str] = field(default_factory=list)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    told: set[tuple[str, Any]] = field(default_factory=set)  # moves and their subjects
    made: dict[str, int] = field(default_factory=dict)  # how often each move was made
    troubles: list[str] = field(default_factory=list)
    last: str = ""  # the name of the last move
    hero: str = ""  # who has the problem

    def say(self, kind: str, **roles: Any) -> None:
        """Let an event happen in the world and word it."""
        self.world.tell(kind, **roles)
        self.events.append((kind, roles))
        self.sentences.append(write(kind, roles, self.dice, self.level.variety))

    def make(self, move: "Move", subject: Any) -> None:
        """Make a move, and remember it."""
        self.made[move.name] = self.made.get(move.name, 0) + 1
        self.told.add((move.name, subject))
        self.last = move.name
        move.make(self, subject)

    def mention(self, thing: str) -> dict[str, str]:
        """The roles that name a known thing: with its colour, or without."""
        if self.dice.chance(self.level.named_colour):
            return {"thing": thing, "colour": self.world.colour[thing]}
        return {"thing": thing}

    def meet(self, newcomer: str) -> None:
        """Somebody new comes in: told by who is there already, or by the place."""
        if self.dice.chance(0.5):
            self.say("meet", A=self.dice.choice(list(self.world.place)), B=newcomer)
        else:
            places = list(dict.fromkeys(self.world.place.values()))
            self.say("meet", B=newcomer, place=self.dice.choice(places))

    def introduce(self, who: str) -> None:
        """Bring a new thing into the story."""
        dice, level = self.dice, self.level
        new = [thing for thing in lex.THINGS[: level.objects] if thing not in self.world.holder]
        self.say(
            dice.choice(("own", "find")),
            A=who,
            thing=dice.choice(new),
            colour=dice.choice(lex.COLOURS[: level.colours]),
            size=dice.choice(lex.SIZES[: level.sizes]),
        )

    def company(self, who: str) -> dict[str, str]:
        """Perhaps somebody who is there too, as role B."""
        others = self.world.company_of(who)
        return {"B": self.dice.choice(others)} if others and self.dice.chance(0.6) else {}


Subjects = Callable[[Teller], list[Any]]


@dataclass(frozen=True)
class Move:
    """Something that may happen: what it could be about now, and how it is told."""

    name: str
    weight: int
    most: int  # times in one story
    subjects: Subjects
    make: Callable[[Teller, Any], None]
    once: bool = False  # never about the same subject again


def open_moves(teller: Teller) -> list[tuple[Move, list[Any]]]:
    """The moves that are possible now, each with what it could be about."""
    known: dict[Subjects, list[Any]] = {}  # several moves share their subjects
    found = []
    for move in MOVES[: teller.level.moves]:
        if move.name == teller.last or teller.made.get(move.name, 0) >= move.most:
            continue
        subjects = known.get(move.subjects)
        if subjects is None:
            subjects = known[move.subjects] = move.subjects(teller)
        if move.once:
            subjects = [s for s in subjects if (move.name, s) not in teller.told]
        if subjects:
            found.append((move, subjects))
    return found


def _just_shown(t: Teller) -> str | None:
    """The thing that was brought in a moment ago: nobody needs to be told of it again."""
    kind, roles = t.events[-1]
    return roles["thing"] if kind in ("own", "find") else None


def _held(t: Teller) -> list[tuple[str, str]]:
    shown = _just_shown(t)
    return [(who, thing) for who, thing in t.world.held() if thing != shown]


def _own_in_company(t: Teller) -> list[tuple[str, str]]:
    """What people could pass on: what is borrowed can only be given back."""
    owner = t.world.owner
    return [
        (a, thing) for a, thing in t.world.held() if owner[thing] == a and t.world.company_of(a)
    ]


def _has(t: Teller, subject: tuple[str, str]) -> None:
    t.say("has", A=subject[0], **t.mention(subject[1]))


def _whereabouts(t: Teller) -> list[tuple[str, str]]:
    return list(t.world.place.items())


def _is_at(t: Teller, subject: tuple[str, str]) -> None:
    t.say("is at", A=subject[0], place=subject[1])


def _coloured(t: Teller) -> list[str]:
    world, shown = t.world, _just_shown(t)
    known = [thing for thing, who in world.holder.items() if who or thing in world.lies]
    return [thing for thing in known if thing != shown]


def _colour(t: Teller, thing: str) -> None:
    speaker = {"A": t.dice.choice(_people(t))} if t.dice.chance(0.5) else {}
    t.say("colour", thing=thing, colour=t.world.colour[thing], **speaker)


def _finders(t: Teller) -> list[str]:
    return _people(t) if len(t.world.holder) < t.level.things else []


def _lying(t: Teller) -> list[tuple[str, str]]:
    return list(t.world.lies.items())


def _lies(t: Teller, subject: tuple[str, str]) -> None:
    t.say("lies", place=subject[1], **t.mention(subject[0]))


def _people(t: Teller) -> list[str]:
    return list(t.world.place)


def _people_in_company(t: Teller) -> list[str]:
    return [who for who in t.world.place if t.world.company_of(who)]


def _somewhere_else(t: Teller, who: str) -> str:
    here = t.world.place[who]
    return t.dice.choice([p for p in lex.PLACES[: t.level.places] if p != here])


def _pass_on(kind: str) -> Callable[[Teller, Any], None]:
    """A move in which A does something to B with a thing: give, lend, keep."""

    def make(t: Teller, subject: tuple[str, str]) -> None:
        who, thing = subject
        t.say(kind, A=who, B=t.dice.choice(t.world.company_of(who)), **t.mention(thing))

    return make


def _talk(t: Teller, who: str) -> None:
    t.say("talk", A=who, **t.company(who))


def _go_alone(t: Teller, who: str) -> None:
    t.say("go", A=who, place=_somewhere_else(t, who))


def _go_together(t: Teller, who: str) -> None:
    t.say("go", A=who, B=t.dice.choice(t.world.company_of(who)), place=_somewhere_else(t, who))


def _animal(t: Teller, who: str) -> None:
    look = t.dice.choice(lex.LOOKS[: t.level.sizes])
    t.say("animal", A=who, animal=t.dice.choice(lex.ANIMALS[: t.level.animals]), look=look)


def _put(t: Teller, subject: tuple[str, str]) -> None:
    who, thing = subject
    t.say("put", A=who, place=t.world.place[who], **t.mention(thing))


def _takeable(t: Teller) -> list[tuple[str, str]]:
    people = t.world.place.items()
    return [
        (who, thing) for thing, at in t.world.lies.items() for who, here in people if here == at
    ]


def _room_for_more(t: Teller) -> list[str]:
    return ["somebody new"] if len(t.world.place) < t.level.people else []


def _meet(t: Teller, _: str) -> None:
    new = [name for name in lex.NAMES[: t.level.names] if name not in t.world.place]
    t.meet(t.dice.choice(new))


def _take(t: Teller, subject: tuple[str, str]) -> None:
    t.say("take", A=subject[0], **t.mention(subject[1]))


def _returnable(t: Teller) -> list[tuple[str, str]]:
    owner, place = t.world.owner, t.world.place
    return [
        (who, thing)
        for who, thing in t.world.held()
        if owner[thing] != who and place[owner[thing]] == place[who]
    ]


def _give_back(t: Teller, subject: tuple[str, str]) -> None:
    who, thing = subject
    t.say("give back", A=who, B=t.world.owner[thing], **t.mention(thing))


def _uncounted(t: Teller, who: str) -> str:
    """An item of which nobody has counted how many `who` has; perhaps one that others have."""
    counted = list(dict.fromkeys(item for _, item in t.world.count))
    shared = [item for item in counted if (who, item) not in t.world.count]
    if shared and t.dice.chance(0.5):
        return t.dice.choice(shared)
    return t.dice.choice([item for item in lex.ITEMS[: t.level.items] if item not in counted])


def _sum(t: Teller, who: str) -> None:
    """A number, a change, and what they make: three sentences."""
    item = _uncounted(t, who)
    t.say("count", A=who, n=(t.dice.choice(range(2, t.level.largest + 1)), item))
    if t.dice.chance(0.6):
        _more(t, (who, item))
    else:
        _fewer(t, (who, item))
    _total(t, (who, item))


def _more(t: Teller, subject: tuple[str, str]) -> None:
    who, item = subject
    number = t.dice.choice(range(1, max(t.level.largest, 3)))
    givers = [
        b for b in t.world.company_of(who) if t.world.count.get((b, item), number + 1) > number
    ]
    giver = {"B": t.dice.choice(givers)} if givers and t.dice.chance(0.6) else {}
    t.say("more", A=who, m=(number, item), **giver)


def _fewer(t: Teller, subject: tuple[str, str]) -> None:
    who, item = subject
    count = t.world.count
    number = t.dice.choice(range(1, count[subject]))
    takers = [b for b in t.world.company_of(who) if count.get((b, item), 0) + number <= lex.LARGEST]
    taker = {"B": t.dice.choice(takers)} if takers and t.dice.chance(0.6) else {}
    t.say("fewer", A=who, m=(number, item), **taker)


def _countable(t: Teller) -> list[tuple[str, str]]:
    return [
        key for key, count in t.world.count.items() if 1 < count <= lex.LARGEST - t.level.largest
    ]


def _total(t: Teller, subject: tuple[str, str]) -> None:
    t.say("total", A=subject[0], n=(t.world.count[subject], subject[1]))


def _pairs(t: Teller) -> list[tuple[str, str, str]]:
    count = t.world.count
    return [
        (a, b, item)
        for a, item in count
        for b, other in count
        if other == item and a < b and count[a, item] + count[b, item] <= lex.LARGEST
    ]


def _both(t: Teller, subject: tuple[str, str, str]) -> None:
    a, b, item = subject
    t.say("both", A=a, B=b, n=(t.world.count[a, item] + t.world.count[b, item], item))


def _times(t: Teller, who: str) -> None:
    item = _uncounted(t, who)
    k, each = t.dice.choice(range(2, 7)), t.dice.choice(range(2, 10))
    t.say("times", A=who, k=k, m=(each, item), n=(k * each, item))


MOVES = (
    Move("has", 4, 2, _held, _has, once=True),
    Move("go together", 2, 2, _people_in_company, _go_together),
    Move("give", 6, 9, _own_in_company, _pass_on("give")),
    Move("is at", 4, 2, _whereabouts, _is_at, once=True),
    Move("go", 2, 2, _people, _go_alone),
    Move("talk", 2, 2, _people, _talk),
    # level 2
    Move("colour", 2, 2, _coloured, _colour, once=True),
    Move("animal", 2, 1, _people, _animal),
    Move("another thing", 2, 9, _finders, Teller.introduce),
    Move("keep", 2, 1, _own_in_company, _pass_on("keep")),
    # level 3
    Move("put", 2, 2, _held, _put),
    Move("meet", 4, 9, _room_for_more, _meet),
    Move("sum", 4, 2, _people, _sum, once=True),
    # level 4
    Move("lies", 2, 2, _lying, _lies, once=True),
    Move("take", 4, 3, _takeable, _take),
    Move("lend", 4, 2, _own_in_company, _pass_on("lend")),
    Move("give back", 8, 3, _returnable, _give_back),
    Move("more", 2, 2, _countable, _more),
    Move("fewer", 2, 2, _countable, _fewer),
    # level 5
    Move("both", 6, 1, _pairs, _both),
    Move("times", 1, 1, _people, _times, once=True),
)
