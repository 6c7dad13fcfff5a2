"""Arrivals are open: they follow the plan, whatever the replies do."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from scenarios.shoppers.pacing import LONGEST_NAP_S, STARTS_AT_ONCE, pace
from scenarios.workload.visit import Visit
from tests.scenarios.shoppers.fakes import FakeClock, visit_of


def visits_at(instants_s: list[float]) -> list[Visit]:
    return [visit_of("look", intended_s=each) for each in instants_s]


def starts(clock: FakeClock, instants_s: list[float], *, each_takes_s: float = 0.0) -> list[float]:
    """When each visit was started."""
    started: list[float] = []

    def start(visit: Visit) -> None:
        started.append(clock.now_s())
        clock.at_s += each_takes_s

    assert pace(visits_at(instants_s), clock=clock, start=start, stopped=lambda: False)
    return started


@given(st.lists(st.floats(0, 100), max_size=30).map(sorted))
def test_every_visit_starts_at_its_instant(instants_s):
    assert starts(FakeClock(-0.5), instants_s) == instants_s


def test_a_late_pacer_skips_nothing_and_catches_up_at_once():
    assert starts(FakeClock(5.0), [1.0, 2.0, 3.0, 6.0]) == [5.0, 5.0, 5.0, 6.0]


def test_a_late_pacer_lets_the_others_run_every_few_starts():
    clock = FakeClock(100.0)
    rests_before: list[int] = []
    pace(
        visits_at([1.0] * (3 * STARTS_AT_ONCE)),
        clock=clock,
        start=lambda _: rests_before.append(len(clock.slept_until)),
        stopped=lambda: False,
    )
    assert rests_before == [0] * STARTS_AT_ONCE + [1] * STARTS_AT_ONCE + [2] * STARTS_AT_ONCE


def test_a_slow_start_delays_only_those_that_were_due_meanwhile():
    assert starts(FakeClock(), [1.0, 1.5, 2.0, 9.0], each_takes_s=2.0) == [1.0, 3.0, 5.0, 9.0]


def test_nothing_starts_once_a_stop_was_asked_for():
    clock, started, looks = FakeClock(), [], count()
    finished = pace(
        visits_at([1.0, 2.0, 3.0]),
        clock=clock,
        start=started.append,
        stopped=lambda: clock.now_s() >= 2.0 and next(looks) >= 0,
    )
    assert not finished
    assert [each.intended_s for each in started] == [1.0]


def test_a_stop_is_obeyed_within_a_nap_in_a_quiet_phase():
    clock = FakeClock()
    assert not pace(
        visits_at([3600.0]),
        clock=clock,
        start=lambda _: None,
        stopped=lambda: clock.now_s() >= 1.0,
    )
    assert clock.now_s() <= 1.0 + LONGEST_NAP_S


def test_an_empty_plan_is_played_at_once():
    assert starts(FakeClock(), []) == []
