"""Whole visits with full recording, beside Locust's own users that play the same visits.

Each trial is a process of its own on one core; the shop that answers has another where there is
one. A quiet machine is needed for figures worth keeping, none for the test to pass.

`SOAK_S=600 make bench ARGS="-k soak"` lets the soak last ten minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.benchmarks.canned_shop import running_canned_shop
from tests.benchmarks.conftest import Note

CAPACITY_SHARE = 0.6
"""How busy the event loop is in the trial of punctuality: its utilisation, as with any server. Of
the throughput at full speed it is less: there each turn of the loop has more news."""
FIRST_GUESS = 0.3
"""Of the throughput at full speed: the rate at which the capacity is estimated."""
SOAK_SHARE = 0.6
"""Of the throughput at full speed: the rate of the soak."""
MORE_THAN_ANY_PLAYER_PER_S = 40_000.0
ENOUGH_MORE = 1.3
SOAK_S = float(os.environ.get("SOAK_S", "20"))
BESIDE_SOAK_S = 300
"""What the other trials of the same test may take, which are played first."""
SMALL_RATE_PER_S = 200.0
"""What any machine can send while it runs other tests."""

PEERS = ("FastHttpUser", "HttpUser")

Trial = Callable[..., dict[str, float]]
Round = dict[str, dict[str, float]]
"""The figures of the player and of its peers."""

pytestmark = [pytest.mark.slow, pytest.mark.benchmark(group="load: whole visits", min_rounds=1)]


@pytest.fixture(scope="module")
def shop(is_measuring: bool) -> Iterator[str]:
    with running_canned_shop(awake=is_measuring) as url:
        yield url


@pytest.fixture(scope="module")
def trial(shop: str, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Runs one trial of the player and returns its figures."""

    def run(name: str, seconds: float, requests_per_s: float) -> dict[str, float]:
        directory = tmp_path_factory.mktemp(name) / "record"
        return child("player_trial", name, shop, directory, seconds, requests_per_s)

    return run


@pytest.fixture(scope="module")
def rounds(shop: str, trial: Trial, is_measuring: bool) -> list[Round]:
    """The player and its peers in turn, so that whatever else the machine does meets all alike."""
    seconds, times = (4.0, 5) if is_measuring else (0.5, 1)
    offered_per_s = SMALL_RATE_PER_S
    if is_measuring:
        about = trial("full_speed", 2.0, MORE_THAN_ANY_PLAYER_PER_S)
        offered_per_s = ENOUGH_MORE * about["requests_per_s"]
    return [
        {"player": trial("full_speed", seconds, offered_per_s)}
        | {client: child("peer_trial", shop, client, seconds) for client in PEERS}
        for _ in range(times)
    ]


@pytest.fixture(scope="module")
def full_speed(rounds: list[Round]) -> dict[str, float]:
    """The round in the middle."""
    return in_the_middle([each["player"] for each in rounds])


def in_the_middle(trials: list[dict[str, float]]) -> dict[str, float]:
    return sorted(trials, key=lambda each: each["requests_per_cpu_s"])[len(trials) // 2]


def child(program: str, *words: object) -> dict[str, float]:
    """What `program` finds, in a process of its own that keeps to one core."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{program}", *map(str, words)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def test_visits_are_played_at_full_speed(
    benchmark: BenchmarkFixture, full_speed: dict[str, float], note: Note
) -> None:
    benchmark.pedantic(lambda: full_speed, rounds=1)
    benchmark.extra_info.update(full_speed)
    assert full_speed["failures"] == 0
    assert full_speed["requests_per_s"] > 0
    for name in ("requests_per_s", "requests_per_cpu_s", "visits_per_s"):
        note(f"load.{name}", full_speed[name])


@pytest.mark.parametrize("client", PEERS)
def test_locusts_users_play_the_same_visits(
    benchmark: BenchmarkFixture, rounds: list[Round], client: str, note: Note
) -> None:
    """Processor time is compared, so that whatever else runs on the core takes from neither."""
    peer = in_the_middle([each[client] for each in rounds])
    benchmark.pedantic(lambda: peer, rounds=1)
    benchmark.extra_info.update(peer)
    assert peer["failures"] == 0
    assert peer["requests_per_s"] > 0
    ratios = [
        each["player"]["requests_per_cpu_s"] / each[client]["requests_per_cpu_s"] for each in rounds
    ]
    note(f"load.{client.lower()}_requests_per_cpu_s", peer["requests_per_cpu_s"])
    note(f"load.ratio_vs_{client.lower()}", median(ratios))
    note(f"load.ratio_vs_{client.lower()}_in_worst_round", min(ratios))


def test_visits_start_when_they_should(
    benchmark: BenchmarkFixture,
    trial: Trial,
    full_speed: dict[str, float],
    note: Note,
    is_measuring: bool,
) -> None:
    """At 60 % of the player's capacity. Of five trials the quietest counts, as the machine is to
    be otherwise idle; the loudest and a bare process's lateness tell how idle it was."""
    seconds, times = (8.0, 5) if is_measuring else (1.0, 1)
    host = child("host_lag", seconds)
    guess = trial("open_arrivals", seconds, FIRST_GUESS * full_speed["requests_per_s"])
    busy = max(guess["event_loop_busy_ratio"], 0.01)
    rate_per_s = guess["offered_per_s"] * min(CAPACITY_SHARE / busy, 1 / FIRST_GUESS)
    trials = [trial("open_arrivals", seconds, rate_per_s) for _ in range(times)]
    trials.sort(key=lambda each: each["schedule_lag_p999_s"])
    quietest, loudest = trials[0], trials[-1]
    benchmark.pedantic(lambda: quietest, rounds=1)
    benchmark.extra_info.update(quietest)
    assert quietest["failures"] == 0
    for name in ("schedule_lag_p50_s", "schedule_lag_p99_s", "schedule_lag_p999_s"):
        note(f"load.{name}", quietest[name])
    note("load.schedule_lag_of_visits_p999_s", quietest["schedule_lag_of_visits_p999_s"])
    note("load.schedule_lag_p999_in_loudest_s", loudest["schedule_lag_p999_s"])
    note("load.schedule_lag_requests_per_s", rate_per_s)
    note("load.schedule_lag_busy_ratio", quietest["event_loop_busy_ratio"])
    note("load.host_lag_p999_s", host["lag_p999_s"])


@pytest.mark.timeout(SOAK_S + BESIDE_SOAK_S)
def test_a_soak_of_open_arrivals(
    benchmark: BenchmarkFixture,
    trial: Trial,
    full_speed: dict[str, float],
    note: Note,
    is_measuring: bool,
) -> None:
    """What memory does under a steady stream that keeps the event loop nearly always busy."""
    seconds = SOAK_S if is_measuring else 2.0
    soak = trial("open_arrivals", seconds, SOAK_SHARE * full_speed["requests_per_s"])
    benchmark.pedantic(lambda: soak, rounds=1)
    benchmark.extra_info.update(soak)
    assert soak["failures"] == 0
    note("load.soak_requests_per_s", soak["offered_per_s"])
    note("load.soak_s", seconds)
    note("load.rss_bytes", soak["rss_bytes"])
    note("load.rss_growth_bytes_per_min", soak["rss_growth_bytes_per_min"])
