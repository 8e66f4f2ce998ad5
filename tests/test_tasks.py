"""The tasks: exact answers, rewards that nothing empty or constant earns, labels that hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmlab.dice import Dice
from llmlab.levels import LEVELS
from llmlab.reader import parse
from llmlab.storyteller import tell
from llmlab.tales import split_of
from llmlab.tasks import (
    FLAWS,
    REFUSAL,
    Instruction,
    ask,
    instructions,
    preferences,
    reward,
    reward_parts,
)

any_level = st.sampled_from(sorted(LEVELS))
seeds = st.integers(0, 10**9)
STORY = (
    "One day, Mia was in the park. Mia saw her friend Tom. Mia had a big red ball. "
    "Mia gave the red ball to Tom. Tom was hungry. Mia shared an apple with Tom. "
    "Tom was not hungry any more. In the end, Tom was happy."
)
WISHES = {"name": "Mia", "thing": "ball", "mood": "happy", "place": "park", "words": 50}
ASKED = Instruction("Write a story.", STORY, WISHES)


def quiz(questions):
    return "".join(f" Question: {q.prompt} Answer: {q.answer}" for q in questions)


@settings(deadline=None, max_examples=60)
@given(seeds, any_level)
def test_every_answer_agrees_with_the_story(seed, level):
    dice = Dice(seed)
    tale = tell(dice, LEVELS[level])
    assert parse(tale.text + quiz(ask(tale.world, LEVELS[level], dice))).consistent


@settings(deadline=None, max_examples=40)
@given(seeds, any_level)
def test_every_fact_is_asked_once(seed, level):
    dice = Dice(seed)
    world = tell(dice, LEVELS[level]).world
    kinds = [question.kind for question in ask(world, LEVELS[level], dice)]
    facts = {"where": "place", "who": "holder", "colour": "colour", "count": "count"}
    facts |= {"feel": "mood", "thing": "lies"}
    assert {k: kinds.count(k) for k in facts} == {
        k: len(getattr(world, f)) for k, f in facts.items()
    }
    assert kinds.count("unknown") == 1


def test_exact_answers():
    answers = {q.prompt: (q.answer, q.key) for q in ask(parse(STORY).facts, LEVELS[1], Dice(0))}
    assert answers["What colour is the ball?"] == ("The ball was red.", "red")
    assert ("Tom had the ball.", "Tom") in answers.values()
    assert ("Mia was in the park.", "park") in answers.values()
    assert ("The story does not say.", "say") in answers.values()


def test_questions_can_be_limited():
    assert len(ask(parse(STORY).facts, LEVELS[1], Dice(0), most=2)) == 2


@pytest.mark.parametrize("level", LEVELS)
def test_demonstrations_earn_everything(level):
    for instruction in instructions(60, seed=level, level=level):
        assert reward(instruction, instruction.answer) == 1, instruction


def test_a_good_story_earns_everything():
    assert set(reward_parts(ASKED, STORY).values()) == {1.0}


@pytest.mark.parametrize(
    "text", ["", " ", "Mia", "Mia ball happy park", REFUSAL, "Mia was happy. " * 9]
)
def test_cheap_answers_earn_little(text):
    assert reward(ASKED, text) <= 0.5


def test_nothing_earns_nothing():
    assert reward(ASKED, "") == 0


@pytest.mark.parametrize(
    "part, right, wrong",
    [
        ("name", "Mia", "Ida"),
        ("thing", "ball", "kite"),
        ("mood", "In the end, Tom was happy.", "Tom was hungry. In the end, Tom was sad."),
        ("place", "was in the park. Mia saw", "was in the garden. Mia saw"),
        ("whole", "In the end, Tom was happy.", "Tom had the red ball."),
        ("whole", "One day, Mia was in the park. ", ""),
        ("consistent", "gave the red ball", "gave the blue ball"),
        ("consistent", "Tom was hungry.", "Tom hungry was."),
        ("fresh", "Tom was hungry.", "Tom was hungry. Tom was hungry."),
    ],
)
def test_each_part_is_lost_by_its_own_fault(part, right, wrong):
    assert right in STORY
    assert reward_parts(ASKED, STORY.replace(right, wrong))[part] < 1


def test_words_are_counted():
    words = len(STORY.split())
    for limit, earned in ((words, 1.0), (words - 1, 0.0)):
        asked = Instruction("", STORY, {"words": limit})
        assert reward_parts(asked, STORY)["words"] == earned


def test_short_stories_earn_part_of_the_length():
    parts = reward_parts(ASKED, "One day, Mia was in the park. In the end, Mia was happy.")
    assert parts["long enough"] == pytest.approx(13 / 30)


def test_a_word_dropped_is_not_a_wish_fulfilled():
    parts = reward_parts(
        ASKED, f"A happy story about Mia and a ball. {STORY.replace('ball', 'hat')}"
    )
    assert parts["thing"] == 0


def test_unknown_wishes_are_named():
    with pytest.raises(ValueError, match="wish must be one of name, thing, .*, not 'rhyme'"):
        reward(Instruction("", "", {"rhyme": "yes"}), STORY)


@pytest.mark.parametrize("make", [instructions, preferences])
@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"n": -1}, "n must not be negative, got -1"),
        ({"n": 1, "level": 0}, "not 0"),
        ({"n": 1, "split": "dev"}, "split must be one of train, valid, test, not 'dev'"),
    ],
)
def test_bad_arguments_fail_at_once(make, arguments, message):
    with pytest.raises(ValueError, match=message):
        make(**arguments)


def test_refusals():
    refusals = [i for i in instructions(300, seed=1, level=1) if not i.wishes]
    assert 10 <= len(refusals) <= 60
    assert {i.answer for i in refusals} == {REFUSAL}
    assert {reward(i, REFUSAL) for i in refusals} == {1.0}
    assert reward(refusals[0], STORY) == 0


def test_refusals_can_be_left_out():
    assert all(i.wishes for i in instructions(50, refusals=0))


def test_prompts_say_what_is_wished():
    for asked in instructions(80, seed=2, level=5, refusals=0):
        for value in asked.wishes.values():
            assert str(value) in asked.prompt


def test_instructions_keep_to_their_split():
    stories = [i.answer for i in instructions(30, level=2, split="valid", refusals=0)]
    assert {split_of(story) for story in stories} == {"valid"}


def test_instructions_are_the_same_for_the_same_seed():
    assert list(instructions(5, seed=8)) == list(instructions(5, seed=8))
    assert list(instructions(5, seed=8)) != list(instructions(5, seed=9))


@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize("level", LEVELS)
def test_the_chosen_answer_earns_everything_and_the_rejected_less(flaw, level):
    for pair in preferences(12, seed=3, level=level, flaws=[flaw]):
        assert reward(pair.instruction, pair.chosen) == 1
        assert reward(pair.instruction, pair.rejected) < 1, pair


def test_the_reason_is_the_reason():
    reasons = {
        "wrong end": lambda parts: parts["mood"] == 0,
        "contradiction": lambda parts: parts["consistent"] < 1,
        "unfinished": lambda parts: parts["whole"] == 0,
        "repeats itself": lambda parts: parts["fresh"] < 1,
        "off topic": lambda parts: parts["name"] == parts["thing"] == 0,
        "refuses without need": lambda parts: parts["consistent"] == 0,
        "does not refuse": lambda parts: parts["refused"] == 0,
    }
    for pair in preferences(150, seed=4, level=2):
        assert reasons[pair.why](reward_parts(pair.instruction, pair.rejected)), pair


def test_a_wrong_end_begins_like_the_right_one():
    [pair] = preferences(1, level=2, flaws=["wrong end"])
    assert pair.chosen[:100] == pair.rejected[:100]


def test_unknown_flaws_are_named():
    with pytest.raises(ValueError, match="flaw must be one of wrong end, .*, not 'dull'"):
        preferences(1, flaws=["dull"])
