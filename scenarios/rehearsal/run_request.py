"""From what was typed to a load run: finds the plan, the target, the adapter, the objectives."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path

from reports.documents.located_yaml import read_yaml
from reports.documents.mistake import mistake_on_command_line
from reports.documents.quantity import positive_seconds
from reports.record.facts import RUNS, new_run_id, utc_now
from reports.slo.objective_file import objectives_beside
from scenarios.guards.audit_log import append, audit_file
from scenarios.rehearsal.document_kind import kind_of
from scenarios.rehearsal.requested_protection import requested_protection
from scenarios.rehearsal.stair_search import stair_search
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.player import PlayerOptions
from scenarios.transport.tls import tls_context
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.limits import IN_FLIGHT_LIMIT, TIMEOUT_S
from scenarios.workload.log_replay import ReplayPlan, read_replay
from scenarios.workload.pace_notes import pace_notes
from scenarios.workload.plan import VisitPlan
from scenarios.workload.played_campaign import played_campaign
from scenarios.workload.replay_file import LOG_FORMAT, read_replay_file
from targets.adapters.contract import Adapter
from targets.adapters.load import load_adapter, missing_steps
from targets.detached import is_alive, known_targets
from targets.target_file import PermittedTarget, TargetNotAllowedError, permitted

LONGEST_REPLAY_S = 86_400.0
REPLAY_OPTIONS = ("log_format", "duration", "keep_assets")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """The options of the verb `run`, as typed."""

    campaign: str | None
    log: Path | None = None
    log_format: str = LOG_FORMAT
    speed: float = 1.0
    amplify: float = 1.0
    duration: str | None = None
    keep_assets: bool = False
    target: str | None = None
    adapter: str | None = None
    objectives: Path | None = None
    seed: int | None = None
    in_flight: int = IN_FLIGHT_LIMIT
    timeout: str = f"{TIMEOUT_S:g}s"
    out: Path | None = None
    abort_if: tuple[str, ...] = ()
    kill_file: Path | None = None
    yes_production: str | None = None
    verb: str = "run"
    run_id: str | None = None
    parent: int | None = None


def requested_run(request: RunRequest) -> LoadRun:
    """What `request` asks for, found and checked, without sending anything.

    Raises DocumentError with the user's mistakes, TargetNotAllowedError, TargetUnreachableError;
    AuditError when a refusal cannot be written down.
    """
    campaign_file = find_campaign(request.campaign) if request.campaign is not None else None
    request = resolved_request(request)
    plan, notes = planned(request)
    target = _target(request, plan)
    objectives = objectives_beside(campaign_file, request.objectives)
    run_id = request.run_id or new_run_id(plan.name, utc_now())
    directory = request.out or RUNS / run_id
    return LoadRun(
        plan=plan,
        adapter=_adapter(target, plan),
        adapter_name=target.adapter,
        url=target.url,
        address=target.address,
        environment=target.environment,
        directory=directory,
        run_id=run_id,
        addresses=target.addresses,
        ca_file=target.ca_file,
        verify=target.verify,
        verb="rehearse" if request.parent is not None else request.verb,
        protection=requested_protection(
            plan, target, directory, objectives, request.abort_if, request.kill_file
        ),
        options=PlayerOptions(
            in_flight_limit=request.in_flight, timeout_s=_duration("--timeout", request.timeout)
        ),
        objectives_file=objectives[0],
        objectives_text=objectives[1],
        notes=notes,
        parent=request.parent,
        search=stair_search(plan, directory, *objectives),
    )


def _adapter(target: PermittedTarget, plan: VisitPlan) -> Adapter:
    """The adapter that knows every step of `plan`."""
    adapter = load_adapter(target.adapter)
    if missing := missing_steps(adapter, plan.tables.steps):
        raise mistake_on_command_line(
            "--adapter", f"{target.adapter} has no step {', '.join(missing)}"
        )
    return adapter


def resolved_request(request: RunRequest) -> RunRequest:
    """`request` with the log that its campaign is about, if it is a replay file."""
    if request.campaign is None:
        return request
    file = find_campaign(request.campaign)
    return _replay_in(file, request) if _is_replay(file) else request


def _is_replay(file: Path) -> bool:
    return kind_of(read_yaml(file).value) == "replay"


def _replay_in(file: Path, request: RunRequest) -> RunRequest:
    """`request` for the log that the replay file `file` is about. Speed and amplification
    multiply those that were typed; of the rest what was typed counts."""
    if request.log is not None:
        raise mistake_on_command_line("--replay", f"{file.name} names a log already")
    written = read_replay_file(file)
    whole_s = written.duration_s
    return dataclasses.replace(
        request,
        campaign=None,
        log=Path(written.log),
        log_format=written.format if request.log_format == LOG_FORMAT else request.log_format,
        speed=request.speed * written.speed,
        amplify=request.amplify * written.amplify,
        duration=request.duration or (f"{whole_s:f}s" if whole_s else None),
        keep_assets=request.keep_assets or written.keep_assets,
        seed=written.seed if request.seed is None else request.seed,
    )


def planned(request: RunRequest) -> tuple[VisitPlan, tuple[str, ...]]:
    """The plan that `request` asks for, and what people should know of it."""
    if (request.campaign is None) == (request.log is None):
        raise mistake_on_command_line("run", "needs either a CAMPAIGN or --replay LOG")
    if request.seed is not None and request.seed < 0:
        raise mistake_on_command_line("--seed", "must not be negative")
    if request.log is not None:
        replay = _replay(request, request.log)
        return replay, replay.notes
    assert request.campaign is not None
    _require_no_replay_options(request)
    plan = played_campaign(
        request.campaign, seed=request.seed, speed=request.speed, amplify=request.amplify
    )
    return plan, pace_notes(plan)


def _replay(request: RunRequest, log: Path) -> ReplayPlan:
    replay = read_replay(
        log,
        log_format=request.log_format,
        speed=request.speed,
        amplify=request.amplify,
        keep_assets=request.keep_assets,
        seed=request.seed if request.seed is not None else 1,
        duration_s=_duration("--duration", request.duration) if request.duration else None,
    )
    if replay.duration_s > LONGEST_REPLAY_S:
        raise mistake_on_command_line(
            "--speed",
            f"the log lasts {replay.duration_s / 86400:.1f} days at this speed: raise --speed "
            "or give --duration, so that the replay ends within a day",
        )
    return replay


def _require_no_replay_options(request: RunRequest) -> None:
    """Whoever asks for ten seconds of a campaign must not get the whole of it."""
    given = [
        f"--{each.name.replace('_', '-')}"
        for each in dataclasses.fields(request)
        if each.name in REPLAY_OPTIONS and getattr(request, each.name) != each.default
    ]
    if given:
        raise mistake_on_command_line(
            ", ".join(given), "only for --replay LOG; a campaign's file says what is played"
        )


def _target(request: RunRequest, plan: VisitPlan) -> PermittedTarget:
    adapter = request.adapter or ("fetch" if request.log else None)
    url_or_file = request.target or _running_here()
    try:
        target = permitted(
            url_or_file,
            adapter=adapter,
            peak_rate_per_s=plan.peak_rate_per_s,
            duration_s=plan.duration_s,
            confirmed=request.yes_production,
        )
    except TargetNotAllowedError as error:
        entry = {"verb": request.verb, "campaign": plan.name, "target": url_or_file}
        append(audit_file(os.environ), "refused", {**entry, "why": str(error)})
        raise
    try:
        tls_context(ca_file=target.ca_file, verify=target.verify)
    except (OSError, ValueError) as error:
        raise mistake_on_command_line("--target", f"ca_file: {error}") from None
    return target


def _running_here() -> str:
    """The URL of the target that `doorbuster target up` keeps running in this workspace."""
    for target in known_targets(Path.cwd()):
        if is_alive(target):
            return target.url
    raise mistake_on_command_line(
        "--target", "is missing, and no target is up here (see doorbuster target up)"
    )


def _duration(option: str, written: str) -> float:
    try:
        return positive_seconds(written)
    except ValueError as error:
        raise mistake_on_command_line(option, f'{error}, got "{written}"') from None
