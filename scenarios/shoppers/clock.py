"""The clock of a run: seconds since its start, and sleeping until an instant of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent


class RunClock:
    """Counts from `start_s` on the monotonic clock; negative before the run starts.

    `sleep` yields to other greenlets; it is given so that tests need not wait.
    """

    def __init__(
        self,
        start_s: float,
        *,
        now: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = gevent.sleep,
    ) -> None:
        self._start_s = start_s
        self._now = now
        self._sleep = sleep

    def now_s(self) -> float:
        return self._now() - self._start_s

    def sleep_until(self, instant_s: float) -> None:
        """Returns at or after `instant_s`; at once, without yielding, when it has passed."""
        while (left_s := instant_s - self.now_s()) > 0:
            self._sleep(left_s)


def clock_starting_in(delay_s: float, sleep: Callable[[float], None]) -> RunClock:
    """A clock that reaches 0 in `delay_s` from now: time to make everything ready."""
    return RunClock(time.perf_counter() + delay_s, sleep=sleep)
