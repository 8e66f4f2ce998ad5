"""Lab 02, the open block: how well the tokenizer that a student trained packs fresh tales.

The answer is the `encode` of the submitted artefact; where it comes from is its author's affair.
Measured on tales of `LEVEL` that no training split holds. At level 5 about 1,950 tokens are worth
having, so 2,048 are just enough; at level 3 only 1,190 are, and the limit would say nothing.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from random import Random
from typing import Any

from llmlab import bpe, clean, pretokenize, tales, unigram
from llmlab.checks.exercise import Exercise, expect, show
from llmlab.checks.probe import Probe
from llmlab.tokenizer import BPE

__all__ = ["LEVEL", "VOCAB_SIZE", "tokenizer_outcome"]

LEVEL = 5
VOCAB_SIZE = 2048
_TRAINING = 400_000  # bytes; four times as much gains 0.1 %


@functools.cache
def _trained(kind: str) -> BPE:
    """A tokenizer to compare with, by name; about half a second for the first."""
    modules = (bpe, clean, pretokenize, tales, unigram)
    if kind == "other text":
        return BPE.train(list(map(inspect.getsource, modules)), VOCAB_SIZE)
    level = 1 if kind == "easy tales" else LEVEL
    size = {"one tale": 1_500, "too many tokens": 50_000}.get(kind, _TRAINING)
    texts = [story.text for story in tales.stories(max_bytes=size, seed=1, level=level)]
    if kind == "no counting":
        return _uncounted(texts)
    if kind == "too many tokens":
        return BPE.train([*texts, *map(inspect.getsource, modules)], 2 * VOCAB_SIZE)
    return BPE.train(texts, 512 if kind == "512 tokens" else VOCAB_SIZE)


def _uncounted(texts: list[str]) -> BPE:
    """Each new word is merged from the left, as it comes, until there is no more room."""
    merges: dict[tuple[bytes, bytes], None] = {}
    words = (piece.encode() for text in texts for piece in pretokenize.split(text))
    for word in words:
        for end in range(1, len(word)):
            if len(merges) < VOCAB_SIZE - 256:
                merges[word[:end], word[end : end + 1]] = None
    vocab = {i: bytes([i]) for i in range(256)}
    vocab |= {256 + i: a + b for i, (a, b) in enumerate(merges)}
    return BPE(vocab, list(merges))


def _reference(text: str) -> list[int]:
    return _trained("reference").encode(text)


def _observe(answer: Probe, texts: list[str]) -> Any:
    return [answer(text) for text in texts]


tokenizer_outcome = Exercise(
    "02-tokenization",
    "tokenizer-outcome",
    reference=_reference,
    observe=_observe,
    own_work=False,
)


@tokenizer_outcome.inputs
def _(rng: Random) -> Iterator[tuple[list[str]]]:
    """Fresh tales, twice."""
    yield (_fresh(rng, "valid", 20_000),)
    yield (_fresh(rng, "valid", 30_000),)


@tokenizer_outcome.hidden_inputs
def _(rng: Random) -> Iterator[tuple[list[str]]]:
    """More of them, from the split that nobody sees."""
    yield (_fresh(rng, "test", 40_000),)


def _fresh(rng: Random, split: str, size: int) -> list[str]:
    seed = rng.randrange(2**31)
    found = tales.stories(max_bytes=size, seed=seed, level=LEVEL, split=split)
    return [story.text for story in found]


def _is_ids(ids: Any) -> bool:
    return isinstance(ids, list) and all(type(i) is int and 0 <= i < VOCAB_SIZE for i in ids)


def _n_tokens(ids: Any, text: str) -> int:
    """How many ids; what is no list of ids packs nothing, and counts as single bytes."""
    return len(ids) if _is_ids(ids) and ids else len(text.encode())


def _edits(text: str) -> Iterator[str]:
    """The text with one thing changed: letters exchanged, doubled, left out, written large."""
    rng = Random(text)
    for _ in range(3):
        i = rng.randrange(1, len(text) - 1)
        yield text[:i] + ("q" if text[i] != "q" else "k") + text[i + 1 :]
        yield text[:i] + text[i] + text[i:]
        yield text[:i] + text[i + 1 :]
    yield text.swapcase()
    yield " ".join(reversed(text.split(" ")))
    yield text[:-1]


def _lost(answer: Probe, texts: list[str]) -> str:
    """What the ids do not tell apart from one of the texts; "" if they tell everything."""
    for text in texts[:4]:
        ids = answer(text)
        for edited in _edits(text):
            if edited != text and answer(edited) == ids:
                return f"{show(text, 40)} and {show(edited, 40)} differ, and get the same ids."
    return ""


@tokenizer_outcome.property("packs fresh tales as well as the reference, less 1 %")
def _(answer: Probe, texts: list[str]) -> None:
    lost = _lost(answer, texts)
    expect(not lost, f"{lost} Ids that lose the text pack nothing.")
    n_bytes = sum(len(text.encode()) for text in texts)
    ours = n_bytes / sum(len(_reference(text)) for text in texts)
    yours = n_bytes / sum(_n_tokens(answer(text), text) for text in texts)
    expect(
        yours >= 0.99 * ours,
        f"On {len(texts)} fresh tales of level {LEVEL} your tokenizer packs {yours:.2f} bytes into "
        f"a token, the reference {ours:.2f}, and single bytes would be 1. Train on tales of that "
        f"level (a million bytes take a second), and use all {VOCAB_SIZE:,} tokens.",
    )


@tokenizer_outcome.property("ids are whole numbers below 2,048", supporting=True)
def _(answer: Probe, texts: list[str]) -> None:
    for text in texts:
        ids = answer(text)
        wrong = [i for i in ids if not _is_ids([i])] if isinstance(ids, list) else [ids]
        expect(
            not wrong, f"{show(text, 40)} got {show(wrong[:3])}; ids are integers from 0 to 2,047."
        )


@tokenizer_outcome.property("different texts have different ids", supporting=True)
def _(answer: Probe, texts: list[str]) -> None:
    lost = _lost(answer, texts)
    expect(not lost, f"{lost} Decoding could not give both back.")


@tokenizer_outcome.misconception(
    "a byte a token",
    "Your ids are the bytes: the tokenizer is not trained, or `encode` never merges.",
)
def _(text: str) -> Any:
    return list(text.encode())


@tokenizer_outcome.misconception(
    "trained on other text",
    "Merges learnt on other text hardly fit tales: train on text like the one it is measured on.",
)
def _(text: str) -> Any:
    return _trained("other text").encode(text)


@tokenizer_outcome.misconception(
    "trained on easy tales",
    "Tales of level 1 have too few words: most of the words of level 5 never occur in them.",
)
def _(text: str) -> Any:
    return _trained("easy tales").encode(text)


@tokenizer_outcome.misconception(
    "trained on a single tale",
    "One tale holds too few words to learn from; take a few hundred thousand bytes.",
)
def _(text: str) -> Any:
    return _trained("one tale").encode(text)


@tokenizer_outcome.misconception(
    "a vocabulary of 512",
    "You stopped at 512 tokens; there is room for 2,048.",
)
def _(text: str) -> Any:
    return _trained("512 tokens").encode(text)


@tokenizer_outcome.misconception(
    "a vocabulary of 4,096",
    "You trained more tokens than there is room for: no id may be 2,048 or more.",
)
def _(text: str) -> Any:
    return _trained("too many tokens").encode(text)


@tokenizer_outcome.misconception(
    "merges without counting",
    "Merges are taken as they come, not by how often they occur; the room is gone before the "
    "frequent pairs are reached.",
)
def _(text: str) -> Any:
    return _trained("no counting").encode(text)


@tokenizer_outcome.misconception(
    "a word a token",
    "You give words numbers and fold them into 2,048: different words share an id, and no one can "
    "decode that.",
)
def _(text: str) -> Any:
    return [sum(word.encode()) % VOCAB_SIZE for word in text.split()]


@functools.cache
def _other_reference() -> BPE:
    found = tales.stories(max_bytes=300_000, seed=77, level=LEVEL)
    return BPE.train([s.text for s in found], VOCAB_SIZE, special_tokens=["<|end|>"])


@tokenizer_outcome.alternative
def _(text: str) -> list[int]:
    """Trained on other tales, fewer of them, and with a special token."""
    return _other_reference().encode(text)
