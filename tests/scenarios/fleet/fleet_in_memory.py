"""A whole fleet in one process: real master, real workers, and a network that a test can break."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import gevent
from gevent.queue import Empty, Queue

from reports.record.manifest import Ending, Manifest, PlanFacts
from reports.record.planned import plan_facts
from reports.record.writer import RecordWriter
from scenarios.fleet.clock_offset import ClockComparison
from scenarios.fleet.fleet_player import FleetPlayer
from scenarios.fleet.member import Member
from scenarios.fleet.post import Parcel
from scenarios.fleet.protocol import Grant, Hello, told
from scenarios.fleet.worker_play import WorkerPlay
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.player import PlayerOptions
from scenarios.transport.colouring import Colouring
from targets.adapters.contract import Call, StepResult
from tests.scenarios.shoppers.fakes import FakePlatform
from tests.sim.plans import HandMadePlan, action

STEPS = (action("look"), action("place_order", 0.01, sku=3))


class CountingAdapter:
    """Counts how often each visit was begun."""

    steps = frozenset({"look", "place_order"})

    def __init__(self) -> None:
        self.begun: Counter[int] = Counter()

    def play(self, visit, action, memory):
        if action.step == "look":
            self.begun[visit.index] += 1
        yield Call(method="GET", path=f"/{action.step}")
        return StepResult(outcome="ok")


class Transport(FakePlatform):
    """A platform without a line to it; it reports no marks."""

    colouring = Colouring(run_id="in-memory")


class Network:
    """Carries messages between `client`s and the master; loses and doubles some, and all of those
    whose client is in `cut`. Nothing reaches a client that is in `deaf`."""

    def __init__(self, *, seed: int = 1, lost: float = 0.0, doubled: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.lost, self.doubled = lost, doubled
        self.cut: set[str] = set()
        self.deaf: set[str] = set()
        self.boxes: dict[str, Queue] = {}

    def carry(self, to: str, client: str, message: object) -> None:
        if client in self.cut or to in self.deaf:
            return
        for _ in range(1 + (self.random.random() < self.doubled)):
            if self.random.random() >= self.lost:
                parcel = Parcel(
                    client=client,
                    kind=type(message).__name__,
                    data=told(message),
                    at_s=time.perf_counter(),
                )
                self.boxes.setdefault(to, Queue()).put(parcel)

    def take(self, at: str, within_s: float) -> Parcel | None:
        try:
            return self.boxes.setdefault(at, Queue()).get(timeout=max(within_s, 0.001))
        except Empty:
            return None


@dataclass
class MasterEnd:
    network: Network

    def receive(self, within_s):
        return self.network.take("master", within_s)

    def send(self, client, message):
        self.network.carry(client, client, message)


@dataclass
class WorkerEnd:
    network: Network
    client: str

    def receive(self, within_s):
        return self.network.take(self.client, within_s)

    def send(self, message):
        self.network.carry("master", self.client, message)


def even_plan(visits: int, over_s: float) -> HandMadePlan:
    return HandMadePlan(
        intended_s=[k * over_s / visits for k in range(visits)], actions=STEPS, chunk=50
    )


@dataclass
class Fleet:
    """`workers` players of `plan` and their master; `play` runs them to the end."""

    plan: HandMadePlan
    directory: Path
    network: Network
    workers: int = 2
    adapter: CountingAdapter = field(default_factory=CountingAdapter)

    def __post_init__(self) -> None:
        self.zero_s = time.perf_counter() + 0.3
        self.plays = [self._worker(number) for number in range(1, self.workers + 1)]
        members = [self._member(number) for number in range(1, self.workers + 1)]
        self.writer = RecordWriter(self.directory, self._manifest())
        self.master = FleetPlayer(
            self._run(),
            members,
            MasterEnd(self.network),
            self.writer,
            RunClock(self.zero_s),
            is_dead=lambda member: "",
        )

    def play(self) -> Ending:
        first = Grant(echo_at_s=None, heard_at_s=0.0, sent_at_s=0.0, zero_at_s=self.zero_s)
        workers = [gevent.spawn(each.play, first) for each in self.plays]
        ending = self.master.play()
        self.writer.close(ending)
        gevent.joinall(workers, timeout=20.0, raise_error=True)
        assert all(each.dead for each in workers)
        return ending

    def _worker(self, number: int) -> WorkerPlay:
        clocks = ClockComparison()
        now_s = time.perf_counter()
        clocks.add(Grant(echo_at_s=now_s, heard_at_s=now_s, sent_at_s=now_s), now_s)
        return WorkerPlay(
            self._run(),
            worker=number,
            post=WorkerEnd(self.network, f"client-{number}"),
            clocks=clocks,
            clock=RunClock(self.zero_s),
            transport=Transport(),
            orphaned=lambda: False,
        )

    def _member(self, number: int) -> Member:
        hello = Hello(version="1", name=f"w{number}", host="here", pid=number, cores=2)
        return Member(number=number, client=f"client-{number}", hello=hello)

    def _run(self) -> LoadRun:
        return LoadRun(
            plan=self.plan,
            adapter=self.adapter,
            adapter_name="counting",
            url="http://127.0.0.1:9",
            address=("127.0.0.1", 9),
            environment="local",
            directory=self.directory,
            run_id="in-memory",
            options=PlayerOptions(),
        )

    def _facts(self) -> PlanFacts:
        return plan_facts(self.plan)

    def _manifest(self) -> Manifest:
        return Manifest(
            run_id="in-memory",
            origin="measured",
            created_at="2026-11-11T00:00:00+00:00",
            plan=self._facts(),
            target={},
            versions={},
            host={},
        )
