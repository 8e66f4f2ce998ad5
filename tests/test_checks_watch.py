"""Own work: the library's function is noticed however it is called, and nothing else is."""

from __future__ import annotations

import copy
import functools
import importlib.util
import inspect
import json
import sys
import textwrap
import threading
from types import FunctionType

import pytest

from llmlab.checks.watch import Watch


def library(words):
    """A function long enough to be known by its code."""
    counts: dict[str, int] = {}
    for word in words:
        for left, right in zip(word, word[1:], strict=False):
            counts[left + right] = counts.get(left + right, 0) + len(word)
    best = None
    for pair, count in counts.items():
        if best is None or count > counts[best] or (count == counts[best] and pair > best):
            best = pair
    return best


class Library:
    """A class of the library."""

    def best(self, words):
        return library(words)

    @staticmethod
    def short(words):
        return words[0]


WORDS = ["abab", "bab"]
LABEL = f"{__name__}.library"


def borrowed(call, *counterparts):
    watch = Watch(counterparts or (library,))
    watch.run(call)
    return watch.borrowed


def renamed_copy():
    return FunctionType(library.__code__.replace(co_name="mine"), globals())


def retyped_copy():
    names = {}
    exec(textwrap.dedent(inspect.getsource(library)).replace("def library", "def mine"), names)
    return names["mine"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda words: library(words),
        lambda words: library(list(words)) or None,
        lambda words: [library(w) for w in [words]][0],
        lambda words: functools.partial(library, words)(),
        lambda words: max([words], key=library) and "ab",
        lambda words: next(map(library, [words])),
        lambda words: copy.copy(library)(words),
        lambda words: sys.modules[__name__].library(words),
        lambda words: renamed_copy()(words),
        lambda words: retyped_copy()(words),
    ],
)
def test_a_call_is_noticed(answer):
    assert borrowed(lambda: answer(WORDS)) == [LABEL]


def test_a_call_in_a_thread_is_noticed():
    def answer():
        thread = threading.Thread(target=library, args=(WORDS,))
        thread.start()
        thread.join()

    assert borrowed(answer) == [LABEL]


def test_a_call_whose_exception_is_swallowed_is_noticed():
    def answer():
        try:
            library(None)
        except TypeError:
            return 1

    assert borrowed(answer) == [LABEL]


def test_a_method_of_a_class_is_noticed():
    assert borrowed(lambda: Library().best(WORDS), Library) == [f"{__name__}.Library.best"]
    assert borrowed(lambda: Library.short(WORDS), Library) == [f"{__name__}.Library.short"]


def test_a_module_is_noticed_by_its_name():
    assert "json.dumps" in borrowed(lambda: json.dumps([1]), "json")
    assert borrowed(lambda: json.dumps([1]), "js") == []


@pytest.mark.skipif(importlib.util.find_spec("tokenizers") is None, reason="needs tokenizers")
def test_a_module_written_in_rust_is_noticed():
    import tokenizers

    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    assert borrowed(lambda: tokenizer.encode("a"), "tokenizers")


def test_switching_the_watch_off_is_noticed():
    def answer():
        sys.setprofile(None)
        return library(WORDS)

    assert borrowed(answer) == ["sys.setprofile"]


def test_own_code_is_not_borrowed():
    def mine(words):
        return max((a + b for word in words for a, b in zip(word, word[1:], strict=False)))

    assert borrowed(lambda: mine(WORDS)) == []


def test_two_short_functions_may_be_alike():
    def theirs(ids, vocab):
        return b"".join(vocab[i] for i in ids).decode("utf-8", "replace")

    def mine(ids, vocab):
        return b"".join(vocab[i] for i in ids).decode("utf-8", "replace")

    assert borrowed(lambda: mine([0], {0: b"a"}), theirs) == []


@pytest.mark.parametrize(
    "answer",
    [
        library,
        functools.partial(library),
        functools.partial(functools.partial(library)),
        functools.wraps(library)(lambda words: library(words)),
        functools.lru_cache(library),
        renamed_copy(),
        retyped_copy(),
    ],
)
def test_the_function_itself_is_recognised(answer):
    assert Watch([library]).inspect(answer) == LABEL


def test_a_subclass_is_recognised():
    class Mine(Library):
        pass

    assert Watch([Library]).inspect(Mine) == f"{__name__}.Library"
    assert Watch([Library]).inspect(Library().best) == f"{__name__}.Library.best"


def test_an_object_that_can_be_called_is_looked_into():
    class Mine:
        __call__ = library

    assert Watch([library]).inspect(Mine()) == LABEL


def test_an_own_function_is_nobodys():
    assert Watch([library, Library, "json"]).inspect(lambda words: words) == ""
    assert Watch([library]).inspect(type("Mine", (), {})) == ""


def test_the_hooks_are_put_back():
    def hook(frame, event, argument):
        pass

    sys.setprofile(hook)
    try:
        with pytest.raises(ZeroDivisionError):
            Watch([]).run(lambda: 1 / 0)
        assert sys.getprofile() is hook
    finally:
        sys.setprofile(None)
    assert threading.getprofile() is None
