"""The guard: calls end, are quiet, and cannot eat the machine. Times are CPU time, never wall."""

from __future__ import annotations

import sys
import threading
import time
import warnings

import pytest

from llmlab.checks.guard import Guard, OutOfMemory, OutOfTime

SHORT = 0.15


def spin():
    while True:
        pass


def spin_and_swallow():
    while True:
        try:
            sum(range(100))
        except BaseException:
            pass


def spin_in_a_generator():
    return sum(1 for _ in iter(int, 1))


@pytest.mark.parametrize("endless", [spin, spin_and_swallow, spin_in_a_generator])
def test_an_endless_call_is_stopped(endless):
    with Guard(SHORT) as guard, pytest.raises(OutOfTime):
        guard.run(endless)


def test_the_next_call_is_not_stopped():
    with Guard(SHORT) as guard:
        with pytest.raises(OutOfTime):
            guard.run(spin)
        assert guard.run(lambda: sum(range(1000))) == 499500


def test_many_short_calls_have_a_budget_each():
    def work():
        end = time.thread_time() + SHORT / 3
        while time.thread_time() < end:
            pass
        return True

    with Guard(SHORT) as guard:
        assert all(guard.run(work) for _ in range(8))


def test_waiting_costs_nothing():
    with Guard(SHORT) as guard:
        assert guard.run(lambda: time.sleep(2 * SHORT) or "rested") == "rested"


def test_it_works_in_another_thread():
    seen = []

    def elsewhere():
        with Guard(SHORT) as guard:
            try:
                guard.run(spin)
            except OutOfTime:
                seen.append("stopped")

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == ["stopped"]


def test_another_threads_work_is_not_counted():
    over = threading.Event()
    busy = threading.Thread(target=lambda: [None for _ in iter(over.is_set, True)])
    busy.start()
    try:
        with Guard(SHORT) as guard:
            assert guard.run(lambda: time.sleep(3 * SHORT) or "ended") == "ended"
    finally:
        over.set()
        busy.join()


def test_a_growing_list_is_stopped():
    def grow():
        kept = []
        while True:
            kept.append(bytearray(10_000_000))

    with Guard(cpu_s=30, memory=100_000_000) as guard, pytest.raises(OutOfMemory):
        guard.run(grow)


def test_except_exception_does_not_swallow_a_stop():
    assert not issubclass(OutOfTime, Exception)


def test_output_and_warnings_are_kept_and_not_shown(capsys):
    def noisy():
        print("to stdout")
        print("to stderr", file=sys.stderr)
        warnings.warn("careful", DeprecationWarning, stacklevel=1)

    with Guard() as guard:
        guard.run(noisy)
    assert capsys.readouterr() == ("", "")
    assert guard.written() == "to stdout\nto stderr\nDeprecationWarning: careful"


def test_endless_output_is_cut():
    with Guard() as guard:
        guard.run(lambda: [print("x" * 1000) for _ in range(1000)])
    assert len(guard.written()) < 5_000
    assert guard.written().endswith("[…]\nYour code prints a lot; remove the print.")


def test_of_many_lines_the_first_are_told():
    with Guard() as guard:
        guard.run(lambda: [print(n) for n in range(20_000)])
    assert guard.written().splitlines()[:6] == ["0", "1", "2", "3", "4", "[…]"]


def test_a_thousand_warnings_are_told_once():
    with Guard() as guard:
        guard.run(lambda: [warnings.warn("again", stacklevel=1) for _ in range(1000)])
    assert guard.written() == "UserWarning: again"


def test_streams_are_put_back_after_an_exception():
    before = sys.stdout, sys.stderr
    with Guard() as guard, pytest.raises(ZeroDivisionError):
        guard.run(lambda: 1 / 0)
    assert (sys.stdout, sys.stderr) == before


def test_the_watching_thread_ends():
    with Guard():
        assert any(thread.name == "llmlab-guard" for thread in threading.enumerate())
    assert not any(thread.name == "llmlab-guard" for thread in threading.enumerate())


def test_a_profiler_does_not_hang_after_a_stop():
    # CPython 3.11 once looped for ever here: see Guard._disarm.
    with Guard(SHORT) as guard:
        with pytest.raises(OutOfTime):
            guard.run(spin)
        sys.setprofile(lambda *event: None)
        try:
            assert guard.run(lambda: [str(n) for n in range(3)]) == ["0", "1", "2"]
        finally:
            sys.setprofile(None)
