from __future__ import annotations

import threading

import pytest

from reports.record.outcome import Outcome
from scenarios.shoppers.tally import WINDOW_S, Tally


def test_visits_in_flight_are_those_started_and_not_ended():
    tally = Tally()
    for _ in range(3):
        tally.visit_started(0.0)
    tally.visit_ended()
    assert (tally.started_visits, tally.in_flight) == (3, 2)


def test_outcomes_are_counted_by_step_and_over_all():
    tally = Tally()
    tally.action_ended("look", 0.1, Outcome.OK)
    tally.action_ended("look", 0.1, Outcome.FAILED)
    tally.action_ended("pay", 0.1, Outcome.OK)
    tally.visit_not_sent("look")
    assert tally.outcomes()[Outcome.OK] == 2
    assert tally.outcomes()[Outcome.NOT_SENT] == 1
    assert tally.outcomes_by_step["look"][Outcome.FAILED] == 1
    assert sum(tally.outcomes()) == 4
    assert Tally().outcomes() == []


def test_recent_is_what_was_counted_since_the_last_reading_before_the_window():
    """One action a second, each 0.1 s longer than the one before, read once a second."""
    tally = Tally()
    for second in range(1, 11):
        tally.action_ended("look", second / 10, Outcome.OK)
        tally.visit_started(0.001)
        tally.second_passed(float(second))
    recent = tally.recent(10.5)
    assert recent.over_s == WINDOW_S + 0.5
    assert recent.times_by_step["look"].total == recent.outcomes_by_step["look"][Outcome.OK] == 5
    assert recent.times_by_step["look"].sum_s == pytest.approx(0.6 + 0.7 + 0.8 + 0.9 + 1.0)
    assert recent.lags.total == 5


def test_before_the_window_is_full_recent_is_all_since_the_first_reading():
    tally = Tally()
    tally.action_ended("look", 0.1, Outcome.OK)
    assert tally.recent(0.0).times_by_step["look"].total == 1
    tally.second_passed(0.0)
    tally.action_ended("pay", 0.1, Outcome.FAILED)
    recent = tally.recent(2.0)
    assert recent.over_s == 2.0
    assert recent.times_by_step["look"].total == 0
    assert recent.outcomes_by_step["pay"][Outcome.FAILED] == 1


def test_a_reading_keeps_what_was_counted_then():
    tally = Tally()
    tally.action_ended("look", 0.1, Outcome.OK)
    before = tally.counted(1.0)
    tally.action_ended("look", 0.1, Outcome.OK)
    tally.visit_started(0.1)
    assert before.outcomes_by_step["look"][Outcome.OK] == 1
    assert (before.times_by_step["look"].total, before.lags.total) == (1, 0)


def test_the_worst_lag_of_a_reading_is_since_the_one_before():
    tally = Tally()
    tally.visit_started(0.02)
    tally.visit_started(0.01)
    assert tally.take_worst_lag_s() == 0.02
    tally.visit_started(0.005)
    assert tally.take_worst_lag_s() == 0.005
    assert tally.take_worst_lag_s() == 0.0
    assert tally.worst_lag_s == 0.02


def test_the_tally_is_read_in_another_thread_while_it_is_written():
    """The screen draws in a thread of its own, so that drawing does not hold up pacing."""
    tally, ended, broken = Tally(), threading.Event(), []

    def read() -> None:
        try:
            while not ended.is_set():
                tally.recent(0.0)
                tally.second_passed(0.0)
                tally.outcomes()
        except Exception as error:
            broken.append(error)

    reading = threading.Thread(target=read)
    reading.start()
    for k in range(30_000):
        tally.action_ended(f"step {k % 500}", 0.1, Outcome.OK)
    ended.set()
    reading.join()
    assert broken == []
