"""A replay: the plan of visits that a web server's log tells of, faster or multiplied."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reports.documents.mistake import DocumentError, Mistake, mistake_on_command_line
from scenarios.workload.columns import Floats, Integers
from scenarios.workload.log_format import compile_log_format
from scenarios.workload.log_trace import LogTrace, read_trace
from scenarios.workload.plan import PlannedPhase, PlanTables, VisitChunk
from scenarios.workload.session import Sessions, sessions_of, spread
from scenarios.workload.session_copies import session_copies
from scenarios.workload.visit import FETCH_STEP

PATIENCE_S = 30.0
LARGEST_SHIFT_S = 30.0
VISITS_PER_CHUNK = 65_536
MOST_RATE_BINS = 1_000_000
MOST_COPIES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplayPlan:
    """A VisitPlan made from a log; nothing in it is drawn anew, so its means are its counts.

    A visit is a session, an action is a request: step `fetch` with its path. `sessions` and the
    action columns `think_s` and `path` hold each session once, in the order of
    `sessions.order`; `played` lists the session of every visit and `arrival_s` its instant.
    `notes` say in sentences what was read and what was left out.
    """

    name: str
    text: str
    seed: int
    duration_s: float
    tables: PlanTables
    notes: tuple[str, ...]
    sessions: Sessions
    think_s: Floats
    path: npt.NDArray[np.int32]
    played: Integers
    arrival_s: Floats
    stock: dict[int, int] = field(default_factory=dict)
    speed: float = 1.0
    amplify: float = 1.0

    @property
    def phases(self) -> tuple[PlannedPhase, ...]:
        return (PlannedPhase(name="replay", start_s=0.0, duration_s=self.duration_s),)

    @property
    def expected_visits(self) -> float:
        return float(len(self.played))

    def expected_actions(self) -> dict[str, float]:
        return {FETCH_STEP: float(self.sessions.lengths[self.played].sum())}

    @property
    def peak_rate_per_s(self) -> float:
        return float(self._rates_per_s().max())

    def rate_at(self, t_s: Floats) -> Floats:
        """The arrivals a second around each instant: a histogram of bins of at most one second,
        wider only in a replay of more than 11 days. Its integral is the number of visits.
        """
        per_s = self._rates_per_s()
        inside = (t_s >= 0) & (t_s < self.duration_s)
        index = np.clip(t_s / self.duration_s * len(per_s), 0, len(per_s) - 1).astype(np.int64)
        return np.where(inside, per_s[index], 0.0)

    def _rates_per_s(self) -> Floats:
        """The arrivals a second in each bin; the bins have one width."""
        bins = min(max(1, math.ceil(self.duration_s)), MOST_RATE_BINS)
        width_s = self.duration_s / bins
        bin_of_visit = np.minimum((self.arrival_s / width_s).astype(np.int64), bins - 1)
        return np.bincount(bin_of_visit, minlength=bins) / width_s

    def chunks(self) -> Iterator[VisitChunk]:
        return self.chunks_from(0)

    def chunks_from(self, index: int) -> Iterator[VisitChunk]:
        """The chunks of the visits from `index` on."""
        for begin in range(index, len(self.played), VISITS_PER_CHUNK):
            yield self._chunk(begin, min(begin + VISITS_PER_CHUNK, len(self.played)))

    def _chunk(self, begin: int, end: int) -> VisitChunk:
        played = self.played[begin:end]
        first = np.concatenate(([0], np.cumsum(self.sessions.lengths[played])))
        rows = spread(self.sessions.first[played], first)
        none, no_code = np.zeros(len(played), np.int16), np.zeros(len(rows), np.int16)
        return VisitChunk(
            first_index=begin,
            intended_s=self.arrival_s[begin:end],
            phase=none,
            persona=none,
            channel=none,
            tier=none,
            patience_s=np.full(len(played), PATIENCE_S),
            first_action=first,
            step=no_code,
            think_s=self.think_s[rows],
            sku=np.zeros(len(rows), np.int32),
            quantity=no_code,
            path=self.path[rows],
        )


def read_replay(
    file: Path,
    *,
    log_format: str = "combined",
    speed: float = 1.0,
    amplify: float = 1.0,
    keep_assets: bool = False,
    seed: int = 1,
    duration_s: float | None = None,
) -> ReplayPlan:
    """The plan that replays the access log `file`.

    Sessions are made in the log's own time; then `speed` divides every instant, gap and logged
    duration. `amplify` plays each session that many times, see `session_copies`, its copies up
    to 30 s / `speed` apart from it. `duration_s` keeps the first seconds of the replay.

    A think time counts from the finish of the action before. It is the gap between the two
    requests less the logged duration of the first, and at least 0; where the log knows no
    durations it is the whole gap. Raises DocumentError for an option, a format or a log that
    cannot be used.
    """
    pace = _Pace(speed=speed, amplify=amplify, seed=seed, duration_s=duration_s)
    _check(pace)
    layout = compile_log_format(log_format)
    trace = read_trace(file, layout, keep_assets=keep_assets)
    assets = "with" if keep_assets else "without"
    heading = f"replay of {file.name}: speed {speed:g}, amplify {amplify:g}, {assets} assets"
    name = file.name.removesuffix(".gz").removesuffix(".log")
    return _paced(trace, pace, name=name, text=f"{heading}\nlog format: {layout.text}\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    speed: float
    amplify: float
    seed: int
    duration_s: float | None


def _check(pace: _Pace) -> None:
    """Raises DocumentError with every option that is out of its range."""
    rules = (
        ("--speed", pace.speed, 0 < pace.speed < math.inf, "must be > 0"),
        (
            "--amplify",
            pace.amplify,
            0 < pace.amplify <= MOST_COPIES,
            f"must be > 0 and at most {MOST_COPIES:,}",
        ),
        ("--seed", pace.seed, pace.seed >= 0, "must not be negative"),
        ("--duration", pace.duration_s, _is_duration(pace.duration_s), "must be > 0"),
    )
    wrong = [_option(name, f"{rule}, got {value}") for name, value, good, rule in rules if not good]
    if wrong:
        raise DocumentError(wrong)


def _is_duration(duration_s: float | None) -> bool:
    return duration_s is None or 0 < duration_s < math.inf


def _option(name: str, message: str) -> Mistake:
    return Mistake(file=name, line=0, column=0, path="", message=message)


def _paced(trace: LogTrace, pace: _Pace, *, name: str, text: str) -> ReplayPlan:
    at_s = (trace.instant_s - trace.instant_s.min()) / pace.speed
    cut_s = math.inf if pace.duration_s is None else pace.duration_s
    kept = np.flatnonzero(at_s < cut_s)
    sessions = sessions_of(trace.instant_s[kept], trace.visitor[kept])
    rows = kept[sessions.order]
    played, arrival_s = session_copies(
        at_s[rows[sessions.first[:-1]]],
        copies=pace.amplify,
        shift_s=LARGEST_SHIFT_S / pace.speed,
        seed=pace.seed,
    )
    if not len(played):
        message = f"{pace.amplify:g} keeps none of the log's {len(sessions):,} sessions"
        raise mistake_on_command_line("--amplify", message)
    think_s = _think_s(trace.instant_s[rows], trace.duration_s[rows], sessions) / pace.speed
    return ReplayPlan(
        name=name,
        text=text,
        seed=pace.seed,
        # A stamp of whole seconds stands for the second that it begins.
        duration_s=min(cut_s, float(at_s.max()) + 1.0 / pace.speed),
        tables=_tables(trace),
        notes=(*trace.notes, *_session_notes(sessions, played, pace)),
        sessions=sessions,
        think_s=think_s,
        path=trace.path[rows],
        played=played,
        arrival_s=arrival_s,
        speed=pace.speed,
        amplify=pace.amplify,
    )


def _think_s(instant_s: Floats, duration_s: Floats, sessions: Sessions) -> Floats:
    """The pause before each request of `sessions`, in the log's own time."""
    think_s = np.zeros(len(instant_s))
    think_s[1:] = np.maximum(np.diff(instant_s) - duration_s[:-1], 0.0)
    think_s[sessions.first[:-1]] = 0.0
    return think_s


def _tables(trace: LogTrace) -> PlanTables:
    return PlanTables(
        phases=("replay",),
        personas=("visitor",),
        channels=("web",),
        tiers=("regular",),
        steps=(FETCH_STEP,),
        paths=trace.paths,
        logged_statuses=trace.logged_statuses,
    )


def _session_notes(sessions: Sessions, played: Integers, pace: _Pace) -> Iterator[str]:
    if pace.duration_s is not None:
        yield f"{sessions.first[-1]:,} requests are within the first {pace.duration_s:g} s"
    mean = sessions.first[-1] / len(sessions)
    yield f"{len(sessions):,} sessions of {mean:.1f} requests (half an hour of silence ends one)"
    if pace.amplify != 1.0:
        yield f"amplified by {pace.amplify:g} to {len(played):,} visits"
    if pace.speed != 1.0:
        yield f"time runs {pace.speed:g} times as fast as in the log"
