"""Virtual time: SimPy's environment with absolute instants and one order for all that happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappush
from typing import Protocol

import simpy
from simpy.events import Event, EventPriority

from sim.engine.agenda import SOMEBODY


class GoesOn(Protocol):
    """Who waited and may go on."""

    def go_on(self) -> None: ...


class Clock(simpy.Environment):
    """SimPy's heap of (time, priority, sequence) is the whole law of what happens when.

    `schedule_at` takes the instant itself, since now + (instant - now) rounds. `freed` are those
    who go on after the event that freed them, in the order in which it did.
    """

    def __init__(self) -> None:
        super().__init__(initial_time=0.0)
        self.freed: deque[GoesOn] = deque()
        self.events = 0

    def schedule_at(self, event: Event, at_s: float, priority: int = SOMEBODY) -> None:
        heappush(self._queue, (at_s, EventPriority(priority), next(self._eid), event))

    def call_at(self, at_s: float, what: Callable[[], None], priority: int = SOMEBODY) -> None:
        """Does `what` at `at_s`."""
        event = Event(self)
        event._ok = True
        event._value = None
        event.callbacks = [lambda _: what()]
        self.schedule_at(event, at_s, priority)

    def step(self) -> None:
        """The next event, and all that follows from it at once."""
        super().step()
        self.events += 1
        while self.freed:
            self.freed.popleft().go_on()
