"""Stories of a tiny world, as many as you like from a seed, with the truth about every one.

Made here, so nothing is downloaded: text to train on, questions with exact answers, instructions
with a reward, pairs of a better and a worse answer, and a bound on how well any model can predict
the text. One dial, `level`, runs from 1 (easy) to 5 (hard).

    for story in tales.stories(3, level=1):
        print(story.text)
    tales.parse("Mia gave the ball to Tom.").contradictions
    tales.entropy_bound(level=1).bits_per_character
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from llmlab.dice import Dice
from llmlab.levels import LEVELS, Level, check_choice, check_count, level_of
from llmlab.reader import Reading, parse, read
from llmlab.sentences import write
from llmlab.storyteller import BEGINNING, SPLITS, Tale, fingerprint, split_of_beginning, tell
from llmlab.tasks import (
    FLAWS,
    REFUSAL,
    Instruction,
    Preference,
    Question,
    ask,
    instructions,
    preferences,
    reward,
    reward_parts,
)
from llmlab.world import World

__all__ = [
    "FLAWS",
    "FORMS",
    "LEVELS",
    "REFUSAL",
    "SPLITS",
    "Entropy",
    "Instruction",
    "Level",
    "Preference",
    "Question",
    "Reading",
    "Story",
    "entropy_bound",
    "instructions",
    "parse",
    "preferences",
    "questions",
    "reward",
    "reward_parts",
    "split_of",
    "stories",
]

# How stories are presented, in per cent of a mixture: as on the web, some text carries a headline
# and some is followed by questions and answers.
FORMS = {"plain": 35, "titled": 30, "quiz": 35}
_QUIZ = 4  # questions in a quiz
_PATIENCE = 10_000  # repeats in a row before we give up on new stories


@dataclass(frozen=True)
class Story:
    """A story, what surrounds it, what is true at its end, and what its choices cost in nats."""

    body: str
    title: str
    quiz: tuple[Question, ...]
    facts: World = field(repr=False)
    mood: str
    level: int
    nats: float

    @property
    def text(self) -> str:
        """The document: title, story and quiz, on one line."""
        quiz = [f"Question: {q.prompt} Answer: {q.answer}" for q in self.quiz]
        return " ".join(part for part in (self.title, self.body, *quiz) if part)


def stories(
    n: int | None = None,
    *,
    max_bytes: int | None = None,
    seed: int = 0,
    level: int = 3,
    split: str = "train",
    form: str = "mixed",
) -> Iterator[Story]:
    """Yield different stories, the same for the same arguments on every machine.

    Stops after `n` stories, or before their texts, one a line, would need more than `max_bytes`.
    `split` is train, valid or test, and no story is in two of them, whatever the seeds: how a story
    begins decides where it belongs (`split_of`). `form` is plain, titled, quiz, or mixed.

    Raises ValueError for an unknown level, split or form, and when neither end is given.

    >>> first, second = stories(2, level=1, form="plain")
    >>> first.text == second.text, parse(first.text).consistent
    (False, True)
    """
    if n is None and max_bytes is None:
        raise ValueError("stories never end by themselves: pass n or max_bytes")
    check_count("n", n or 0)
    check_count("max_bytes", max_bytes or 0)
    check_choice("split", split, SPLITS)
    check_choice("form", form, ("mixed", *FORMS))
    level_of(level)
    endless = _endless(Dice(f"stories {level} {split} {form} {seed}"), level, split, form)
    return _up_to(islice(endless, n), max_bytes)


def _up_to(found: Iterator[Story], max_bytes: int | None) -> Iterator[Story]:
    size = -1  # the last line needs no line break
    for story in found:
        size += len(story.text.encode()) + 1
        if max_bytes is not None and size > max_bytes:
            return
        yield story


def _endless(dice: Dice, level: int, split: str, form: str) -> Iterator[Story]:
    # subtle: equal texts have equal fingerprints, so no repeat gets through; that two different
    # texts share one (2**-64) would only cost a story.
    seen: set[int] = set()
    repeats = 0
    while repeats < _PATIENCE:
        tale = tell(dice, LEVELS[level], split=split)
        mark = fingerprint(tale.text)
        repeats = repeats + 1 if mark in seen else 0
        if not repeats:
            seen.add(mark)
            yield _present(dice, tale, level, form)
    raise RuntimeError(f"level {level} has no more new stories after {len(seen)}")


def _present(dice: Dice, tale: Tale, level: int, form: str) -> Story:
    """Give a story its form."""
    before = dice.nats
    if form == "mixed":
        form = dice.weighted(tuple(FORMS), tuple(FORMS.values()))
    title = _title(dice, tale) if form == "titled" else ""
    quiz = ask(tale.world, LEVELS[level], dice, most=_QUIZ) if form == "quiz" else ()
    nats = tale.nats + dice.nats - before
    return Story(tale.text, title, tuple(quiz), tale.world, tale.mood, level, nats)


def _title(dice: Dice, tale: Tale) -> str:
    roles: dict[str, Any] = {"mood": tale.mood, "A": tale.events[0][1]["A"]}
    return write("title", {**roles, "thing": dice.choice(list(tale.world.holder))}, dice)


def split_of(text: str) -> str:
    """The split a story belongs to, which depends on nothing but the first three events in it.

    So no story is in two splits, and neither are two stories that only end differently.

    >>> split_of("One day, Mia was in the park. Tom was in the park, too. Mia had a big red ball.")
    'train'
    """
    story = [sentence.text for sentence in read(text) if sentence.kind != "title"]
    return split_of_beginning("".join(story[:BEGINNING]).strip())


def questions(story: Story, seed: int = 0) -> list[Question]:
    """Ask everything that a story can be asked, and one thing that it does not say.

    >>> [story] = stories(1, level=1)
    >>> sorted({question.kind for question in questions(story)})
    ['colour', 'feel', 'unknown', 'where', 'who']
    """
    return ask(story.facts, LEVELS[story.level], Dice(f"questions {seed}"))


@dataclass(frozen=True)
class Entropy:
    """How much chance there is in the stories, measured on `stories` of them."""

    nats_per_story: float
    bits_per_character: float
    standard_error: float  # of bits_per_character
    stories: int


def entropy_bound(level: int = 3, n: int = 1000, seed: int = 0, *, form: str = "mixed") -> Entropy:
    """Bound the entropy of the stories from above, by the cost of the choices that made them.

    Every random choice is thrown with `Dice`, which add up -log p. For one story the sum is the
    -log probability of the very choices that made it. The text itself is at least as probable as
    that: other choices might give the same text, and stories that belong to another split or were
    told before are left out, which makes the rest more probable. So the mean is an upper bound of
    the entropy. No model's mean loss lies below the entropy; below the bound it may lie a little.

    How little: no text with two derivations is known (every event can be read back from the text,
    and in a tiny world, told through completely by a test, there is none), and being in the train
    split, which is eight stories in ten, is worth log(1 / 0.8) = 0.22 nats a story.

    >>> bound = entropy_bound(level=1, n=200)
    >>> 0 < bound.bits_per_character < 1
    True
    """
    if n < 2:
        raise ValueError(f"n must be at least 2 to give a standard error, got {n}")
    sample = list(stories(n, seed=seed, level=level, form=form))
    bits = [story.nats / math.log(2) for story in sample]
    sizes = [len(story.text) for story in sample]
    rate = sum(bits) / sum(sizes)
    # The ratio of two means: its error by linearisation (Cochran, Sampling Techniques, section 6).
    squares = sum((b - rate * size) ** 2 for b, size in zip(bits, sizes, strict=True))
    error = math.sqrt(squares / (n * (n - 1))) / (sum(sizes) / n)
    return Entropy(sum(bits) * math.log(2) / n, rate, error, n)
