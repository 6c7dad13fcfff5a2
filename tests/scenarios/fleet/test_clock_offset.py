"""Clocks are compared by messages: wrong by at most half the round trip, however they travel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.fleet.clock_offset import RECENT_EXCHANGES, ClockComparison, offset_of
from scenarios.fleet.protocol import Grant

delays_s = st.floats(0, 2.0)


def exchanged(offset_s: float, there_s: float, stay_s: float, back_s: float, t0_s: float = 100.0):
    """The four instants of an exchange with these delays, the master's clock being ahead."""
    t1_s = t0_s + there_s + offset_s
    t2_s = t1_s + stay_s
    return t0_s, t1_s, t2_s, t2_s + back_s - offset_s


@given(offset_s=st.floats(-1e4, 1e4), there_s=delays_s, stay_s=delays_s, back_s=delays_s)
def test_the_offset_is_wrong_by_at_most_half_the_round_trip(offset_s, there_s, stay_s, back_s):
    found = offset_of(*exchanged(offset_s, there_s, stay_s, back_s))
    assert found.round_trip_s == pytest.approx(there_s + back_s, abs=1e-9)
    assert abs(found.offset_s - offset_s) <= found.uncertainty_s + 1e-9
    assert found.offset_s - offset_s == pytest.approx((there_s - back_s) / 2, abs=1e-9)


def grant_of(t0_s: float, t1_s: float, t2_s: float, _: float) -> Grant:
    return Grant(echo_at_s=t0_s, heard_at_s=t1_s, sent_at_s=t2_s)


@given(
    offset_s=st.floats(-1e4, 1e4),
    ways_s=st.lists(st.tuples(delays_s, delays_s), min_size=1, max_size=RECENT_EXCHANGES),
)
def test_the_exchange_with_the_least_round_trip_is_believed(offset_s, ways_s):
    clocks = ClockComparison()
    for there_s, back_s in ways_s:
        instants = exchanged(offset_s, there_s, 0.001, back_s)
        clocks.add(grant_of(*instants), instants[3])
    least_s = min(there_s + back_s for there_s, back_s in ways_s)
    assert clocks.best().round_trip_s == pytest.approx(least_s, abs=1e-9)
    assert abs(clocks.best().offset_s - offset_s) <= least_s / 2 + 1e-9


def test_what_is_long_ago_counts_no_more():
    clocks = ClockComparison()
    quick = exchanged(5.0, 0.0, 0.0, 0.0)
    clocks.add(grant_of(*quick), quick[3])
    for _ in range(RECENT_EXCHANGES):
        slow = exchanged(7.0, 0.01, 0.0, 0.01)
        clocks.add(grant_of(*slow), slow[3])
    assert clocks.best().offset_s == pytest.approx(7.0)


def test_a_grant_that_answers_nothing_says_nothing_of_the_clocks():
    clocks = ClockComparison()
    clocks.add(Grant(echo_at_s=None, heard_at_s=0.0, sent_at_s=9.0), 3.0)
    assert len(clocks) == 0
