"""The stories: as many as asked, all different, in their split, the same everywhere; the bound."""

import itertools
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmlab import tales
from llmlab.dice import Dice
from llmlab.storyteller import tell


def texts(*args, **kwargs):
    return [story.text for story in tales.stories(*args, **kwargs)]


@pytest.mark.parametrize("n", [0, 1, 7])
def test_as_many_as_asked(n):
    assert len(texts(n, level=1)) == n


@pytest.mark.parametrize("max_bytes", [0, 50, 1000, 20_000])
def test_as_many_bytes_as_asked(max_bytes):
    size = len("\n".join(texts(max_bytes=max_bytes, level=1)).encode())
    assert size <= max_bytes and (max_bytes < 2000 or size > max_bytes - 2000)


def test_the_first_limit_counts():
    assert len(texts(3, max_bytes=100_000)) == 3
    assert len(texts(100, max_bytes=2000)) < 20


def test_more_stories_begin_with_the_same_ones():
    assert texts(20)[:5] == texts(5)


def test_seeds_levels_splits_and_forms_differ():
    firsts = [texts(1)[0], *(texts(1, **{k: v})[0] for k, v in DIFFERENT)]
    assert len(set(firsts)) == len(firsts)


DIFFERENT = [("seed", 1), ("level", 4), ("split", "test"), ("form", "plain")]


@pytest.mark.parametrize("level", tales.LEVELS)
def test_no_story_twice(level):
    bodies = [story.body for story in tales.stories(2000, level=level)]
    assert len(set(bodies)) == len(bodies)


def test_splits_share_no_story():
    bodies = {s: {t.body for t in tales.stories(800, level=1, split=s)} for s in tales.SPLITS}
    for one, other in itertools.combinations(tales.SPLITS, 2):
        assert not bodies[one] & bodies[other]


@pytest.mark.parametrize("split", tales.SPLITS)
def test_a_story_knows_its_split(split):
    assert {tales.split_of(text) for text in texts(40, split=split)} == {split}


def test_repeats_are_left_out(monkeypatch):
    tale = tell(Dice(0), tales.LEVELS[1])
    other = tell(Dice(1), tales.LEVELS[1])
    told = iter([tale, tale, other, tale])
    monkeypatch.setattr(tales, "tell", lambda dice, level, split: next(told))
    assert [s.body for s in tales.stories(2, form="plain")] == [tale.text, other.text]


def test_a_world_without_new_stories_says_so(monkeypatch):
    tale = tell(Dice(0), tales.LEVELS[1])
    monkeypatch.setattr(tales, "tell", lambda dice, level, split: tale)
    with pytest.raises(RuntimeError, match="level 1 has no more new stories after 1"):
        texts(2, level=1)


PROGRAM = """
import hashlib
from llmlab import tales
digest = hashlib.sha256()
for level in tales.LEVELS:
    for story in tales.stories(200, level=level, seed=11):
        digest.update(story.text.encode())
    for asked in tales.instructions(20, level=level):
        digest.update((asked.prompt + asked.answer).encode())
    for pair in tales.preferences(20, level=level):
        digest.update((pair.chosen + pair.rejected).encode())
print(digest.hexdigest())
"""


def test_hash_randomisation_changes_nothing():
    digests = set()
    for seed in ("0", "1", "77"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True
        )
        digests.add(run.stdout)
    assert len(digests) == 1


@pytest.mark.parametrize("form", tales.FORMS)
def test_forms(form):
    for story in tales.stories(30, level=2, form=form):
        assert bool(story.title) == (form == "titled")
        assert len(story.quiz) == (4 if form == "quiz" else 0)
        assert story.body in story.text


def test_a_mixture_has_its_shares():
    mixed = list(tales.stories(1000, level=1))
    assert sum(bool(s.title) for s in mixed) / 1000 == pytest.approx(0.30, abs=0.05)
    assert sum(bool(s.quiz) for s in mixed) / 1000 == pytest.approx(0.35, abs=0.05)


def test_a_titled_text():
    [story] = tales.stories(1, form="titled")
    assert story.text == f"{story.title} {story.body}"
    assert story.title.startswith(f"A {story.mood} story about ")


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**9), st.sampled_from(sorted(tales.LEVELS)))
def test_every_text_is_understood_and_true(seed, level):
    for story in tales.stories(4, seed=seed, level=level):
        reading = tales.parse(story.text)
        assert reading.consistent, reading
        assert (reading.facts, reading.mood) == (story.facts, story.mood)


def test_texts_are_plain_ascii_on_one_line():
    assert all(text.isascii() and "\n" not in text for text in texts(100, level=5))


def test_questions_follow_their_seed():
    [story] = tales.stories(1)
    assert tales.questions(story, seed=1) == tales.questions(story, seed=1)
    assert tales.questions(story, seed=1) != tales.questions(story, seed=2)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "pass n or max_bytes"),
        ({"n": -1}, "n must not be negative, got -1"),
        ({"max_bytes": -5}, "max_bytes must not be negative, got -5"),
        ({"n": 1, "level": 9}, "level must be a whole number from 1 .easy. to 5 .hard., not 9"),
        ({"n": 1, "split": "dev"}, "split must be one of train, valid, test, not 'dev'"),
        ({"n": 1, "form": "ode"}, "form must be one of mixed, plain, titled, quiz, not 'ode'"),
    ],
)
def test_bad_arguments_fail_at_once(arguments, message):
    with pytest.raises(ValueError, match=message):
        tales.stories(**arguments)


# ---------------------------------------------------------------- the bound


def test_the_bound_adds_up_what_the_stories_cost():
    bound = tales.entropy_bound(level=2, n=50, seed=3)
    stories = list(tales.stories(50, level=2, seed=3))
    assert bound.nats_per_story == pytest.approx(sum(s.nats for s in stories) / 50)
    characters = sum(len(s.text) for s in stories)
    bits = sum(s.nats for s in stories) / 0.6931471805599453
    assert bound.bits_per_character == pytest.approx(bits / characters)


def test_the_standard_error_shrinks_with_the_root_of_n():
    few, many = (tales.entropy_bound(level=1, n=n) for n in (100, 1600))
    assert few.standard_error / many.standard_error == pytest.approx(4, rel=0.4)


def test_the_standard_error_is_the_spread_between_seeds():
    bounds = [tales.entropy_bound(level=1, n=100, seed=seed) for seed in range(30)]
    rates = [bound.bits_per_character for bound in bounds]
    mean = sum(rates) / len(rates)
    spread = (sum((rate - mean) ** 2 for rate in rates) / (len(rates) - 1)) ** 0.5
    assert bounds[0].standard_error == pytest.approx(spread, rel=0.5)


def test_the_bound_grows_with_the_level():
    bounds = [tales.entropy_bound(level=level, n=200).nats_per_story for level in tales.LEVELS]
    assert bounds == sorted(bounds)


def test_one_story_has_no_standard_error():
    with pytest.raises(ValueError, match="n must be at least 2 .* got 1"):
        tales.entropy_bound(n=1)


def test_every_throw_is_counted(monkeypatch):
    """Nothing is random but the dice: with dice that always fall alike, all stories are one."""
    monkeypatch.setattr(Dice, "choice", lambda self, options: options[0])
    monkeypatch.setattr(Dice, "chance", lambda self, probability: False)
    monkeypatch.setattr(Dice, "weighted", lambda self, options, weights: options[0])
    assert len({tell(Dice(seed), tales.LEVELS[5]).text for seed in range(20)}) == 1


def test_the_public_names_exist_and_are_sorted():
    names = [name for name in tales.__all__ if name.isupper()]
    assert all(hasattr(tales, name) for name in tales.__all__) and names == sorted(names)
