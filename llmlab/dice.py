"""Dice that keep account of their surprises: every random choice of the tales is thrown here.

A choice that had probability p adds -log p to `nats`. So whatever is made with dice, its cost in
nats is the -log probability of just that sequence of choices. Nothing here knows what is chosen.

    dice = Dice("any seed")
    dice.choice(["red", "blue"])
    dice.nats                       # 0.693..., one bit
"""

import math
import random
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Dice"]

T = TypeVar("T")


class Dice:
    """Random choices from a seed, the same on every machine and Python.

    # subtle: only `random.Random.random()` is used, the one method whose sequence for a seed Python
    # promises never to change; `choice`, `sample` and `shuffle` of the library have changed before.
    """

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed).random
        self.nats = 0.0

    def choice(self, options: Sequence[T]) -> T:
        """Choose one of the options, each as likely as any other.

        >>> dice = Dice(0)
        >>> dice.choice("abc"), round(dice.nats, 4)
        ('c', 1.0986)
        """
        size = len(options)
        if size == 1:
            return options[0]
        self.nats += math.log(size)
        return options[int(self._random() * size)]

    def chance(self, probability: float) -> bool:
        """Be true with this probability (0 and 1 are certain, and cost nothing)."""
        if probability <= 0 or probability >= 1:
            return probability >= 1
        happens = self._random() < probability
        self.nats -= math.log(probability if happens else 1 - probability)
        return happens

    def weighted(self, options: Sequence[T], weights: Sequence[int]) -> T:
        """Choose an option with a probability in proportion to its weight.

        The options must differ from one another, or the nats would be too many.

        # subtle: whole numbers, because Python 3.12 began to add floats up in another way.
        """
        total = sum(weights)
        rest = self._random() * total
        last = len(options) - 1
        for i, weight in enumerate(weights):
            rest -= weight
            if rest < 0 or i == last:
                self.nats -= math.log(weight / total)
                return options[i]
        raise ValueError("nothing to choose from")

    def sample(self, options: Sequence[T], k: int) -> list[T]:
        """Choose k different options, in random order; k = len(options) shuffles."""
        left = list(options)
        chosen = []
        for _ in range(k):
            option = self.choice(left)
            left.remove(option)
            chosen.append(option)
        return chosen
