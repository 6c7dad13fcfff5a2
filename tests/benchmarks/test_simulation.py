"""How fast virtual time is: both engines beside Ciw, salabim and plain SimPy.

Lines of stations are played by all, the full path of an order by the two engines, the record's
minute by the compiled one in a process of its own. Speeds are by processor time, and ratios are
taken within a round. The peers' mean waiting times are held to theory, so that they play the same
model.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import fmean, median

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from sim.answers.observed_engine import observed
from sim.engine.contract import Engine, Played
from sim.engines import chosen_engine, is_kernel_there
from sim.statistics.effort import seconds_to_precision
from sim.statistics.interval import Interval
from tests.benchmarks.conftest import Note
from tests.benchmarks.processor_time import timed
from tests.benchmarks.simulation_line import Line, NothingKept, Trial, played_by
from tests.benchmarks.simulation_order_path import (
    RECORD_AMPLIFY,
    options,
    record_plan,
    smaller_order_path,
    smaller_plan,
)
from tests.benchmarks.simulation_peers import PEERS

LINES = {"mm10": Line(servers=(10,)), "tandem": Line(servers=(10, 5, 8, 4, 10))}
CUSTOMERS = {
    "kernel": 1_000_000,
    "event": 40_000,
    "ciw": 40_000,
    "salabim": 10_000,
    "simpy": 40_000,
}
"""So many that each plays for a second or two."""
A_FEW_CUSTOMERS = 200
STANDARD_ERRORS = 3.0
"""How far from theory a mean waiting time of all rounds may be. With an eleventh server M/M/10
would be farther off in every player."""
KERNELS_TURNS = 10
"""The compiled engine plays the order path so often for once by the other one: it is soon over."""
REPLICATIONS = 60
BOTH_ENGINES = 2
"""Replications played by the event engine, too."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),  # a busy machine takes minutes to compile, and for the record's
    pytest.mark.benchmark(group="simulation: visits in virtual time", min_rounds=1),
]
needs_kernel = pytest.mark.skipif(not is_kernel_there(), reason="the compiled engine needs numba")


@pytest.fixture(scope="module")
def engines() -> dict[str, Engine]:
    """Both where both are there, ready to play."""
    found = {"event": chosen_engine("event")[1]}
    if is_kernel_there():
        found["kernel"] = chosen_engine("kernel")[1]
        played_by(found["kernel"], Line(servers=(1,)), 1, seed=1)
    return found


def child(*words: object, **environment: str) -> dict[str, float]:
    """What `simulation_trial` finds in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.simulation_trial", *map(str, words)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


@pytest.fixture(scope="module")
def speeds() -> dict[str, dict[str, float]]:
    """Of each line, the ratios of the compiled engine to its peers."""
    return {}


@pytest.mark.parametrize("name", LINES)
def test_a_line_of_stations_is_played_by_all(
    benchmark: BenchmarkFixture,
    name: str,
    engines: dict[str, Engine],
    speeds: dict[str, dict[str, float]],
    note: Note,
    is_measuring: bool,
) -> None:
    line, times = LINES[name], 3 if is_measuring else 1
    rounds = [one_round(line, engines, is_measuring, seed) for seed in range(times)]
    benchmark.pedantic(lambda: rounds, rounds=1)
    for player in rounds[0]:
        per_s = median(each[player].customers_per_s for each in rounds)
        benchmark.extra_info[f"{player}_visits_per_s"] = per_s
        note(f"sim.{name}_{player}_visits_per_s", per_s)
        off_s = fmean(each[player].waiting_time_s for each in rounds) - line.waiting_time_s
        customers = sum(each[player].customers for each in rounds)
        assert abs(off_s) < STANDARD_ERRORS * line.error_s(customers), player
    if "kernel" in engines:
        speeds[name] = ratios_of("kernel", rounds)
        for player, ratio in speeds[name].items():
            note(f"sim.{name}_ratio_vs_{player}", ratio)


def one_round(
    line: Line, engines: dict[str, Engine], is_measuring: bool, seed: int
) -> dict[str, Trial]:
    """Everybody in turn."""
    players = PEERS | {name: partial(played_by, engine) for name, engine in engines.items()}
    return {
        name: play(
            line, CUSTOMERS[name] // len(line.servers) if is_measuring else A_FEW_CUSTOMERS, seed
        )
        for name, play in players.items()
    }


def ratios_of(player: str, rounds: list[dict[str, Trial]]) -> dict[str, float]:
    """How many times as fast as each other one, in the median round."""
    return {
        other: median(each[player].customers_per_s / each[other].customers_per_s for each in rounds)
        for other in rounds[0]
        if other != player
    }


@needs_kernel
def test_the_compiled_engine_beside_its_peers(
    benchmark: BenchmarkFixture, speeds: dict[str, dict[str, float]], note: Note
) -> None:
    """On the line where it gains least."""
    assert set(speeds) == set(LINES), "the lines are played first"
    least = {peer: min(line[peer] for line in speeds.values()) for peer in PEERS}
    benchmark.pedantic(lambda: least, rounds=1)
    benchmark.extra_info.update(least)
    for peer, ratio in least.items():
        note(f"sim.ratio_vs_{peer}", ratio)


def test_the_order_path_is_played_by_both_engines(
    benchmark: BenchmarkFixture, engines: dict[str, Engine], note: Note, is_measuring: bool
) -> None:
    """The same visits, to the same end."""
    model = smaller_order_path()
    plan = smaller_plan(3.0 if is_measuring else 0.05)

    def visits_per_s(engine: Engine, times: int) -> tuple[Played, float]:
        def play() -> list[Played]:
            return [engine(plan, model, NothingKept(), options()) for _ in range(times)]

        ends, processor_s = timed(play)
        return ends[0], times * ends[0].visits / processor_s

    turns = {"event": 1, "kernel": KERNELS_TURNS if is_measuring else 1}
    rounds = [
        {name: visits_per_s(engine, turns[name]) for name, engine in engines.items()}
        for _ in range(3 if is_measuring else 1)
    ]
    benchmark.pedantic(lambda: rounds, rounds=1)
    for name in engines:
        note(f"sim.{name}_visits_per_s", median(each[name][1] for each in rounds))
    if "kernel" in engines:
        event, kernel = (rounds[0][name][0] for name in ("event", "kernel"))
        assert kernel.stations == event.stations
        assert kernel.attempts == event.attempts
        ratio = median(each["kernel"][1] / each["event"][1] for each in rounds)
        note("sim.ratio_kernel_vs_event", ratio)


@needs_kernel
def test_a_p99_is_known_to_one_percent(
    benchmark: BenchmarkFixture, engines: dict[str, Engine], note: Note, is_measuring: bool
) -> None:
    """Processor seconds until the 99th percentile of the response time of orders, over seconds
    like these, is known to +-1 % with 95 % confidence. As the engines agree to the last bit, its
    variance is seen by the faster one alone."""
    model = smaller_order_path()
    seconds = 3.0 if is_measuring else 0.05

    def p99_s(engine: Engine, replication: int) -> tuple[float, float]:
        plan, given = smaller_plan(seconds, replication), options(replication)
        found, processor_s = timed(lambda: observed(engine, plan, model, given))
        return found.figures["p99_s:place_order"], processor_s

    count = REPLICATIONS if is_measuring else 4
    kernels = np.array([p99_s(engines["kernel"], k) for k in range(count)])
    events = np.array([p99_s(engines["event"], k) for k in range(BOTH_ENGINES)])
    assert (events[:, 0] == kernels[:BOTH_ENGINES, 0]).all()
    benchmark.pedantic(lambda: kernels, rounds=1)
    for name, cost_s in (
        ("kernel", kernels[:, 1]),
        ("event", np.full(count, events[:, 1].mean())),
    ):
        effort = seconds_to_precision(kernels[:, 0], cost_s)
        assert isinstance(effort, Interval)
        benchmark.extra_info[f"{name}_s"] = (effort.low, effort.estimate, effort.high)
        word = "" if name == "kernel" else f"{name}_"
        note(f"sim.{word}seconds_to_1pct_p99", effort.estimate)


@needs_kernel
def test_the_compiled_engine_is_soon_ready(
    benchmark: BenchmarkFixture, tmp_path: Path, note: Note, is_measuring: bool
) -> None:
    """For who has never used it, and for who uses it again. Only when measured it is compiled
    anew."""
    kept = {"NUMBA_CACHE_DIR": str(tmp_path)} if is_measuring else {}
    if is_measuring:
        note("sim.compile_cold_s", child("ready", **kept)["ready_s"])
    warm = benchmark.pedantic(lambda: child("ready", **kept), rounds=1)
    note("sim.compile_warm_s", warm["ready_s"])


@needs_kernel
def test_the_record_minute_is_simulated(
    benchmark: BenchmarkFixture, note: Note, is_measuring: bool
) -> None:
    """583,000 orders a second for a minute, each with its payment. The seconds are those of the
    clock, planning included; the orders a second also those of the processor."""
    amplify = RECORD_AMPLIFY if is_measuring else 1.0
    minute = child("record_minute", amplify)
    benchmark.pedantic(lambda: minute, rounds=1)
    benchmark.extra_info.update(minute)
    assert minute["visits"] == pytest.approx(record_plan(amplify).expected_visits, rel=0.1)
    assert minute["success_ratio"] > 0.99
    assert minute["unfinished"] == 0
    note("sim.orders_per_s", minute["orders"] / minute["took_s"])
    note("sim.orders_per_cpu_s", minute["orders"] / minute["processor_s"])
    note("sim.record_minute_s", minute["took_s"])
    note("sim.record_minute_rss_bytes", minute["rss_bytes"])
    note("sim.record_minute_events_per_cpu_s", minute["events"] / minute["processor_s"])
    note("sim.record_minute_planning_ratio", minute["planning_s"] / minute["took_s"])
    note("sim.plan_visits_per_s", minute["visits"] / minute["planning_s"])
