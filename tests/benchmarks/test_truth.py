"""What is said of a server that freezes 1 s in every 4 s, beside what shoppers feel: ours and
plain Locust's, each for as many requests a second.

Error ratios are those of a percentile against the exact one: -0.95 says a twentieth of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from reports.analysis.quantiles import LEVELS, times_of
from tests.benchmarks.conftest import Note
from tests.laws.stalls import stalling_server
from tests.laws.steady_run import DURATION_S, RATE_PER_S, STALLS, steady_run

GROUP = "truth: a server that freezes 1 s in every 4 s, 100 requests/s for 8 s"
JUDGED = ("p90", "p95", "p99")

pytestmark = [pytest.mark.slow, pytest.mark.benchmark(group=GROUP)]


def error_ratios(found: dict[str, float]) -> dict[str, float]:
    """By name of the figure, how far each percentile is off, as a share of the exact one."""
    return {
        f"{name}_error_ratio": found[name] / STALLS.response_time_s(LEVELS[name]) - 1
        for name in JUDGED
    }


def test_doorbuster_tells_what_shoppers_feel(
    benchmark: BenchmarkFixture, tmp_path: Path, note: Note
) -> None:
    record = benchmark.pedantic(steady_run, args=(tmp_path, "out"))
    felt = times_of(record.actions).response_time_s
    ratios = error_ratios({name: getattr(felt, name) for name in JUDGED})
    for name, ratio in ratios.items():
        note(f"truth.{name}", ratio)
    assert min(ratios.values()) > -0.02


def test_locust_tells_what_its_users_feel(benchmark: BenchmarkFixture, note: Note) -> None:
    found = benchmark.pedantic(peer_figures)
    ratios = error_ratios(found)
    for name, ratio in ratios.items():
        note(f"truth.locust_{name}", ratio)
    assert found["requests_per_s"] > 0


def peer_figures() -> dict[str, float]:
    with stalling_server(STALLS) as url:
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.stall_peer", url, str(RATE_PER_S),
             str(DURATION_S)],
            capture_output=True, check=True, timeout=60,
        )  # fmt: skip
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
