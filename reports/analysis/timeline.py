"""A run over time: rates, percentiles and outcomes by window of a few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reports.analysis.quantiles import LEVELS, Floats, response_times_s
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord

MOST_WINDOWS = 150
WINDOWS_S = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Arrays of shape (windows,); window k is [k w, (k + 1) w), `middle_s` its middle.

    Rates are a second: `planned_per_s` and `started_per_s` visits, `finished_per_s` actions by
    the instant of their finish. `percentiles_s` are response times and `outcomes` numbers of
    actions, both by the instant an action was due.
    """

    window_s: float
    middle_s: Floats
    planned_per_s: Floats
    started_per_s: Floats
    finished_per_s: Floats
    percentiles_s: Mapping[str, Floats]
    outcomes: Mapping[str, Floats]


def window_for(duration_s: float) -> float:
    """The shortest round window that cuts `duration_s` into at most 150 pieces."""
    fitting = (each for each in WINDOWS_S if duration_s <= each * MOST_WINDOWS)
    return float(next(fitting, duration_s / MOST_WINDOWS))


def timeline_of(record: RunRecord) -> Timeline:
    """The timeline of `record`, until its plan is over and its last action finished."""
    actions, plan = record.actions, record.manifest.plan
    finished_s = actions["finished_s"].to_numpy()
    finished_s = finished_s[np.isfinite(finished_s)]
    end_s = max(plan.duration_s, float(finished_s.max(initial=0.0)))
    window_s = window_for(end_s)
    windows = max(1, int(np.ceil(end_s / window_s)))

    def per_s(instants_s: Floats, weights: Floats | None = None) -> Floats:
        index = np.clip((instants_s / window_s).astype(np.int64), 0, windows - 1)
        return np.bincount(index, weights, minlength=windows) / window_s

    planned = np.asarray(plan.arrivals_per_second, dtype=np.float64)
    intended_s = actions["intended_s"].to_numpy()
    outcome = actions["outcome"].cat.codes.to_numpy()
    return Timeline(
        window_s=window_s,
        middle_s=(np.arange(windows, dtype=np.float64) + 0.5) * window_s,
        planned_per_s=per_s(np.arange(len(planned), dtype=np.float64), planned),
        started_per_s=per_s(record.first_actions()["started_s"].dropna().to_numpy()),
        finished_per_s=per_s(finished_s),
        percentiles_s=_percentiles(intended_s, response_times_s(actions), window_s, windows),
        outcomes={each.word: per_s(intended_s[outcome == each]) * window_s for each in Outcome},
    )


def _percentiles(
    intended_s: Floats, response_time_s: Floats, window_s: float, windows: int
) -> dict[str, Floats]:
    """Exact p50, p95 and p99 of each window, NaN where a window has no value."""
    known = np.isfinite(response_time_s)
    window = np.clip((intended_s[known] / window_s).astype(np.int64), 0, windows - 1)
    order = np.lexsort((response_time_s[known], window))
    values = response_time_s[known][order]
    number = np.bincount(window, minlength=windows)
    first = np.cumsum(number) - number
    found = {}
    for name in ("p50", "p95", "p99"):
        level = LEVELS[name]
        position = -(-number * level.numerator // level.denominator)
        at = np.minimum(first + np.maximum(position, 1) - 1, max(len(values) - 1, 0))
        picked = values[at] if len(values) else np.full(windows, np.nan)
        found[name] = np.where(number > 0, picked, np.nan)
    return found


def stock_left(record: RunRecord) -> dict[int, tuple[Floats, Floats]]:
    """By SKU, the instants (s) and the units left of its gauge `stock_left:SKU`."""
    gauges = record.gauges
    found = {}
    for sku in record.manifest.plan.stock:
        readings = gauges[gauges["name"] == f"stock_left:{sku}"]
        if len(readings):
            found[sku] = (readings["t_s"].to_numpy(), readings["value"].to_numpy())
    return found


def actions_by_step(record: RunRecord) -> dict[str, int]:
    """How many actions of each step were started."""
    started = record.actions[np.isfinite(record.actions["started_s"].to_numpy())]
    counts = started["step"].value_counts()
    return {step: int(counts.get(step, 0)) for step in record.manifest.plan.tables["step"]}


def top_reasons(record: RunRecord, most: int = 10) -> list[tuple[str, str, str, int]]:
    """The most frequent (step, outcome, reason, number) of the actions that were not ok.

    Reasons of one class (what stands before a colon) are counted as one, under the class alone
    when their details differ.
    """
    wrong = record.actions[record.actions["outcome"] != "ok"]
    reasons = wrong["reason"].astype(str)
    by_class = wrong.assign(reason=reasons, kind=reasons.map(_class_of)).groupby(
        ["step", "outcome", "kind"], observed=True
    )["reason"]
    counted = by_class.agg(["size", "nunique", "first"])
    ordered = counted.sort_values("size", ascending=False, kind="stable").head(most)
    return [
        (str(step), str(outcome), str(first) if kinds == 1 else str(kind), int(size))
        for (step, outcome, kind), (size, kinds, first) in zip(
            ordered.index.to_list(), ordered.to_numpy().tolist(), strict=True
        )
    ]


def _class_of(reason: str) -> str:
    return reason.partition(": ")[0]
