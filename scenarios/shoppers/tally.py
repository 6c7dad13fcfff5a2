"""Running counts of a run for its screen: what is shown live, never what is judged."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from reports.record.outcome import Outcome
from scenarios.guards.standing import SlowActions
from scenarios.transport.colouring import NO_COUNTS, Counts

WINDOW_S = 5.0
"""Throughput and percentiles on the screen are those of the last five seconds."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Written by the player, read by the screen in another thread.

    Readers therefore take copies in one step (`list`, `dict`) and iterate over those: the player
    may write between any two steps.
    """

    started_visits: int = 0
    not_sent_visits: int = 0
    in_flight: int = 0
    outcomes_by_step: dict[str, list[int]] = field(default_factory=dict)
    """Counts by outcome code for each step."""
    worst_lag_s: float = 0.0
    slow: SlowActions | None = None
    """Counts the slow actions, where a guard asks for them."""
    levels: dict[str, float] = field(default_factory=dict)
    """The last reading of each of the target's gauges, such as `stock_left:1`."""
    workers: str = ""
    """How the workers of a fleet are, in words; empty for a player that is alone."""
    marks_elsewhere: Counts = NO_COUNTS
    """What the workers' sampled replies reported of the marks on their requests."""
    _recent: deque[tuple[float, float]] = field(default_factory=deque)
    _lag_since_reading_s: float = 0.0

    def visit_started(self, lag_s: float) -> None:
        self.started_visits += 1
        self.in_flight += 1
        if lag_s > self._lag_since_reading_s:
            self._lag_since_reading_s = lag_s
            self.worst_lag_s = max(self.worst_lag_s, lag_s)

    def count_elsewhere(
        self, *, started: int, not_sent: int, in_flight: int, worst_lag_s: float
    ) -> None:
        """Sets what the workers of a fleet have counted together."""
        self.started_visits, self.not_sent_visits = started, not_sent
        self.in_flight = in_flight
        self._lag_since_reading_s = max(self._lag_since_reading_s, worst_lag_s)
        self.worst_lag_s = max(self.worst_lag_s, worst_lag_s)

    def visit_ended(self) -> None:
        self.in_flight -= 1

    def visit_not_sent(self, step: str) -> None:
        self.not_sent_visits += 1
        self._count(step, Outcome.NOT_SENT)

    def action_ended(
        self, step: str, at_s: float, response_time_s: float, outcome: Outcome
    ) -> None:
        self._count(step, outcome)
        if self.slow is not None:
            self.slow.heard(step, response_time_s, outcome)
        self._recent.append((at_s, response_time_s))
        while self._recent[0][0] < at_s - WINDOW_S:
            self._recent.popleft()

    def _count(self, step: str, outcome: Outcome) -> None:
        counts = self.outcomes_by_step.get(step)
        if counts is None:
            counts = self.outcomes_by_step[step] = [0] * len(Outcome)
        counts[outcome] += 1

    def outcomes(self) -> list[int]:
        """Counts by outcome code over all steps."""
        return [sum(column) for column in zip(*list(self.outcomes_by_step.values()), strict=True)]

    def recent_response_times_s(self, now_s: float) -> list[float]:
        """Response times of the actions that ended within the window before `now_s`."""
        since_s = now_s - WINDOW_S
        return [took_s for at_s, took_s in list(self._recent) if at_s >= since_s]

    def take_worst_lag_s(self) -> float:
        """The worst schedule lag since the last call: one gauge reading."""
        worst_s, self._lag_since_reading_s = self._lag_since_reading_s, 0.0
        return worst_s
