"""Deadlines of many waits at once, to a hundredth of a second.

A timer of the event loop for each wait costs more than most waits take. Here one timer looks at
a wheel of ticks, and a wait that is looked at too early is only put on a later tick: streams that
are used again and again before their deadline cost a comparison each time.
"""

from __future__ import annotations

import time
from typing import Protocol

import gevent

TICK_S = 0.01
NEVER = 1 << 62


class Waiting(Protocol):
    """`deadline_s` is an instant of `time.perf_counter`; `looked_at` is the wheel's own note and
    starts as NEVER. `expire` ends the wait, if there is one."""

    deadline_s: float
    looked_at: int

    def expire(self) -> None: ...


class Deadlines:
    """Ends waits of one event loop within a tick after their deadline, never before it."""

    def __init__(self) -> None:
        self._ticks: dict[int, set[Waiting]] = {}
        self._seen = 0
        # It keeps no program alive, and runs only while somebody waits.
        self._timer = gevent.get_hub().loop.timer(TICK_S, TICK_S, ref=False)

    def watch(self, waiting: Waiting) -> None:
        """From now on `waiting` expires at its `deadline_s`."""
        tick = int(waiting.deadline_s / TICK_S) + 1
        if waiting.looked_at <= tick:
            return
        self.forget(waiting)
        if not self._ticks:
            self._seen = int(time.perf_counter() / TICK_S)
            self._timer.start(self._turn)
        tick = max(tick, self._seen + 1)
        self._ticks.setdefault(tick, set()).add(waiting)
        waiting.looked_at = tick

    def forget(self, waiting: Waiting) -> None:
        """`waiting` will wait no more."""
        if waiting.looked_at != NEVER:
            self._ticks.get(waiting.looked_at, set()).discard(waiting)
            waiting.looked_at = NEVER

    def _turn(self) -> None:
        now_s = time.perf_counter()
        first, self._seen = self._seen + 1, int(now_s / TICK_S)
        for tick in range(first, self._seen + 1):
            for waiting in self._ticks.pop(tick, ()):
                if waiting.looked_at == NEVER:
                    continue  # forgotten by what an expiry before it did
                waiting.looked_at = NEVER
                if waiting.deadline_s <= now_s:
                    waiting.expire()
                else:
                    self.watch(waiting)
        if not self._ticks:
            self._timer.stop()

    def close(self) -> None:
        self._timer.stop()
        self._timer.close()
