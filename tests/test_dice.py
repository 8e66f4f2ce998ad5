"""The dice: every choice is as probable as they say, and costs what they say."""

import math
from collections import Counter

import pytest

from llmlab.dice import Dice


def test_same_seed_same_choices():
    one, other = Dice("seed"), Dice("seed")
    assert [one.choice(range(99)) for _ in range(50)] == [
        other.choice(range(99)) for _ in range(50)
    ]


def test_the_bits_are_pinned():
    """These very numbers must come out on every machine and every Python."""
    dice = Dice(2024)
    assert [dice.choice(range(100)) for _ in range(6)] == [47, 72, 30, 88, 41, 71]
    assert dice.sample("abcdef", 6) == list("bcfdae")


def test_choice_costs_the_log_of_the_number():
    dice = Dice(0)
    dice.choice("abcd")
    assert dice.nats == pytest.approx(math.log(4))


def test_no_choice_costs_nothing():
    dice = Dice(0)
    dice.choice("a")
    dice.chance(0)
    dice.chance(1)
    assert dice.nats == 0


def test_chance_costs_by_what_happened():
    dice = Dice(0)
    happened = dice.chance(0.9)
    assert dice.nats == pytest.approx(-math.log(0.9 if happened else 0.1))


def test_certain_things_happen():
    assert Dice(0).chance(1) and not Dice(0).chance(0)


def test_sample_costs_every_draw():
    dice = Dice(0)
    dice.sample("abcde", 3)
    assert dice.nats == pytest.approx(math.log(5 * 4 * 3))


def test_sample_draws_different_options():
    assert sorted(Dice(3).sample("abcde", 5)) == list("abcde")


def test_weighted_frequencies_and_costs_agree():
    """The mean cost is the entropy, if things happen as often as their cost says."""
    dice, weights = Dice(1), [1, 2, 5]
    seen = Counter(dice.weighted("abc", weights) for _ in range(20_000))
    assert [seen[x] / 20_000 for x in "abc"] == pytest.approx([1 / 8, 2 / 8, 5 / 8], abs=0.012)
    entropy = -sum(w / 8 * math.log(w / 8) for w in weights)
    assert dice.nats / 20_000 == pytest.approx(entropy, abs=0.012)


def test_choice_is_even():
    dice = Dice(2)
    seen = Counter(dice.choice(range(5)) for _ in range(20_000))
    assert max(abs(n / 20_000 - 0.2) for n in seen.values()) < 0.012
