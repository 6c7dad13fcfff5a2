"""The player at work on whole visits with full recording: how much, how punctually, how lean.

Run as `python -m tests.benchmarks.player_trial TRIAL URL DIRECTORY SECONDS REQUESTS_PER_S` in a
process of its own. Prints the trial's figures as JSON.
"""

from __future__ import annotations

import locust  # noqa: F401 - first: it patches sockets before anything else holds one  # isort: skip

import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import gevent
import numpy as np
import psutil

from reports.analysis.quantiles import quantiles, schedule_lags_s
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord, read_record
from scenarios.shoppers.crowd import play_under_locust
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.load_session import LoadSession
from scenarios.shoppers.player import Player, PlayerOptions
from targets.adapters.reference import ReferenceShop
from targets.target_file import permitted
from tests.benchmarks.own_core import keep_to_clients_core
from tests.benchmarks.retimed_plan import RetimedPlan

AT_ONCE = 400
"""Visits in play at full speed, whatever more is offered: enough that the pauses of those which
ask for their order leave no processor time unused."""
SETTLE_SHARE = 0.25
"""Of a trial, at its beginning: connections are being opened, nothing is counted."""
DRAIN_S = 10.0
LIMIT = 100_000


def full_speed(url: str, directory: Path, seconds: float, offered_per_s: float) -> dict[str, float]:
    """More is offered than can be sent; visits go on without think times. What is above the limit
    of visits in play is recorded too, and counts for nothing."""
    marks: list[tuple[float, float]] = []

    def watch(player: Player) -> None:
        for instant_s in (SETTLE_SHARE * seconds, seconds):
            player.clock.sleep_until(instant_s)
            marks.append((player.clock.now_s(), time.process_time()))
        player.stop.ask("interrupted", "time is up")

    plan = RetimedPlan(rate_per_s=1.0, duration_s=2 * seconds, think_ratio=0.0)
    plan = plan.at(requests_per_s=offered_per_s)
    record = played(plan, url, directory, AT_ONCE, watch)
    (began_s, began_cpu_s), (ended_s, ended_cpu_s) = marks
    finished_s = record.actions["finished_s"]
    counted = record.actions[(finished_s >= began_s) & (finished_s < ended_s)]
    requests = int(counted["requests"].sum())
    return {
        "requests_per_s": requests / (ended_s - began_s),
        "requests_per_cpu_s": requests / (ended_cpu_s - began_cpu_s),
        "visits_per_s": int((counted["action"] == 0).sum()) / (ended_s - began_s),
        "failures": failures(record),
    }


def open_arrivals(
    url: str, directory: Path, seconds: float, requests_per_s: float
) -> dict[str, float]:
    """Visits that arrive at random and think: the schedule lag of every action, how busy the event
    loop was, and the growth of memory by a straight line through the second half."""
    readings: list[tuple[float, int]] = []

    def watch(player: Player) -> None:
        process = psutil.Process()
        for second in range(math.ceil(seconds)):
            player.clock.sleep_until(float(second))
            readings.append((player.clock.now_s(), process.memory_info().rss))

    plan = RetimedPlan(rate_per_s=1.0, duration_s=seconds, think_ratio=0.2)
    record = played(plan.at(requests_per_s=requests_per_s), url, directory, LIMIT, watch)
    actions = record.actions
    steady = actions[actions["intended_s"].between(SETTLE_SHARE * seconds, seconds)]
    every, first = (
        quantiles(schedule_lags_s(each)) for each in (steady, steady[steady["action"] == 0])
    )
    gauges = record.gauges[record.gauges["t_s"].between(SETTLE_SHARE * seconds, seconds)]
    busy = gauges.loc[gauges["name"] == "event_loop_busy_ratio", "value"]
    later = np.array(readings[len(readings) // 2 :])
    growth_per_s = np.polyfit(later[:, 0], later[:, 1], 1)[0] if len(later) > 2 else 0.0
    return {
        "offered_per_s": requests_per_s,
        "schedule_lag_p50_s": every.p50 or 0.0,
        "schedule_lag_p99_s": every.p99 or 0.0,
        "schedule_lag_p999_s": every.p999 or 0.0,
        "schedule_lag_of_visits_p999_s": first.p999 or 0.0,
        "event_loop_busy_ratio": float(busy.mean()) if len(busy) else 0.0,
        "rss_growth_bytes_per_min": float(growth_per_s * 60),
        "rss_bytes": float(readings[-1][1]),
        "failures": failures(record),
    }


def played(
    plan: RetimedPlan,
    url: str,
    directory: Path,
    in_flight_limit: int,
    watch: Callable[[Player], None],
) -> RunRecord:
    """The record of `plan`, played as `doorbuster run` plays it; `watch` runs beside."""
    allowed = permitted(url, adapter=None, peak_rate_per_s=0.0)
    run = LoadRun(
        plan=plan,
        adapter=ReferenceShop(metrics=None, back_office=None),
        adapter_name="reference",
        url=allowed.url,
        address=allowed.address,
        environment=allowed.environment,
        directory=directory,
        run_id="benchmark",
        options=PlayerOptions(in_flight_limit=in_flight_limit, drain_s=DRAIN_S),
    )
    session = LoadSession(run)
    watching = gevent.spawn(watch, session.player)
    try:
        session.finish(play_under_locust(session.player))
        watching.get()
    finally:
        watching.kill()
    return read_record(directory)


def failures(record: RunRecord) -> int:
    """Actions that ended otherwise than all of them should; those not sent are expected."""
    expected = (Outcome.OK.word, Outcome.NOT_SENT.word)
    return int((~record.actions["outcome"].isin(expected)).sum())


TRIALS = {"full_speed": full_speed, "open_arrivals": open_arrivals}

if __name__ == "__main__":
    keep_to_clients_core()
    chosen, at, into, lasting_s, requests_a_second = sys.argv[1:]
    found = TRIALS[chosen](at, Path(into), float(lasting_s), float(requests_a_second))
    print(json.dumps(found))
