"""Read a text, a model's output too, back into events and find where it contradicts itself.

All templates together are compiled into one tree of words, and a text is read by walking down that
tree: whatever can be written can be read. Reading never backtracks beyond the sentence it is in, so
its work grows linearly with the text. Nothing here knows how stories are made.

    read("Mia gave the red ball to Tom.")[0].roles
    # {'A': 'Mia', 'colour': 'red', 'thing': 'ball', 'B': 'Tom'}
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from llmlab.phrases import TEMPLATES
from llmlab.sentences import FORMS, TOKEN, Variant, templates, variants
from llmlab.world import World, answer

__all__ = ["Reading", "Sentence", "parse", "read"]

_VALUES = {words: {form: value for value, form in forms.items()} for words, forms in FORMS.items()}
_TELLING = {words for words in FORMS if len(_VALUES[words]) == len(FORMS[words])}
_WIDTH = {words: len(TOKEN.findall(next(iter(forms.values())))) for words, forms in FORMS.items()}


@dataclass(frozen=True)
class Sentence:
    """What was read: the kind of event (None: not understood), its roles, and its words."""

    kind: str | None
    roles: dict[str, Any]
    text: str


@dataclass(frozen=True)
class Reading:
    """What a text says: its sentences, what is true at its end, and where it contradicts itself."""

    sentences: tuple[Sentence, ...]
    facts: World
    contradictions: tuple[str, ...]
    coverage: float  # the share of the characters that was understood, 0 to 1
    mood: str | None  # how it ends, "happy" or "sad"; None: it has no ending

    @property
    def consistent(self) -> bool:
        """Whether everything was understood and nothing contradicts anything."""
        return self.coverage == 1 and not self.contradictions


def parse(text: str) -> Reading:
    """Read a text and replay it in a fresh world.

    >>> reading = parse("One day, Mia was in the park. Mia gave the ball to Tom.")
    >>> reading.coverage, reading.contradictions
    (1.0, ('nobody has met Tom yet', 'Mia does not have the ball'))
    """
    world, complaints = World(), list[str]()
    sentences = read(text)
    mood, asked = None, None
    for sentence in sentences:
        kind, roles = sentence.kind, sentence.roles
        if kind is None:
            continue
        complaints += world.tell(kind, **roles)
        if kind in ("happy", "sad"):
            mood = kind
        elif kind == "feels":
            mood = mood or roles["mood"]
        elif kind.startswith("ask "):
            asked = sentence
        elif kind == "unsaid" and asked and asked.kind and answer(world, asked.kind, asked.roles):
            complaints.append(f"the story does say: {asked.text.strip()}")
    complaints += _broken_promises(sentences, world, mood)
    return Reading(tuple(sentences), world, tuple(complaints), _coverage(sentences), mood)


def _broken_promises(sentences: list[Sentence], world: World, mood: str | None) -> list[str]:
    """What a title promises and the story does not keep."""
    complaints = []
    for title in (sentence.roles for sentence in sentences if sentence.kind == "title"):
        if title["mood"] != mood:
            complaints.append(f"the title promises a {title['mood']} story")
        if title["A"] not in world.place or title["thing"] not in world.holder:
            complaints.append(f"the title promises {title['A']} and a {title['thing']}")
    return complaints


def _coverage(sentences: list[Sentence]) -> float:
    total = sum(len(sentence.text) for sentence in sentences)
    return sum(len(s.text) for s in sentences if s.kind) / total if total else 0.0


class _Node:
    """A place in the tree of all sentences: where a word or a slot leads, and what ends here."""

    __slots__ = ("words", "slots", "ends")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.slots: dict[tuple[str, bool], _Node] = {}
        self.ends: list[Variant] = []


@cache
def _tree() -> _Node:
    root = _Node()
    for kind in TEMPLATES:
        for template in templates(kind):
            for variant in variants(kind, template):
                _plant(root, variant)
    return root


def _plant(node: _Node, variant: Variant) -> None:
    """Add a variant to the tree, token by token; a sentence starts with a space."""
    pieces = (" " + variant.pattern).split("%s")
    for i, piece in enumerate(pieces):
        last = i == len(pieces) - 1
        spaced = not last and piece.endswith(" ")
        for token in TOKEN.findall(piece[:-1] if spaced else piece):
            node = node.words.setdefault(token, _Node())
        if not last:
            node = node.slots.setdefault((variant.slots[i].words, spaced), _Node())
    node.ends.append(variant)


def read(text: str) -> list[Sentence]:
    """Read a text into events, sentence by sentence; what fits no template has kind None.

    White space of any sort and length counts as one space. At every point the longest sentence
    wins; after something unreadable, reading goes on behind the next `.`, `!` or `?`.

    >>> [sentence.kind for sentence in read("Mia was happy. Blah blah. Mia was at the park.")]
    ['feels', None, None]
    """
    words = text.split()
    tokens = TOKEN.findall(" " + " ".join(words)) if words else []
    sentences, position = [], 0
    while position < len(tokens):
        end, kind, roles = _longest(tokens, position)
        sentences.append(Sentence(kind, roles, "".join(tokens[position:end])))
        position = end
    return sentences


def _longest(tokens: list[str], start: int) -> tuple[int, str | None, dict[str, Any]]:
    """Find the longest sentence that starts here.

    # subtle: the tree is finite and each of its nodes is visited at most once, so no input, however
    # strange, costs more than the tree is large; there is nothing that could backtrack.
    """
    best: tuple[int, str | None, dict[str, Any]] = (start, None, {})
    open_paths: list[tuple[_Node, int, tuple[str, ...]]] = [(_tree(), start, ())]
    while open_paths:
        node, position, filled = open_paths.pop()
        for variant in node.ends if position > best[0] else ():
            roles = _roles(variant, filled)
            if roles is not None:
                best = (position, variant.kind, roles)
        if position < len(tokens):
            if after := node.words.get(tokens[position]):
                open_paths.append((after, position + 1, filled))
            for (words, spaced), after in node.slots.items():
                end = position + _WIDTH[words]
                form = "".join(tokens[position:end])
                if spaced:
                    form = form[1:] if form.startswith(" ") else ""
                if form in _VALUES[words]:
                    open_paths.append((after, end, (*filled, form)))
    return best if best[1] else (_sentence_end(tokens, start), None, {})


def _roles(variant: Variant, filled: tuple[str, ...]) -> dict[str, Any] | None:
    """Turn the words found into roles; None where they disagree ("Mia lost his ball").

    # subtle: they agree exactly if the variant, filled with these roles, gives the same words back.
    """
    pairs = list(zip(variant.slots, filled, strict=True))
    roles = {slot.role: _VALUES[slot.words][form] for slot, form in pairs if slot.words in _TELLING}
    return roles if all(slot.forms[roles[slot.role]] == form for slot, form in pairs) else None


def _sentence_end(tokens: list[str], start: int) -> int:
    for position in range(start, len(tokens)):
        if tokens[position] in (".", "!", "?"):
            return position + 1
    return len(tokens)
