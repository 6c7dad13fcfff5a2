"""Whether a run can be judged at all: did the generator offer what the plan asked for?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from reports.analysis.quantiles import Quantiles, quantiles, schedule_lags_s
from reports.record.reader import RunRecord

LARGEST_LAG_P99_S = 0.050
LARGEST_MISSING = Fraction(1, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """What was planned against what was started.

    `due_visits` are the planned ones that the run lived long enough to start; `missing_visits`
    the due ones that left no row. `first_lag_s` is the schedule lag of the first actions of
    visits, `lag_s` that of all actions, in seconds. `reasons` say why the run is invalid.
    """

    planned_visits: int
    due_visits: int
    started_visits: int
    not_sent_visits: int
    missing_visits: int
    first_lag_s: Quantiles
    lag_s: Quantiles
    reasons: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.reasons


def validity_of(record: RunRecord) -> Validity:
    """The validity of `record`: invalid when the 99th percentile of the schedule lag of a
    judged phase is over 50 ms, or when over 0.1 % of the due visits left no row and were not
    cut off by the end of the run."""
    first = record.first_actions()
    due, seen = _due_and_seen(record, first)
    ending = record.manifest.ending
    missing = max(0, due - seen - (ending.cut_off_visits if ending else 0))
    sent = np.isfinite(first["started_s"].to_numpy())
    return Validity(
        planned_visits=record.manifest.plan.planned_visits,
        due_visits=due,
        started_visits=int(first["visit"][sent].nunique()),
        not_sent_visits=int((first["outcome"] == "not_sent").sum()),
        missing_visits=missing,
        first_lag_s=quantiles(schedule_lags_s(first)),
        lag_s=quantiles(schedule_lags_s(record.actions)),
        reasons=(*_missing_rows(missing, due), *_behind_schedule(record)),
    )


def _due_and_seen(record: RunRecord, first: pd.DataFrame) -> tuple[int, int]:
    """Planned visits before the end of the run, and those of them that have a row.

    A run cut short counts whole seconds only, since the manifest knows the plan by the second.
    Of a killed run nothing is due: its last rows died with it, which is no fault of its pace.
    """
    plan, ending = record.manifest.plan, record.manifest.ending
    visits = first["visit"].nunique()
    if ending is None:
        return int(visits), int(visits)
    if ending.reason == "completed" or ending.at_s >= plan.duration_s:
        return plan.planned_visits, int(visits)
    whole_s = max(0, int(ending.at_s))
    early = first["intended_s"].to_numpy() < whole_s
    return sum(plan.arrivals_per_second[:whole_s]), int(first["visit"][early].nunique())


def _missing_rows(missing: int, due: int) -> Iterator[str]:
    if missing > LARGEST_MISSING * due:
        yield (
            f"{missing:,} of {due:,} planned visits ({missing / due:.2%}) were neither started "
            f"nor recorded as not sent; at most {float(LARGEST_MISSING):.1%} may be missing"
        )


def _behind_schedule(record: RunRecord) -> Iterator[str]:
    for phase in record.manifest.plan.phases:
        if phase.judged:
            actions = record.actions[record.actions["phase"] == phase.name]
            lag_s = quantiles(schedule_lags_s(actions)).p99
            if lag_s is not None and round(lag_s, 9) > LARGEST_LAG_P99_S:
                yield (
                    f"the generator fell behind: 1 % of the actions of phase {phase.name} started "
                    f"{lag_s * 1000:,.0f} ms late or later; at most "
                    f"{LARGEST_LAG_P99_S * 1000:.0f} ms is allowed"
                )
