"""One door for every early end: the first reason counts; a ramp down is even, without dice."""

from __future__ import annotations

from itertools import pairwise

import pytest

from scenarios.guards.stop_request import RAMP_DOWN_S, RampDown, StopRequest


class Now:
    def __init__(self) -> None:
        self.at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


def test_the_first_reason_counts():
    now = Now()
    stop = StopRequest(now)
    now.at_s = 3.0
    stop.ask("interrupted", "SIGINT")
    now.at_s = 4.0
    stop.ask("aborted", "too late")
    assert (stop.reason, stop.detail, stop.at_s) == ("interrupted", "SIGINT", 3.0)


def test_a_ramp_down_stops_when_nothing_is_left_to_thin():
    now = Now()
    stop = StopRequest(now)
    now.at_s = 5.0
    stop.ask_ramp_down("aborted", "the budget")
    assert not stop.asked()
    now.at_s = 5.0 + RAMP_DOWN_S - 0.01
    assert not stop.asked()
    now.at_s = 5.0 + RAMP_DOWN_S
    assert stop.asked()
    assert (stop.reason, stop.detail, stop.at_s) == ("aborted", "the budget", 5.0)


def test_a_stop_ends_a_ramp_down_at_once_and_keeps_its_reason():
    stop = StopRequest(Now())
    stop.ask_ramp_down("aborted", "the budget")
    stop.ask("interrupted", "SIGINT")
    assert stop.asked()
    assert (stop.reason, stop.detail) == ("aborted", "the budget")


def test_after_a_stop_nothing_ramps_down():
    stop = StopRequest(Now())
    stop.ask("interrupted", "SIGINT")
    stop.ask_ramp_down("aborted", "late")
    assert stop.ramp is None


@pytest.mark.parametrize(("share", "stride"), [(0.9, 1), (0.5, 1), (0.1, 1), (0.5, 2), (0.3, 240)])
def test_thinning_keeps_its_share_of_every_stretch_of_visits(share, stride):
    """Weyl's sequence: of any n visits in a row, or of any shard, the kept ones are n times the
    share but for a few."""
    ramp = RampDown(from_s=0.0, within_s=10.0)
    now_s = 10.0 * (1 - share)
    for first in (0, 1_000, 123_456):
        kept = sum(ramp.keeps(first + stride * k, now_s) for k in range(200))
        assert kept == pytest.approx(200 * share, abs=6)


def test_thinning_falls_in_a_straight_line_and_keeps_nobody_who_was_left_out_before():
    ramp = RampDown(from_s=100.0, within_s=10.0)
    assert [ramp.share_at(t) for t in (99.0, 100.0, 105.0, 110.0, 200.0)] == [1, 1, 0.5, 0, 0]
    kept = [{k for k in range(500) if ramp.keeps(k, 100.0 + t)} for t in range(11)]
    assert len(kept[0]) == 500
    assert kept[10] == set()
    assert all(later < sooner for sooner, later in pairwise(kept))
