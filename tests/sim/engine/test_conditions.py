from __future__ import annotations

from itertools import islice

import pytest

from sim.engine.conditions import Conditions, ZonesInPlay, schedule_faults, shifts
from sim.model.station import Fault, Schedule, Shift, StationModel, Zones
from tests.sim.engine.agendas import ByHand

DAY = (Shift(start_s=8.0, servers=40), Shift(start_s=16.0, servers=10))


class Desk:
    """A station that only remembers what it was told."""

    error_ratio = None

    def __init__(self) -> None:
        self.servers, self.slower = 6.0, 1.0

    def set_servers(self, servers: float) -> None:
        self.servers = servers

    def set_slower(self, slower: float) -> None:
        self.slower = slower


def ailing(*faults: Fault) -> tuple[ByHand, Desk, list[str]]:
    clock, desk, flushed = ByHand(), Desk(), []
    conditions = {"desk": Conditions(clock, desk, StationModel(servers=6))}
    schedule_faults(clock, faults, conditions, flushed.append)
    return clock, desk, flushed


def test_shifts_recur_and_the_last_holds_before_the_first():
    changes = shifts(Schedule(shifts=DAY, repeats_every_s=24.0), midnight_s=0.0)
    assert list(islice(changes, 5)) == [(0.0, 10), (8.0, 40), (16.0, 10), (32.0, 40), (40.0, 10)]


def test_a_run_may_begin_in_the_middle_of_a_day():
    """With the first midnight at 14 s the run begins at ten o'clock."""
    changes = shifts(Schedule(shifts=DAY, repeats_every_s=24.0), midnight_s=14.0)
    assert list(islice(changes, 3)) == [(0.0, 40), (6.0, 10), (22.0, 40)]


def test_shifts_that_do_not_recur_end_with_the_last():
    assert list(shifts(Schedule(shifts=DAY), midnight_s=0.0)) == [(0.0, 10), (8.0, 40), (16.0, 10)]


def test_a_fault_holds_from_its_begin_to_its_end():
    clock, desk, _ = ailing(Fault(at_s=5.0, for_s=10.0, station="desk", servers=2, slower=3.0))
    seen = []
    for at_s in (4.9, 5.0, 14.9, 15.0):
        clock.until(at_s)
        seen.append((desk.servers, desk.slower))
    assert seen == [(6.0, 1.0), (2, 3.0), (2, 3.0), (6.0, 1.0)]


def test_of_several_faults_the_least_servers_hold_and_slowness_multiplies():
    clock, desk, _ = ailing(
        Fault(at_s=1.0, station="desk", servers=4, slower=2.0, errors=0.25),
        Fault(at_s=2.0, for_s=2.0, station="desk", servers=1, slower=5.0, errors=0.5),
    )
    clock.until(3.0)
    assert (desk.servers, desk.slower, desk.error_ratio()) == (1, 10.0, 0.75)
    clock.until(4.0)
    assert (desk.servers, desk.slower, desk.error_ratio()) == (4, 2.0, 0.25)


def test_a_flush_happens_once_at_its_instant():
    clock, _, flushed = ailing(Fault(at_s=3.0, flushed="prices"))
    clock.until(2.9)
    assert flushed == []
    clock.until(100.0)
    assert flushed == ["prices"]


@pytest.mark.parametrize(("servers", "left"), [(6.0, 4.0), (7.0, 4.0)])
def test_a_zone_that_is_down_takes_its_share_of_the_servers_rounded_down(servers, left):
    """Of three zones; its share of the services fails until the failure is detected."""
    clock, desk = ByHand(), Desk()
    conditions = Conditions(clock, desk, StationModel(servers=servers))
    keys = []

    def up(key: int) -> float:
        """The first zone fails at once, the others not within the test."""
        keys.append(key)
        return 0.999999 if len(keys) == 1 else 1e-300

    zones = ZonesInPlay(
        clock,
        Zones(count=3, mean_up_s=1000.0, mean_repair_s=10.0, detect_s=2.0),
        conditions.apply,
        seed_key=1,
        up=up,
        repair=lambda _: 0.36787944117144233,
    )
    conditions.set_zones(zones)
    zones.start()
    assert len(set(keys)) == 3
    clock.until(0.002)
    assert (desk.servers, zones.up) == (left, 2)
    assert conditions.error_ratio() == pytest.approx(1 / 3)
    clock.until(2.01)
    assert conditions.error_ratio() == 0.0
    # -10 s ln(1/e) after its failure, at 0.001 s
    clock.until(9.99)
    assert zones.up == 2
    clock.until(10.01)
    assert (desk.servers, zones.up) == (servers, 3)
