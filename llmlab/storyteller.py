"""Stories with a beginning, a problem and an ending, told move by move about a `World`.

One dial sets how hard they are: `LEVELS[1]` is easy, `LEVELS[5]` is rich. All randomness comes from
the `Dice` that are passed in. Nothing here knows of files, splits, questions or training.

    tale = tell(Dice(0), LEVELS[1])
    tale.text, tale.world.holder
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from llmlab import lexicon as lex
from llmlab.dice import Dice
from llmlab.sentences import write
from llmlab.world import World

__all__ = ["LEVELS", "Level", "Tale", "tell"]


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
    moves: int  # kinds of event, of MOVES
    problems: int  # kinds of trouble, of PROBLEMS
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
    """A story, what is true at its end, the events in order, and its -log probability in nats."""

    text: str
    world: World
    events: tuple[tuple[str, dict[str, Any]], ...]
    mood: str
    nats: float


def tell(dice: Dice, level: Level, mood: str | None = None) -> Tale:
    """Tell one story; `mood` ("happy" or "sad") forces its ending.

    >>> tell(Dice(1), LEVELS[1]).mood
    'happy'
    """
    before = dice.nats
    mood = mood or ("happy" if dice.chance(0.6) else "sad")
    teller = Teller(dice, level)
    teller.begin()
    troubles = 1 + dice.choice(range(level.troubles))
    for trouble in range(1, troubles + 1):
        teller.wander(level.before if trouble == 1 else level.after)
        teller.trouble(mood if trouble == troubles else "happy")
    teller.end(mood)
    text = " ".join(teller.sentences)
    return Tale(text, teller.world, tuple(teller.events), mood, dice.nats - before)


@dataclass
class Teller:
    """A story being told: the world as it stands, and what has been said."""

    dice: Dice
    level: Level
    world: World = field(default_factory=World)
    sentences: list[str] = field(default_factory=list)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    told: set[tuple[Any, ...]] = field(default_factory=set)
    moved: dict[str, int] = field(default_factory=dict)
    troubled: set[str] = field(default_factory=set)
    last: str = ""  # the name of the last move
    hero: str = ""  # who has the problem

    @property
    def moves(self) -> tuple["Move", ...]:
        return MOVES[: self.level.moves]

    def say(self, kind: str, **roles: Any) -> None:
        """Let an event happen in the world and word it."""
        self.world.tell(kind, **roles)
        self.events.append((kind, roles))
        self.sentences.append(write(kind, roles, self.dice, self.level.variety))

    def mention(self, thing: str) -> dict[str, str]:
        """The roles that name a known thing: with its colour, or without."""
        if self.dice.chance(self.level.named_colour):
            return {"thing": thing, "colour": self.world.colour[thing]}
        return {"thing": thing}

    def begin(self) -> None:
        """Somebody somewhere, somebody else, and something that one of them has."""
        dice, level = self.dice, self.level
        a, b = dice.sample(lex.NAMES[: level.names], 2)
        weather = {"weather": dice.choice(lex.WEATHERS[: level.weathers])} if dice.chance(0.5) else {}
        self.say("open", A=a, place=dice.choice(lex.PLACES[: level.places]), **weather)
        self.say("meet", A=a, B=b)
        self.introduce(dice.choice((a, b)))

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

    def wander(self, how_long: tuple[int, int]) -> None:
        """Make some moves, whatever is possible and has not been overdone."""
        for _ in range(self.dice.choice(range(how_long[0], how_long[1] + 1))):
            open_moves = [(m, subjects) for m in self.moves if (subjects := m.open_to(self))]
            weights = [move.weight for move, _ in open_moves]
            move, subjects = self.dice.weighted(open_moves, weights)
            subject = self.dice.choice(subjects)
            self.moved[move.name] = self.moved.get(move.name, 0) + 1
            self.told.add((move.name, subject))
            self.last = move.name
            move.make(self, subject)

    def trouble(self, mood: str) -> None:
        """Something goes wrong, and then it is put right or not."""
        problems = [p for p in PROBLEMS[: self.level.problems] if p[0] not in self.troubled]
        held = [(who, thing) for thing, who in self.world.holder.items() if who]
        if not held:
            problems = [p for p in problems if p[0] != "lose"]
        kind, solved, unsolved = self.dice.choice(problems)
        self.troubled.add(kind)
        lost: dict[str, str] = {}
        if kind == "lose":
            self.hero, thing = self.dice.choice(held)
            lost = self.mention(thing)
        else:
            self.hero = self.dice.choice(list(self.world.place))
        self.say(kind, A=self.hero, **lost)
        self.wander(self.level.after)
        self.resolve(solved if mood == "happy" else unsolved, mood, lost.get("thing"))

    def resolve(self, kind: str, mood: str, lost: str | None) -> None:
        roles = {"A": self.hero}
        if mood == "happy":
            roles |= self.company(self.hero)
        if kind == "eat":
            roles["food"] = self.dice.choice(lex.FOODS[: self.level.foods])
        if lost:
            roles |= self.mention(lost)
        self.say(kind, **roles)

    def company(self, who: str) -> dict[str, str]:
        """Perhaps somebody who is there too, as role B."""
        others = self.world.with_(who)
        return {"B": self.dice.choice(others)} if others and self.dice.chance(0.6) else {}

    def end(self, mood: str) -> None:
        with_whom = self.company(self.hero) if mood == "happy" else {}
        self.say(mood, A=self.hero, **with_whom)


# ---------------------------------------------------------------- moves


@dataclass(frozen=True)
class Move:
    """Something that may happen: about which subjects it could be now, and how it is told."""

    name: str
    weight: float
    most: int  # times in one story
    subjects: Callable[[Teller], list[Any]]
    make: Callable[[Teller, Any], None]
    once: bool = False  # never about the same subject again

    def open_to(self, teller: Teller) -> list[Any]:
        """The subjects that this move could be about now."""
        if teller.moved.get(self.name, 0) >= self.most or teller.last == self.name:
            return []
        subjects = self.subjects(teller)
        if self.once:
            return [subject for subject in subjects if (self.name, subject) not in teller.told]
        return subjects


def _held(t: Teller) -> list[tuple[str, str]]:
    return [(who, thing) for thing, who in t.world.holder.items() if who]


def _held_in_company(t: Teller) -> list[tuple[str, str]]:
    return [(who, thing) for who, thing in _held(t) if t.world.with_(who)]


def _has(t: Teller, subject: tuple[str, str]) -> None:
    t.say("has", A=subject[0], **t.mention(subject[1]))


def _whereabouts(t: Teller) -> list[tuple[str, str]]:
    return list(t.world.place.items())


def _is_at(t: Teller, subject: tuple[str, str]) -> None:
    t.say("is at", A=subject[0], place=subject[1])


def _coloured(t: Teller) -> list[str]:
    return [thing for thing, holder in t.world.holder.items() if holder or thing in t.world.lies]


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
    return [who for who in t.world.place if t.world.with_(who)]


def _somewhere_else(t: Teller, who: str) -> str:
    here = t.world.place[who]
    return t.dice.choice([p for p in lex.PLACES[: t.level.places] if p != here])


def _pass_on(kind: str) -> Callable[[Teller, Any], None]:
    """A move in which A does something to B with a thing: give, lend, keep."""

    def make(t: Teller, subject: tuple[str, str]) -> None:
        who, thing = subject
        t.say(kind, A=who, B=t.dice.choice(t.world.with_(who)), **t.mention(thing))

    return make


def _talk(t: Teller, who: str) -> None:
    t.say("talk", A=who, **t.company(who))


def _go_alone(t: Teller, who: str) -> None:
    t.say("go", A=who, place=_somewhere_else(t, who))


def _go_together(t: Teller, who: str) -> None:
    t.say("go", A=who, B=t.dice.choice(t.world.with_(who)), place=_somewhere_else(t, who))


def _animal(t: Teller, who: str) -> None:
    look = t.dice.choice(lex.LOOKS[: t.level.sizes])
    t.say("animal", A=who, animal=t.dice.choice(lex.ANIMALS[: t.level.animals]), look=look)


def _put(t: Teller, subject: tuple[str, str]) -> None:
    who, thing = subject
    t.say("put", A=who, place=t.world.place[who], **t.mention(thing))


def _takeable(t: Teller) -> list[tuple[str, str]]:
    people = t.world.place.items()
    return [(who, thing) for thing, at in t.world.lies.items() for who, here in people if here == at]


def _newcomers(t: Teller) -> list[str]:
    if len(t.world.place) >= t.level.people:
        return []
    return [name for name in lex.NAMES[: t.level.names] if name not in t.world.place]


def _meet(t: Teller, newcomer: str) -> None:
    t.say("meet", A=t.dice.choice(list(t.world.place)), B=newcomer)


def _take(t: Teller, subject: tuple[str, str]) -> None:
    t.say("take", A=subject[0], **t.mention(subject[1]))


def _returnable(t: Teller) -> list[tuple[str, str]]:
    owner, place = t.world.owner, t.world.place
    return [
        (who, thing)
        for who, thing in _held(t)
        if owner[thing] != who and place[owner[thing]] == place[who]
    ]


def _give_back(t: Teller, subject: tuple[str, str]) -> None:
    who, thing = subject
    t.say("give back", A=who, B=t.world.owner[thing], **t.mention(thing))


def _uncounted(t: Teller) -> list[tuple[str, str]]:
    items = lex.ITEMS[: t.level.items]
    return [(who, item) for who in t.world.place for item in items if (who, item) not in t.world.count]


def _sum(t: Teller, subject: tuple[str, str]) -> None:
    """A number, a change, and what they make: three sentences."""
    who, item = subject
    t.say("count", A=who, n=(t.dice.choice(range(2, t.level.largest + 1)), item))
    if t.dice.chance(0.6):
        _more(t, subject)
    else:
        _fewer(t, subject)
    t.say("total", A=who, n=(t.world.count[subject], item))


def _more(t: Teller, subject: tuple[str, str]) -> None:
    who, item = subject
    number = t.dice.choice(range(1, max(t.level.largest, 3)))
    givers = [b for b in t.world.with_(who) if t.world.count.get((b, item), number + 1) > number]
    giver = {"B": t.dice.choice(givers)} if givers and t.dice.chance(0.6) else {}
    t.say("more", A=who, m=(number, item), **giver)


def _fewer(t: Teller, subject: tuple[str, str]) -> None:
    who, item = subject
    t.say("fewer", A=who, m=(t.dice.choice(range(1, t.world.count[subject])), item), **t.company(who))


def _countable(t: Teller) -> list[tuple[str, str]]:
    return [key for key, count in t.world.count.items() if 1 < count <= lex.LARGEST - t.level.largest]


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


def _times(t: Teller, subject: tuple[str, str]) -> None:
    who, item = subject
    k, each = t.dice.choice(range(2, 7)), t.dice.choice(range(2, 10))
    t.say("times", A=who, k=k, m=(each, item), n=(k * each, item))


MOVES = (
    Move("has", 2, 2, _held, _has, once=True),
    Move("go together", 1, 2, _people_in_company, _go_together),
    Move("give", 3, 9, _held_in_company, _pass_on("give")),
    Move("is at", 2, 2, _whereabouts, _is_at, once=True),
    Move("go", 1, 2, _people, _go_alone),
    Move("talk", 1, 2, _people, _talk),
    # level 2
    Move("colour", 1, 2, _coloured, _colour, once=True),
    Move("animal", 1, 1, _people, _animal),
    Move("another thing", 1, 9, _finders, Teller.introduce),
    Move("keep", 1, 1, _held_in_company, _pass_on("keep")),
    # level 3
    Move("put", 1, 2, _held, _put),
    Move("meet", 2, 9, _newcomers, _meet),
    Move("sum", 2, 1, _uncounted, _sum, once=True),
    # level 4
    Move("lies", 1, 2, _lying, _lies, once=True),
    Move("take", 2, 3, _takeable, _take),
    Move("lend", 2, 2, _held_in_company, _pass_on("lend")),
    Move("give back", 4, 3, _returnable, _give_back),
    Move("more", 1, 2, _countable, _more),
    Move("fewer", 1, 2, _countable, _fewer),
    # level 5
    Move("both", 3, 1, _pairs, _both),
    Move("times", 0.5, 1, _uncounted, _times, once=True),
)
