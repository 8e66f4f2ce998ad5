"""Sentences out of events: templates with their slots filled, word tables, and agreement.

Every slot is a table from a role's value to words, so that "she" agrees with Mia and "an" with "old
kite" by looking them up. Nothing here knows which event happens, or reads anything.

    write("give", {"A": "Mia", "B": "Tom", "thing": "ball"}, Dice(0))
    # 'Mia gave Tom the ball.'
"""

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any, Protocol

from llmlab import lexicon as lex
from llmlab.phrases import TEMPLATES

__all__ = ["FORMS", "SLOTS", "TOKEN", "Slot", "Variant", "templates", "variants", "write"]


class _Chooser(Protocol):
    def choice(self, options: Any) -> Any: ...


@dataclass(frozen=True)
class Slot:
    """A place in a template: `forms` turns the value of `role` into words."""

    role: str
    words: str  # the name of the table of forms
    forms: dict[Any, str] = field(repr=False, hash=False, compare=False)


def _same(words: Any) -> dict[Any, str]:
    return {word: word for word in words}


def _articled(words: Any) -> dict[Any, str]:
    return {word: lex.with_article(word) for word in words}


def _capital(forms: dict[Any, str]) -> dict[Any, str]:
    return {value: form[0].upper() + form[1:] for value, form in forms.items()}


def _gendered(she: str, he: str) -> dict[Any, str]:
    return {name: she if name in lex.GIRLS else he for name in lex.NAMES}


_AMOUNTS = {(k, item): lex.amount(k, item) for item in lex.ITEMS for k in range(1, lex.LARGEST + 1)}
_MORE = {value: form.replace(" ", " more ") for value, form in _AMOUNTS.items()}
FORMS: dict[str, dict[Any, str]] = {
    "name": _same(lex.NAMES),
    "name's": {name: f"{name}'s" for name in lex.NAMES},
    "she": _gendered("she", "he"),
    "She": _gendered("She", "He"),
    "her": _gendered("her", "his"),
    "her ": _gendered("her", "him"),
    "girl": _gendered("girl", "boy"),
    "at": lex.AT,
    "place": _same(lex.PLACES),
    "thing": _same(lex.THINGS),
    "a thing": _articled(lex.THINGS),
    "colour": _same(lex.COLOURS),
    "a colour": _articled(lex.COLOURS),
    "size": _same(lex.SIZES),
    "a size": _articled(lex.SIZES),
    "food": _same(lex.FOODS),
    "a food": _articled(lex.FOODS),
    "n": _AMOUNTS,
    "n more": _MORE,
    "items": _same(lex.ITEMS),
    "bags": {k: f"{lex.NUMBERS[k]} bags" for k in range(2, 10)},
    "animal": _same(lex.ANIMALS),
    "a look": _articled(lex.LOOKS),
    "A look": _capital(_articled(lex.LOOKS)),
    "weather": _same(lex.WEATHERS),
    "mood": _same(("happy", "sad")),
}
_SLOTS = {
    "A": ("A", "name"),
    "B": ("B", "name"),
    "A_s": ("A", "name's"),
    "he": ("A", "she"),
    "He": ("A", "She"),
    "his": ("A", "her"),
    "him": ("A", "her "),
    "he_B": ("B", "she"),
    "him_B": ("B", "her "),
    "girl": ("A", "girl"),
    "girl_B": ("B", "girl"),
    "at": ("place", "at"),
    "place": ("place", "place"),
    "thing": ("thing", "thing"),
    "a_thing": ("thing", "a thing"),
    "colour": ("colour", "colour"),
    "a_colour": ("colour", "a colour"),
    "size": ("size", "size"),
    "a_size": ("size", "a size"),
    "food": ("food", "food"),
    "a_food": ("food", "a food"),
    "n": ("n", "n"),
    "m": ("m", "n"),
    "m_more": ("m", "n more"),
    "items": ("items", "items"),
    "k_bags": ("k", "bags"),
    "animal": ("animal", "animal"),
    "a_look": ("look", "a look"),
    "A_look": ("look", "A look"),
    "weather": ("weather", "weather"),
    "mood": ("mood", "mood"),
}
SLOTS = {name: Slot(role, words, FORMS[words]) for name, (role, words) in _SLOTS.items()}
_SLOT = re.compile(r"\{(\w+)\}")
TOKEN = re.compile(r" ?[A-Za-z]+(?:-[A-Za-z]+)*|[^A-Za-z]")


@dataclass(frozen=True)
class Variant:
    """One way to word a kind of event, with every choice made and every slot open."""

    kind: str
    pattern: str
    slots: tuple[Slot, ...]

    def fill(self, roles: dict[str, Any]) -> str:
        return self.pattern % tuple([slot.forms[roles[slot.role]] for slot in self.slots])


def write(kind: str, roles: dict[str, Any], dice: _Chooser, variety: int = 99) -> str:
    """Word an event: one of the first `variety` templates that use exactly these roles."""
    return dice.choice(dice.choice(_wordings(kind, frozenset(roles), variety))).fill(roles)


@cache
def _wordings(kind: str, roles: frozenset[str], variety: int) -> tuple[tuple[Variant, ...], ...]:
    """The templates for an event, each as the tuple of its variants."""
    fitting = []
    for template in templates(kind):
        if {SLOTS[slot].role for slot in _SLOT.findall(template)} == roles:
            fitting.append(variants(kind, template, variety))
    if not fitting:
        raise ValueError(f"no template tells {kind!r} with the roles {sorted(roles)}")
    return tuple(fitting[:variety])


def templates(kind: str) -> list[str]:
    """The templates of a kind, with `{the_thing}` written out."""
    written = []
    for template in TEMPLATES[kind]:
        for thing in ("{thing}", "{colour} {thing}") if "{the_thing" in template else ("",):
            plain = template.replace("{the_thing}", f"the {thing}")
            written.append(plain.replace("{the_thing_}", f"The {thing}"))
    return written


def variants(kind: str, template: str, variety: int = 99) -> tuple[Variant, ...]:
    """Write the choices `(a|b)` of a template out, the first `variety` of each."""
    parts = re.split(r"\(([^()]*)\)", template)
    options = [part.split("|")[:variety] if i % 2 else [part] for i, part in enumerate(parts)]
    return tuple(_variant(kind, "".join(chosen)) for chosen in product(*options))


def _variant(kind: str, text: str) -> Variant:
    slots = tuple(SLOTS[name] for name in _SLOT.findall(text))
    return Variant(kind, _SLOT.sub("%s", text), slots)
