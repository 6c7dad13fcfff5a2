"""The one door through which everything that ends a run early must go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.record.manifest import EndReason

RAMP_DOWN_S = 10.0
GOLDEN_RATIO = 0.6180339887498949


@dataclass(frozen=True, slots=True, kw_only=True)
class RampDown:
    """Arrivals thinned in a straight line: all of them at `from_s`, none `within_s` later."""

    from_s: float
    within_s: float = RAMP_DOWN_S

    def __post_init__(self) -> None:
        assert self.within_s > 0, self.within_s

    def share_at(self, now_s: float) -> float:
        """The share of the visits that is still started at `now_s`, from 1 down to 0."""
        return min(1.0, max(0.0, 1.0 - (now_s - self.from_s) / self.within_s))

    def keeps(self, index: int, now_s: float) -> bool:
        """Whether the visit `index` is started at `now_s`.

        No dice: visit k is kept while frac(k (sqrt(5) - 1) / 2) is below the share. That sequence
        is evenly spread over every stretch of indices (Weyl 1916), over every n-th one too, so
        the shards of a fleet are thinned alike.
        """
        return index * GOLDEN_RATIO % 1.0 < self.share_at(now_s)


@dataclass(slots=True)
class StopRequest:
    """Asks a run to end early. The first reason counts, whoever asks again.

    `now_s` is the run's clock; `at_s` is when the first request came: nothing was due after it.
    """

    now_s: Callable[[], float]
    reason: EndReason | None = None
    detail: str = ""
    at_s: float = 0.0
    ramp: RampDown | None = None
    _stopped: bool = False

    def ask(self, reason: EndReason, detail: str) -> None:
        """No new visit, no new action, no new request, from now on."""
        self._note(reason, detail)
        self._stopped = True

    def ask_ramp_down(self, reason: EndReason, detail: str) -> None:
        """Visits are thinned out from now on, and after RAMP_DOWN_S the run stops."""
        if self.reason is None:
            self._note(reason, detail)
            self.ramp = RampDown(from_s=self.at_s)

    def asked(self) -> bool:
        """Whether the run stops now; not yet while it only ramps down."""
        if self.ramp is not None and not self._stopped:
            self._stopped = self.ramp.share_at(self.now_s()) <= 0.0
        return self._stopped

    def _note(self, reason: EndReason, detail: str) -> None:
        if self.reason is None:
            self.reason, self.detail, self.at_s = reason, detail, self.now_s()
