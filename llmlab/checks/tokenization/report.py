"""Lab 02, stretch: how well a tokenizer packs a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from llmlab.checks.exercise import equal, expect, show
from llmlab.checks.probe import Probe
from llmlab.checks.tokenization.fixtures import draw_text, exercise

__all__ = ["tokenizer_report"]

Encode = Callable[[str], list[int]]
Report = dict[str, float]


def every_byte(text: str) -> list[int]:
    """One id a byte."""
    return list(text.encode())


def every_word(text: str) -> list[int]:
    """One id a word, its length."""
    return [len(word) for word in text.split()]


def pairs(text: str) -> list[int]:
    """One id for two characters; the last may be alone."""
    return [len(text[i : i + 2]) for i in range(0, len(text), 2)]


def _totals(encode: Encode, texts: list[str]) -> tuple[int, int, int]:
    """Tokens, bytes, words."""
    return (
        sum(len(encode(text)) for text in texts),
        sum(len(text.encode()) for text in texts),
        sum(len(text.split()) for text in texts),
    )


def _made(n_bytes_a_token: float, n_tokens_a_word: float, n_tokens: float) -> Report:
    return {
        "bytes_per_token": n_bytes_a_token,
        "tokens_per_word": n_tokens_a_word,
        "n_tokens": n_tokens,
    }


def _reference(encode: Encode, texts: list[str]) -> Report:
    n_tokens, n_bytes, n_words = _totals(encode, texts)
    return _made(n_bytes / n_tokens, n_tokens / n_words, n_tokens)


def _observe(answer: Probe, encode: Encode, texts: list[str]) -> Any:
    return answer(encode, texts)


tokenizer_report = exercise("tokenizer-report", reference=_reference, observe=_observe)


@tokenizer_report.inputs
def _(rng: Random) -> Iterator[tuple[Encode, list[str]]]:
    """One text; several of different lengths; text that is not ASCII; white space of all kinds."""
    yield pairs, ["low lower"]
    yield every_byte, ["a bc def"]
    yield every_word, ["one two three", "four"]
    yield pairs, ["a", "a much longer text than the first"]
    yield every_word, ["né né", "日本 語"]
    yield pairs, ["tab\tand\n\nline  ends ", " x"]
    yield pairs, ["odd", "odd", "one"]  # joined, the halves would pair up
    yield pairs, ["a b", "", "c"]
    yield rng.choice([pairs, every_byte]), [draw_text(rng, 9, "aé b") + "x" for _ in range(3)]


@tokenizer_report.hidden_inputs
def _(rng: Random) -> Iterator[tuple[Encode, list[str]]]:
    """More texts, more scripts."""
    for _ in range(4):
        texts = ["x " + draw_text(rng, rng.randrange(1, 30)) for _ in range(rng.randrange(1, 6))]
        yield rng.choice([pairs, every_byte, every_word]), texts


def _check(answer: Probe, encode: Encode, texts: list[str], key: str, how: str) -> None:
    got, must = answer(encode, texts), _reference(encode, texts)
    if not isinstance(got, dict) or key not in got:
        expect(False, f"You returned {show(got)}; it must be a dict with the key {key!r}.")
    n_tokens, n_bytes, n_words = _totals(encode, texts)
    expect(
        equal(got[key], float(must[key])),
        f"{show(texts)} with an id for every {_each(encode)}: {n_tokens} tokens, {n_bytes} bytes, "
        f"{n_words} words. Your {key} is {show(got[key])}; it must be {must[key]:.6g}. {how}",
    )


def _each(encode: Encode) -> str:
    names = {"every_byte": "byte", "every_word": "word", "pairs": "two characters"}
    return names.get(getattr(encode, "__name__", ""), "piece")


@tokenizer_report.property("n_tokens: the ids of all texts, counted")
def _(answer: Probe, encode: Encode, texts: list[str]) -> None:
    _check(answer, encode, texts, "n_tokens", "Each text is encoded by itself.")


@tokenizer_report.property("bytes_per_token: all bytes by all tokens")
def _(answer: Probe, encode: Encode, texts: list[str]) -> None:
    how = "Divide totals, and count UTF-8 bytes, not characters."
    _check(answer, encode, texts, "bytes_per_token", how)


@tokenizer_report.property("tokens_per_word: all tokens by all words")
def _(answer: Probe, encode: Encode, texts: list[str]) -> None:
    how = "Divide totals; words are what `text.split()` gives."
    _check(answer, encode, texts, "tokens_per_word", how)


@tokenizer_report.property("nothing else in the report", supporting=True)
def _(answer: Probe, encode: Encode, texts: list[str]) -> None:
    got, must = answer(encode, texts), _reference(encode, texts)
    keys = sorted(got, key=str) if isinstance(got, dict) else show(got)
    expect(
        keys == sorted(must), f"The keys must be {show(sorted(must))}; the report has {show(keys)}."
    )


@tokenizer_report.misconception(
    "characters in place of bytes",
    "You count characters. In UTF-8 é has two bytes and 日 three; the tokenizer works on bytes: "
    "count `text.encode()`.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    n_tokens, _, n_words = _totals(encode, texts)
    return _made(sum(map(len, texts)) / n_tokens, n_tokens / n_words, n_tokens)


@tokenizer_report.misconception(
    "means of means",
    "You work out a value for each text and average them, so a text of one word weighs as much as "
    "a book. Divide totals.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    each = [_totals(encode, [text]) for text in texts]
    n = len(texts)
    return _made(
        sum(b / t if t else 0.0 for t, b, _ in each) / n,
        sum(t / w if w else 0.0 for t, _, w in each) / n,
        sum(t for t, _, _ in each),
    )


@tokenizer_report.misconception(
    "tokens by bytes",
    "You divide tokens by bytes; bytes per token is bytes divided by tokens, more is better.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    n_tokens, n_bytes, n_words = _totals(encode, texts)
    return _made(n_tokens / n_bytes, n_tokens / n_words, n_tokens)


@tokenizer_report.misconception(
    "words by tokens",
    "You divide words by tokens; tokens per word is tokens divided by words, fewer is better.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    n_tokens, n_bytes, n_words = _totals(encode, texts)
    return _made(n_bytes / n_tokens, n_words / n_tokens, n_tokens)


@tokenizer_report.misconception(
    "split at single spaces",
    "`split(' ')` cuts at each space and at nothing else: two spaces give an empty word, and a "
    "line end none. `split()` cuts at any white space.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    n_tokens, n_bytes, _ = _totals(encode, texts)
    return _made(
        n_bytes / n_tokens, n_tokens / sum(len(text.split(" ")) for text in texts), n_tokens
    )


@tokenizer_report.misconception(
    "all texts joined",
    "You encode the texts glued together; tokens then reach over the border of two texts. Encode "
    "each by itself.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    return _reference(encode, ["".join(texts)])


@tokenizer_report.misconception(
    "whole numbers",
    "You divide with //, which drops the fraction; use /.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    n_tokens, n_bytes, n_words = _totals(encode, texts)
    return _made(n_bytes // n_tokens, n_tokens // n_words, n_tokens)


@tokenizer_report.misconception(
    "different tokens counted",
    "You count how many different ids occur; a token counts each time.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    _, n_bytes, n_words = _totals(encode, texts)
    n = len({i for text in texts for i in encode(text)})
    return _made(n_bytes / n, n / n_words, n)


@tokenizer_report.misconception(
    "the last text only",
    "Your totals start anew with each text, so only the last one is left; add them up.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    return _reference(encode, texts[-1:])


@tokenizer_report.misconception(
    "texts in place of tokens",
    "Your n_tokens counts the texts; it is the number of ids in all of them.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    n_tokens, n_bytes, n_words = _totals(encode, texts)
    return _made(n_bytes / n_tokens, n_tokens / n_words, len(texts))


@tokenizer_report.misconception(
    "the mean of each text's bytes per token",
    "You work out bytes per token for each text and average, so a text of one word weighs as much "
    "as a book. Divide all bytes by all tokens.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    n_tokens, _, n_words = _totals(encode, texts)
    rates = [len(text.encode()) / len(encode(text)) for text in texts]
    return _made(sum(rates) / len(rates), n_tokens / n_words, n_tokens)


@tokenizer_report.misconception(
    "all texts joined by line ends",
    "You encode the texts joined by line ends; those add bytes and tokens that no text has. Encode "
    "each by itself.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    return _reference(encode, ["\n".join(texts)])


@tokenizer_report.misconception(
    "encoded word by word",
    "You encode each word alone, and the spaces get no tokens; a tokenizer's pieces hold spaces "
    "too. Encode whole texts.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    n_tokens = sum(len(encode(word)) for text in texts for word in text.split())
    _, n_bytes, n_words = _totals(encode, texts)
    return _made(n_bytes / n_tokens, n_tokens / n_words, n_tokens)


@tokenizer_report.misconception(
    "figures rounded",
    "You round the figures; give them back as they are, and round when you print them.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    return {key: round(value, 1) for key, value in _reference(encode, texts).items()}


@tokenizer_report.misconception(
    "n_tokens counts different tokens",
    "The two quotients are right, but n_tokens says how many different ids occur; a token counts "
    "each time.",
)
def _(encode: Encode, texts: list[str]) -> Any:
    ids = {i for text in texts for i in encode(text)}
    return {**_reference(encode, texts), "n_tokens": len(ids)}


@tokenizer_report.alternative
def _(encode: Encode, texts: list[str]) -> Report:
    """One loop with three running totals."""
    tokens = size = words = 0
    for text in texts:
        tokens += len(encode(text))
        size += len(bytes(text, "utf-8"))
        words += len(text.split())
    return {
        "n_tokens": tokens,
        "bytes_per_token": size / tokens,
        "tokens_per_word": tokens / words,
    }


@tokenizer_report.alternative
def _(encode: Encode, texts: list[str]) -> Report:
    """Everything in floats, a row for each text, columns added with zip."""
    rows = [(len(encode(t)), len(t.encode("utf8")), len(t.split())) for t in texts]
    tokens, size, words = (float(sum(column)) for column in zip(*rows, strict=True))
    return dict(bytes_per_token=size / tokens, tokens_per_word=tokens / words, n_tokens=tokens)


@tokenizer_report.alternative
def _(encode: Encode, texts: list[str]) -> Report:
    """Spaces joined in between for the words, bytes joined for the bytes."""
    ids = [i for text in texts for i in encode(text)]
    words, raw = " ".join(texts).split(), "".join(texts).encode()
    return _made(len(raw) / len(ids), len(ids) / len(words), len(ids))
