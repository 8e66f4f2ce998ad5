"""A small exercise to test the toolkit of the checks on: who may look at whom, in plain lists."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from llmlab.checks.exercise import Exercise, equal, expect, listed, show

Rows = list[list[bool]]


def reference_mask(t_query: int, t_key: int) -> Rows:
    """The right answer: the last query sees every key."""
    past = t_key - t_query
    return [[key <= past + query for key in range(t_key)] for query in range(t_query)]


def build() -> Exercise:
    """A fresh exercise with its bank, which a test may change."""
    mask = Exercise("99-sample", "causal-mask", reference=reference_mask)
    _inputs(mask)
    _properties(mask)
    _wrong_answers(mask)

    @mask.alternative
    def _(t_query: int, t_key: int) -> Rows:
        rows = []
        for query in range(t_query):
            seen = t_key - t_query + query + 1
            rows.append([True] * seen + [False] * (t_key - seen))
        return rows

    mask.equivalent("swapped-*", "numbers may be added in either order")
    return mask


def _inputs(mask: Exercise) -> None:
    @mask.inputs
    def _(rng: Random) -> Iterator[tuple[int, int]]:
        yield from [(4, 4), (1, 1), (1, 6), (2, 5)]
        t = rng.randrange(2, 9)
        yield t, t + rng.randrange(1, 6)

    @mask.hidden_inputs
    def _(rng: Random) -> Iterator[tuple[int, int]]:
        yield from [(7, 7), (3, 16)]


def _properties(mask: Exercise) -> None:
    @mask.property("square: exactly the past and itself")
    def _(answer: Any, t_query: int, t_key: int) -> None:
        if t_query == t_key:
            rows = answer(t_query, t_key)
            expect(len(rows) == t_query, f"{t_query} positions need as many rows, not {len(rows)}.")
            for i, row in enumerate(rows):
                seen = [j for j, may in enumerate(row) if may]
                text = f"With {t_query} positions, position {i} sees {listed(seen, 'keys')}."
                expect(seen == list(range(i + 1)), text)

    @mask.property("with a cache: the last query sees every key")
    def _(answer: Any, t_query: int, t_key: int) -> None:
        if t_query < t_key:
            got, due = answer(t_query, t_key), reference_mask(t_query, t_key)
            expect(equal(got, due), f"With {t_query} queries and {t_key} keys it is {show(got)}.")

    @mask.property("booleans, t_query rows of t_key", supporting=True, id="shape")
    def _(answer: Any, t_query: int, t_key: int) -> None:
        got = answer(t_query, t_key)
        good = len(got) == t_query and all(len(row) == t_key for row in got)
        expect(good and all(type(may) is bool for row in got for may in row), f"It is {show(got)}.")

    mask.leaves_inputs_alone()


def _wrong_answers(mask: Exercise) -> None:
    @mask.misconception("aligned at the first query", "The queries are the last positions.")
    def _(t_query: int, t_key: int) -> Rows:
        return [[key <= query for key in range(t_key)] for query in range(t_query)]

    @mask.misconception("the diagonal left out", "A position may look at itself.")
    def _(t_query: int, t_key: int) -> Rows:
        past = t_key - t_query
        return [[key < past + query for key in range(t_key)] for query in range(t_query)]

    @mask.misconception("everything allowed", "The future must be hidden.")
    def _(t_query: int, t_key: int) -> Rows:
        return [[True] * t_key for _ in range(t_query)]

    @mask.misconception("numbers in place of booleans", "The exercise asks for True and False.")
    def _(t_query: int, t_key: int) -> Any:
        return [[int(may) for may in row] for row in reference_mask(t_query, t_key)]

    @mask.misconception("sizes swapped", "Rows are queries, columns are keys.")
    def _(t_query: int, t_key: int) -> Rows:
        return [list(column) for column in zip(*reference_mask(t_query, t_key), strict=True)]
