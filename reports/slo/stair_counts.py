"""Counts of a search for the limit, by stair and window: what its stairs are judged by.

They add up, so a run can be judged while it goes on, from the rows that came since the last look,
by the same arithmetic as afterwards from the whole record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from reports.analysis.quantiles import Floats, response_times_s, schedule_lags_s
from reports.analysis.validity import LARGEST_LAG_P99_S
from reports.record.manifest import Stair
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from reports.slo.count import events, in_scope
from reports.slo.objective import Objective

WINDOW_S = 1.0
FEWEST_WINDOWS = 4
VERY_LATE_S = 0.5
GRACE_S = 2 * VERY_LATE_S
"""A generator that starts nothing later than `VERY_LATE_S` also reads no reply much later than
that: what misses a limit by more than both together was slow by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StairCounts:
    """Arrays of shape (stairs, windows); `good`, `excused`, `total`: (objectives, stairs, windows).

    `started` visits; `sent` actions, how many of them were `late` for longer than a valid run
    allows and `very_late` for over `VERY_LATE_S`; `ended` actions and the sum of their response
    times `response_s`; the `good` events of each objective among its `total`, and the `excused`
    ones, good or missed by no more than a late generator may have done: all by the instant an
    action was due. `finished_ok`: actions that were ok, by the instant of their finish.
    """

    started: Floats
    sent: Floats
    late: Floats
    very_late: Floats
    ended: Floats
    response_s: Floats
    finished_ok: Floats
    good: Floats
    excused: Floats
    total: Floats

    def plus(self, other: StairCounts) -> StairCounts:
        return StairCounts(
            **{
                each.name: getattr(self, each.name) + getattr(other, each.name)
                for each in fields(self)
            }
        )


def windows_in(stair: Stair) -> int:
    """Into how many equal windows the judged part of `stair` is cut: about one a second."""
    return max(FEWEST_WINDOWS, int((stair.duration_s - stair.settle_s) / WINDOW_S + 1e-9))


def window_s(stair: Stair) -> float:
    """The length of a window of `stair`, in seconds."""
    return (stair.duration_s - stair.settle_s) / windows_in(stair)


def count_stairs(
    record: RunRecord, stairs: Sequence[Stair], objectives: Sequence[Objective]
) -> StairCounts:
    """The counts of the rows of `record`, which may be a part of a run. The stairs are all of
    one length."""
    axis = _Axis(stairs)
    actions, first = record.actions, record.first_actions()
    intended_s, lag_s = actions["intended_s"].to_numpy(), schedule_lags_s(actions)
    response_s = response_times_s(actions)
    sent, ended = np.isfinite(lag_s), np.isfinite(response_s)
    late = sent & (np.round(lag_s, 9) > LARGEST_LAG_P99_S)
    is_ok = actions["outcome"].cat.codes.to_numpy() == Outcome.OK
    started_s = first["intended_s"].to_numpy()[np.isfinite(first["started_s"].to_numpy())]
    counted = [events(record, each) for each in objectives]
    excused = [_excused_events(record, each) for each in objectives]
    return StairCounts(
        started=axis.count(started_s),
        sent=axis.count(intended_s[sent]),
        late=axis.count(intended_s[late]),
        very_late=axis.count(intended_s[sent & (lag_s > VERY_LATE_S)]),
        ended=axis.count(intended_s[ended]),
        response_s=axis.count(intended_s[ended], response_s[ended]),
        finished_ok=axis.count(actions["finished_s"].to_numpy()[is_ok]),
        good=axis.stacked([axis.count(at_s[good]) for at_s, good in counted]),
        excused=axis.stacked([axis.count(at_s) for at_s in excused]),
        total=axis.stacked([axis.count(at_s) for at_s, _ in counted]),
    )


def _excused_events(record: RunRecord, objective: Objective) -> Floats:
    """The instants of events that took no longer than the limit and the grace, however they ended:
    only slowness can be told to be the platform's when the generator is late."""
    if objective.below_s is None:
        return events(record, objective)[0]
    actions = in_scope(record, objective)
    too_slow = response_times_s(actions) > objective.below_s + GRACE_S
    instants_s: Floats = actions["intended_s"].to_numpy()[~too_slow]
    return instants_s


class _Axis:
    """Puts instants into the windows of the judged parts of stairs."""

    def __init__(self, stairs: Sequence[Stair]) -> None:
        self._windows = windows_in(stairs[0])
        self._shape = (len(stairs), self._windows)
        starts_s = [each.start_s + each.settle_s for each in stairs]
        self._starts_s, self._window_s = np.array(starts_s), window_s(stairs[0])

    def count(self, instants_s: Floats, weights: Floats | None = None) -> Floats:
        """How many instants fall into each window, or the sum of their weights."""
        stair = np.searchsorted(self._starts_s, instants_s, side="right") - 1
        window = np.floor((instants_s - self._starts_s[stair]) / self._window_s)
        inside = (stair >= 0) & (window < self._windows)
        cell = (stair * self._windows + np.where(inside, window, 0)).astype(np.int64)[inside]
        weights = weights[inside] if weights is not None else None
        size = self._shape[0] * self._shape[1]
        return np.bincount(cell, weights, minlength=size).reshape(self._shape).astype(np.float64)

    def stacked(self, counts: list[Floats]) -> Floats:
        return np.stack(counts) if counts else np.zeros((0, *self._shape))
