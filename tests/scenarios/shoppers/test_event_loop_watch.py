"""The event loop's own account: at work, waiting, held by a garbage collection."""

from __future__ import annotations

import gc
import time

import gevent
import pytest

from scenarios.shoppers.event_loop_watch import EventLoopWatch, GarbageWatch


class Stopwatch:
    """A clock that only `works_for` and the passing of real waits move on.

    Work is pretended and therefore exact; waits are real and take as long as they take.
    """

    def __init__(self) -> None:
        self.worked_s = 0.0

    def now(self) -> float:
        return self.worked_s

    def works_for(self, seconds: float) -> None:
        self.worked_s += seconds


def test_waiting_is_no_work():
    began_s = time.perf_counter()
    with EventLoopWatch() as loop:
        gevent.sleep(0.2)
        busy_s = loop.take().busy_s
    assert busy_s < time.perf_counter() - began_s - 0.1


def test_busy_is_the_sum_of_the_turns_and_the_longest_is_one_of_them():
    work = Stopwatch()
    with EventLoopWatch(now=work.now) as loop:
        for seconds in (0.1, 0.3, 0.2):
            work.works_for(seconds)
            gevent.sleep(0.001)
        turns = loop.take()
    assert turns.busy_s == pytest.approx(0.6)
    assert turns.longest_s == pytest.approx(0.3)


def test_greenlets_that_only_hand_over_to_each_other_are_one_turn():
    """No news is asked for between them: whatever came meanwhile lies unread."""
    work = Stopwatch()

    def worker() -> None:
        for _ in range(5):
            work.works_for(0.05)
            gevent.sleep(0)

    with EventLoopWatch(now=work.now) as loop:
        gevent.joinall([gevent.spawn(worker), gevent.spawn(worker)])
        gevent.sleep(0.001)
        turns = loop.take()
    assert turns.busy_s == pytest.approx(0.5)
    assert turns.longest_s > 0.05


def test_a_turn_that_spans_two_readings_is_counted_once_in_all_and_whole_in_length():
    work = Stopwatch()
    with EventLoopWatch(now=work.now) as loop:
        work.works_for(0.4)
        first = loop.take()
        work.works_for(0.1)
        second = loop.take()
        third = loop.take()
    assert (first.busy_s, second.busy_s) == (pytest.approx(0.4), pytest.approx(0.1))
    assert (first.longest_s, second.longest_s) == (pytest.approx(0.4), pytest.approx(0.5))
    assert third.busy_s == 0.0


def test_a_collection_is_a_pause_and_is_heard_of_only_while_watched():
    ticks = iter([1.0, 1.25, 2.0, 2.5])
    with GarbageWatch(now=lambda: next(ticks)) as garbage:
        was_enabled = gc.isenabled()
        gc.disable()
        gc.collect()
        gc.collect()
        assert garbage.take() == (0.75, 0.5)
        assert garbage.take() == (0.0, 0.0)
    gc.collect()
    if was_enabled:
        gc.enable()
    assert garbage.take() == (0.0, 0.0)
