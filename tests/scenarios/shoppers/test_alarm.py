from __future__ import annotations

import os
import sys
import time

import gevent
import pytest

from scenarios.shoppers.alarm import TimerfdAlarm, best_alarm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="timerfd is Linux's")


@pytest.fixture
def alarm():
    alarm = TimerfdAlarm()
    # gevent counts a time-out from when its loop last ran, which may be another test ago.
    gevent.sleep(0.001)
    yield alarm
    alarm.close()


def test_nobody_wakes_before_the_instant_and_all_wake_in_its_order(alarm):
    woken_s: list[float] = []

    def sleep(seconds: float) -> None:
        due_s = time.perf_counter() + seconds
        alarm.sleep(seconds)
        assert time.perf_counter() >= due_s
        woken_s.append(due_s)

    naps_s = (0.03, 0.01, 0.02, 0.0101, 0.0, 0.013)
    sleepers = [gevent.spawn(sleep, nap_s) for nap_s in naps_s]
    gevent.joinall(sleepers, timeout=5, raise_error=True)
    assert len(woken_s) == len(naps_s)
    assert woken_s == sorted(woken_s)


def test_a_sleeper_that_is_killed_disturbs_nobody(alarm):
    first = gevent.spawn(alarm.sleep, 0.01)
    second = gevent.spawn(alarm.sleep, 0.02)
    gevent.sleep(0)
    first.kill()
    second.get(timeout=5)
    alarm.sleep(0.001)


def test_others_run_while_one_sleeps(alarm):
    ticks = []
    ticker = gevent.spawn(lambda: [ticks.append(gevent.sleep(0.001)) for _ in range(5)])
    alarm.sleep(0.05)
    ticker.get(timeout=5)
    assert len(ticks) == 5


def test_a_closed_alarm_leaves_no_file_open():
    before = set(os.listdir("/proc/self/fd"))
    best_alarm().close()
    assert set(os.listdir("/proc/self/fd")) <= before
