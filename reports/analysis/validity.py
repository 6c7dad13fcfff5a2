"""Whether a run can be judged at all: did the generator offer what the plan asked for?

What the generator did itself is told apart from what the platform made it do. It is to blame for
starting late, for visits without a row, for visits that its machine had no local port or open file
for, and for visits that it did not send because it was too busy to read the replies to earlier
ones. It is not to blame for visits that were not sent because the platform's slow replies had
filled the in-flight limit: those count against the platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from reports.analysis.full_limit import FullLimit, full_limit_of
from reports.analysis.player_account import PlayerAccount, player_accounts
from reports.analysis.quantiles import Quantiles, quantiles, schedule_lags_s
from reports.analysis.shortage import short_visits
from reports.record.manifest import PhaseSpan
from reports.record.reader import RunRecord

LARGEST_LAG_P99_S = 0.050
LARGEST_MISSING = Fraction(1, 1000)
A_SECOND_LATE_S = 1.0
"""A visit that starts later than this is in another second than the plan put it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityBounds:
    """How far a generator may stray: the 99th percentile of the schedule lag in each judged
    phase, in seconds, and the share of due visits that it did not start when they were due."""

    largest_lag_p99_s: float = LARGEST_LAG_P99_S
    largest_missing: Fraction = LARGEST_MISSING

    def __post_init__(self) -> None:
        assert self.largest_lag_p99_s > 0, self.largest_lag_p99_s
        assert 0 <= self.largest_missing <= 1, self.largest_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """What was planned against what was started.

    `due_visits` are the planned ones that the run lived long enough to start. Four kinds of them
    were not started when they were due, through the generator's own fault: `missing_visits` left
    no row (`lost_visits` of these by workers that died), `late_visits` of judged phases started
    over a second late, `short_visits` are others that had no local port or open file to go on with,
    and those of `full_limit` that count as its own fault. `first_lag_s` is the schedule lag of the
    first actions of visits, `lag_s` that of all actions, in seconds. `reasons` say why the run is
    invalid.
    """

    planned_visits: int
    due_visits: int
    started_visits: int
    not_sent_visits: int
    missing_visits: int
    first_lag_s: Quantiles
    lag_s: Quantiles
    late_visits: int = 0
    short_visits: int = 0
    lost_visits: int = 0
    full_limit: FullLimit | None = None
    bounds: ValidityBounds = field(default_factory=ValidityBounds)
    reasons: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.reasons

    @property
    def own_fault_visits(self) -> int:
        """Due visits that were not started when they were due, through the generator's fault."""
        unsent = self.full_limit.own_fault_visits if self.full_limit else 0
        return self.missing_visits + self.late_visits + self.short_visits + unsent


def validity_of(
    record: RunRecord,
    *,
    bounds: ValidityBounds | None = None,
    accounts: tuple[PlayerAccount, ...] | None = None,
) -> Validity:
    """The validity of `record`: invalid when the schedule lag of a judged phase, or the share of
    due visits that the generator itself failed to start, is beyond `bounds`."""
    bounds = bounds or ValidityBounds()
    first = record.first_actions()
    due, seen = _due_and_seen(record, first)
    ending = record.manifest.ending
    lost = sum(each.visits for each in record.manifest.lost_visits)
    first_lag_s = schedule_lags_s(first)
    judged = [each.name for each in record.manifest.plan.phases if _is_judged_whole(each)]
    late = (first_lag_s > A_SECOND_LATE_S) & first["phase"].isin(judged).to_numpy()
    found = Validity(
        planned_visits=record.manifest.plan.planned_visits,
        due_visits=due,
        started_visits=int(first["visit"][np.isfinite(first_lag_s)].nunique()),
        not_sent_visits=int((first["outcome"] == "not_sent").sum()),
        missing_visits=max(lost, due - seen - (ending.cut_off_visits if ending else 0), 0),
        late_visits=int(late.sum()),
        short_visits=_short_but_in_time(record, first["visit"].to_numpy()[late]),
        lost_visits=lost,
        first_lag_s=quantiles(first_lag_s),
        lag_s=quantiles(schedule_lags_s(record.actions)),
        full_limit=full_limit_of(record, player_accounts(record) if accounts is None else accounts),
        bounds=bounds,
    )
    return replace(found, reasons=(*_not_started(found), *_behind_schedule(record, bounds)))


def _short_but_in_time(record: RunRecord, late_visits: npt.NDArray[np.int64]) -> int:
    visits = [each for found in short_visits(record).values() for each in found]
    return len(np.setdiff1d(visits, late_visits))


def _is_judged_whole(phase: PhaseSpan) -> bool:
    """A search for the limit is not: it ends where somebody falls behind, and its stairs tell
    by themselves whether that was the generator."""
    return phase.judged and not phase.stairs


def _due_and_seen(record: RunRecord, first: pd.DataFrame) -> tuple[int, int]:
    """Planned visits before the end of the run, and those of them that have a row.

    A run cut short counts whole seconds, since the manifest knows the plan by the second; of its
    last part of a second, the visits that were seen.
    Of a killed run nothing is due: its last rows died with it, which is no fault of its pace.
    """
    plan, ending = record.manifest.plan, record.manifest.ending
    visits = first["visit"].nunique()
    if ending is None:
        return int(visits), int(visits)
    if ending.reason == "completed" or ending.at_s >= plan.duration_s:
        return plan.planned_visits, int(visits)
    whole_s = max(0, int(ending.at_s))
    since = int(first["visit"][first["intended_s"].to_numpy() >= whole_s].nunique())
    return sum(plan.arrivals_per_second[:whole_s]) + since, int(visits)


def _not_started(found: Validity) -> Iterator[str]:
    failed, due = found.own_fault_visits, found.due_visits
    if failed <= found.bounds.largest_missing * due:
        return
    unsent = found.full_limit.own_fault_visits if found.full_limit else 0
    kinds = (
        (found.missing_visits, "were neither started nor recorded as not sent"),
        (found.late_visits, f"started more than {A_SECOND_LATE_S:g} s late"),
        (found.short_visits, "found no local port or open file left on the player's machine"),
        (unsent, "were not sent while the event loop was saturated"),
    )
    what = ", ".join(f"{visits:,} {words}" for visits, words in kinds if visits)
    yield (
        f"the generator failed to start {failed:,} of {due:,} planned visits "
        f"({100 * failed / max(due, 1):.2f} %) when they were due: {what}; at most "
        f"{float(found.bounds.largest_missing) * 100:g} % may fail so"
    )


def _behind_schedule(record: RunRecord, bounds: ValidityBounds) -> Iterator[str]:
    for phase in record.manifest.plan.phases:
        if _is_judged_whole(phase):
            actions = record.actions[record.actions["phase"] == phase.name]
            lag_s = quantiles(schedule_lags_s(actions)).p99
            if lag_s is not None and round(lag_s, 9) > bounds.largest_lag_p99_s:
                yield (
                    f"the generator fell behind: 1 % of the actions of phase {phase.name} started "
                    f"{lag_s * 1000:,.0f} ms late or later; at most "
                    f"{bounds.largest_lag_p99_s * 1000:g} ms is allowed"
                )
