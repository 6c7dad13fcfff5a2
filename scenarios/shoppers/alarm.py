"""Wakes greenlets at their instant to a tenth of a millisecond.

gevent's own timers end on whole milliseconds, rounded up, because `epoll_wait` counts in them:
half a millisecond of schedule lag on average. On Linux all sleepers share one `timerfd`, which
counts in nanoseconds and is watched like a socket. Elsewhere gevent's timers serve.
"""

from __future__ import annotations

import ctypes
import heapq
import itertools
import math
import os
import sys
import time

import gevent
from greenlet import getcurrent, greenlet

TFD_NONBLOCK_CLOEXEC = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
TFD_TIMER_ABSTIME = 1
READABLE = 1
OFF_S = 0.0
"""To set the timer to this instant switches it off."""


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
        # Made once: it is set for nearly every sleep.
        self._spec = _TimerSpec()
        self._value = self._spec.value
        self._spec_at = ctypes.byref(self._spec)
        self._sleepers: list[tuple[float, int]] = []
        self._asleep: dict[int, greenlet] = {}
        self._numbers = itertools.count()
        self._hub = gevent.get_hub()
        self._watcher = self._hub.loop.io(self._file, READABLE)
        self._watcher.start(self._ring)

    def sleep(self, seconds: float) -> None:
        """Blocks the calling greenlet for `seconds` and lets the others run."""
        instant_s, number = time.perf_counter() + seconds, next(self._numbers)
        if not self._sleepers or instant_s < self._sleepers[0][0]:
            self._set(instant_s)
        heapq.heappush(self._sleepers, (instant_s, number))
        self._asleep[number] = getcurrent()
        try:
            self._hub.switch()
        finally:
            # A sleeper that was killed is not woken any more.
            self._asleep.pop(number, None)

    def _ring(self) -> None:
        """Called by the hub when the timer is due: wakes whoever is due, and sets it anew.

        Who falls due meanwhile is woken in the next turn of the loop: replies come first then.
        """
        sleepers, asleep, now_s = self._sleepers, self._asleep, time.perf_counter()
        while sleepers and sleepers[0][0] <= now_s:
            sleeper = asleep.pop(heapq.heappop(sleepers)[1], None)
            if sleeper is not None:
                sleeper.switch()
        # That it rang needs not be read: to set it, or to switch it off, takes that back.
        self._set(sleepers[0][0] if sleepers else OFF_S)

    def _set(self, instant_s: float) -> None:
        seconds = int(instant_s)
        self._value.seconds = seconds
        self._value.nanoseconds = math.ceil((instant_s - seconds) * 1e9)
        self._settime(self._file, TFD_TIMER_ABSTIME, self._spec_at, None)

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
