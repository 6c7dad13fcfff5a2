"""The names of a player's own gauges: every worker of a fleet has its own."""

from __future__ import annotations

import pytest

from reports.record.player_gauge import PLAYER_GAUGES, of_worker, worker_of


@pytest.mark.parametrize("name", PLAYER_GAUGES)
@pytest.mark.parametrize("worker", [0, 1, 12])
def test_a_workers_gauge_is_read_as_it_was_named(name: str, worker: int) -> None:
    assert worker_of(of_worker(name, worker)) == (name, worker)


def test_a_player_that_is_alone_has_plain_names() -> None:
    assert of_worker("in_flight", 0) == "in_flight"


@pytest.mark.parametrize("gauge", ["stock_left:17", "order_queue", "in_flight:x", ""])
def test_the_gauge_of_a_target_is_nobodys(gauge: str) -> None:
    assert worker_of(gauge) is None
