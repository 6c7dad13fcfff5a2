"""A worker of a fleet, from joining to leaving."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path

import gevent
from rich.console import Console

from reports.documents.mistake import DocumentError
from reports.slo.exit_code import ExitCode
from scenarios.fleet.clock_offset import ClockComparison
from scenarios.fleet.joining import first_grant, given_job
from scenarios.fleet.locust_post import LocustWorkerPost
from scenarios.fleet.post import WorkerPost
from scenarios.fleet.protocol import Grant, Hello, Job, Ready, Refusal
from scenarios.fleet.worker_play import WorkerPlay
from scenarios.rehearsal.fleet_job import plan_digest, run_of
from scenarios.shoppers.alarm import best_alarm
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.signals import on_stop_signals

FROM_MASTER = (Job, Refusal, Grant)
LOOK_EVERY_S = 0.5


def play_as_worker(
    host: str, port: int, *, name: str | None, parent: int | None, console: Console
) -> ExitCode:
    """Joins the master at `host` and `port` and plays one run for it. Raises FleetError.

    Ends when the process `parent` has started this one and is gone.
    """

    def orphaned() -> bool:
        return parent is not None and os.getppid() != parent

    plays: list[WorkerPlay] = []
    main = gevent.getcurrent()

    def stop(signal_name: str) -> None:
        if plays:
            _leave(plays[0], signal_name, console)
        else:
            quietly = SystemExit(ExitCode.INTERRUPTED)
            gevent.kill(main, KeyboardInterrupt() if parent is None else quietly)

    with ExitStack() as stack:
        stack.enter_context(on_stop_signals(stop))
        watch = gevent.spawn(_leave_when, orphaned)
        console.print(f"joining the master at {host}:{port}; it is waited for up to 5 minutes")
        post = LocustWorkerPost(host, port, FROM_MASTER)
        stack.callback(post.close)
        job = given_job(post, _hello(name), orphaned)
        console.print(f"worker {job.worker} of run {job.run_id}: getting ready")
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doorbuster-")))
        run, ready = _prepared(job, directory)
        clocks = ClockComparison()
        first = first_grant(post, ready, clocks, orphaned)
        assert run is not None, "a worker in trouble is never granted anything"
        watch.kill()
        play = _opened(stack, run, job, post, clocks, first, orphaned)
        plays.append(play)
        console.print(f"playing a part of {run.plan.name} against {run.url}")
        play.play(first)
        return _said(play, console)


def _opened(
    stack: ExitStack, run: LoadRun, job: Job, post: WorkerPost, clocks: ClockComparison,
    first: Grant, orphaned: Callable[[], bool],
) -> WorkerPlay:  # fmt: skip
    """Opens the way to the target; instant 0 is the master's, on this machine's clock."""
    assert first.zero_at_s is not None
    alarm = best_alarm()
    stack.callback(alarm.close)
    return WorkerPlay(
        run,
        worker=job.worker,
        post=post,
        clocks=clocks,
        clock=RunClock(first.zero_at_s - clocks.best().offset_s, sleep=alarm.sleep),
        transport=stack.enter_context(run.transport()),
        orphaned=orphaned,
    )


def _prepared(job: Job, directory: Path) -> tuple[LoadRun | None, Ready]:
    """The run, ready to be played, or in what trouble this worker is with it."""
    try:
        run = run_of(job, directory)
        return run, Ready(digest=plan_digest(run.plan))
    except (DocumentError, OSError) as error:
        return None, Ready(digest="", trouble=str(error))


def _hello(name: str | None) -> Hello:
    host = platform.node()
    return Hello(
        version=metadata.version("doorbuster"),
        name=name or host,
        host=host,
        pid=os.getpid(),
        cores=len(os.sched_getaffinity(0)),
    )


def _leave(play: WorkerPlay, signal_name: str, console: Console) -> None:
    """Once: others take over, and nothing is lost. Twice: at once."""
    if play.leaving:
        os._exit(ExitCode.INTERRUPTED)
    play.leaving = True
    console.print(f"{signal_name}: leaving when others have taken over (again: at once)")


def _said(play: WorkerPlay, console: Console) -> ExitCode:
    stop, started = play.player.stop, play.player.tally.started_visits
    why = f": {stop.detail}" if stop.reason else ""
    console.print(f"started {started:,} visits{why}")
    if not play.outbox.is_empty:
        console.print("rows of the last seconds could not be handed over", style="bold")
        return ExitCode.ABORTED
    return ExitCode.ABORTED if stop.reason == "aborted" else ExitCode.MET


def _leave_when(orphaned: Callable[[], bool]) -> None:
    """Nobody waits for a worker whose master has gone before it was there."""
    while not orphaned():
        gevent.sleep(LOOK_EVERY_S)
    os._exit(ExitCode.ABORTED)
