"""A tiny simulated world: what is true in it, and what each event needs and changes.

The same rules serve twice. A storyteller asks them to keep its story straight; a reader replays
any text through them and gets a list of contradictions. Nothing here knows how an event is worded.

    world = World()
    world.tell("open", A="Mia", place="park")
    world.tell("own", A="Mia", thing="ball", colour="red", size="big")
    world.tell("meet", A="Mia", B="Tom")
    world.tell("give", A="Tom", B="Mia", thing="ball")     # ['Tom does not have the ball']
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["RULES", "World", "answer"]


@dataclass
class World:
    """What is true. Unknown facts are absent; `holder[thing]` is None when nobody has it."""

    place: dict[str, str] = field(default_factory=dict)
    holder: dict[str, str | None] = field(default_factory=dict)
    lies: dict[str, str] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    colour: dict[str, str] = field(default_factory=dict)
    count: dict[tuple[str, str], int] = field(default_factory=dict)
    need: dict[str, str] = field(default_factory=dict)
    mood: dict[str, str] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set, compare=False)  # complained of already

    def tell(self, kind: str, **roles: Any) -> list[str]:
        """Let one event happen and return the contradictions that it brings (none: an empty list).

        The event's effect is applied in any case: a reader wants to go on.

        >>> World().tell("happy", A="Mia")
        ['nobody has met Mia yet']
        """
        if kind in _WORDS_ONLY:
            return []
        complaints = [] if kind in ("open", "meet") else self._strangers(roles)
        if "colour" in roles and kind not in ("own", "find"):
            complaints += self._not_coloured(roles["thing"], roles["colour"])
        return complaints + RULES[kind](self, roles)

    def _strangers(self, roles: dict[str, Any]) -> list[str]:
        people = [roles[role] for role in ("A", "B") if role in roles]
        complaints = [complaint for who in people for complaint in self.unmet(who)]
        if len(people) == 2 and people[0] == people[1]:
            complaints.append(f"{people[0]} cannot be two people")
        return complaints

    def unmet(self, who: str) -> list[str]:
        """Complain of somebody who was never brought in, the first time that it matters."""
        if who in self.place or who in self.strangers:
            return []
        self.strangers.add(who)
        return [f"nobody has met {who} yet"]

    def _not_coloured(self, thing: str, colour: str) -> list[str]:
        if self.colour.get(thing) == colour:
            return []
        return [f"the {thing} is {self.colour.get(thing, 'unknown')}, not {colour}"]

    def company_of(self, who: str) -> list[str]:
        """The people at the place of `who`, without `who`."""
        here = self.place.get(who)
        return [other for other, place in self.place.items() if place == here and other != who]

    def held(self) -> list[tuple[str, str]]:
        """Who has which thing at the moment."""
        return [(who, thing) for thing, who in self.holder.items() if who]


Roles = dict[str, Any]


def _lacks(world: World, who: str, thing: str) -> list[str]:
    return [] if world.holder.get(thing) == who else [f"{who} does not have the {thing}"]


def _elsewhere(world: World, who: str, place: str) -> list[str]:
    seen = world.place.get(who, place)  # of strangers we complain elsewhere
    return [] if seen == place else [f"{who} is not at the {place} (last seen: {seen})"]


def _apart(world: World, roles: Roles) -> list[str]:
    """Two people can only do something together at one place."""
    a, b = roles.get("A"), roles.get("B")
    if a == b or a not in world.place or b not in world.place:
        return []
    if world.place[a] == world.place[b]:
        return []
    return [f"{a} and {b} are not at the same place"]


def _move_thing(world: World, thing: str, to: str | None) -> None:
    world.holder[thing] = to
    world.lies.pop(thing, None)


def _nothing(world: World, roles: Roles) -> list[str]:
    return _apart(world, roles)


def _open(world: World, roles: Roles) -> list[str]:
    complaints = ["a story begins once"] if world.place else []
    world.place[roles["A"]] = roles["place"]
    return complaints


def _meet(world: World, roles: Roles) -> list[str]:
    """B comes into the story, where A is or at a place that is named."""
    a, b = roles.get("A"), roles["B"]
    complaints = [f"{a} cannot be two people"] if a == b else []
    complaints += world.unmet(a) if a else []
    place = roles.get("place") or world.place.get(roles["A"], "nowhere")
    if world.place.setdefault(b, place) != place:
        complaints += _elsewhere(world, b, place)
    return complaints


def _go(world: World, roles: Roles) -> list[str]:
    a, place = roles["A"], roles["place"]
    complaints = _apart(world, roles)
    complaints += [f"{a} is at the {place} already"] if world.place.get(a) == place else []
    for role in ("A", "B"):
        if role in roles:
            world.place[roles[role]] = place
    return complaints


def _own(world: World, roles: Roles) -> list[str]:
    thing = roles["thing"]
    complaints = [f"there is a {thing} already"] if thing in world.holder else []
    _move_thing(world, thing, roles["A"])
    world.owner[thing], world.colour[thing] = roles["A"], roles["colour"]
    return complaints


def _hand_over(world: World, roles: Roles) -> list[str]:
    complaints = _lacks(world, roles["A"], roles["thing"]) + _apart(world, roles)
    _move_thing(world, roles["thing"], roles["B"])
    return complaints


def _belongs(world: World, thing: str, to: str) -> list[str]:
    """Only what is one's own can be given away or lent, only the owner can get it back."""
    owner = world.owner.get(thing, to)
    return [] if owner == to else [f"the {thing} belongs to {owner}"]


def _give(world: World, roles: Roles) -> list[str]:
    complaints = _belongs(world, roles["thing"], roles["A"]) + _hand_over(world, roles)
    world.owner[roles["thing"]] = roles["B"]
    return complaints


def _lend(world: World, roles: Roles) -> list[str]:
    return _belongs(world, roles["thing"], roles["A"]) + _hand_over(world, roles)


def _give_back(world: World, roles: Roles) -> list[str]:
    return _belongs(world, roles["thing"], roles["B"]) + _hand_over(world, roles)


def _keep(world: World, roles: Roles) -> list[str]:
    return _lacks(world, roles["A"], roles["thing"]) + _apart(world, roles)


def _put(world: World, roles: Roles) -> list[str]:
    a, thing, place = roles["A"], roles["thing"], roles["place"]
    complaints = _lacks(world, a, thing) + _elsewhere(world, a, place)
    _move_thing(world, thing, None)
    world.lies[thing] = place
    return complaints


def _take(world: World, roles: Roles) -> list[str]:
    a, thing = roles["A"], roles["thing"]
    here = thing in world.lies and world.lies[thing] == world.place.get(a)
    _move_thing(world, thing, a)
    return [] if here else [f"the {thing} does not lie where {a} is"]


def _lies(world: World, roles: Roles) -> list[str]:
    thing, place = roles["thing"], roles["place"]
    return [] if world.lies.get(thing) == place else [f"the {thing} does not lie at the {place}"]


def _nobody(world: World, roles: Roles) -> list[str]:
    thing = roles["thing"]
    if thing in world.holder and world.holder[thing] is None:
        return []
    return [f"{world.holder.get(thing, 'nobody known')} has the {thing}"]


def _is_at(world: World, roles: Roles) -> list[str]:
    return _elsewhere(world, roles["A"], roles["place"])


def _count(world: World, roles: Roles) -> list[str]:
    """The first number told is believed, every later one is checked."""
    count, item = roles["n"]
    known = world.count.setdefault((roles["A"], item), count)
    return [] if known == count else [f"{roles['A']} has {known} {item}, not {count}"]


def _add(world: World, roles: Roles, sign: int) -> list[str]:
    """A gets (or gives away) some; where B's number is known it changes the other way."""
    count, item = roles["m"]
    complaints = _apart(world, roles)
    if (roles["A"], item) not in world.count:
        complaints.append(f"nobody knows how many {item} {roles['A']} had")
    for role, change in (("A", sign * count), ("B", -sign * count)):
        key = roles.get(role, ""), item
        if key in world.count:
            world.count[key] += change
            if world.count[key] < 0:
                complaints.append(f"{roles[role]} does not have so many {item}")
    return complaints


def _more(world: World, roles: Roles) -> list[str]:
    return _add(world, roles, 1)


def _fewer(world: World, roles: Roles) -> list[str]:
    return _add(world, roles, -1)


def _total(world: World, roles: Roles) -> list[str]:
    count, item = roles["n"]
    known = world.count.get((roles["A"], item))
    return [] if known == count else [f"{roles['A']} has {known} {item}, not {count}"]


def _both(world: World, roles: Roles) -> list[str]:
    count, item = roles["n"]
    known = [world.count.get((roles[role], item)) for role in ("A", "B")]
    total = None if None in known else sum(k for k in known if k is not None)
    return [] if total == count else [f"together they have {total} {item}, not {count}"]


def _times(world: World, roles: Roles) -> list[str]:
    """`k` bags with `m` items each are `n` items."""
    (each, item), (count, counted) = roles["m"], roles["n"]
    right = roles["k"] * each == count and item == counted
    wrong = [] if right else [f"{roles['k']} times {each} {item} is not {count} {counted}"]
    return wrong + _count(world, roles)


def _needs(need: str) -> Callable[[World, Roles], list[str]]:
    def rule(world: World, roles: Roles) -> list[str]:
        world.need[roles["A"]] = need
        return _apart(world, roles)

    return rule


def _helped(need: str) -> Callable[[World, Roles], list[str]]:
    def rule(world: World, roles: Roles) -> list[str]:
        was = world.need.pop(roles["A"], None)
        wrong = [] if was == need else [f"{roles['A']} was not {need}"]
        return wrong + _apart(world, roles)

    return rule


def _still(need: str) -> Callable[[World, Roles], list[str]]:
    def rule(world: World, roles: Roles) -> list[str]:
        right = world.need.get(roles["A"]) == need
        return [] if right else [f"{roles['A']} was not {need}"]

    return rule


def _lose(world: World, roles: Roles) -> list[str]:
    complaints = _lacks(world, roles["A"], roles["thing"])
    _move_thing(world, roles["thing"], None)
    world.need[roles["A"]] = "in search"
    return complaints


def _find_again(world: World, roles: Roles) -> list[str]:
    complaints = _not_lost(world, roles["thing"]) + _helped("in search")(world, roles)
    _move_thing(world, roles["thing"], roles["A"])
    return complaints


def _not_found(world: World, roles: Roles) -> list[str]:
    return _not_lost(world, roles["thing"]) + _still("in search")(world, roles)


def _not_lost(world: World, thing: str) -> list[str]:
    lost = world.holder.get(thing, "") is None and thing not in world.lies
    return [] if lost else [f"the {thing} is not lost"]


def _happy(world: World, roles: Roles) -> list[str]:
    complaints = _apart(world, roles)
    for role in ("A", "B"):
        if role in roles:
            world.mood[roles[role]] = "happy"
            need = world.need.get(roles[role])
            complaints += [f"{roles[role]} was still {need}"] if need else []
    return complaints


def _sad(world: World, roles: Roles) -> list[str]:
    world.mood[roles["A"]] = "sad"
    reason = roles["A"] in world.need
    return [] if reason else [f"{roles['A']} had no reason to be sad"]


def _feels(world: World, roles: Roles) -> list[str]:
    """A mood told for the first time needs its reason; later it is checked."""
    a, mood = roles["A"], roles["mood"]
    if a not in world.mood:
        return (_happy if mood == "happy" else _sad)(world, roles)
    return [] if world.mood[a] == mood else [f"{a} was {world.mood[a]}, not {mood}"]


# What people can be in want of, and what puts it right.
_HELP = dict(hungry="eat", cold="warm", tired="rest", thirsty="drink", afraid="comfort")
RULES: dict[str, Callable[[World, Roles], list[str]]] = {
    "open": _open,
    "meet": _meet,
    "go": _go,
    "own": _own,
    "find": _own,
    "give": _give,
    "lend": _lend,
    "give back": _give_back,
    "keep": _keep,
    "has": _keep,
    "put": _put,
    "take": _take,
    "lies": _lies,
    "nobody": _nobody,
    "is at": _is_at,
    "colour": _nothing,
    "count": _count,
    "more": _more,
    "fewer": _fewer,
    "total": _total,
    "both": _both,
    "times": _times,
    "talk": _nothing,
    "animal": _nothing,
    **{need: _needs(need) for need in _HELP},
    **{help_: _helped(need) for need, help_ in _HELP.items()},
    **{f"still {need}": _still(need) for need in _HELP},
    "lose": _lose,
    "find again": _find_again,
    "not found": _not_found,
    "happy": _happy,
    "sad": _sad,
    "feels": _feels,
}
# Titles and questions change nothing in the world.
_WORDS_ONLY = frozenset(
    ("title", "quiz", "unsaid")
    + ("ask where", "ask who", "ask thing", "ask colour", "ask count", "ask feel")
)


def answer(world: World, question: str, roles: Roles) -> tuple[str, Roles] | None:
    """Answer a question with the event that tells it, or None where the world does not say.

    >>> world = World()
    >>> world.tell("open", A="Mia", place="park")
    []
    >>> answer(world, "ask where", {"A": "Mia"})
    ('is at', {'A': 'Mia', 'place': 'park'})
    """
    who, thing = roles.get("A", ""), roles.get("thing", "")
    match question:
        case "ask where" if who in world.place:
            return "is at", {**roles, "place": world.place[who]}
        case "ask who" if holder := world.holder.get(thing):
            return "has", {**roles, "A": holder}
        case "ask who" if thing in world.holder:
            return "nobody", roles
        case "ask thing" if thing in world.lies:
            return "lies", {**roles, "place": world.lies[thing]}
        case "ask colour" if thing in world.colour:
            return "colour", {**roles, "colour": world.colour[thing]}
        case "ask count" if (who, roles["items"]) in world.count:
            return "count", {"A": who, "n": (world.count[who, roles["items"]], roles["items"])}
        case "ask feel" if who in world.mood:
            return "feels", {**roles, "mood": world.mood[who]}
    return None
