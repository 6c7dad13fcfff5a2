"""A full in-flight limit: whose fault it was, and which limit would have done (Little's law)."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from reports.analysis.full_limit import FullLimit, full_limit_of
from reports.analysis.player_account import player_accounts
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from tests.reports.records import manifest_of, player_gauges, record_of, row


def found_in(record: RunRecord) -> FullLimit | None:
    return full_limit_of(record, player_accounts(record))


def refused(visit: int, at_s: float, *, worker: int = 0):
    return row(visit, intended_s=at_s, outcome=Outcome.NOT_SENT, worker=worker)


def test_a_run_that_sent_everything_has_none(tmp_path: Path) -> None:
    assert found_in(record_of(tmp_path, [row(0)])) is None


def test_enough_is_littles_law_and_room_for_chance(tmp_path: Path) -> None:
    """100 visits/s of 4 s each are 400 in play on average; 3 sqrt(400) = 60 more by chance."""
    rows = [row(k, intended_s=10.0 + k / 100, response_time_s=4.0) for k in range(50)]
    rows += [refused(k, 10.0 + k / 100) for k in range(50, 100)]
    arrivals = [0] * 10 + [100] + [0] * 9
    manifest = manifest_of(arrivals_per_second=arrivals, options={"in_flight_limit": 50})
    found = found_in(record_of(tmp_path, rows, manifest=manifest))
    assert found is not None
    assert (found.not_sent_visits, found.own_fault_visits, found.limit) == (50, 0, 50)
    assert found.arrival_rate_per_s == 100
    assert found.visit_s == pytest.approx(4.0)
    assert found.enough == 460
    assert "for 100 visits/s of 4 s each, 460 would have done" in found.sentence


def test_the_room_for_chance_is_that_of_the_poisson_distribution() -> None:
    """The number in play in M/G/infinity is Poisson; mean + 3 standard deviations holds 99.8 %
    or more of it at any mean from 10 up."""
    draws = np.random.default_rng(1)
    for mean in (10, 100, 1000):
        in_play = draws.poisson(mean, 200_000)
        assert (in_play <= math.ceil(mean + 3 * math.sqrt(mean))).mean() > 0.998


def test_thinking_shoppers_keep_their_place(tmp_path: Path) -> None:
    """The limit counts visits, so a visit takes from its start to its last reply."""
    rows = [
        row(0, intended_s=10.0, response_time_s=0.5),
        row(0, action=1, step="search", intended_s=13.5, response_time_s=0.5),
        refused(1, 10.2),
    ]
    found = found_in(record_of(tmp_path, rows))
    assert found is not None
    assert found.visit_s == pytest.approx(4.0)


def test_only_those_who_held_the_places_count(tmp_path: Path) -> None:
    """Two quick visits before and after the crush, one long one in it."""
    rows = [row(k, intended_s=3.0, phase=1, response_time_s=0.1) for k in range(100)]
    rows += [row(100, intended_s=11.0, response_time_s=2.0), refused(101, 12.1)]
    rows += [row(102, intended_s=12.2, response_time_s=0.1)]
    arrivals = [0, 0, 0, 100, *[0] * 7, 1, 2, *[0] * 7]
    found = found_in(record_of(tmp_path, rows, manifest=manifest_of(arrivals_per_second=arrivals)))
    assert found is not None
    assert (found.arrival_rate_per_s, found.visit_s) == (2, pytest.approx(2.0))


def test_a_stall_needs_room_for_all_who_arrive_in_it(tmp_path: Path) -> None:
    """100 visits/s meet a stall of 2 s from 10 s on: 200 wait at its end. With room for 50, these
    are the ones that came first, and they waited 1.5 to 2 s. What is left over is answered at
    once, and says nothing about the stall."""
    rows = [
        row(k, intended_s=10 + k / 100, response_time_s=2 - k / 100) if k < 50
        else refused(k, 10 + k / 100) if k < 200
        else row(k, intended_s=10 + k / 100, response_time_s=0.001)
        for k in range(400)
    ]  # fmt: skip
    arrivals = [0] * 10 + [100] * 4 + [0] * 6
    found = found_in(record_of(tmp_path, rows, manifest=manifest_of(arrivals_per_second=arrivals)))
    assert found is not None
    assert found.enough is not None
    assert 200 <= found.enough < 230


def test_a_busy_player_does_not_say_what_would_have_done(tmp_path: Path) -> None:
    """Its visits took as long as they did because it was busy itself."""
    rows = [row(0, intended_s=10.1), refused(1, 10.2), refused(2, 10.3)]
    gauges = player_gauges([11.0], event_loop_busy_ratio=[0.97])
    found = found_in(record_of(tmp_path, rows, gauges=gauges))
    assert found is not None
    assert (found.own_fault_visits, found.busiest_ratio, found.enough) == (2, 0.97, None)
    assert "all of them while the player's event loop was too busy" in found.sentence


def test_a_player_with_time_left_blames_the_platform_or_the_limit(tmp_path: Path) -> None:
    gauges = player_gauges([11.0], event_loop_busy_ratio=[0.35])
    found = found_in(record_of(tmp_path, [row(0), refused(1, 10.2)], gauges=gauges))
    assert found is not None
    assert found.sentence.startswith(
        "1 visit was not sent, for the in-flight limit was full: the platform was slow or the "
        "limit too small, for the player's event loop was busy 35 % at most"
    )


def test_nothing_sent_at_all_is_no_division_by_zero(tmp_path: Path) -> None:
    found = found_in(record_of(tmp_path, [refused(k, 25.0) for k in range(3)]))
    assert found is not None
    assert (found.visit_s, found.enough, found.arrival_rate_per_s) == (None, None, 0)
