"""A whole rehearsal, stage by stage: platform, unloaded walk, load, simulation, report."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from reports.record.facts import RUNS, new_run_id, utc_now
from reports.record.manifest import MANIFEST_FILE, Manifest
from reports.record.reader import MEASURED, SIMULATED, RunRecord, read_record
from reports.render.bundle import ReportFiles, write_report
from reports.slo.exit_code import ExitCode
from reports.slo.judgement import Judgement, judge
from reports.slo.objective_file import (
    bounds_for,
    objectives_beside,
    objectives_for,
    parse_objectives,
)
from scenarios.rehearsal.requested_metrics import typed_metrics_port
from scenarios.rehearsal.stair_search import stair_search
from scenarios.rehearsal.unloaded import unloaded_request_s
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.played_campaign import played_campaign
from sim.calibration import calibrated
from sim.model.model_file import find_service_model, read_service_model
from sim.progress import simulation_progress
from sim.run import SearchOf, simulate_to_record
from targets.embedded import running_reference_shop

MODEL = "reference_shop"
LOAD_ENDED_WITH_A_RECORD = (
    ExitCode.MET,
    ExitCode.ABORTED,
    ExitCode.RUN_INVALID,
    ExitCode.INTERRUPTED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRequest:
    """The options of the verb `rehearse`, as typed."""

    campaign: str = "flash_sale"
    objectives: Path | None = None
    seed: int | None = None
    speed: float = 1.0
    amplify: float = 1.0
    out: Path = RUNS
    web_processes: int = 1
    abort_if: tuple[str, ...] = ()
    metrics: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a rehearsal leaves behind."""

    judgement: Judgement
    manifest: Manifest
    files: ReportFiles
    stopped: bool = False
    """The operator pressed Ctrl-C, be it only after the last reply."""

    @property
    def exit_code(self) -> ExitCode:
        return ExitCode.INTERRUPTED if self.stopped else self.judgement.exit_code


def rehearse_all(request: RehearsalRequest, console: Console) -> Rehearsal:
    """Runs every stage. Ctrl-C during the load ends it early; the report is then partial. Ctrl-C
    during the simulation leaves the report of what was measured."""
    typed_metrics_port(request.metrics)
    campaign_file = find_campaign(request.campaign)
    plan = played_campaign(
        str(campaign_file), seed=request.seed, speed=request.speed, amplify=request.amplify
    )
    objectives_file, objectives_text = objectives_beside(campaign_file, request.objectives)
    objectives = parse_objectives(objectives_text, objectives_file)
    directory = request.out / new_run_id(plan.name, utc_now())
    with _platform(request, directory, console) as url:
        unloaded_s = unloaded_request_s(url, run_id=directory.name)
        _say_unloaded(unloaded_s, console)
        stopped = _load(request, url, campaign_file, directory, console)
    measured = read_record(directory / MEASURED)
    simulated = None
    if _completed(measured) and not stopped:
        try:
            search = stair_search(plan, directory / SIMULATED, objectives_file, objectives_text)
            simulated = _simulate(plan, unloaded_s, directory, console, search)
        except KeyboardInterrupt:
            console.print("simulation stopped: the report shows what was measured")
            stopped = True
    judgement = judge(
        measured,
        objectives,
        objectives_from=objectives_for(measured.manifest)[1],
        bounds=bounds_for(measured.manifest),
    )
    files = write_report(measured, judgement, compare=simulated, directory=directory)
    return Rehearsal(judgement=judgement, manifest=measured.manifest, files=files, stopped=stopped)


@contextmanager
def _platform(request: RehearsalRequest, directory: Path, console: Console) -> Iterator[str]:
    console.print("starting the reference shop")
    with running_reference_shop(
        directory / "platform",
        web_processes=request.web_processes,
        announce=lambda line: console.print(line, style="dim"),
    ) as shop:
        yield shop.url


def _say_unloaded(unloaded_s: Mapping[str, float], console: Console) -> None:
    steps = ", ".join(f"{step} {took_s * 1000:.1f} ms" for step, took_s in unloaded_s.items())
    console.print(f"  idle    {steps}", style="dim", highlight=False)


def _load(
    request: RehearsalRequest, url: str, campaign: Path, directory: Path, console: Console
) -> bool:
    """Plays the load in a process of its own: Locust patches sockets process-wide.

    Returns when there is a record to judge, be it of a run that was cut short, and tells whether
    the operator stopped it.
    """
    words = [
        *(sys.executable, "-m", "doorbuster", "run", str(campaign), "--target", url),
        *("--adapter", "reference", "--out", str(directory / MEASURED)),
        *("--run-id", directory.name, "--parent", str(os.getpid())),
    ]
    if request.objectives is not None:
        words += ["--objectives", str(request.objectives)]
    if request.metrics is not None:
        words += ["--metrics", request.metrics]
    for condition in request.abort_if:
        words += ["--abort-if", condition]
    if request.seed is not None:
        words += ["--seed", str(request.seed)]
    words += ["--speed", repr(request.speed), "--amplify", repr(request.amplify)]
    # What the load shows goes where this rehearsal shows what it does.
    child = subprocess.Popen(words, stdout=sys.stderr if console.stderr else None, process_group=0)
    with _forwarding_signals(child) as forwarded:
        status = child.wait()
    begun = (directory / MEASURED / MANIFEST_FILE).exists()
    if status < 0:
        console.print(f"the load was killed by {signal.Signals(-status).name}", style="bold")
    if begun and (status < 0 or status in LOAD_ENDED_WITH_A_RECORD):
        return bool(forwarded)
    if forwarded:
        raise SystemExit(ExitCode.INTERRUPTED)
    raise SystemExit(status if status > 0 else ExitCode.ABORTED)


@contextmanager
def _forwarding_signals(child: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Hands Ctrl-C and SIGTERM on to the load, which ends gracefully, or at once the second
    time; this process then goes on to the report of what there is. Gives the signals so far."""
    forwarded: list[int] = []

    def forward(number: int, _frame: object) -> None:
        forwarded.append(number)
        if child.poll() is None:
            child.send_signal(number)

    before = {each: signal.signal(each, forward) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield forwarded
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _simulate(
    plan: CampaignPlan,
    unloaded_s: Mapping[str, float],
    directory: Path,
    console: Console,
    search: SearchOf | None,
) -> RunRecord:
    """The same visits through the model, fitted to what the idle platform took here."""
    console.print(f"simulating the same visits through the model {MODEL}")
    model = calibrated(read_service_model(find_service_model(MODEL)), unloaded_s)
    with simulation_progress(
        console, name=plan.name, duration_s=plan.duration_s, clock=time.monotonic
    ) as progress:
        simulate_to_record(
            plan,
            model,
            directory / SIMULATED,
            run_id=directory.name,
            progress=progress,
            search=search,
        )
    return read_record(directory / SIMULATED)


def _completed(record: RunRecord) -> bool:
    ending = record.manifest.ending
    return ending is not None and ending.reason in ("completed", "limit_found")
