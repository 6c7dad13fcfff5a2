"""Running counts of a run: what is shown live, never what is judged."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reports.record.manifest import ArmedGuard
from reports.record.outcome import Outcome
from scenarios.guards.standing import SlowActions
from scenarios.shoppers.time_counts import BOUNDS_S, TimeCounts, bounds_with
from scenarios.transport.colouring import NO_COUNTS, Counts

WINDOW_S = 5.0
"""What is called recent is of the last five seconds, or up to a second more."""
SHORTEST_WINDOW_S = 1.0
"""What has only just begun is told as if it had gone on for a second."""
READINGS_KEPT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted in `over_s` seconds: actions by outcome code and their response times, both
    by step, and the schedule lags of the visits that began."""

    over_s: float
    outcomes_by_step: Mapping[str, Sequence[int]]
    times_by_step: Mapping[str, TimeCounts]
    lags: TimeCounts


@dataclass(slots=True, kw_only=True)
class Tally:
    """Written by the player, read by others in other threads.

    Readers therefore take copies in one step (`list`, `dict`) and iterate over those: the player
    may write between any two steps.
    """

    started_visits: int = 0
    not_sent_visits: int = 0
    in_flight: int = 0
    outcomes_by_step: dict[str, list[int]] = field(default_factory=dict)
    """Counts by outcome code for each step."""
    times_by_step: dict[str, TimeCounts] = field(default_factory=dict)
    """Response times of the actions that have ended."""
    lags: TimeCounts = field(default_factory=TimeCounts)
    """Schedule lags of the visits that have begun."""
    worst_lag_s: float = 0.0
    slow: SlowActions | None = None
    """Counts the slow actions, where a guard asks for them."""
    short_actions: int = 0
    """Those that failed because the player's machine had no local port or open file left."""
    guards: Callable[[], tuple[ArmedGuard, ...]] = tuple
    """What the run is watched for, and what has fired."""
    levels: dict[str, float] = field(default_factory=dict)
    """The last reading of each of the target's gauges, such as `stock_left:1`."""
    own_levels: dict[str, float] = field(default_factory=dict)
    """The last reading of each of the player's own gauges, and of those of a fleet's workers."""
    workers: str = ""
    """How the workers of a fleet are, in words; empty for a player that is alone."""
    marks_elsewhere: Counts = NO_COUNTS
    """What the workers' sampled replies reported of the marks on their requests."""
    _bounds_s: tuple[float, ...] = BOUNDS_S
    _readings: deque[tuple[float, Counted]] = field(
        default_factory=lambda: deque(maxlen=READINGS_KEPT)
    )
    _lag_since_reading_s: float = 0.0

    def count_by(self, limits_s: Sequence[float]) -> None:
        """Before the first action: response times up to each of `limits_s` are counted exactly."""
        assert not self.times_by_step
        self._bounds_s = bounds_with(limits_s)

    def visit_started(self, lag_s: float) -> None:
        self.started_visits += 1
        self.in_flight += 1
        self.lags.hear(lag_s)
        if lag_s > self._lag_since_reading_s:
            self._lag_since_reading_s = lag_s
            self.worst_lag_s = max(self.worst_lag_s, lag_s)

    def count_elsewhere(
        self,
        *,
        started: int,
        not_sent: int,
        short: int,
        in_flight: int,
        worst_lag_s: float,
        lags: TimeCounts,
    ) -> None:
        """Sets what the workers of a fleet have counted together."""
        self.short_actions = short
        self.started_visits, self.not_sent_visits = started, not_sent
        self.in_flight = in_flight
        self.lags = lags
        self._lag_since_reading_s = max(self._lag_since_reading_s, worst_lag_s)
        self.worst_lag_s = max(self.worst_lag_s, worst_lag_s)

    def visit_ended(self) -> None:
        self.in_flight -= 1

    def visit_not_sent(self, step: str) -> None:
        self.not_sent_visits += 1
        self._count(step, Outcome.NOT_SENT)

    def action_ended(self, step: str, response_time_s: float, outcome: Outcome) -> None:
        self._count(step, outcome)
        if self.slow is not None:
            self.slow.heard(step, response_time_s, outcome)
        times = self.times_by_step.get(step)
        if times is None:
            times = self.times_by_step[step] = TimeCounts(self._bounds_s)
        times.counts[bisect_left(self._bounds_s, response_time_s)] += 1
        times.sum_s += response_time_s

    def _count(self, step: str, outcome: Outcome) -> None:
        counts = self.outcomes_by_step.get(step)
        if counts is None:
            counts = self.outcomes_by_step[step] = [0] * len(Outcome)
        counts[outcome] += 1

    def outcomes(self) -> list[int]:
        """Counts by outcome code over all steps."""
        return [sum(column) for column in zip(*list(self.outcomes_by_step.values()), strict=True)]

    def counted(self, now_s: float) -> Counted:
        """A copy of all that was counted until `now_s`, an instant of the run."""
        return Counted(
            over_s=max(SHORTEST_WINDOW_S, now_s),
            outcomes_by_step={k: v.copy() for k, v in list(self.outcomes_by_step.items())},
            times_by_step={k: v.copy() for k, v in list(self.times_by_step.items())},
            lags=self.lags.copy(),
        )

    def second_passed(self, now_s: float) -> None:
        """Keeps a reading, by which others see what is recent."""
        self._readings.append((now_s, self.counted(now_s)))

    def recent(self, now_s: float) -> Counted:
        """What was counted in the window before `now_s`."""
        now, readings = self.counted(now_s), list(self._readings)
        old = [each for each in readings if each[0] <= now_s - WINDOW_S][-1:] or readings[:1]
        if not old:
            return now
        at_s, then = old[0]
        return _since(now, then, over_s=max(SHORTEST_WINDOW_S, now_s - at_s))

    def take_worst_lag_s(self) -> float:
        """The worst schedule lag since the last call: one gauge reading."""
        worst_s, self._lag_since_reading_s = self._lag_since_reading_s, 0.0
        return worst_s


def _since(now: Counted, then: Counted, *, over_s: float) -> Counted:
    none = [0] * len(Outcome)
    return Counted(
        over_s=over_s,
        outcomes_by_step={
            step: [
                a - b for a, b in zip(counts, then.outcomes_by_step.get(step, none), strict=True)
            ]
            for step, counts in now.outcomes_by_step.items()
        },
        times_by_step={
            step: times.since(before) if (before := then.times_by_step.get(step)) else times
            for step, times in now.times_by_step.items()
        },
        lags=now.lags.since(then.lags),
    )
