"""A fleet for a run: its master here, its workers here or elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata

from rich.console import Console

from reports.documents.mistake import mistake_on_command_line
from scenarios.fleet.fleet_crew import FleetCrew
from scenarios.fleet.local_workers import LocalWorkers
from scenarios.fleet.locust_post import LocustMasterPost
from scenarios.fleet.member import Member
from scenarios.fleet.muster import Muster
from scenarios.fleet.protocol import Hello, Ready, Report, Segment
from scenarios.rehearsal.fleet_job import job_of, plan_digest
from scenarios.rehearsal.plan_request import RunRequest
from scenarios.shoppers.load_run import LoadRun

FROM_WORKERS = (Hello, Ready, Report, Segment)
LOCAL_WORKERS_PER_CORE = 8
"""More of them on one machine send no more: each takes about 100 MB, and some hundreds took a
machine of 24 GB down."""


@contextmanager
def mustered(
    request: RunRequest, run: LoadRun, *, workers: int | None, listen: str | None, console: Console
) -> Iterator[FleetCrew | None]:
    """The workers that play `run`, ready; None when this process is to play it alone.

    With `listen` ("HOST:PORT") they come from elsewhere; they are waited for until Ctrl-C. Raises
    FleetError and DocumentError.
    """
    if workers is None:
        if listen is not None:
            raise mistake_on_command_line("--listen", "needs --workers: how many to wait for")
        yield None
        return
    if not listen:
        _require_cores(workers)
    host, port = parsed_address("--listen", listen) if listen else ("127.0.0.1", 0)
    with ExitStack() as stack:
        post = LocustMasterPost(host, port, FROM_WORKERS)
        local = None if listen else LocalWorkers(workers, post.port)
        if local:
            stack.enter_context(local)
        stack.callback(post.close)
        if listen:
            console.print(f"waiting for {workers} workers at {host}:{post.port} (Ctrl-C to leave)")
        muster = Muster(
            post,
            job_of(request, run),
            wanted=workers,
            digest=plan_digest(run.plan),
            version=metadata.version("doorbuster"),
            say=lambda words: console.print(f"  {words}", style="dim", markup=False),
        )
        members = muster.gather(local.trouble if local else lambda: "")
        yield FleetCrew(members, post, local.is_dead if local else _nobody_knows)


def _require_cores(workers: int) -> None:
    """Raises DocumentError when this machine cannot bear so many worker processes."""
    cores = len(os.sched_getaffinity(0))
    if workers > (most := LOCAL_WORKERS_PER_CORE * cores):
        raise mistake_on_command_line(
            "--workers",
            f"must be at most {most} on this machine ({LOCAL_WORKERS_PER_CORE} for each core that "
            f"it may use), got {workers:,}; with --listen they run on others",
        )


def parsed_address(option: str, written: str) -> tuple[str, int]:
    """Host and port of `written`, such as "192.0.2.7:5557"."""
    host, _, port = written.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise mistake_on_command_line(option, f'must be HOST:PORT, got "{written}"')
    return host.strip("[]"), int(port)


def _nobody_knows(member: Member) -> str:  # noqa: ARG001
    return ""
