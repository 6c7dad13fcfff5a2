"""A fleet plays each visit once, over whatever network, and says exactly what it lost."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import gevent
import pytest

from reports.record.manifest import Ending
from reports.record.outcome import Outcome
from reports.record.player_gauge import worker_of
from reports.record.reader import RunRecord, read_record
from scenarios.fleet.protocol import SILENT_MASTER_S
from scenarios.shoppers.player import PlayerOptions
from tests.scenarios.fleet.fleet_in_memory import Fleet, Network, even_plan
from tests.sim.plans import HandMadePlan, action


@contextmanager
def own_settings() -> Iterator[None]:
    """Players that share a process restore each other's settings of the interpreter."""
    before = sys.getswitchinterval(), gc.get_threshold()
    yield
    sys.setswitchinterval(before[0])
    gc.set_threshold(*before[1])
    gc.unfreeze()


@pytest.fixture(autouse=True)
def own_interpreter_settings():
    with own_settings():
        yield


def rows_of(record) -> list[tuple[int, int]]:
    return sorted(zip(record.actions["visit"], record.actions["action"], strict=True))


@pytest.mark.parametrize(("lost", "doubled"), [(0.0, 0.0), (0.15, 0.3)])
def test_every_visit_is_played_once_and_recorded_once(tmp_path, lost, doubled):
    network = Network(lost=lost, doubled=doubled)
    fleet = Fleet(even_plan(300, 2.5), tmp_path / "run", network)
    ending = fleet.play()
    assert (ending.reason, ending.cut_off_visits) == ("completed", 0)
    assert fleet.adapter.begun == dict.fromkeys(range(300), 1)
    record = read_record(tmp_path / "run")
    assert rows_of(record) == [(visit, step) for visit in range(300) for step in range(2)]
    assert set(record.actions["worker"]) == {1, 2}
    assert record.manifest.lost_visits == ()
    assert [each.standing for each in record.manifest.workers] == ["ended", "ended"]
    assert sum(each.started_visits for each in record.manifest.workers) == 300
    assert fleet.master.confirmed_orders == 300
    assert {worker_of(name)[1] for name in fleet.master.tally.own_levels} == {1, 2}


def test_the_masters_screen_counts_what_all_workers_did(tmp_path):
    fleet = Fleet(even_plan(100, 0.5), tmp_path / "run", Network())
    fleet.play()
    tally = fleet.master.tally
    assert tally.started_visits == 100
    assert tally.in_flight == 0
    assert sum(tally.outcomes()) == 200
    assert tally.workers == "1 ended, 2 ended"
    assert tally.lags.total == 100
    assert {step: times.total for step, times in tally.times_by_step.items()} == {
        step: sum(counts) for step, counts in tally.outcomes_by_step.items()
    }


def test_the_master_hears_of_visits_that_no_worker_had_room_for(tmp_path):
    """A guard on not_sent would otherwise never fire in a fleet."""
    fleet = Fleet(even_plan(200, 0.5), tmp_path / "run", Network())
    fleet.master._options = PlayerOptions(in_flight_limit=2)
    fleet.play()
    tally, record = fleet.master.tally, read_record(tmp_path / "run")
    not_sent = int((record.actions["outcome"] == "not_sent").sum())
    assert tally.not_sent_visits == tally.outcomes()[Outcome.NOT_SENT] == not_sent > 0


def test_a_stop_at_the_master_stops_all_workers(tmp_path):
    fleet = Fleet(even_plan(6000, 60.0), tmp_path / "run", Network())

    def stop() -> None:
        while not fleet.master.tally.started_visits:
            gevent.sleep(0.05)
        fleet.master.stop.ask("aborted", "errors > 20 % for 10 s")

    gevent.spawn(stop)
    ending = fleet.play()
    assert (ending.reason, ending.detail) == ("aborted", "errors > 20 % for 10 s")
    record = read_record(tmp_path / "run")
    # 0.05 s on an idle machine; the plan lasts 60 s.
    assert record.actions["started_s"].max() < ending.at_s + 30.0
    assert record.manifest.lost_visits == ()


def leave(fleet: Fleet) -> None:
    fleet.master.clock.sleep_until(0.2)
    fleet.plays[0].leaving = True


def cut_one_off(fleet: Fleet) -> None:
    fleet.master.clock.sleep_until(1.0)
    fleet.network.cut.add("client-1")


def deafen_one(fleet: Fleet) -> None:
    fleet.master.clock.sleep_until(0.5)
    fleet.network.deaf.add("client-1")


def cut_all_off(fleet: Fleet) -> None:
    fleet.master.clock.sleep_until(0.5)
    fleet.network.cut.update({"client-1", "client-2"})


def leave_one_after_the_other(fleet: Fleet) -> None:
    leave(fleet)
    fleet.master.clock.sleep_until(0.8)
    fleet.plays[1].leaving = True


TROUBLES = {leave: (400, 4.0), leave_one_after_the_other: (600, 60.0), cut_one_off: (700, 7.0),
            deafen_one: (500, 5.0), cut_all_off: (600, 60.0)}  # fmt: skip


@dataclass(frozen=True)
class Troubled:
    """A fleet that has been in trouble, and how its run ended."""

    fleet: Fleet
    ending: Ending

    @property
    def record(self) -> RunRecord:
        return read_record(self.fleet.directory)


@pytest.fixture(scope="module")
def troubled(tmp_path_factory):
    """Fleets by their trouble. Most of their time is silence, so they all play at once."""
    with own_settings():
        fleets = {
            trouble: Fleet(even_plan(*plan), tmp_path_factory.mktemp("troubled"), Network())
            for trouble, plan in TROUBLES.items()
        }
        makers = [gevent.spawn(trouble, fleet) for trouble, fleet in fleets.items()]
        plays = {trouble: gevent.spawn(fleet.play) for trouble, fleet in fleets.items()}
        gevent.joinall([*makers, *plays.values()], raise_error=True)
    return {trouble: Troubled(fleet, plays[trouble].get()) for trouble, fleet in fleets.items()}


@pytest.mark.slow
def test_a_worker_that_is_asked_to_leave_loses_nothing(troubled):
    run = troubled[leave]
    assert run.ending.reason == "completed"
    assert run.fleet.adapter.begun == dict.fromkeys(range(400), 1)
    assert rows_of(run.record) == [(visit, step) for visit in range(400) for step in range(2)]
    assert "left" in run.record.manifest.notes[0]
    by_worker = run.record.first_actions().groupby("worker").size()
    assert by_worker[1] < by_worker[2]


@pytest.mark.slow
def test_a_worker_cut_off_from_its_master_plays_nothing_that_another_plays(troubled):
    """It goes on to the end of its grant, where another carries on, and ends by itself."""
    run = troubled[cut_one_off]
    assert run.ending.reason == "completed"
    assert set(run.fleet.adapter.begun.values()) == {1}
    rows = set(rows_of(run.record))
    [loss] = run.record.manifest.lost_visits
    assert loss.visits == sum((k, 0) not in rows for k in range(700)) > 0
    missing_s = [k * 0.01 for k in range(700) if (k, 1) not in rows]
    assert loss.visits + loss.torn_visits == len(missing_s)
    assert loss.from_s == pytest.approx(missing_s[0])
    assert loss.until_s == pytest.approx(missing_s[-1])
    assert loss.worker == 1
    detail = run.fleet.plays[0].player.stop.detail
    assert detail == f"the master has been silent for {SILENT_MASTER_S:g} s"
    assert "worker 1" in run.record.manifest.notes[0]


@pytest.mark.slow
def test_a_worker_that_hears_nothing_ends_and_is_replaced(troubled):
    """Its reports still come, so it is never silent."""
    run = troubled[deafen_one]
    assert run.ending.reason == "completed"
    assert set(run.fleet.adapter.begun.values()) == {1}
    missing = 500 - run.record.actions["visit"].nunique()
    assert sum(each.visits for each in run.record.manifest.lost_visits) == missing > 0
    assert "heard nothing" in run.record.manifest.notes[0]


@pytest.mark.slow
def test_a_run_without_workers_is_aborted(troubled):
    run = troubled[cut_all_off]
    assert run.ending.reason == "aborted"
    assert "no worker is left" in run.ending.detail
    assert {each.worker for each in run.record.manifest.lost_visits} == {1, 2}


@pytest.mark.slow
def test_a_run_that_its_last_worker_leaves_is_aborted(troubled):
    """Nobody would play the rest, and nobody would say so."""
    run = troubled[leave_one_after_the_other]
    assert run.ending.reason == "aborted"
    assert re.fullmatch(r"no worker is left: worker \d .* as it was asked", run.ending.detail)


def test_workers_that_leave_when_all_is_started_cost_nothing(tmp_path):
    steps = (action("look"), action("place_order", 2.0, sku=3))
    plan = HandMadePlan(intended_s=[k * 0.006 for k in range(50)], actions=steps)
    fleet = Fleet(plan, tmp_path / "run", Network(), workers=1)

    def leave_late() -> None:
        fleet.master.clock.sleep_until(1.2)
        fleet.plays[0].leaving = True

    gevent.spawn(leave_late)
    ending = fleet.play()
    assert (ending.reason, ending.cut_off_visits) == ("completed", 0)
    assert fleet.adapter.begun == dict.fromkeys(range(50), 1)
