"""The probe: the only thing that touches a student's function."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from llmlab.checks.guard import Guard
from llmlab.checks.probe import Probe, Stream, Trouble, not_written


@pytest.fixture
def guard() -> Iterator[Guard]:
    with Guard(cpu_s=0.2) as guard:
        yield guard


def test_arguments_are_copies(guard):
    given = [[1]]
    Probe(lambda rows: rows[0].append(2), guard)(given)
    assert given == [[1]]


def test_results_are_plain(guard):
    class Sly(list):
        def __eq__(self, other):
            return True

    assert repr(Probe(lambda: [Sly()], guard)()) == "[<Sly object>]"


def test_an_exception_tells_call_type_text_and_line(guard):
    def second(items):
        return items[1]

    with pytest.raises(Trouble) as caught:
        Probe(second, guard)([7])
    assert "`second([7])` raised IndexError: list index out of range" in str(caught.value)
    assert "`return items[1]`" in str(caught.value)


def test_the_line_is_the_students_and_not_the_librarys(guard):
    def mine(text):
        import json

        return json.loads(text)

    with pytest.raises(Trouble, match="`return json.loads"):
        Probe(mine, guard)("{")


def test_an_expected_exception_is_plain_data(guard):
    raised = Probe(lambda key: {}[key], guard).error("a")
    assert raised.type_name == "KeyError" and raised.is_a("LookupError")
    assert not raised.is_a("ValueError")
    assert raised.message == "'a'"


def test_no_exception_is_none(guard):
    assert Probe(lambda: 1, guard).error() is None


def test_an_endless_call_is_trouble_even_where_an_error_is_due(guard):
    def endless():
        while True:
            pass

    with pytest.raises(Trouble, match="did not come to an end"):
        Probe(endless, guard).error()


def test_not_written_is_trouble_even_where_an_error_is_due(guard):
    def later():
        raise NotImplementedError

    with pytest.raises(Trouble) as caught:
        Probe(later, guard, name="later").error()
    assert str(caught.value) == not_written("later")


def test_the_same_endless_call_is_not_tried_again(guard):
    calls = []

    def endless(n):
        calls.append(n)
        while True:
            pass

    probe = Probe(endless, guard)
    assert [probe.outcome(1).raised.type_name for _ in range(5)] == ["Stopped"] * 5
    assert calls == [1]


def test_patience_ends(guard):
    calls = []

    def endless(n):
        calls.append(n)
        while True:
            pass

    probe = Probe(endless, guard, patience=2)
    for n in range(6):
        probe.outcome(n)
    assert calls == [0, 1]


def test_recursion_without_end_is_told(guard):
    def again(n):
        return again(n + 1)

    with pytest.raises(Trouble, match="RecursionError: it calls itself without end"):
        Probe(again, guard)(0)


@pytest.mark.parametrize("problem", [SystemExit, GeneratorExit, BaseException, MemoryError])
def test_any_exception_is_an_outcome(guard, problem):
    def leave():
        raise problem

    assert Probe(leave, guard).outcome().raised.type_name == problem.__name__


def test_the_students_own_stop_button_works(guard):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Probe(interrupted, guard).outcome()


def test_an_exception_that_cannot_be_printed_is_an_outcome(guard):
    class Nasty(Exception):
        def __str__(self):
            raise RuntimeError

    def nasty():
        raise Nasty

    assert Probe(nasty, guard).outcome().raised.message == ""


def test_a_missing_return_is_named(guard):
    def forgotten(n):
        n + 1

    with pytest.raises(Trouble, match="is a `return` missing"):
        Probe(forgotten, guard, right=lambda n: n + 1)(1)


def test_none_is_right_where_it_is_right(guard):
    assert Probe(lambda n: None, guard, right=lambda n: None)(1) is None


def test_a_generator_in_place_of_a_list_is_named(guard):
    def lazy(n):
        yield n

    with pytest.raises(Trouble, match="returned an iterator; a list is needed"):
        Probe(lazy, guard, right=lambda n: [n])(1)


def test_an_iterator_is_taken_step_by_step(guard):
    stream = Probe(lambda: iter([1, 2]), guard)()
    assert isinstance(stream, Stream) and list(stream) == [1, 2]


def test_an_exception_in_a_step_is_trouble(guard):
    def steps():
        yield 1
        raise ValueError("no more")

    stream = Probe(steps, guard)()
    assert next(stream) == 1
    with pytest.raises(Trouble, match="ValueError: no more"):
        next(stream)


def test_a_step_without_end_is_trouble(guard):
    def steps():
        while True:
            pass
        yield 1

    with pytest.raises(Trouble, match="did not come to an end"):
        next(Probe(steps, guard)())


def test_an_iterator_without_end_is_trouble(guard, monkeypatch):
    monkeypatch.setattr("llmlab.checks.probe._MAX_ITEMS", 100)
    with pytest.raises(Trouble, match="never stops"):
        list(Probe(lambda: iter(int, 1), guard)())


def test_a_changed_argument_is_told(guard):
    changes = Probe(lambda items: items.sort(), guard).changes([2, 1])
    assert changes == ["argument 1 was [2, 1] and is [1, 2] after the call"]


@pytest.mark.parametrize(
    ("vandal", "what"),
    [
        (lambda: random.random(), "the state of `random`"),
        (lambda: os.environ.__setitem__("LLMLAB_TEST_VANDAL", "1"), "the environment"),
        (lambda: os.chdir("/"), "the working directory"),
    ],
)
def test_a_changed_world_is_told(guard, vandal, what, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LLMLAB_TEST_VANDAL", raising=False)
    assert Probe(vandal, guard).changes() == [f"{what} was changed"]
    os.environ.pop("LLMLAB_TEST_VANDAL", None)


def test_numpys_random_state_is_watched(guard):
    numpy = pytest.importorskip("numpy")
    assert Probe(lambda: numpy.random.rand(), guard).changes() == [
        "the state of `numpy.random` was changed"
    ]


def test_a_careful_function_changes_nothing(guard):
    assert Probe(sorted, guard).changes([2, 1]) == []


def double_loop(n):
    total = 0
    for i in range(n):
        for j in range(n):
            total += i * j
    return total


def scanning(n):
    return [max(list(range(n))) for _ in range(n)]


@pytest.mark.parametrize("quadratic", [double_loop, scanning])
def test_operations_grow_as_the_work_does(guard, quadratic):
    probe = Probe(quadratic, guard)
    assert 3 < probe.operations(80) / probe.operations(40) < 5


def test_operations_are_the_same_every_time(guard):
    probe = Probe(double_loop, guard)
    assert probe.operations(20) == probe.operations(20)


def test_counting_puts_the_builtins_back(guard):
    original = max
    Probe(lambda: max([1]), guard).operations()
    assert max is original


def test_counting_an_endless_call_ends(guard):
    def endless():
        while True:
            pass

    with pytest.raises(Trouble, match="did not come to an end"):
        Probe(endless, guard).operations()
