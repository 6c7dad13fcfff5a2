"""Greenlets that play visits, each of them one visit after the other.

A greenlet of its own for each visit would cost more than the player's own work for one of its
requests: every new one maps memory for its stack, touches it and gives it back (Python 3.11).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import gevent
from gevent.event import Event
from greenlet import greenlet

from scenarios.workload.visit import Visit

DISMISS_WITHIN_S = 1.0


class Troupe:
    """As many greenlets as there were visits in play at once. `play` plays one visit and must not
    raise, but GreenletExit."""

    def __init__(self, play: Callable[[Visit], None]) -> None:
        self.playing = 0
        self._play = play
        self._hub = gevent.get_hub()
        self._members: set[greenlet] = set()
        self._idle: list[greenlet] = []
        self._dismissed = False
        self._all_idle: Event | None = None

    def start(self, visit: Visit) -> None:
        """Begins `visit` at the next turn of the event loop."""
        self.playing += 1
        if self._idle:
            self._hub.loop.run_callback(self._idle.pop().switch, visit)
            return
        member = gevent.Greenlet(self._serve, visit)
        self._members.add(member)
        member.start()

    def _serve(self, visit: Visit) -> None:
        me = gevent.getcurrent()
        try:
            while True:
                try:
                    self._play(visit)
                finally:
                    self.playing -= 1
                    if not self.playing and self._all_idle:
                        self._all_idle.set()
                if self._dismissed:
                    return
                self._idle.append(me)
                visit = self._hub.switch()
        finally:
            self._members.discard(me)

    def wait(self, within_s: float) -> None:
        """Returns when nobody plays any more, or after `within_s`."""
        if self.playing:
            self._all_idle = Event()
            self._all_idle.wait(within_s)

    def dismiss(self) -> None:
        """Ends all greenlets, soon at least; visits in play end where they are."""
        self._dismissed = True
        self._idle.clear()
        with contextlib.suppress(gevent.Timeout):
            gevent.killall(list(self._members), timeout=DISMISS_WITHIN_S)
