"""Time that passes only while nobody has anything to do, for exact tests of greenlets."""

from __future__ import annotations

import heapq
import itertools
from typing import Self

import gevent
from gevent.hub import Waiter


class VirtualTime:
    """A clock for RunClock: `now` and `sleep`. Whenever every greenlet waits, time jumps to the
    instant of the next sleeper. To be used as a context manager."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._sleepers: list[tuple[float, int, Waiter[None]]] = []
        self._order = itertools.count()
        self._idle = gevent.get_hub().loop.idle()

    def now(self) -> float:
        return self._now_s

    def sleep(self, seconds: float) -> None:
        waiter: Waiter[None] = Waiter()
        heapq.heappush(self._sleepers, (self._now_s + seconds, next(self._order), waiter))
        waiter.get()

    def _wake_next(self) -> None:
        if self._sleepers:
            self._now_s, _, waiter = heapq.heappop(self._sleepers)
            waiter.switch(None)

    def __enter__(self) -> Self:
        self._idle.start(self._wake_next)
        return self

    def __exit__(self, *_: object) -> None:
        self._idle.stop()
        self._idle.close()
