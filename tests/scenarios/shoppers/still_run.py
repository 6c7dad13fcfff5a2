"""A run whose clock stands where the test puts it, and what is known of it live."""

from __future__ import annotations

import dataclasses

import gevent

from reports.record.planned import plan_facts
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.live_run import LiveRun
from scenarios.shoppers.player import Player, PlayerOptions
from tests.reports.records import manifest_of
from tests.scenarios.shoppers.fakes import FakeAdapter, FakePlatform, KeptRows
from tests.sim.plans import HandMadePlan, action


class StillRun:
    """A player of 100 visits, ten a second, at 4 s of its clock; their steps are look and pay."""

    def __init__(self, *, limits_s: tuple[float, ...] = ()) -> None:
        self.now_s = 4.0
        steps = (action("look"), action("pay", 1.0))
        plan = HandMadePlan(intended_s=[k / 10 for k in range(100)], actions=steps)
        clock = RunClock(0.0, now=lambda: self.now_s, sleep=lambda _: gevent.sleep(0.001))
        self.player = Player(
            plan, FakeAdapter(), FakePlatform(), KeptRows(), clock, PlayerOptions()
        )
        manifest = manifest_of(options={"in_flight_limit": 500})
        self.manifest = dataclasses.replace(manifest, plan=plan_facts(plan))
        self.live = LiveRun(self.player, self.manifest, limits_s=limits_s)
