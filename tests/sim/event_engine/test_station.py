from __future__ import annotations

import pytest

from reports.record.outcome import Outcome
from sim.event_engine.clock import Clock
from sim.event_engine.station import Station
from sim.model.call import OK
from sim.model.station import UNLIMITED, Slowdown, StationModel
from tests.sim.event_engine.customers import Stay, come


class Desk:
    """A station of its own, and who has left it how and when."""

    def __init__(self, **model) -> None:
        self.clock = Clock()
        model = StationModel(**{"servers": 1, **model})
        self.station = Station(self.clock, "desk", model, ("gold", "other"))
        self.left: dict[str, list] = {}

    def comes(self, name: str, at_s: float, service_s: float | None = 1.0, **given) -> None:
        stay = Stay(self.clock, self.left.setdefault(name, []))
        self.clock.call_at(at_s, come(self.clock, self.station, service_s, stay=stay, **given))

    def run(self):
        self.clock.run()
        return self.station.totals(self.clock.now)

    def left_s(self) -> dict[str, float]:
        return {name: ended[0][0] for name, ended in self.left.items() if ended}


def test_customers_are_served_in_the_order_in_which_they_came():
    desk = Desk()
    for k, name in enumerate("abc"):
        desk.comes(name, 0.1 * k)
    desk.run()
    assert desk.left_s() == {"a": 1.0, "b": 2.0, "c": 3.0}


def test_as_many_are_served_at_once_as_there_are_servers():
    desk = Desk(servers=2)
    for name in "abcd":
        desk.comes(name, 0.0)
    desk.run()
    assert desk.left_s() == {"a": 1.0, "b": 1.0, "c": 2.0, "d": 2.0}


def test_unlimited_servers_are_a_pure_delay():
    desk = Desk(servers=UNLIMITED)
    for k in range(100):
        desk.comes(str(k), 0.0, 2.0)
    seen = desk.run()
    assert set(desk.left_s().values()) == {2.0}
    assert seen.longest_queue == 0
    assert seen.utilisation_ratio == 0.0


@pytest.mark.parametrize(
    ("when_full", "outcome", "status"),
    [("rejected", Outcome.REJECTED, 429), ("failed", Outcome.FAILED, 503)],
)
def test_a_full_queue_refuses_at_once(when_full, outcome, status):
    desk = Desk(queue_limit=1, when_full=when_full)
    for name in "abc":
        desk.comes(name, 0.0)
    desk.run()
    assert desk.left["c"] == [(0.0, (outcome, status, "desk_full"))]


def test_a_named_tier_goes_first_and_interrupts_nobody():
    desk = Desk(priority=(("gold", 0),))
    desk.comes("first", 0.0, tier=1)
    desk.comes("other", 0.1, tier=1)
    desk.comes("gold", 0.2, tier=0)
    desk.run()
    assert desk.left_s() == {"first": 1.0, "gold": 2.0, "other": 3.0}


def test_who_loses_patience_leaves_the_queue_and_never_a_server():
    desk = Desk()
    desk.comes("served", 0.0, 5.0, patience=lambda _key, _now: 1.0)
    desk.comes("waits", 1.0, 1.0, patience=lambda _key, _now: 2.0)
    desk.comes("next", 1.0, 1.0)
    seen = desk.run()
    assert desk.left["waits"] == [(3.0, (Outcome.FAILED, 503, "desk_abandoned"))]
    assert desk.left_s() == {"served": 5.0, "waits": 3.0, "next": 6.0}
    assert (seen.arrivals, seen.served, seen.abandoned) == (3, 2, 1)


def test_copies_have_queues_of_their_own():
    desk = Desk(copies=2)
    desk.comes("a", 0.0, copy=0)
    desk.comes("b", 0.0, copy=0)
    desk.comes("c", 0.0, copy=1)
    desk.run()
    assert desk.left_s() == {"a": 1.0, "b": 2.0, "c": 1.0}


def test_a_crowd_slows_down_whoever_begins_in_it():
    """With n in service: 1 + 0.5 (n - 1) + 0.25 n (n - 1) = 1, 2 and 3.5 times as long."""
    desk = Desk(servers=3, slowdown=Slowdown(contention=0.5, coherency=0.25))
    for name in "abc":
        desk.comes(name, 0.0)
    desk.run()
    assert desk.left_s() == {"a": 1.0, "b": 2.0, "c": 3.5}


def test_servers_that_go_finish_and_servers_that_come_take_from_the_queue():
    desk = Desk(servers=2)
    for name in "abcd":
        desk.comes(name, 0.0, 2.0)
    desk.clock.call_at(1.0, lambda: desk.station.set_servers(1))
    desk.clock.call_at(3.0, lambda: desk.station.set_servers(3))
    desk.run()
    assert desk.left_s() == {"a": 2.0, "b": 2.0, "c": 4.0, "d": 5.0}


def test_who_holds_a_server_gives_it_to_the_next():
    desk = Desk()
    desk.comes("holds", 0.0, None)
    desk.comes("waits", 1.0, 1.0)
    seen = desk.run()
    assert desk.left == {"holds": [(0.0, OK)], "waits": []}, "it is never given back here"
    assert desk.station.levels.queue == 1
    assert seen.busy_area == desk.clock.now


def test_statistics_count_what_happened():
    """One server, one place: served 0 to 2 and 2 to 4, one refused."""
    desk = Desk(queue_limit=1)
    for name in "abc":
        desk.comes(name, 0.0, 2.0)
    seen = desk.run()
    assert (seen.arrivals, seen.served, seen.refused) == (3, 2, 1)
    assert (seen.busy_area, seen.queue_area, seen.waits_s, seen.stays_s) == (4.0, 2.0, 2.0, 6.0)
    assert (seen.utilisation_ratio, seen.queue_length) == (1.0, pytest.approx(0.5))
    assert (seen.longest_queue, seen.last_busy_s) == (1, 4.0)
