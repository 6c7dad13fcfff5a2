"""The generator at work, in a process of its own: how much it sends, and how punctually.

Started by `sending.PROGRAM`, which imports Locust first: it must patch sockets before anything else
holds one. Prints its figures as JSON, a line for each trial.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import gevent

from reports.analysis.quantiles import quantiles, schedule_lags_s
from reports.record.reader import RunRecord, read_record
from scenarios.rehearsal.doctor.trial_plan import OPEN_SHARE, STEP, TrialPlan, poisson_arrivals
from scenarios.shoppers.crowd import play_under_locust
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.load_session import LEAD_IN_S, LoadSession
from scenarios.shoppers.player import PlayerOptions
from scenarios.workload.limits import IN_FLIGHT_LIMIT
from scenarios.workload.visit import Action, Visit
from targets.adapters.contract import Call, Conversation, Memory, StepResult
from targets.target_file import permitted

AT_ONCE = 50
"""Visits in play at full speed."""
MORE_THAN_ANYBODY_PER_S = 50_000.0
A_LITTLE_MORE = 1.25
ABOUT_S = 1.0
FULL_SPEED_S = 2.5
OPEN_S = 2.5
DRAIN_S = 10.0
"""Longer than any trial: a stop or the last reply ends it."""
SETTLE_S = 0.5
"""Left out of every figure: the connections are being opened."""
OPENINGS = 5
THINK_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An adapter with one call: what is measured is the player, not an adapter."""

    steps: frozenset[str] = frozenset({STEP})

    def play(self, visit: Visit, action: Action, memory: Memory) -> Conversation:  # noqa: ARG002 - the contract
        reply = yield Call(method="GET", path="/")
        return StepResult(outcome="ok" if reply.status == HTTPStatus.OK else "failed")


def full_speed_per_s(url: str, directory: Path) -> float:
    """Requests a second when more visits arrive than can be played.

    The first trial only finds out how many that is: what is too much by far costs time of its own.
    """
    about_per_s = _sent_per_s(url, directory / "about", MORE_THAN_ANYBODY_PER_S, ABOUT_S)
    return _sent_per_s(url, directory / "exactly", A_LITTLE_MORE * about_per_s, FULL_SPEED_S)


def _sent_per_s(url: str, directory: Path, offered_per_s: float, seconds: float) -> float:
    """Requests a second of visits without think times, AT_ONCE of which are in play at most."""
    arrivals_s = poisson_arrivals(offered_per_s / OPENINGS, seconds, seed=1)
    plan = TrialPlan(intended_s=arrivals_s, openings=OPENINGS, think_s=0.0, duration_s=seconds)
    actions = _played(plan, url, directory, at_once=AT_ONCE, stop_after_s=seconds).actions
    finished_s = actions["finished_s"].to_numpy()  # NaN where nothing was sent
    counted = (finished_s >= SETTLE_S) & (finished_s < seconds)
    return float(counted.sum() / (seconds - SETTLE_S))


def open_arrivals(url: str, directory: Path, requests_per_s: float) -> dict[str, float]:
    """The schedule lag with Poisson arrivals that bring `requests_per_s`, in seconds."""
    arrivals_s = poisson_arrivals(requests_per_s / OPENINGS, OPEN_S, seed=1)
    plan = TrialPlan(intended_s=arrivals_s, openings=OPENINGS, think_s=THINK_S, duration_s=OPEN_S)
    actions = _played(plan, url, directory).actions
    intended_s = actions["intended_s"].to_numpy()
    steady = actions[(intended_s >= SETTLE_S) & (intended_s < OPEN_S)]
    lag = quantiles(schedule_lags_s(steady))
    assert lag.p50 is not None
    assert lag.p99 is not None
    assert lag.p999 is not None
    return {
        "offered_per_s": requests_per_s,
        "schedule_lag_p50_s": lag.p50,
        "schedule_lag_p99_s": lag.p99,
        "schedule_lag_p999_s": lag.p999,
    }


def _played(
    plan: TrialPlan,
    url: str,
    directory: Path,
    *,
    at_once: int = IN_FLIGHT_LIMIT,
    stop_after_s: float | None = None,
) -> RunRecord:
    """The record of `plan`, played by the real player under Locust."""
    allowed = permitted(url, adapter=None, peak_rate_per_s=0.0)
    run = LoadRun(
        plan=plan,
        adapter=Opening(),
        adapter_name="doctor",
        url=allowed.url,
        address=allowed.address,
        environment=allowed.environment,
        directory=directory,
        run_id="doctor",
        options=PlayerOptions(in_flight_limit=at_once, drain_s=DRAIN_S),
        parent=os.getppid(),
    )
    session = LoadSession(run)
    ending = None
    if stop_after_s is not None:
        ask = session.player.stop.ask
        ending = gevent.spawn_later(LEAD_IN_S + stop_after_s, ask, "interrupted", "time is up")
    try:
        session.finish(play_under_locust(session.player))
    finally:
        if ending is not None:
            ending.kill()
    return read_record(directory)


def main() -> None:
    url, directory = sys.argv[1], Path(sys.argv[2])
    full_per_s = full_speed_per_s(url, directory / "full_speed")
    print(json.dumps({"requests_per_s": full_per_s}), flush=True)
    lags = open_arrivals(url, directory / "open", OPEN_SHARE * full_per_s)
    print(json.dumps(lags), flush=True)
