"""How busy the event loop is: what it does between two waits for news.

One turn of the loop runs every greenlet that can go on, then asks the kernel for news and waits
until there is some. The time between is when replies lie unread and visits start late. libev
tells when a wait begins and ends ("prepare" and "check" watchers, ev(3)).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import gevent


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """`busy_s` of the time since the last reading the loop was at work; `longest_s` is the
    longest time that it worked at one go."""

    busy_s: float
    longest_s: float


class EventLoopWatch:
    """Watches the event loop of the thread that makes it, from `with` to its end."""

    def __init__(self, *, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        loop = gevent.get_hub().loop
        # The last to hear that a wait begins and the first to hear that it is over. They keep
        # no program alive.
        self._before_wait = loop.prepare(ref=False, priority=loop.MINPRI)  # type: ignore[attr-defined]
        self._after_wait = loop.check(ref=False, priority=loop.MAXPRI)  # type: ignore[attr-defined]
        self._turn_began_s = self._counted_to_s = now()
        self._busy_s = self._longest_s = 0.0

    def __enter__(self) -> Self:
        self._turn_began_s = self._counted_to_s = self._now()
        self._before_wait.start(self._turn_ends)
        self._after_wait.start(self._turn_begins)
        return self

    def __exit__(self, *_: object) -> None:
        for watcher in (self._before_wait, self._after_wait):
            watcher.stop()
            watcher.close()

    def _turn_begins(self) -> None:
        self._turn_began_s = self._counted_to_s = self._now()

    def _turn_ends(self) -> None:
        self._count(self._now())

    def _count(self, now_s: float) -> None:
        self._busy_s += now_s - self._counted_to_s
        self._longest_s = max(self._longest_s, now_s - self._turn_began_s)
        self._counted_to_s = now_s

    def take(self) -> Turns:
        """The turns since the last call, the current one as far as it has gone. To be called
        from a greenlet of the loop."""
        self._count(self._now())
        turns = Turns(busy_s=self._busy_s, longest_s=self._longest_s)
        self._busy_s = self._longest_s = 0.0
        return turns


class GarbageWatch:
    """How long garbage collections hold the interpreter, from `with` to its end."""

    def __init__(self, *, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._began_s = 0.0
        self._pause_s = self._longest_s = 0.0

    def __enter__(self) -> Self:
        gc.callbacks.append(self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._hear)

    def _hear(self, moment: str, _: Mapping[str, Any]) -> None:
        if moment == "start":
            self._began_s = self._now()
            return
        took_s = self._now() - self._began_s
        self._pause_s += took_s
        self._longest_s = max(self._longest_s, took_s)

    def take(self) -> tuple[float, float]:
        """All pauses since the last call together, and the longest of them, in seconds."""
        taken = self._pause_s, self._longest_s
        self._pause_s = self._longest_s = 0.0
        return taken
