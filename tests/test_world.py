"""The world: what each event changes, and every kind of contradiction, planted one at a time."""

import pytest

from llmlab.world import World, answer


@pytest.fixture
def world():
    """Mia and Tom in the park, Ben at the lake; Mia has a red ball, Tom five eggs."""
    world = World()
    told = [
        ("open", {"A": "Mia", "place": "park"}),
        ("meet", {"A": "Mia", "B": "Tom"}),
        ("meet", {"B": "Ben", "place": "lake"}),
        ("own", {"A": "Mia", "thing": "ball", "colour": "red", "size": "big"}),
        ("count", {"A": "Tom", "n": (5, "eggs")}),
    ]
    for kind, roles in told:
        assert world.tell(kind, **roles) == []
    return world


RIGHT = [
    ("give", {"A": "Mia", "B": "Tom", "thing": "ball", "colour": "red"}),
    ("lend", {"A": "Mia", "B": "Tom", "thing": "ball"}),
    ("keep", {"A": "Mia", "B": "Tom", "thing": "ball"}),
    ("has", {"A": "Mia", "thing": "ball"}),
    ("put", {"A": "Mia", "thing": "ball", "place": "park"}),
    ("lose", {"A": "Mia", "thing": "ball"}),
    ("is at", {"A": "Ben", "place": "lake"}),
    ("colour", {"thing": "ball", "colour": "red"}),
    ("go", {"A": "Mia", "B": "Tom", "place": "hill"}),
    ("total", {"A": "Tom", "n": (5, "eggs")}),
    ("more", {"A": "Tom", "B": "Mia", "m": (3, "eggs")}),
    ("fewer", {"A": "Tom", "m": (5, "eggs")}),
    ("times", {"A": "Ben", "k": 3, "m": (4, "nuts"), "n": (12, "nuts")}),
    ("talk", {"A": "Mia", "B": "Tom"}),
    ("happy", {"A": "Mia", "B": "Tom"}),
    ("hungry", {"A": "Mia"}),
]
WRONG = {
    "gives what she has not": ("give", {"A": "Tom", "B": "Mia", "thing": "ball"}),
    "gives to herself": ("give", {"A": "Mia", "B": "Mia", "thing": "ball"}),
    "gives to somebody elsewhere": ("give", {"A": "Mia", "B": "Ben", "thing": "ball"}),
    "gives to a stranger": ("give", {"A": "Mia", "B": "Zoe", "thing": "ball"}),
    "gives what does not exist": ("give", {"A": "Mia", "B": "Tom", "thing": "kite"}),
    "wrong colour in passing": ("has", {"A": "Mia", "thing": "ball", "colour": "blue"}),
    "wrong colour said": ("colour", {"thing": "ball", "colour": "blue"}),
    "colour of nothing": ("colour", {"thing": "kite", "colour": "blue"}),
    "wrong holder": ("has", {"A": "Tom", "thing": "ball"}),
    "keeps what he has not": ("keep", {"A": "Tom", "B": "Mia", "thing": "ball"}),
    "keeps it from somebody elsewhere": ("keep", {"A": "Mia", "B": "Ben", "thing": "ball"}),
    "lends what he has not": ("lend", {"A": "Tom", "B": "Mia", "thing": "ball"}),
    "gives back what is her own": ("give back", {"A": "Mia", "B": "Tom", "thing": "ball"}),
    "puts down what he has not": ("put", {"A": "Tom", "thing": "ball", "place": "park"}),
    "puts it where she is not": ("put", {"A": "Mia", "thing": "ball", "place": "lake"}),
    "takes what does not lie there": ("take", {"A": "Tom", "thing": "ball"}),
    "lies where it does not": ("lies", {"thing": "ball", "place": "park"}),
    "nobody has what somebody has": ("nobody", {"thing": "ball"}),
    "a second one of a thing": ("find", {"A": "Tom", "thing": "ball", "colour": "red"}),
    "loses what he has not": ("lose", {"A": "Tom", "thing": "ball"}),
    "finds what is not lost": ("find again", {"A": "Mia", "thing": "ball"}),
    "misses what is not lost": ("not found", {"A": "Mia", "thing": "ball"}),
    "is elsewhere": ("is at", {"A": "Ben", "place": "park"}),
    "goes with somebody elsewhere": ("go", {"A": "Mia", "B": "Ben", "place": "hill"}),
    "goes where she is": ("go", {"A": "Mia", "place": "park"}),
    "goes with herself": ("go", {"A": "Mia", "B": "Mia", "place": "hill"}),
    "a stranger goes": ("go", {"A": "Zoe", "place": "hill"}),
    "talks to somebody elsewhere": ("talk", {"A": "Mia", "B": "Ben"}),
    "meets who is elsewhere": ("meet", {"A": "Mia", "B": "Ben"}),
    "meets herself": ("meet", {"A": "Mia", "B": "Mia"}),
    "a stranger meets": ("meet", {"A": "Zoe", "B": "Ida"}),
    "begins again": ("open", {"A": "Ida", "place": "park"}),
    "wrong sum": ("total", {"A": "Tom", "n": (6, "eggs")}),
    "sum of nothing": ("total", {"A": "Mia", "n": (6, "eggs")}),
    "sum of other things": ("total", {"A": "Tom", "n": (5, "nuts")}),
    "another number of the same": ("count", {"A": "Tom", "n": (4, "eggs")}),
    "more than nobody knows": ("more", {"A": "Mia", "m": (2, "eggs")}),
    "more from somebody elsewhere": ("more", {"A": "Tom", "B": "Ben", "m": (2, "eggs")}),
    "gives away too many": ("fewer", {"A": "Tom", "m": (6, "eggs")}),
    "wrong product": ("times", {"A": "Ben", "k": 3, "m": (4, "nuts"), "n": (13, "nuts")}),
    "product of other things": ("times", {"A": "Ben", "k": 3, "m": (4, "nuts"), "n": (12, "eggs")}),
    "together without knowing": ("both", {"A": "Tom", "B": "Mia", "n": (5, "eggs")}),
    "eats without hunger": ("eat", {"A": "Mia", "food": "apple"}),
    "still cold, but never was": ("still cold", {"A": "Mia"}),
    "sad for no reason": ("sad", {"A": "Mia"}),
    "feels sad for no reason": ("feels", {"A": "Mia", "mood": "sad"}),
}


@pytest.mark.parametrize("kind, roles", RIGHT, ids=[kind for kind, _ in RIGHT])
def test_right_events_bring_no_contradiction(world, kind, roles):
    assert world.tell(kind, **roles) == []


@pytest.mark.parametrize("kind, roles", WRONG.values(), ids=WRONG.keys())
def test_contradictions_are_found(world, kind, roles):
    assert world.tell(kind, **roles)


def test_giving_changes_holder_and_owner(world):
    world.tell("give", A="Mia", B="Tom", thing="ball")
    assert (world.holder["ball"], world.owner["ball"]) == ("Tom", "Tom")


def test_lending_changes_the_holder_only(world):
    world.tell("lend", A="Mia", B="Tom", thing="ball")
    assert (world.holder["ball"], world.owner["ball"]) == ("Tom", "Mia")


def test_what_was_lent_can_be_given_back(world):
    world.tell("lend", A="Mia", B="Tom", thing="ball")
    assert world.tell("give back", A="Tom", B="Mia", thing="ball") == []


@pytest.mark.parametrize("kind", ["give", "lend"])
def test_what_is_borrowed_can_only_be_given_back(world, kind):
    world.tell("lend", A="Mia", B="Tom", thing="ball")
    world.tell("meet", A="Mia", B="Ida")
    complaint = ["the ball belongs to Mia"]
    assert world.tell(kind, A="Tom", B="Ida", thing="ball") == complaint


def test_putting_and_taking(world):
    world.tell("put", A="Mia", thing="ball", place="park")
    assert world.holder["ball"] is None and world.lies == {"ball": "park"}
    assert world.tell("take", A="Tom", thing="ball") == []
    assert world.holder["ball"] == "Tom" and world.lies == {}


def test_lost_and_found(world):
    world.tell("lose", A="Mia", thing="ball")
    assert world.need == {"Mia": "in search"}
    assert world.tell("find again", A="Mia", B="Tom", thing="ball") == []
    assert world.holder["ball"] == "Mia" and world.need == {}


def test_numbers_move_between_people(world):
    world.tell("count", A="Mia", n=(2, "eggs"))
    world.tell("fewer", A="Tom", B="Mia", m=(4, "eggs"))
    assert (world.count["Tom", "eggs"], world.count["Mia", "eggs"]) == (1, 6)
    assert world.tell("both", A="Mia", B="Tom", n=(7, "eggs")) == []


def test_nobody_is_happy_in_need(world):
    world.tell("hungry", A="Mia")
    assert world.tell("happy", A="Mia") == ["Mia was still hungry"]


def test_need_is_a_reason_to_be_sad(world):
    world.tell("hungry", A="Mia")
    assert world.tell("sad", A="Mia") == []
    assert world.tell("feels", A="Mia", mood="happy") == ["Mia was sad, not happy"]


def test_a_stranger_is_complained_of_once(world):
    assert world.tell("is at", A="Zoe", place="park") == ["nobody has met Zoe yet"]
    assert world.tell("talk", A="Mia", B="Zoe") == []


def test_a_contradictory_event_still_happens(world):
    world.tell("give", A="Tom", B="Mia", thing="ball")
    assert world.holder["ball"] == "Mia"


ANSWERS = [
    ("ask where", {"A": "Tom"}, ("is at", {"A": "Tom", "place": "park"})),
    ("ask who", {"thing": "ball"}, ("has", {"A": "Mia", "thing": "ball"})),
    ("ask colour", {"thing": "ball"}, ("colour", {"thing": "ball", "colour": "red"})),
    ("ask count", {"A": "Tom", "items": "eggs"}, ("count", {"A": "Tom", "n": (5, "eggs")})),
    ("ask where", {"A": "Zoe"}, None),
    ("ask who", {"thing": "kite"}, None),
    ("ask thing", {"thing": "ball"}, None),
    ("ask count", {"A": "Mia", "items": "eggs"}, None),
    ("ask feel", {"A": "Mia"}, None),
]


@pytest.mark.parametrize("question, roles, event", ANSWERS)
def test_answers(world, question, roles, event):
    assert answer(world, question, roles) == event


def test_where_is_what_nobody_has(world):
    world.tell("put", A="Mia", thing="ball", place="park")
    assert answer(world, "ask who", {"thing": "ball"}) == ("nobody", {"thing": "ball"})
    assert answer(world, "ask thing", {"thing": "ball"})[1]["place"] == "park"
