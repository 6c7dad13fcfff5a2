"""What held a player up, and how many players would do: read from its own account.

Nothing is said while all is well: a level is worth a sentence from 70 % of its limit on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reports.analysis.full_limit import SATURATED_RATIO, FullLimit
from reports.analysis.player_account import PlayerAccount
from reports.analysis.quantiles import Floats
from reports.analysis.shortage import SHORTAGES, short_visits
from reports.analysis.validity import Validity
from reports.analysis.workers_needed import WorkersNeeded, workers_needed
from reports.record import player_gauge as own
from reports.record.manifest import Manifest
from reports.record.reader import RunRecord

NEAR_RATIO = 0.7
HELD_RATIO = 0.2
"""From here on it is worth saying that the event loop was kept from a processor."""
SymptomKind = Literal[
    "shortage", "event_loop", "long_turn", "garbage_collection", "processor", "in_flight_limit"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """Something that held a player up or was about to, with its `figure`: a ratio (`event_loop`,
    `processor`), seconds (`long_turn`, `garbage_collection`) or visits (`shortage`,
    `in_flight_limit`)."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The largest reading of a level: whose, which one, and its value."""

    account: PlayerAccount
    index: int
    value: float

    @property
    def at_s(self) -> float:
        return float(self.account.t_s[self.index])

    def level(self, gauge: str) -> float:
        """Another level at the same time."""
        return float(self.account.levels[gauge][self.index])


def bottleneck_of(
    record: RunRecord, validity: Validity, accounts: Sequence[PlayerAccount]
) -> Bottleneck:
    """What held the players of `record` up, or was near to; empty when all was well."""
    loop = list(_busy_loop(accounts))
    symptoms = [
        *_shortages(record),
        *loop,
        *_long_turns(accounts, validity.bounds.largest_lag_p99_s),
        *_no_processor(record.manifest, accounts, well=validity.valid and not loop),
        *_in_flight(record.manifest, validity.full_limit, accounts),
    ]
    return Bottleneck(
        symptoms=tuple(symptoms), workers=workers_needed(record, accounts) if loop else None
    )


def _peak(
    accounts: Sequence[PlayerAccount], levels: Callable[[PlayerAccount], Floats]
) -> Peak | None:
    """The largest of the `levels` of all accounts; None where nothing was read."""
    found = []
    for account in accounts:
        values = levels(account)
        if np.isfinite(values).any():
            index = int(np.nanargmax(values))
            found.append(Peak(account=account, index=index, value=float(values[index])))
    return max(found, key=lambda each: each.value, default=None)


def _of(gauge: str) -> Callable[[PlayerAccount], Floats]:
    return lambda account: account.levels[gauge]


def _kept_waiting(account: PlayerAccount) -> Floats:
    """The share of each second in which the event loop was ready to run but did not."""
    return account.levels[own.LOOP_BUSY] - account.levels[own.LOOP_CPU]


def _shortages(record: RunRecord) -> Iterator[Symptom]:
    for failure_class, visits in short_visits(record).items():
        yield Symptom(
            kind="shortage",
            at_s=None,
            figure=float(len(visits)),
            sentence=f"the player's machine had no {SHORTAGES[failure_class]} left for actions of "
            f"{len(visits):,} visits, which the platform never saw ({failure_class})",
        )


def _busy_loop(accounts: Sequence[PlayerAccount]) -> Iterator[Symptom]:
    peak = _peak(accounts, _of(own.LOOP_BUSY))
    if peak is None or peak.value < NEAR_RATIO:
        return
    saturated = sum(int((each.levels[own.LOOP_BUSY] >= SATURATED_RATIO).sum()) for each in accounts)
    often = f", {saturated:,} readings over {100 * SATURATED_RATIO:.0f} %" if saturated > 1 else ""
    yield Symptom(
        kind="event_loop",
        at_s=peak.at_s,
        figure=peak.value,
        sentence=f"{peak.account.title}'s event loop was busy {100 * peak.value:.0f} % of the "
        f"second before {peak.at_s:.0f} s (CPU {100 * peak.level(own.PLAYER_CPU):.0f} %{often})",
    )


def _long_turns(accounts: Sequence[PlayerAccount], bound_s: float) -> Iterator[Symptom]:
    """The longest garbage collection, and the longest turn unless that was most of it."""
    pause, turn = _peak(accounts, _of(own.GC_LONGEST)), _peak(accounts, _of(own.LONGEST_TURN))
    paused_s = pause.value if pause else 0.0
    if pause and paused_s > NEAR_RATIO * bound_s:
        yield Symptom(
            kind="garbage_collection",
            at_s=pause.at_s,
            figure=paused_s,
            sentence=f"garbage collection held {pause.account.title}'s event loop for "
            f"{paused_s * 1000:.0f} ms at {pause.at_s:.0f} s",
        )
    if turn and turn.value > bound_s and turn.value > 2 * paused_s:
        yield Symptom(
            kind="long_turn",
            at_s=turn.at_s,
            figure=turn.value,
            sentence=f"{turn.account.title}'s event loop read no replies for "
            f"{turn.value * 1000:.0f} ms at one go at {turn.at_s:.0f} s",
        )


def _no_processor(
    manifest: Manifest, accounts: Sequence[PlayerAccount], *, well: bool
) -> Iterator[Symptom]:
    """When the event loop was ready to run but did not: other processes, or its own threads.

    On a busy host that is the rule, so it is no news where all else is `well`.
    """
    held = _peak(accounts, _kept_waiting)
    if well or held is None or held.value < HELD_RATIO:
        return
    cores, others = _cores(manifest, held.account), held.level(own.OTHERS_CPU)
    host_is_full = others + held.level(own.PLAYER_CPU) >= SATURATED_RATIO * cores
    by = (
        f"other processes used {others:.1f} of {cores} cores"
        if host_is_full
        else "threads of its own, or a limit on its processor time, were in the way"
    )
    yield Symptom(
        kind="processor",
        at_s=held.at_s,
        figure=held.value,
        sentence=f"{held.account.title}'s event loop was ready to run but had no processor for "
        f"{100 * held.value:.0f} % of the second before {held.at_s:.0f} s: {by}",
    )


def _cores(manifest: Manifest, account: PlayerAccount) -> int:
    """Those of the host that a player ran on."""
    of_workers = {each.number: each.cores for each in manifest.workers}
    return of_workers.get(account.worker) or int(manifest.host.get("cores", 1))


def _in_flight(
    manifest: Manifest, full: FullLimit | None, accounts: Sequence[PlayerAccount]
) -> Iterator[Symptom]:
    """A full limit with its meaning, or one that was nearly full."""
    limit = manifest.options.get("in_flight_limit")
    # The master of a fleet comes first, and knows the sum of all its workers.
    most = _peak(accounts[:1], _of(own.IN_FLIGHT))
    if full is not None:
        sentence, visits = full.sentence, float(full.not_sent_visits)
    elif limit is not None and most and most.value >= NEAR_RATIO * int(limit):
        visits = most.value
        sentence = f"up to {visits:,.0f} visits were in flight; the limit is {int(limit):,}"
    else:
        return
    yield Symptom(kind="in_flight_limit", at_s=None, figure=visits, sentence=sentence)
