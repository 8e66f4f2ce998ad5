"""The storyteller: a beginning, a problem, an ending; honest costs; levels that grow."""

import dataclasses
import math
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmlab.dice import Dice
from llmlab.levels import LEVELS, level_of
from llmlab.moves import MOVES, Teller, open_moves
from llmlab.storyteller import PROBLEMS, SPLITS, fingerprint, tell
from llmlab.tales import split_of

any_level = st.sampled_from(sorted(LEVELS))
seeds = st.integers(0, 10**9)
fields = [field.name for field in dataclasses.fields(LEVELS[1])]


class Script(Dice):
    """Dice that fall as written, to walk through every story there is."""

    def __init__(self, path):
        super().__init__(0)
        self.path, self.sizes = path, []

    def _fall(self, size):
        self.sizes.append(size)
        at = len(self.sizes) - 1
        return self.path[at] if at < len(self.path) else 0

    def choice(self, options):
        if len(options) == 1:
            return options[0]
        self.nats += math.log(len(options))
        return options[self._fall(len(options))]

    def chance(self, probability):
        happens = self._fall(2) == 1
        self.nats -= math.log(probability if happens else 1 - probability)
        return happens

    def weighted(self, options, weights):
        at = self._fall(len(options))
        self.nats -= math.log(weights[at] / sum(weights))
        return options[at]

    def next_path(self):
        path = (self.path + [0] * len(self.sizes))[: len(self.sizes)]
        while path and path[-1] == self.sizes[len(path) - 1] - 1:
            path.pop()
        return [*path[:-1], path[-1] + 1] if path else None


def every_story(level):
    path = []
    while path is not None:
        dice = Script(path)
        yield tell(dice, level)
        path = dice.next_path()


def test_in_a_tiny_world_no_text_has_two_derivations():
    """All stories of a tiny level: probabilities add up to one, and every text comes up once."""
    tiny = dataclasses.replace(
        LEVELS[1], names=2, places=2, objects=1, colours=1, sizes=1, weathers=1, variety=1
    )
    tiny = dataclasses.replace(tiny, moves=4, problems=1, before=(0, 1), named_colour=0.5)
    tales = list(every_story(tiny))
    assert len(tales) > 5000
    assert sum(math.exp(-tale.nats) for tale in tales) == pytest.approx(1)
    assert max(Counter(tale.text for tale in tales).values()) == 1


@settings(deadline=None, max_examples=40)
@given(seeds, any_level)
def test_beginning_problem_ending(seed, level):
    kinds = [kind for kind, _ in tell(Dice(seed), LEVELS[level]).events]
    assert kinds[:2] == ["open", "meet"] and kinds[2] in ("own", "find")
    assert {problem for problem, _, _ in PROBLEMS} & set(kinds)
    assert kinds[-1] in ("happy", "sad")


@settings(deadline=None, max_examples=40)
@given(seeds, any_level)
def test_the_last_problem_is_solved_exactly_in_happy_stories(seed, level):
    tale = tell(Dice(seed), LEVELS[level])
    kinds = {kind for kind, _ in tale.events}
    unsolved = {bad for _, _, bad in PROBLEMS} & kinds
    assert bool(unsolved) == (tale.mood == "sad") == bool(tale.world.need)


@settings(deadline=None, max_examples=40)
@given(seeds, any_level)
def test_a_story_stays_within_its_level(seed, number):
    level = LEVELS[number]
    world = tell(Dice(seed), level).world
    assert 2 <= len(world.place) <= level.people
    assert 1 <= len(world.holder) <= level.things


@pytest.mark.parametrize("mood", ["happy", "sad"])
def test_a_mood_can_be_forced(mood):
    assert {tell(Dice(i), LEVELS[3], mood=mood).mood for i in range(30)} == {mood}


def test_the_same_dice_tell_the_same_beginning_to_both_endings():
    happy, sad = (tell(Dice(5), LEVELS[3], mood=mood) for mood in ("happy", "sad"))
    assert happy.sentences[:6] == sad.sentences[:6] and happy.text != sad.text


@settings(deadline=None, max_examples=40)
@given(seeds, any_level, st.sampled_from(SPLITS))
def test_a_story_is_in_the_split_it_was_told_for(seed, level, split):
    tale = tell(Dice(seed), LEVELS[level], split=split)
    assert split_of(tale.text) == split
    assert split_of(f"A sad story about Mia and a ball. {tale.text}") == split


def test_splits_have_their_shares():
    shares = Counter(split_of(tell(Dice(i), LEVELS[2]).text) for i in range(1000))
    assert shares["train"] / 1000 == pytest.approx(0.8, abs=0.05)
    assert shares["valid"] / 1000 == pytest.approx(0.1, abs=0.04)


def test_a_discarded_beginning_costs_nothing():
    dice = Dice(3)
    tale = tell(dice, LEVELS[1], split="test")
    assert 0 < tale.nats <= dice.nats


def test_fingerprints_are_pinned():
    assert fingerprint("Mia") == 2907669629023845088


def test_moves_are_only_made_where_they_are_possible():
    teller = Teller(Dice(0), LEVELS[5])
    teller.say("open", A="Mia", place="park")
    names = {move.name for move, _ in open_moves(teller)}
    assert names == {"go", "is at", "talk", "animal", "another thing", "meet", "sum", "times"}


def test_the_names_of_the_moves_differ():
    assert len({move.name for move in MOVES}) == len(MOVES)


@pytest.mark.parametrize("field", [name for name in fields if name != "named_colour"])
def test_no_size_shrinks_as_levels_rise(field):
    sizes = [getattr(level, field) for level in LEVELS.values()]
    assert sizes == sorted(sizes)


def test_vocabulary_and_length_grow_with_the_level():
    tales = {n: [tell(Dice(i), level).text for i in range(400)] for n, level in LEVELS.items()}
    words = [len(set(re.findall("[a-z-]+", " ".join(ts).lower()))) for ts in tales.values()]
    length = [sum(map(len, ts)) for ts in tales.values()]
    assert words == sorted(words) and words[0] < 200 and words[-1] > 700
    assert length == sorted(length)


@pytest.mark.parametrize("number", [0, 6, "3", 2.5, None])
def test_unknown_levels_are_named(number):
    with pytest.raises(ValueError, match=f"from 1 .easy. to 5 .hard., not {number!r}"):
        level_of(number)
