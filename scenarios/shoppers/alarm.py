"""Wakes greenlets at their instant to a tenth of a millisecond.

gevent's own timers end on whole milliseconds, rounded up, because `epoll_wait` counts in them:
half a millisecond of schedule lag on average. On Linux all sleepers share one `timerfd`, which
counts in nanoseconds and is watched like a socket. Elsewhere gevent's timers serve.
"""

from __future__ import annotations

import ctypes
import heapq
import itertools
import os
import sys
import time

import gevent
from gevent.hub import Waiter

TFD_NONBLOCK_CLOEXEC = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
TFD_TIMER_ABSTIME = 1
READABLE = 1
LEAST_S = 1e-6
"""An instant of 0 would switch the timer off."""


class _TimeSpec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _TimerSpec(ctypes.Structure):
    _fields_ = (("interval", _TimeSpec), ("value", _TimeSpec))


class TimerfdAlarm:
    """One timer of the kernel for any number of sleeping greenlets of one hub.

    The kernel's clock is CLOCK_MONOTONIC, which `time.perf_counter` reads on Linux. Raises OSError
    where the kernel has no timerfd.
    """

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._settime = libc.timerfd_settime
        self._file = libc.timerfd_create(time.CLOCK_MONOTONIC, TFD_NONBLOCK_CLOEXEC)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._sleepers: list[tuple[float, int, Waiter[None]]] = []
        self._sequence = itertools.count()
        self._watcher = gevent.get_hub().loop.io(self._file, READABLE)
        self._watcher.start(self._ring)

    def sleep(self, seconds: float) -> None:
        """Blocks the calling greenlet for `seconds` and lets the others run."""
        instant_s = time.perf_counter() + seconds
        waiter: Waiter[None] = Waiter()
        first = not self._sleepers or instant_s < self._sleepers[0][0]
        heapq.heappush(self._sleepers, (instant_s, next(self._sequence), waiter))
        if first:
            self._set(instant_s)
        waiter.get()

    def _ring(self) -> None:
        """Called by the hub when the timer is due: wakes whoever is due, and sets it anew."""
        try:
            os.read(self._file, 8)
        except BlockingIOError:
            return
        now_s = time.perf_counter()
        while self._sleepers and self._sleepers[0][0] <= now_s:
            # A sleeper that was killed meanwhile listens no more; to wake it does nothing.
            heapq.heappop(self._sleepers)[2].switch(None)
            now_s = time.perf_counter()
        if self._sleepers:
            self._set(self._sleepers[0][0])

    def _set(self, instant_s: float) -> None:
        nanoseconds = round(max(instant_s, LEAST_S) * 1e9)
        spec = _TimerSpec(
            value=_TimeSpec(nanoseconds // 1_000_000_000, nanoseconds % 1_000_000_000)
        )
        self._settime(self._file, TFD_TIMER_ABSTIME, ctypes.byref(spec), None)

    def close(self) -> None:
        """Ends the watch; nobody may be asleep any more."""
        self._watcher.stop()
        self._watcher.close()
        os.close(self._file)


class GeventAlarm:
    """gevent's own timers, where there is no timerfd."""

    def sleep(self, seconds: float) -> None:
        gevent.sleep(seconds)

    def close(self) -> None:
        """There is nothing to close."""


def best_alarm() -> TimerfdAlarm | GeventAlarm:
    """The most exact alarm of this system."""
    if sys.platform == "linux":
        try:
            return TimerfdAlarm()
        except (OSError, AttributeError):
            pass
    return GeventAlarm()
