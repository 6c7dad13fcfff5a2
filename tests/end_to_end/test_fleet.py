"""`run --workers`: real worker processes, that are killed, frozen, sent away, or left alone."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from reports.record.reader import RunRecord, read_record
from scenarios.fleet.protocol import SILENT_MASTER_S, SILENT_WORKER_S
from scenarios.shoppers.player import GRACE_S
from targets.backing.port import free_port
from tests.end_to_end.command import (
    CAMPAIGN,
    OBJECTIVES,
    PATIENCE_S,
    Finished,
    Running,
    doorbuster,
    left_after_a_while,
    running,
    url_of,
    write_workspace,
)
from tests.end_to_end.conftest import answer
from tests.end_to_end.slow_line import slow_line
from tests.scenarios.transport.scripted_server import ScriptedServer, serving

pytestmark = pytest.mark.slow

LASTS_S = 6
FAULT_AFTER_S = 1.0
FAR_S = 0.04


def fleet_workspace(directory: Path) -> Path:
    """`fleet.yaml` lasts 6 s at 30 visits a second."""
    write_workspace(directory)
    text = CAMPAIGN.format(name="fleet", duration=f"{LASTS_S}s").replace("15/s", "30/s")
    (directory / "fleet.yaml").write_text(text, encoding="utf-8")
    (directory / "fleet.objectives.yaml").write_text(OBJECTIVES, encoding="utf-8")
    return directory


def words(server: ScriptedServer, *more: str) -> tuple[str, ...]:
    where = ("--target", url_of(server), "--adapter", "mine.py", "--out", "out")
    return ("run", "fleet.yaml", *where, *more)


class Broken:
    """A run with two workers, the second of which has met with something."""

    def __init__(self, workspace: Path, run: Running, workers: list[psutil.Process]) -> None:
        self.run = run
        self.workers = workers
        self.code = run.process.returncode
        self.directory = workspace / "out"

    @property
    def record(self) -> RunRecord:
        return read_record(self.directory)


def kill(run: Running, worker: psutil.Process) -> None:
    worker.kill()


def freeze_and_wake(run: Running, worker: psutil.Process) -> None:
    worker.suspend()
    time.sleep(SILENT_WORKER_S + 1.0)
    worker.resume()


def send_away(run: Running, worker: psutil.Process) -> None:
    worker.terminate()


def kill_the_master(run: Running, worker: psutil.Process) -> None:
    run.process.kill()


def interrupt_the_master(run: Running, worker: psutil.Process) -> None:
    run.send(signal.SIGINT)


def leave_alone(run: Running, worker: psutil.Process) -> None:
    """Nothing happens."""


FAULTS = (
    freeze_and_wake, kill, leave_alone, send_away, kill_the_master, interrupt_the_master,
)  # fmt: skip
"""The longest first: none is then waited for alone."""


def broken(directory: Path, server: ScriptedServer, fault) -> Broken:
    workspace = fleet_workspace(directory)
    with running(workspace, *words(server, "--workers", "2")) as run:
        run.until(lambda: list(workspace.glob("out/actions-w01-*")))
        workers = [each for each in run.descendants() if "worker" in each.cmdline()]
        time.sleep(FAULT_AFTER_S)
        fault(run, workers[-1])
        run.process.wait(PATIENCE_S)
        return Broken(workspace, run, workers)


@pytest.fixture(scope="module")
def platform_for_all() -> Iterator[ScriptedServer]:
    with serving(answer) as server:
        yield server


@dataclass(frozen=True)
class Alone:
    """The same visits, played by one process."""

    finished: Finished
    directory: Path


def played_alone(directory: Path, server: ScriptedServer) -> Alone:
    finished = doorbuster(fleet_workspace(directory), *words(server))
    return Alone(finished=finished, directory=directory / "out")


@pytest.fixture(scope="module")
def played(tmp_path_factory, platform_for_all) -> tuple[dict[str, Broken], Alone]:
    """Each fault, once, and a run without a fleet: four at a time."""
    with ThreadPoolExecutor(4) as pool:
        made = {
            fault.__name__: pool.submit(
                broken, tmp_path_factory.mktemp("fleet"), platform_for_all, fault
            )
            for fault in FAULTS
        }
        alone = pool.submit(played_alone, tmp_path_factory.mktemp("alone"), platform_for_all)
        return {name: each.result() for name, each in made.items()}, alone.result()


@pytest.fixture(scope="module")
def runs(played) -> dict[str, Broken]:
    return played[0]


def visits_of(record: RunRecord) -> list[tuple[object, ...]]:
    columns = ["visit", "action", "step", "persona", "channel", "sku", "quantity"]
    return sorted(record.actions[columns].itertuples(index=False, name=None))


def twice(record: RunRecord) -> int:
    return int(record.actions.duplicated(["visit", "action"]).sum())


def unaccounted(record: RunRecord) -> int:
    """Planned visits of which there is neither a row nor a word."""
    missing = record.manifest.plan.planned_visits - record.actions["visit"].nunique()
    return missing - sum(each.visits for each in record.manifest.lost_visits)


def longest_visit_s(record: RunRecord) -> float:
    visits = record.actions.groupby("visit")
    return float((visits["finished_s"].max() - visits["intended_s"].min()).max())


def worst_lag_s(record: RunRecord) -> float:
    return float((record.actions["started_s"] - record.actions["intended_s"]).max())


def test_two_workers_play_the_visits_that_one_process_plays(runs, played):
    alone, together = played[1], runs["leave_alone"]
    assert alone.finished.code == 0, alone.finished.said
    assert together.code == 0, together.run.said
    assert visits_of(together.record) == visits_of(read_record(alone.directory))
    assert unaccounted(together.record) == twice(together.record) == 0


def test_the_manifest_tells_of_the_workers_and_their_clocks(runs):
    manifest = runs["leave_alone"].record.manifest
    assert [each.number for each in manifest.workers] == [1, 2]
    here = psutil.Process().cpu_affinity()
    for each in manifest.workers:
        assert (each.host, each.cores) == (manifest.host["name"], len(here))
        # One machine has one clock: what is found instead is within its own bound.
        assert abs(each.offset_s) <= each.round_trip_s / 2
        assert abs(each.last_offset_s) <= each.last_round_trip_s / 2
    rows = runs["leave_alone"].record.actions.groupby("worker").size()
    assert {each.number: each.actions for each in manifest.workers} == rows.to_dict()


def test_a_killed_workers_visits_are_taken_over_or_counted_and_never_green(runs):
    run = runs["kill"]
    assert run.code == 5, run.run.said
    record = run.record
    assert twice(record) == unaccounted(record) == 0
    [loss] = record.manifest.lost_visits
    assert loss.why == "killed by SIGKILL"
    # Of 30 visits a second half are this worker's: twice what is to be expected.
    assert 0 < loss.visits <= 30 * (loss.until_s - loss.from_s) + 10
    # What was in play, not yet written, or granted: 2 s where nothing has to wait.
    assert loss.until_s - loss.from_s < 3.0 + longest_visit_s(record) + worst_lag_s(record)
    assert f"{loss.visits:,} planned visits were lost" in run.run.said
    after = record.first_actions()["intended_s"] > loss.until_s + 1.0
    assert set(record.first_actions()[after]["worker"]) <= {3 - loss.worker}
    assert (record.first_actions()["worker"] == 3 - loss.worker).any()
    assert "its visits were played by worker" in record.manifest.notes[0]


def test_a_frozen_worker_that_wakes_up_plays_nothing_twice(runs):
    record = runs["freeze_and_wake"].record
    assert twice(record) == unaccounted(record) == 0
    assert "was lost" in record.manifest.notes[0]
    assert record.manifest.ending is not None
    assert record.manifest.ending.reason == "completed"


def test_a_worker_that_is_sent_away_hands_over_without_a_loss(runs):
    run = runs["send_away"]
    assert run.code == 0, run.run.said
    assert twice(run.record) == unaccounted(run.record) == 0
    assert run.record.manifest.lost_visits == ()
    assert "as it was asked" in run.record.manifest.notes[0]


def test_a_killed_master_leaves_no_worker_behind_and_a_record_that_can_be_read(runs):
    run = runs["kill_the_master"]
    _, left = psutil.wait_procs(run.workers, timeout=SILENT_MASTER_S + GRACE_S + PATIENCE_S)
    assert left == []
    assert run.record.manifest.ending is None
    assert len(run.record.actions) > 0
    assert twice(run.record) == 0


def test_ctrl_c_ends_all_workers_and_keeps_what_was_played(runs):
    run = runs["interrupt_the_master"]
    assert run.code == 130, run.run.said
    record = run.record
    assert record.manifest.ending is not None
    assert record.manifest.ending.reason == "interrupted"
    assert record.manifest.lost_visits == ()
    due = record.first_actions()["intended_s"] < record.manifest.ending.at_s - 1.0
    planned = sum(record.manifest.plan.arrivals_per_second[: int(record.manifest.ending.at_s - 1)])
    assert int(due.sum()) >= planned > 0


def test_no_fault_shows_a_traceback_or_leaves_a_process(runs):
    for name, run in runs.items():
        assert "Traceback" not in run.run.said, name
        assert left_after_a_while(run.workers) == [], name


@pytest.fixture(scope="module")
def listened(tmp_path_factory, platform_for_all) -> RunRecord:
    """A run with a worker that was there before its master, and one at the end of a slow line."""
    workspace = fleet_workspace(tmp_path_factory.mktemp("listened"))
    at = f"127.0.0.1:{free_port()}"
    listen = words(platform_for_all, "--listen", at, "--workers", "2")
    join = ("worker", "--master")
    with (
        running(workspace, *join, at, "--name", "near", log="near") as near,
        running(workspace, *listen, log="run") as run,
    ):
        run.until(lambda: "waiting for 2 workers" in run.said)
        with (
            slow_line(at, back_s=FAR_S) as far_end,
            running(workspace, *join, far_end, "--name", "far", log="far") as far,
        ):
            assert run.code() == 0, run.said
            assert (near.code(), far.code()) == (0, 0), far.said
    return read_record(workspace / "out")


def test_workers_come_to_a_master_that_listens(listened):
    assert {each.name for each in listened.manifest.workers} == {"near", "far"}
    assert twice(listened) == unaccounted(listened) == 0


def test_a_far_workers_clock_is_known_as_well_as_its_round_trip_allows(listened):
    """The way to the worker takes longer than the way back, which no exchange can tell; one
    machine has one clock, so the true offset is 0."""
    [far] = [each for each in listened.manifest.workers if each.name == "far"]
    assert far.round_trip_s >= FAR_S
    assert abs(far.offset_s) <= far.round_trip_s / 2
    assert any(f"the clock of worker {far.number}" in note for note in listened.manifest.notes)


MISTAKES = {
    "listen_without_workers": (("--listen", "127.0.0.1:5557"), "needs --workers"),
    "no_port": (("--listen", "127.0.0.1", "--workers", "2"), "must be HOST:PORT"),
    "workers_without_end": (("--workers", "1000000"), "for each core that it may use), got 1,0"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_about_workers_has_its_own_message(workspace, platform, mistake):
    typed, said = MISTAKES[mistake]
    where = ("--target", url_of(platform), "--adapter", "mine.py")
    finished = doorbuster(workspace, "run", "brief.yaml", *where, *typed)
    assert finished.code == 2
    assert said in finished.err
    assert "Traceback" not in finished.said


def test_a_master_whose_name_does_not_resolve_is_not_waited_for(workspace):
    finished = doorbuster(workspace, "worker", "--master", "nosuch.invalid:5557")
    assert finished.code == 2, finished.said
    assert "nosuch.invalid:5557: the master cannot be found: " in finished.err
    assert "Traceback" not in finished.said


def test_a_port_that_is_taken_is_refused(workspace, platform):
    where = ("--target", url_of(platform), "--adapter", "mine.py")
    with socket.create_server(("127.0.0.1", 0)) as server:
        at = f"127.0.0.1:{server.getsockname()[1]}"
        typed = ("--listen", at, "--workers", "1")
        finished = doorbuster(workspace, "run", "brief.yaml", *where, *typed)
    assert finished.code == 2, finished.said
    assert f"{at}: cannot listen: Address already in use" in finished.err
