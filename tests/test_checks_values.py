"""Values: made plain, compared strictly, shown briefly."""

from __future__ import annotations

import collections
import math
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmlab.checks.values import Foreign, difference, equal, kind_of, listed, plain, show, size

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.binary() | st.integers(), inner)
    ),
    max_leaves=20,
)


class Agreeable(list):
    """A list that says it equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@settings(max_examples=40, deadline=None)
@given(PLAIN)
def test_plain_data_stays_as_it_is(value):
    assert plain(value) == value


@settings(max_examples=40, deadline=None)
@given(PLAIN)
def test_a_value_equals_itself(value):
    assert equal(value, value)


@settings(max_examples=40, deadline=None)
@given(PLAIN, PLAIN)
def test_equal_values_are_equal_for_python(one, other):
    if equal(one, other, rel=0.0, absolute=0.0):
        assert one == other


@settings(max_examples=40, deadline=None)
@given(PLAIN, PLAIN)
def test_a_difference_is_told_exactly_when_there_is_one(one, other):
    assert bool(difference(one, other)) == (not equal(one, other))


@settings(max_examples=40, deadline=None)
@given(PLAIN, st.integers(10, 100))
def test_showing_is_bounded(value, limit):
    assert len(show([value] * 50, limit)) < 60 * limit


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (True, 1),
        (1, True),
        (1.0, 1),
        ([1], (1,)),
        ((1,), [1]),
        (b"a", "a"),
        (bytearray(b"a"), b"a"),
        ({1}, frozenset({1})),
        ({1: 0}, {True: 0}),
        ({(1,): 0}, {(True,): 0}),
        ([[1]], [(1,)]),
        ([1, 2], [1]),
        ([1], [1, 2]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": 1}),
        ("", None),
        (0, None),
        (math.nan, 1.0),
        (1.0, math.nan),
        (math.inf, -math.inf),
        (1.0, 1.0 + 1e-6),
    ],
)
def test_unequal(actual, expected):
    assert not equal(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (1, 1.0),
        (1.0 + 1e-12, 1.0),
        (math.nan, math.nan),
        (math.inf, math.inf),
        (collections.Counter("ab"), {"a": 1, "b": 1}),
        (collections.defaultdict(int, {"a": 1}), {"a": 1}),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        ({1, 2}, {2, 1}),
    ],
)
def test_equal(actual, expected):
    assert equal(actual, expected)


def test_an_object_with_a_clever_eq_is_no_list():
    assert not equal(Agreeable(), [1, 2])
    assert not equal([Agreeable()], [[1, 2]])
    assert isinstance(plain(Agreeable()), Foreign)


def test_an_object_is_not_even_asked():
    class Trap:
        def __getattribute__(self, name):
            raise AssertionError(f"asked for {name}")

    assert not equal(Trap(), 1)
    assert "Trap" in show(Trap())


def test_a_list_within_itself_ends():
    endless: list[object] = []
    endless.append(endless)
    assert not equal(endless, [])


def test_huge_integers_are_shown():
    assert "bits" in show(10**10_000)


def test_an_integer_too_large_for_a_float_is_not_close():
    assert not equal(10**400, 1.0)


def test_long_containers_say_how_many_more():
    assert show(tuple(range(100)), 20).endswith("more)")


def test_one_tuple_keeps_its_comma():
    assert show((b"a",)) == "(b'a',)"


@pytest.mark.parametrize(
    ("items", "text"),
    [([], "nothing"), ([3], "3"), ([0, 1, 2, 5, 7, 8], "0–2, 5 and 7–8"), ([True], "True")],
)
def test_listed(items, text):
    assert listed(items) == text


@pytest.mark.parametrize(
    ("value", "name"),
    [(None, "None"), (1, "an integer"), ([], "a list"), (b"", "bytes"), ("", "a string")],
)
def test_kinds_are_said_in_words(value, name):
    assert kind_of(value) == name


def test_size_orders_inputs_as_a_reader_would():
    assert size(("a", [1])) < size(("abc", [1])) < size(("abc", [1, 2, 3]))


def test_numpy_integers_are_no_integers_and_its_floats_are_floats():
    numpy = pytest.importorskip("numpy")
    assert not equal(numpy.int64(1), 1)
    assert equal(numpy.float64(1.5), 1.5)
    assert equal(numpy.array([1.0, 2.0]), numpy.array([1.0, 2.0 + 1e-12]))
    assert not equal(numpy.array([1.0]), numpy.array([1]))
    assert not equal([1.0], numpy.array([1.0]))


def test_tensors_are_compared_with_the_tolerance_of_their_dtype():
    torch = pytest.importorskip("torch")
    ones = torch.ones(3)
    assert equal(ones + 1e-6, ones)
    assert not equal(ones + 1e-3, ones)
    assert equal(ones.bfloat16() + 1e-2, ones.bfloat16())
    assert not equal(ones.double(), ones)
    assert not equal(ones.reshape(1, 3), ones)
    assert not equal(ones.bool(), ones)


def test_a_tensor_of_another_class_is_foreign():
    torch = pytest.importorskip("torch")

    class Mine(torch.Tensor):
        pass

    assert isinstance(plain(torch.ones(2).as_subclass(Mine)), Foreign)


def test_values_do_not_import_torch():
    import subprocess

    code = "import sys, llmlab.checks; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
