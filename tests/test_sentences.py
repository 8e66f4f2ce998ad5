"""Sentences: every template can be written, reads as English, and reads as nothing else."""

import re
from collections import Counter

import pytest

from llmlab.dice import Dice
from llmlab.phrases import TEMPLATES
from llmlab.sentences import SLOTS, templates, variants, write
from llmlab.world import RULES

ALL = [
    variant for kind in TEMPLATES for text in templates(kind) for variant in variants(kind, text)
]


def sample(variant, at):
    """Fill a variant with the value number `at` of each of its roles."""
    roles = {}
    for slot in variant.slots:
        values = list(slot.forms)
        roles.setdefault(slot.role, values[at % len(values)])
    return variant.fill({**roles, "B": "Max"} if "B" in roles else roles)


def test_every_kind_of_event_has_words_and_a_rule():
    words_only = {"title", "quiz", "unsaid"} | {kind for kind in TEMPLATES if kind[:4] == "ask "}
    assert set(TEMPLATES) == set(RULES) | words_only


def test_no_two_variants_are_worded_alike():
    seen = Counter((v.pattern, tuple(slot.words for slot in v.slots)) for v in ALL)
    assert [pattern for pattern, n in seen.items() if n > 1] == []


@pytest.mark.parametrize("kind", TEMPLATES)
def test_sentences_look_like_sentences(kind):
    for variant in ALL:
        if variant.kind == kind:
            text = sample(variant, 1)
            assert re.fullmatch(r'["A-Z].*[.?:!"]', text), text
            assert not re.search(r"  |[{}|()]| [.,!?]", text), text


def test_the_article_agrees():
    for at in range(24):
        texts = " ".join(sample(variant, at) for variant in ALL)
        assert not re.search(r"\b[Aa] [aeiou]|\b[Aa]n (?!hour)[^aeiou]", texts)


@pytest.mark.parametrize("name, she, her", [("Mia", "She", "her"), ("Tom", "He", "his")])
def test_pronouns_agree(name, she, her):
    assert SLOTS["He"].forms[name] == she
    assert SLOTS["his"].forms[name] == her


def test_writing_uses_exactly_the_roles():
    texts = {write("talk", {"A": "Mia"}, Dice(i)) for i in range(40)}
    assert all("Mia" in text for text in texts) and len(texts) > 5


def test_little_variety_means_few_wordings():
    def wordings(variety):
        roles = {"A": "Mia", "B": "Tom", "thing": "ball"}
        return len({write("give", roles, Dice(i), variety) for i in range(200)})

    assert wordings(1) == 1 < wordings(2) < wordings(99)


def test_roles_that_no_template_tells_are_an_error():
    with pytest.raises(ValueError, match="no template tells 'give' with the roles .'A'"):
        write("give", {"A": "Mia"}, Dice(0))
