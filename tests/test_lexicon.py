"""The words: distinct, of one token each where the grammar says so, and rightly inflected."""

import re

import pytest

from llmlab import lexicon as lex

LISTS = {
    "names": lex.NAMES,
    "places": lex.PLACES,
    "things": lex.THINGS,
    "colours": lex.COLOURS,
    "sizes": lex.SIZES,
    "foods": lex.FOODS,
    "items": lex.ITEMS,
    "animals": lex.ANIMALS,
    "looks": lex.LOOKS,
    "weathers": lex.WEATHERS,
    "numbers": lex.NUMBERS,
}


@pytest.mark.parametrize("words", LISTS.values(), ids=LISTS.keys())
def test_no_word_twice(words):
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("words", LISTS.values(), ids=LISTS.keys())
def test_words_are_single_words(words):
    assert all(re.fullmatch(r"[A-Za-z]+(-[a-z]+)?", word) for word in words)


def test_half_of_the_names_are_girls():
    assert 2 * len(lex.GIRLS) == len(lex.NAMES)


def test_the_first_names_are_mixed():
    assert 0 < len(lex.GIRLS.intersection(lex.NAMES[:4])) < 4


def test_every_place_has_its_preposition():
    assert {lex.AT[place].split()[0] for place in lex.PLACES} == {"in", "at", "on"}


@pytest.mark.parametrize(
    "count, item, words",
    [
        (1, "berries", "one berry"),
        (1, "leaves", "one leaf"),
        (1, "tomatoes", "one tomato"),
        (2, "cherries", "two cherries"),
        (40, "shells", "forty shells"),
        (99, "eggs", "ninety-nine eggs"),
    ],
)
def test_amounts(count, item, words):
    assert lex.amount(count, item) == words


def test_no_word_deceives_the_article():
    """`with_article` goes by the first letter: words like "unit" or "hour" must stay out."""
    words = lex.THINGS + lex.SIZES + lex.FOODS + lex.LOOKS
    assert not [w for w in words if re.match(r"(uni|use|eu|one|hour|honest|heir)", w)]
