"""From what was typed to a plan: a campaign's, or that of a log.

Apart from the rest of a run request, so that the workers of a fleet load nothing that only a
master needs.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from reports.documents.located_yaml import read_yaml
from reports.documents.mistake import mistake_on_command_line
from reports.documents.quantity import positive_seconds
from scenarios.rehearsal.document_kind import kind_of
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.limits import IN_FLIGHT_LIMIT, TIMEOUT_S
from scenarios.workload.log_replay import ReplayPlan, read_replay
from scenarios.workload.pace_notes import pace_notes
from scenarios.workload.plan import VisitPlan
from scenarios.workload.played_campaign import played_campaign
from scenarios.workload.replay_file import LOG_FORMAT, read_replay_file

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
    metrics: str | None = None
    verb: str = "run"
    run_id: str | None = None
    parent: int | None = None


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
        duration_s=typed_seconds("--duration", request.duration) if request.duration else None,
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


def typed_seconds(option: str, written: str) -> float:
    """The duration that was `written` after `option`. Raises DocumentError."""
    try:
        return positive_seconds(written)
    except ValueError as error:
        raise mistake_on_command_line(option, f'{error}, got "{written}"') from None
