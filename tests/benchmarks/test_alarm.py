"""How late a sleeper wakes: the kernel's nanosecond timer beside gevent's own milliseconds."""

from __future__ import annotations

import sys
import time
from contextlib import closing

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from scenarios.shoppers.alarm import GeventAlarm, TimerfdAlarm
from tests.benchmarks.conftest import Note

NAPS_S = [0.001 + nap * 7e-6 for nap in range(100)]


@pytest.mark.benchmark(group="alarm: 100 naps of 1 to 1.7 ms, 0.135 s in all")
@pytest.mark.parametrize("kind", [TimerfdAlarm, GeventAlarm])
def test_naps_are_as_long_as_asked_for(
    benchmark: BenchmarkFixture, kind: type[TimerfdAlarm | GeventAlarm], note: Note
) -> None:
    if kind is TimerfdAlarm and sys.platform != "linux":
        pytest.skip("timerfd is Linux's")
    with closing(kind()) as alarm:
        late_s = benchmark.pedantic(lambda: [oversleep_s(alarm, nap_s) for nap_s in NAPS_S])
    middle_s = sorted(late_s)[len(late_s) // 2]
    benchmark.extra_info["median_oversleep_s"] = middle_s
    note(f"alarm.{kind.__name__.lower()}_median_oversleep_s", middle_s)
    assert min(late_s) >= 0


def oversleep_s(alarm: TimerfdAlarm | GeventAlarm, nap_s: float) -> float:
    due_s = time.perf_counter() + nap_s
    while (left_s := due_s - time.perf_counter()) > 0:
        alarm.sleep(left_s)
    return time.perf_counter() - due_s
