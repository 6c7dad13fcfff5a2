from __future__ import annotations

import threading

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
    tally.action_ended("look", 1.0, 0.1, Outcome.OK)
    tally.action_ended("look", 1.0, 0.1, Outcome.FAILED)
    tally.action_ended("pay", 1.0, 0.1, Outcome.OK)
    tally.visit_not_sent("look")
    assert tally.outcomes()[Outcome.OK] == 2
    assert tally.outcomes()[Outcome.NOT_SENT] == 1
    assert tally.outcomes_by_step["look"][Outcome.FAILED] == 1
    assert sum(tally.outcomes()) == 4
    assert Tally().outcomes() == []


def test_recent_response_times_are_those_within_the_window():
    tally = Tally()
    for at_s in (1.0, 2.0, 3.0):
        tally.action_ended("look", at_s, at_s / 10, Outcome.OK)
    assert tally.recent_response_times_s(3.0) == [0.1, 0.2, 0.3]
    assert tally.recent_response_times_s(2.0 + WINDOW_S) == [0.2, 0.3]
    assert tally.recent_response_times_s(4.0 + WINDOW_S) == []


def test_a_quiet_spell_does_not_keep_what_is_out_of_the_window():
    tally = Tally()
    for k in range(1000):
        tally.action_ended("look", k * WINDOW_S, 0.1, Outcome.OK)
    assert len(tally._recent) <= 2


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
                tally.recent_response_times_s(0.0)
                tally.outcomes()
        except Exception as error:
            broken.append(error)

    reading = threading.Thread(target=read)
    reading.start()
    for k in range(30_000):
        tally.action_ended(f"step {k % 500}", k / 10_000, 0.1, Outcome.OK)
    ended.set()
    reading.join()
    assert broken == []
