"""How many players the planned peak of a run asks for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.analysis.player_account import PlayerAccount
from reports.record.player_gauge import LOOP_CPU
from reports.record.reader import RunRecord

COMFORTABLE_RATIO = 0.6
"""How busy the event loop of one of enough players would be at the planned peak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkersNeeded:
    """How many players the planned peak asks for:

        workers = ceil(peak_actions_per_s x cpu_s_per_action / 0.6)

    It takes for granted that an action costs the event loop as much processor time as it did in
    the fullest seconds of this run, and that every player has a processor to itself. The planned
    peak is that of arrivals times the actions of a visit, so thinking shoppers only lower it.
    `cores` are those of the `hosts` that took part.
    """

    peak_actions_per_s: float
    cpu_s_per_action: float
    players: int
    hosts: int
    cores: int

    @property
    def workers(self) -> int:
        return max(
            1, math.ceil(self.peak_actions_per_s * self.cpu_s_per_action / COMFORTABLE_RATIO)
        )

    @property
    def sentence(self) -> str:
        cost = f"an action costs the event loop {self.cpu_s_per_action * 1e6:,.0f} µs"
        peak = f"the planned peak of {self.peak_actions_per_s:,.0f} actions/s"
        if self.workers <= self.players:
            count = "one player is" if self.players == 1 else f"{self.players:,} players are"
            return f"{count} enough for {peak} with a free processor each: {cost}"
        where = ""
        if self.workers > self.cores:
            have = "this host has" if self.hosts == 1 else f"these {self.hosts} hosts have"
            where = f"; {have} only {self.cores} cores, so it needs another machine"
        return f"{self.workers:,} workers would do for {peak}: {cost}{where}"


def workers_needed(record: RunRecord, accounts: Sequence[PlayerAccount]) -> WorkersNeeded | None:
    """What the plan of `record` asks for, from the account of its players; None where nothing
    was planned or finished."""
    plan = record.manifest.plan
    playing = [each for each in accounts if each.plays]
    cost_s = _cpu_s_per_action(record, playing)
    if cost_s is None or not plan.planned_visits:
        return None
    hosts = {each.host: each.cores for each in record.manifest.workers}
    expected = sum(plan.expected_actions.values()) or float(len(record.actions))
    return WorkersNeeded(
        peak_actions_per_s=max(plan.arrivals_per_second) * expected / plan.planned_visits,
        cpu_s_per_action=cost_s,
        players=len(playing),
        hosts=max(1, len(hosts)),
        cores=sum(hosts.values()) or int(record.manifest.host.get("cores", 1)),
    )


def _cpu_s_per_action(record: RunRecord, accounts: Sequence[PlayerAccount]) -> float | None:
    """Processor time of the event loop for each finished action, over the tenth of all readings
    with the most actions; None when nothing finished."""
    actions, cpu_s = [], []
    workers, finished_s = (record.actions[each].to_numpy() for each in ("worker", "finished_s"))
    for account in accounts:
        edges_s = np.concatenate([[-np.inf], account.t_s])
        mine = finished_s[(workers == account.worker) & np.isfinite(finished_s)]
        counts, _ = np.histogram(mine, edges_s)
        lasted_s = np.diff(account.t_s, prepend=account.t_s[0] - 1.0)
        actions.append(counts)
        cpu_s.append(np.nan_to_num(account.levels[LOOP_CPU] * lasted_s))
    number, used_s = np.concatenate(actions), np.concatenate(cpu_s)
    fullest = np.argsort(-number, kind="stable")[: max(1, len(number) // 10)]
    return float(used_s[fullest].sum() / number[fullest].sum()) if number[fullest].sum() else None
