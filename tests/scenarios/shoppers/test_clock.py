from __future__ import annotations

from scenarios.shoppers.clock import RunClock


def test_the_clock_counts_from_the_start_of_the_run():
    clock = RunClock(100.0, now=lambda: 98.5, sleep=lambda _: None)
    assert clock.now_s() == -1.5


def test_sleeping_goes_on_until_the_instant_even_when_woken_early():
    instants, naps = iter([0.0, 1.0, 2.5, 4.0]), []
    RunClock(0.0, now=lambda: next(instants), sleep=naps.append).sleep_until(4.0)
    assert naps == [4.0, 3.0, 1.5]


def test_an_instant_that_has_passed_is_not_slept_for():
    naps: list[float] = []
    RunClock(0.0, now=lambda: 5.0, sleep=naps.append).sleep_until(5.0)
    assert naps == []
