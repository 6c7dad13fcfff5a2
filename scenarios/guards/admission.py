"""Which visits may start: all of them, until a run ramps down or exceeds its target's limits."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.guards.stop_request import StopRequest

HEADROOM = 1.2
BURST_S = 2.0
BURST_VISITS = 50.0
LATE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that a target may be given; None where its owner set no limit.

    `largest_rate_per_s` counts visits, `largest_duration_s` goes from instant 0 to the last
    arrival.
    """

    largest_rate_per_s: float | None = None
    largest_duration_s: float | None = None

    def too_fast(self) -> str:
        """What a run has done that started too many visits."""
        return (
            f"more visits began than largest_rate {self.largest_rate_per_s:g}/s allows "
            f"(by over {100 * (HEADROOM - 1):.0f} %, and {BURST_S:g} s of visits)"
        )


class RateCeiling:
    """Counts starts against a largest rate r, as a leaky bucket does.

    In any t seconds at most 1.2 r t + 2 s r + 50 visits may start (Cruz 1991, (sigma, rho)).
    The excess over r is what an honest run may need: Poisson arrivals at exactly r (M/D/1 at a
    load of 1/1.2 has a queue of 50 once in e^18 arrivals), and two seconds of visits made good
    after the generator was held up. What goes on for longer is no plan below r.
    """

    def __init__(self, largest_rate_per_s: float) -> None:
        self._fill_per_s = HEADROOM * largest_rate_per_s
        self._most = BURST_S * largest_rate_per_s + BURST_VISITS
        self._left = self._most
        self._filled_s = 0.0

    def takes(self, now_s: float, visits: int = 1) -> bool:
        """Whether so many more visits may start at `now_s`, which never decreases."""
        gained = (now_s - self._filled_s) * self._fill_per_s
        self._left, self._filled_s = min(self._most, self._left + gained), now_s
        if self._left < visits:
            return False
        self._left -= visits
        return True


class Admission:
    """Asked before every start. A run above its limits is aborted: it is not what was checked."""

    def __init__(self, stop: StopRequest) -> None:
        self.thinned_visits = 0
        """Visits that were left out while the run ramped down."""
        self._stop = stop
        self.limit_to(Limits())

    def limit_to(self, limits: Limits) -> None:
        """What the target may be given, from the next start on."""
        self._limits = limits
        rate_per_s = limits.largest_rate_per_s
        self._ceiling = RateCeiling(rate_per_s) if rate_per_s is not None else None
        longest_s = limits.largest_duration_s
        self._last_start_s = longest_s + LATE_S if longest_s is not None else float("inf")

    def admits(self, index: int, now_s: float) -> bool:
        """Whether the visit `index` may start at `now_s`."""
        if (ramp := self._stop.ramp) is not None and not ramp.keeps(index, now_s):
            self.thinned_visits += 1
            return False
        if self._ceiling is not None and not self._ceiling.takes(now_s):
            self._stop.ask("aborted", f"{self._limits.too_fast()} at {now_s:.2f} s")
            return False
        if now_s > self._last_start_s:
            longest_s = self._limits.largest_duration_s
            self._stop.ask("aborted", f"visits still began after largest_duration {longest_s:g} s")
            return False
        return True
