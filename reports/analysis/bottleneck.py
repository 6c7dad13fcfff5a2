"""What held a player up, and how many players would do: read from its own account.

Nothing is said while all is well: a level is worth a sentence from 70 % of its limit on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reports.analysis.full_limit import SATURATED_RATIO, FullLimit
from reports.analysis.player_account import PlayerAccount
from reports.analysis.quantiles import Floats
from reports.analysis.validity import Validity
from reports.analysis.workers_needed import WorkersNeeded, workers_needed
from reports.record import player_gauge as own
from reports.record.manifest import Manifest
from reports.record.reader import RunRecord

NEAR_RATIO = 0.7
HELD_RATIO = 0.2
"""From here on it is worth saying that the event loop was kept from a processor."""
SymptomKind = Literal[
    "event_loop", "long_turn", "garbage_collection", "processor", "in_flight_limit"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """Something that held a player up or was about to, with its `figure`: a ratio (`event_loop`,
    `processor`), seconds (`long_turn`, `garbage_collection`) or visits (`in_flight_limit`)."""

    kind: SymptomKind
    at_s: float | None
    figure: float
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bottleneck:
    """`symptoms` in the order of what to look at first; `workers` where the event loop is one."""

    symptoms: tuple[Symptom, ...] = ()
    workers: WorkersNeeded | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        more = (self.workers.sentence,) if self.workers else ()
        return (*(each.sentence for each in self.symptoms), *more)


def bottleneck_of(
    record: RunRecord, validity: Validity, accounts: Sequence[PlayerAccount]
) -> Bottleneck:
    """What held the players of `record` up, or was near to; empty when all was well."""
    cores = int(record.manifest.host.get("cores", 1))
    loop = list(_busy_loop(accounts))
    symptoms = [
        *loop,
        *_long_turns(accounts, validity.bounds.largest_lag_p99_s),
        *_no_processor(accounts, cores, well=validity.valid and not loop),
        *_in_flight(record.manifest, validity.full_limit, accounts),
    ]
    return Bottleneck(
        symptoms=tuple(symptoms), workers=workers_needed(record, accounts) if loop else None
    )


def _whose(account: PlayerAccount, noun: str) -> str:
    return f"worker {account.worker}'s {noun}" if account.worker else f"the player's {noun}"


def _worst(
    accounts: Sequence[PlayerAccount], gauge: str
) -> tuple[PlayerAccount, int, float] | None:
    """The account, index and value of the largest reading of `gauge`; None without readings."""
    found = [
        (account, int(np.nanargmax(values)), float(np.nanmax(values)))
        for account in accounts
        if np.isfinite(values := account.levels[gauge]).any()
    ]
    return max(found, key=lambda each: each[2], default=None)


def _busy_loop(accounts: Sequence[PlayerAccount]) -> Iterator[Symptom]:
    worst = _worst(accounts, own.LOOP_BUSY)
    if worst is None or worst[2] < NEAR_RATIO:
        return
    account, index, ratio = worst
    cpu, at_s = account.levels[own.PLAYER_CPU][index], float(account.t_s[index])
    saturated = sum(int((each.levels[own.LOOP_BUSY] >= SATURATED_RATIO).sum()) for each in accounts)
    often = f", {saturated:,} readings over {SATURATED_RATIO:.0%}" if saturated > 1 else ""
    yield Symptom(
        kind="event_loop",
        at_s=at_s,
        figure=ratio,
        sentence=f"{_whose(account, 'event loop')} was busy {ratio:.0%} of the second before "
        f"{at_s:.0f} s (CPU {cpu:.0%}{often})",
    )


def _long_turns(accounts: Sequence[PlayerAccount], bound_s: float) -> Iterator[Symptom]:
    """The longest garbage collection, and the longest turn unless that was it."""
    garbage, turn = _worst(accounts, own.GC_LONGEST), _worst(accounts, own.LONGEST_TURN)
    collected = garbage is not None and garbage[2] > NEAR_RATIO * bound_s
    if garbage is not None and collected:
        account, index, pause_s = garbage
        at_s = float(account.t_s[index])
        yield Symptom(
            kind="garbage_collection",
            at_s=at_s,
            figure=pause_s,
            sentence=f"garbage collection held {_whose(account, 'event loop')} for "
            f"{pause_s * 1000:.0f} ms at {at_s:.0f} s",
        )
    if turn is None or turn[2] <= bound_s or (garbage and collected and turn[2] < 2 * garbage[2]):
        return
    account, index, turn_s = turn
    at_s = float(account.t_s[index])
    yield Symptom(
        kind="long_turn",
        at_s=at_s,
        figure=turn_s,
        sentence=f"{_whose(account, 'event loop')} read no replies for {turn_s * 1000:.0f} ms at "
        f"one go at {at_s:.0f} s",
    )


def _no_processor(
    accounts: Sequence[PlayerAccount], cores: int, *, well: bool
) -> Iterator[Symptom]:
    """When the event loop was ready to run but did not: other processes, or its own threads.

    On a busy host that is the rule, so it is no news where all else is `well`.
    """
    if well:
        return
    held = [
        (float(gap[index]), account, index)
        for account in accounts
        for gap in [_kept_waiting(account)]
        for index in [int(np.argmax(gap))]
    ]
    ratio, account, index = max(held, key=lambda each: each[0], default=(0.0, None, 0))
    if account is None or ratio < HELD_RATIO:
        return
    at_s, others = float(account.t_s[index]), float(account.levels[own.OTHERS_CPU][index])
    host_full = others + account.levels[own.PLAYER_CPU][index] >= SATURATED_RATIO * cores
    by = (
        f"other processes used {others:.1f} of {cores} cores"
        if host_full
        else "threads of its own, or a limit on its processor time, were in the way"
    )
    yield Symptom(
        kind="processor",
        at_s=at_s,
        figure=ratio,
        sentence=f"{_whose(account, 'event loop')} was ready to run but had no processor for "
        f"{ratio:.0%} of the second before {at_s:.0f} s: {by}",
    )


def _kept_waiting(account: PlayerAccount) -> Floats:
    gap = account.levels[own.LOOP_BUSY] - account.levels[own.LOOP_CPU]
    return np.nan_to_num(np.maximum(gap, 0.0))


def _in_flight(
    manifest: Manifest, full: FullLimit | None, accounts: Sequence[PlayerAccount]
) -> Iterator[Symptom]:
    if full is not None:
        yield Symptom(
            kind="in_flight_limit",
            at_s=None,
            figure=full.not_sent_visits,
            sentence=full.sentence,
        )
        return
    limit = manifest.options.get("in_flight_limit")
    most = sum(float(np.nanmax(each.levels[own.IN_FLIGHT], initial=0.0)) for each in accounts)
    if limit is not None and most >= NEAR_RATIO * int(limit):
        yield Symptom(
            kind="in_flight_limit",
            at_s=None,
            figure=most,
            sentence=f"up to {most:,.0f} visits were in flight; the limit is {int(limit):,}",
        )
