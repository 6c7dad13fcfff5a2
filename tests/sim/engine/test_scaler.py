from __future__ import annotations

from sim.engine.scaler import ScalerInPlay
from sim.model.station import Scaler
from tests.sim.engine.agendas import ByHand


class Busy:
    """Levels of a station with so many servers, as busy as it is told."""

    def __init__(self, clock: ByHand) -> None:
        self.clock = clock
        self.ratio = 0.0
        self.servers = 0.0
        self.busy_area = self.server_area = self.seen_s = 0.0

    def set_base(self, servers: float) -> None:
        self.look(self.clock.now)
        self.servers = servers

    def look(self, now_s: float) -> None:
        passed_s, self.seen_s = now_s - self.seen_s, now_s
        self.busy_area += passed_s * self.servers * self.ratio
        self.server_area += passed_s * self.servers

    def utilisation_ratio(self, busy_area: float, server_area: float) -> float:
        return (self.busy_area - busy_area) / (self.server_area - server_area)


class Scaled:
    """A scaler with a sync every 10 s and a target of 50 %, and the nodes at work."""

    def __init__(self, **model) -> None:
        self.clock = ByHand()
        self.levels = Busy(self.clock)
        model = {"least": 4, "most": 100, "target_ratio": 0.5, "sync_s": 10.0, "boot_s": 25.0,
                 "cool_down_s": 30.0, **model}  # fmt: skip
        ScalerInPlay(self.clock, Scaler(**model), self.levels, self.levels.set_base).start()

    def after(self, at_s: float, ratio: float) -> float:
        """The nodes at work at `at_s`, with this utilisation until then."""
        self.levels.look(self.clock.now)
        self.levels.ratio = ratio
        self.clock.until(at_s)
        return self.levels.servers


def test_nodes_that_are_asked_for_work_when_they_have_booted():
    """ceil(4 * 100 % / 50 %) = 8 are wanted at 10 s, and there at 35 s."""
    scaled = Scaled()
    assert scaled.after(34.9, 1.0) == 4
    assert scaled.after(35.0, 1.0) == 8


def test_nodes_under_way_are_not_asked_for_again():
    """Syncs at 20 and 30 s see 4 busy nodes of 8, which is the target."""
    scaled = Scaled()
    assert scaled.after(55.0, 1.0) == 8
    # At 40 s, eight were as busy since 35 s: 16 are wanted, and there at 65 s.
    assert scaled.after(65.0, 1.0) == 16


def test_a_utilisation_near_the_target_changes_nothing():
    assert Scaled(tolerance=0.1).after(1_000.0, 0.54) == 4
    assert Scaled(tolerance=0.1).after(1_000.0, 0.56) > 4


def test_the_metric_is_as_old_as_its_lag():
    """What happens from 0 s on is seen at 10 s with no lag, at 30 s with a lag of 15 s."""
    scaled = Scaled(lag_s=15.0)
    assert scaled.after(54.9, 1.0) == 4
    assert scaled.after(55.0, 1.0) == 8


def test_nodes_go_when_no_more_were_wanted_for_the_cool_down():
    scaled = Scaled(boot_s=1.0)
    assert scaled.after(20.0, 1.0) >= 8
    there = scaled.after(39.9, 0.0)
    assert there >= 8
    assert scaled.after(80.0, 0.0) == 4


def test_there_are_never_more_than_most_nor_fewer_than_least():
    scaled = Scaled(most=6)
    assert scaled.after(500.0, 1.0) == 6
    assert scaled.after(1_000.0, 0.0) == 4


def test_a_node_has_its_servers():
    assert Scaled(servers_per_node=8).after(35.0, 1.0) == 64
