"""The reader: it reads whatever can be written, finds what is wrong, and never loses its way."""

import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmlab.dice import Dice
from llmlab.levels import LEVELS
from llmlab.phrases import TEMPLATES
from llmlab.reader import parse, read
from llmlab.storyteller import tell

STORY = (
    "One day, Mia was in the park. Mia saw her friend Tom. Mia had a big red ball. "
    "Mia gave the red ball to Tom. Tom was hungry. Mia shared an apple with Tom. "
    "Tom was not hungry any more. In the end, Tom was happy."
)
seeds = st.integers(0, 10**9)


@settings(deadline=None, max_examples=60)
@given(seed=seeds, level=st.sampled_from(sorted(LEVELS)))
def test_stories_are_read_back_event_by_event(seed, level):
    tale = tell(Dice(seed), LEVELS[level])
    assert [(s.kind, s.roles) for s in read(tale.text)] == list(tale.events)


@settings(deadline=None, max_examples=60)
@given(seed=seeds, level=st.sampled_from(sorted(LEVELS)))
def test_stories_are_understood_and_consistent(seed, level):
    tale = tell(Dice(seed), LEVELS[level])
    reading = parse(tale.text)
    assert (reading.coverage, reading.contradictions) == (1.0, ())
    assert reading.facts == tale.world and reading.mood == tale.mood


def test_a_good_story():
    assert parse(STORY).consistent


@pytest.mark.parametrize(
    "right, wrong, complaint",
    [
        ("Mia gave the", "Tom gave the", "Tom cannot be two people"),
        ("to Tom. Tom was hungry", "to Zoe. Tom was hungry", "nobody has met Zoe yet"),
        ("gave the red ball", "gave the blue ball", "the ball is red, not blue"),
        ("gave the red ball", "gave the red kite", "Mia does not have the kite"),
        ("Tom was hungry.", "Tom walked to the hill.", "Tom and Mia are not at the same place"),
        ("Tom was hungry.", "Tom had two eggs. Now Tom had three eggs.", "Tom has 2 eggs, not 3"),
        ("Tom was hungry.", "Tom was at the lake.", "Tom is not at the lake (last seen: park)"),
        ("Tom was hungry.", "Mia had the red ball.", "Mia does not have the ball"),
        ("In the end, Tom was happy.", "In the end, Tom was sad.", "Tom had no reason to be sad"),
        ("Mia shared an apple with Tom. Tom was not hungry any more. ", "", "Tom was still hungry"),
    ],
)
def test_planted_contradictions_are_found(right, wrong, complaint):
    assert right in STORY
    assert complaint in parse(STORY.replace(right, wrong)).contradictions


@pytest.mark.parametrize(
    "text",
    [
        "Mia saw his friend Tom.",
        "Mia had an big red ball.",
        "Mia was at the park.",
        "Tom had one berries.",
        "Tom had two berry.",
        "mia was in the park.",
        "Mia was in the park",
        "Mia walked walked to the park.",
    ],
)
def test_bad_english_is_not_read(text):
    assert [sentence.kind for sentence in read(text)] == [None]


def test_reading_goes_on_after_nonsense():
    text = STORY.replace("Tom was hungry.", "The of zxq ball! Tom was hungry.")
    reading = parse(text)
    assert [s.text for s in reading.sentences if s.kind is None] == [" The of zxq ball!"]
    assert reading.coverage == pytest.approx(1 - len(" The of zxq ball!") / (len(text) + 1))
    assert not reading.contradictions and not reading.consistent


def test_white_space_does_not_matter():
    assert read(STORY.replace(" ", " \n\t")) == read(STORY)


def test_nothing_at_all():
    reading = parse(" \n")
    assert (reading.sentences, reading.coverage, reading.mood) == ((), 0.0, None)


@pytest.mark.parametrize("title, kept", [("happy", True), ("sad", False)])
def test_a_title_is_a_promise(title, kept):
    text = f"A {title} story about Mia and a ball. {STORY}"
    assert parse(text).consistent is kept


def test_a_title_about_somebody_else():
    assert parse(f"A happy story about Ida and a ball. {STORY}").contradictions


def test_a_quiz_is_checked():
    quiz = " Question: Who has the ball? Answer: {} had the ball."
    assert parse(STORY + quiz.format("Tom")).consistent
    assert parse(STORY + quiz.format("Mia")).contradictions


def test_saying_that_the_story_does_not_say():
    quiz = " Question: What colour is the {}? Answer: The story does not say."
    assert parse(STORY + quiz.format("hat")).consistent
    assert parse(STORY + quiz.format("ball")).contradictions


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_to_its_end(text):
    words = " ".join(text.split())
    assert "".join(sentence.text for sentence in read(text)) == (f" {words}" if words else "")


def shuffled_words(seed, n):
    rng = random.Random(seed)
    words = "the a ball Mia Tom Ida red big gave was in at park and had . two eggs to so he".split()
    return " ".join(rng.choice(words) for _ in range(n))


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_events_can_be_replayed(seed):
    """A model may say anything: sentences of many stories, mixed, must not break the rules."""
    sentences = [s for i in range(40) for s in tell(Dice(i), LEVELS[5]).sentences]
    random.Random(seed).shuffle(sentences)
    reading = parse(" ".join(sentences))
    assert reading.coverage == 1 and reading.contradictions


def calls(text):
    """Python and C calls made to read a text: a measure of work that no busy machine disturbs."""
    count = 0

    def tick(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tick)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "garbage",
    [
        lambda n: "a" * n,
        lambda n: "Mia " * n,
        lambda n: "Mia and " * n,
        lambda n: '"' * n,
        lambda n: "-".join(["a"] * n),
        lambda n: "." * n,
        lambda n: " Mia saw a big dog" * n,
        lambda n: shuffled_words(0, n),
    ],
    ids=["one word", "a name", "and", "quotes", "hyphens", "dots", "unfinished", "shuffled"],
)
def test_work_grows_no_faster_than_the_text(garbage):
    read("")
    assert calls(garbage(4000)) <= 4.4 * calls(garbage(1000)) + 100


def test_kinds_that_are_read_are_kinds_that_are_written():
    kinds = {s.kind for i in range(300) for s in read(tell(Dice(i), LEVELS[5]).text)}
    spoken = {kind for kind in TEMPLATES if kind[:4] != "ask "}
    assert spoken - kinds == {"title", "quiz", "unsaid", "feels", "nobody"}
