"""Counts the good events of an objective in a record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from reports.slo.objective import GOOD, LEFT_OUT, SCOPES, Objective

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
NANOSECONDS = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCount:
    """`good` of `total` in the window that starts at `start_s` and lasts `duration_s`."""

    start_s: float
    duration_s: float
    good: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`n` actions in the objective's scope, `total` of them counted, `good` of those good.

    `unseen` of `visits` visits, within the scope but for its steps, were not sent and are not
    among the `n`: their one row is in their first step, and what later steps would have got is
    not known.
    """

    n: int
    total: int
    good: int
    worst_window: WindowCount | None = None
    visits: int = 0
    unseen: int = 0


def count(record: RunRecord, objective: Objective) -> Count:
    """The events of `objective` in `record`, within its scope."""
    actions = in_scope(record, objective)
    counted, good = _counted(actions, objective), good_actions(actions, objective)
    visits = _visits_in_scope(record, objective)
    window = None
    if objective.window_s is not None:
        intended_s = actions["intended_s"].to_numpy()
        window = _worst_window(intended_s[counted], good[counted], objective.window_s)
    return Count(
        n=len(actions),
        total=int(counted.sum()),
        good=int((counted & good).sum()),
        worst_window=window,
        visits=len(visits),
        unseen=_not_sent(visits) - _not_sent(actions),
    )


def in_scope(record: RunRecord, objective: Objective) -> pd.DataFrame:
    """The actions that `objective` is about. A visit that was not sent has one row, in its
    first step."""
    return _within(record, record.actions, objective.scope)


def _visits_in_scope(record: RunRecord, objective: Objective) -> pd.DataFrame:
    """The first rows of the visits that `objective` may be about, whatever its steps."""
    scope = {key: words for key, words in objective.scope.items() if key != "steps"}
    return _within(record, record.first_actions(), scope)


def _within(
    record: RunRecord, actions: pd.DataFrame, scope: Mapping[str, tuple[str, ...]]
) -> pd.DataFrame:
    judged = tuple(each.name for each in record.manifest.plan.phases if each.judged)
    inside = np.ones(len(actions), dtype=np.bool_)
    for key, words in {"phases": judged, **scope}.items():
        inside &= actions[SCOPES[key]].isin(words).to_numpy()
    return actions[inside]


def events(record: RunRecord, objective: Objective) -> tuple[Floats, Flags]:
    """The instants at which the counted events of `objective` were due, and which are good."""
    actions = in_scope(record, objective)
    counted = _counted(actions, objective)
    return actions["intended_s"].to_numpy()[counted], good_actions(actions, objective)[counted]


def good_actions(actions: pd.DataFrame, objective: Objective) -> Flags:
    """Which of `actions` are good. Times compare in whole nanoseconds, because the difference
    of two instants such as 101.2 - 100 is not exactly 1.2 in binary."""
    good = _ended(actions, GOOD[objective.indicator])
    if objective.below_s is not None:
        response_time_s = (actions["finished_s"] - actions["intended_s"]).to_numpy()
        limit_ns = round(objective.below_s * NANOSECONDS)
        good &= np.rint(response_time_s * NANOSECONDS) <= limit_ns
    return good


def _counted(actions: pd.DataFrame, objective: Objective) -> Flags:
    return ~_ended(actions, LEFT_OUT[objective.indicator])


def _ended(actions: pd.DataFrame, outcomes: Collection[Outcome]) -> Flags:
    """Which of `actions` ended in one of `outcomes`."""
    return np.isin(actions["outcome"].cat.codes.to_numpy(), list(outcomes))


def _not_sent(actions: pd.DataFrame) -> int:
    return int(_ended(actions, {Outcome.NOT_SENT}).sum())


def _worst_window(
    intended_s: npt.NDArray[np.float64], good: Flags, window_s: float
) -> WindowCount | None:
    """The window [k w, (k + 1) w) with the smallest share of good events; the first of equals."""
    if not len(intended_s):
        return None
    windows, each = np.unique(np.floor(intended_s / window_s), return_inverse=True)
    totals = np.bincount(each, minlength=len(windows))
    goods = np.bincount(each, weights=good, minlength=len(windows)).astype(np.int64)
    worst = min(
        range(len(windows)), key=lambda index: Fraction(int(goods[index]), int(totals[index]))
    )
    return WindowCount(
        start_s=float(windows[worst]) * window_s,
        duration_s=window_s,
        good=int(goods[worst]),
        total=int(totals[worst]),
    )
