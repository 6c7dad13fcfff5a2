"""What it means that the in-flight limit was full: the platform was slow, the limit too small,
or the player too busy to read the replies that would have made room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from reports.analysis.player_account import PlayerAccount
from reports.record.player_gauge import LOOP_BUSY
from reports.record.reader import RunRecord

SATURATED_RATIO = 0.9
"""From here on an event loop is taken to be the cause of what waits: with nine tenths of its
time taken, a reply waits nine times as long as it takes to handle (M/M/1: rho / (1 - rho))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullLimit:
    """Visits that were not sent because the in-flight limit was full.

    `own_fault_visits` of them fell due while the event loop of their player was saturated, so
    that nobody can say whether the platform was slow. `busiest_ratio` is the busiest event loop
    while visits were not sent, None where no player kept an account.

    `arrival_rate_per_s` is the planned rate of the busiest second in which visits were not sent
    and `visit_s` the mean time in play of the visits that held the places meanwhile.
    """

    not_sent_visits: int
    own_fault_visits: int
    limit: int | None
    busiest_ratio: float | None
    arrival_rate_per_s: float
    visit_s: float | None

    @property
    def is_own_fault(self) -> bool:
        """Whether most of it is."""
        return 2 * self.own_fault_visits > self.not_sent_visits

    @property
    def enough(self) -> int | None:
        """The limit that would have done if those not sent had taken as long as those that held
        the places: L + 3 sqrt(L) with L = rate x time in play (Little 1961). With unlimited room
        and Poisson arrivals the number in play is Poisson with mean L (M/G/infinity), so it stays
        below that 99.8 % of the time. None where no visit ended or the fault is the player's."""
        if not self.visit_s or not self.arrival_rate_per_s or self.is_own_fault:
            return None
        in_play = self.arrival_rate_per_s * self.visit_s
        return math.ceil(in_play + 3 * math.sqrt(in_play))

    @property
    def sentence(self) -> str:
        """What the full limit means, and what would have done."""
        limit = f" of {self.limit:,}" if self.limit is not None else ""
        visits = (
            "1 visit was" if self.not_sent_visits == 1 else f"{self.not_sent_visits:,} visits were"
        )
        return (
            f"{visits} not sent, for the in-flight limit{limit} was "
            f"full: {self._cause}{self._remedy}"
        )

    @property
    def _cause(self) -> str:
        own = self.own_fault_visits
        if own:
            share = "all" if own == self.not_sent_visits else f"{own:,}"
            return f"{share} of them while the player's event loop was too busy to read replies"
        loop = ""
        if self.busiest_ratio is not None:
            loop = (
                f", for the player's event loop was busy {100 * self.busiest_ratio:.0f} % at most"
            )
        return f"the platform was slow or the limit too small{loop}"

    @property
    def _remedy(self) -> str:
        if self.enough is None:
            return ""
        return (
            f"; for {self.arrival_rate_per_s:,.0f} visits/s of {self.visit_s:.3g} s each, "
            f"{self.enough:,} would have done"
        )


def full_limit_of(record: RunRecord, accounts: Sequence[PlayerAccount]) -> FullLimit | None:
    """None when every visit was sent."""
    first = record.first_actions()
    refused = first[first["outcome"] == "not_sent"]
    if not len(refused):
        return None
    busy = _busy_ratios(refused, accounts)
    seconds = np.unique(refused["intended_s"].to_numpy().astype(np.int64))
    limit = record.manifest.options.get("in_flight_limit")
    return FullLimit(
        not_sent_visits=len(refused),
        own_fault_visits=int((busy >= SATURATED_RATIO).sum()),
        limit=int(limit) if limit is not None else None,
        busiest_ratio=float(np.nanmax(busy)) if np.isfinite(busy).any() else None,
        arrival_rate_per_s=_peak_rate_per_s(record, seconds),
        visit_s=_mean_time_in_play_s(record.actions, refused),
    )


def _busy_ratios(
    refused: pd.DataFrame, accounts: Sequence[PlayerAccount]
) -> npt.NDArray[np.float64]:
    """How busy the event loop was that refused each visit; NaN where nobody knows."""
    busy = np.full(len(refused), np.nan)
    for account in accounts:
        mine = refused["worker"].to_numpy() == account.worker
        at = account.reading_at(refused["intended_s"].to_numpy()[mine])
        busy[mine] = account.levels[LOOP_BUSY][at]
    return busy


def _peak_rate_per_s(record: RunRecord, seconds: npt.NDArray[np.int64]) -> float:
    arrivals = np.asarray(record.manifest.plan.arrivals_per_second)
    known = seconds[seconds < len(arrivals)]
    return float(arrivals[known].max(initial=0))


def _mean_time_in_play_s(actions: pd.DataFrame, refused: pd.DataFrame) -> float | None:
    """Mean time from the start to the last reply of the visits that were in play when another
    was `refused`; of all visits if none of these ended."""
    sent = actions[np.isfinite(actions["finished_s"].to_numpy())]
    spans = sent.groupby("visit").agg(began_s=("started_s", "min"), ended_s=("finished_s", "max"))
    began_s, ended_s = spans["began_s"].to_numpy(), spans["ended_s"].to_numpy()
    instants_s = np.sort(refused["intended_s"].to_numpy())
    held = np.searchsorted(instants_s, began_s) < np.searchsorted(instants_s, ended_s)
    lasted_s = (ended_s - began_s)[held if held.any() else slice(None)]
    return float(lasted_s.mean()) if len(lasted_s) else None
