"""A worker's leave to start visits, which ends by itself when the master falls silent."""

from __future__ import annotations

from collections.abc import Callable

from gevent.event import Event

from scenarios.fleet.protocol import SILENT_MASTER_S


class Lease:
    """Visits below `horizon_index` may be started, no others: whoever hears nothing starts
    nothing that another worker may have been given meanwhile."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._heard_s = now_s()
        self._longer = Event()
        self.horizon_index = 0

    def extend(self, horizon_index: int) -> None:
        """The master has spoken, and grants up to `horizon_index`. It never takes back."""
        self._heard_s = self._now_s()
        if horizon_index > self.horizon_index:
            self.horizon_index = horizon_index
            self._longer.set()
            self._longer.clear()

    def has_run_out(self) -> bool:
        """Whether the master has been silent for SILENT_MASTER_S: the worker ends for good."""
        return self._now_s() - self._heard_s > SILENT_MASTER_S

    def allows(self, index: int) -> bool:
        return index < self.horizon_index

    def wait_for(self, index: int, in_vain: Callable[[], bool]) -> bool:
        """Waits until `index` is allowed, or for as long as that is not `in_vain`; returns
        whether it is."""
        while not self.allows(index):
            if in_vain():
                return False
            self._longer.wait(timeout=0.1)
        return True
