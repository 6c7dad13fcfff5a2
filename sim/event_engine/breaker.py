"""A circuit breaker: closed, open, half open, and closed again."""

from __future__ import annotations

from collections import deque
from typing import Literal

from sim.model.call import Breaker

State = Literal["closed", "open", "half open"]


class BreakerInPlay:
    """`epoch` counts the changes of its state: a try counts in the epoch that let it through."""

    def __init__(self, model: Breaker) -> None:
        self._model = model
        self._state: State = "closed"
        self._window: deque[bool] = deque(maxlen=model.window)
        self._failed = 0
        self._opened_s = self._left_closed_s = 0.0
        self._probing = self._passed = 0
        self._not_closed_s = 0.0
        self.epoch = 0
        self.openings = 0

    def lets_through(self, now_s: float) -> bool:
        """Whether a try may begin now."""
        if self._state == "open":
            if now_s < self._opened_s + self._model.open_s:
                return False
            self._enter("half open")
            self._probing = self._passed = 0
        if self._state == "half open":
            if self._probing >= self._model.probes:
                return False
            self._probing += 1
        return True

    def count(self, failed: bool, epoch: int, now_s: float) -> None:
        """A try that began in `epoch` has ended."""
        if epoch != self.epoch:
            return
        if self._state == "half open":
            self._count_probe(failed, now_s)
            return
        if len(self._window) == self._window.maxlen:
            self._failed -= self._window[0]
        self._window.append(failed)
        self._failed += failed
        seen = len(self._window)
        if seen >= self._model.least and self._failed >= self._model.failure_ratio * seen:
            self._left_closed_s = now_s
            self._open(now_s)

    def open_s(self, at_s: float) -> float:
        """How long it has not been closed until `at_s`."""
        if self._state == "closed":
            return self._not_closed_s
        return self._not_closed_s + (at_s - self._left_closed_s)

    def _count_probe(self, failed: bool, now_s: float) -> None:
        if failed:
            self._open(now_s)
            return
        self._passed += 1
        if self._passed == self._model.probes:
            self._not_closed_s += now_s - self._left_closed_s
            self._window.clear()
            self._failed = 0
            self._enter("closed")

    def _open(self, now_s: float) -> None:
        self._opened_s = now_s
        self.openings += 1
        self._enter("open")

    def _enter(self, state: State) -> None:
        self._state = state
        self.epoch += 1
