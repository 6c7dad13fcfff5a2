"""The judgement of each stair of a search for the limit.

A stair's slow replies come in clumps, so its seconds, not its actions, are what is independent: an
interval here is the wider one of Clopper and Pearson's and of the ratio estimate over windows
(Cochran, Sampling Techniques, 1977, section 6.4). One hiccup, however many actions it hit, is one
window and breaks nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from reports.analysis.quantiles import Floats
from reports.record.manifest import Stair
from reports.slo.interval import CONFIDENCE, clopper_pearson
from reports.slo.objective import Objective
from reports.slo.stair_counts import StairCounts, window_s
from reports.slo.verdict import events_needed, is_met

StairOutcome = Literal["held", "broke", "unclear", "generator_limited"]
Flags = npt.NDArray[np.bool_]
LARGEST_FALL = Fraction(5, 100)
"""Of the goodput against that of the best stair before; a smaller fall is not called one."""
MOST_LATE = Fraction(1, 100)
"""Of the actions of a window: as in the validity of a run, the 99th percentile decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StairShare:
    """`good` of `total` events of an objective in the judged windows of a stair."""

    objective: Objective
    good: int
    total: int
    interval: tuple[float, float] | None

    @property
    def is_decided(self) -> bool:
        """Whether there were enough events for a single bad one not to decide."""
        return self.total >= events_needed(self.objective.target)

    @property
    def is_missed(self) -> bool:
        return self.is_decided and not is_met(self.good, self.total, self.objective.target)

    @property
    def is_broken(self) -> bool:
        """Missed, and not by chance: the whole interval lies below the target."""
        below = self.interval is not None and self.interval[1] < self.objective.target
        return self.is_missed and below


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """The goodput fell against that of the best stair before, at `from_rate_per_s`."""

    from_rate_per_s: float
    from_goodput_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StairVerdict:
    """How a stair fared. `usable` are the windows that the generator left fit to be judged; all
    other fields count these alone. `in_spite` of a late generator it is clear that it broke."""

    stair: Stair
    outcome: StairOutcome
    usable: Flags
    started_per_s: float
    goodput_per_s: float
    shares: tuple[StairShare, ...]
    fall: Fall | None = None
    in_spite: bool = False

    @property
    def broken(self) -> tuple[StairShare, ...]:
        """The objectives that broke, the one with the least share of its target first."""
        found = [each for each in self.shares if each.is_broken]
        return tuple(sorted(found, key=lambda each: each.good / each.total))


def judge_stairs(
    counts: StairCounts, stairs: Sequence[Stair], objectives: Sequence[Objective]
) -> tuple[StairVerdict, ...]:
    """The verdict on each of `stairs`, which are the first ones of `counts`, one after the other.

    `generator_limited`: in over half of the windows the generator was late itself, so the stair
    says nothing of the platform, unless it was late by so little that it cannot be the reason for
    replies as slow as they were. `broke`: an objective is missed and not by chance, or the goodput
    fell. `held`: no objective is missed and at least one is decided. `unclear`: anything else.
    """
    verdicts: list[StairVerdict] = []
    for index, stair in enumerate(stairs):
        verdicts.append(_verdict(counts, index, stair, objectives, verdicts))
    return tuple(verdicts)


def usable_windows(counts: StairCounts, index: int) -> Flags:
    """The windows of a stair in which at most 1 % of the actions started late."""
    flags: Flags = counts.late[index] * MOST_LATE.denominator <= counts.sent[index]
    return flags


def _verdict(
    counts: StairCounts,
    index: int,
    stair: Stair,
    objectives: Sequence[Objective],
    before: Sequence[StairVerdict],
) -> StairVerdict:
    usable, in_spite = usable_windows(counts, index), False
    limited = 2 * int(usable.sum()) < len(usable)
    if limited:
        usable = counts.very_late[index] == 0
        in_spite = _is_broken_in_spite(counts, index, usable, objectives)
    shares = _shares(objectives, counts.good[:, index, usable], counts.total[:, index, usable])
    fall = None if limited else _fall(counts, index, usable, before)
    length_s = window_s(stair)
    return StairVerdict(
        stair=stair,
        outcome="generator_limited" if limited and not in_spite else _outcome(shares, fall),
        usable=usable,
        started_per_s=_mean(counts.started[index, usable]) / length_s,
        goodput_per_s=_mean(counts.finished_ok[index, usable]) / length_s,
        shares=shares,
        fall=fall,
        in_spite=in_spite,
    )


def _is_broken_in_spite(
    counts: StairCounts, index: int, usable: Flags, objectives: Sequence[Objective]
) -> bool:
    """Whether an objective is missed even if the generator is excused for all that it can have
    done in the windows in which it was not very late, and these are at least half."""
    if 2 * int(usable.sum()) < len(usable):
        return False
    total = counts.total[:, index, usable]
    excused = _shares(objectives, counts.excused[:, index, usable], total)
    return any(each.is_broken for each in excused)


def _shares(objectives: Sequence[Objective], good: Floats, total: Floats) -> tuple[StairShare, ...]:
    return tuple(_share(each, good[row], total[row]) for row, each in enumerate(objectives))


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def _outcome(shares: Sequence[StairShare], fall: Fall | None) -> StairOutcome:
    if fall or any(each.is_broken for each in shares):
        return "broke"
    if any(each.is_missed for each in shares) or not any(each.is_decided for each in shares):
        return "unclear"
    return "held"


def _share(objective: Objective, good: Floats, total: Floats) -> StairShare:
    found = int(good.sum()), int(total.sum())
    exact = clopper_pearson(*found)
    interval = None
    if exact is not None:
        low, high = ratio_interval(good, total)
        interval = min(exact[0], low), max(exact[1], high)
    return StairShare(objective=objective, good=found[0], total=found[1], interval=interval)


def ratio_interval(good: Floats, total: Floats) -> tuple[float, float]:
    """The 95 % interval of sum(good) / sum(total) when windows, not events, are independent.

    p +- t sqrt(n / (n - 1) sum (good_w - p total_w)^2) / sum total, with Student's t of n - 1
    degrees of freedom, cut to 0..1. One window alone tells nothing.
    """
    n = len(total)
    if n < 2:
        return 0.0, 1.0
    share = good.sum() / total.sum()
    spread = math.sqrt(n / (n - 1) * float(((good - share * total) ** 2).sum()))
    half = _student_t(n - 1) * spread / total.sum()
    return max(0.0, float(share - half)), min(1.0, float(share + half))


def _student_t(freedom: float) -> float:
    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))


def _fall(
    counts: StairCounts, index: int, usable: Flags, before: Sequence[StairVerdict]
) -> Fall | None:
    """Whether goodput is over 5 % below that of the best stair before, and not by chance."""
    best = max(_rivals(before), key=lambda each: each.goodput_per_s, default=None)
    if best is None:
        return None
    there = counts.finished_ok[list(before).index(best), best.usable]
    here = counts.finished_ok[index, usable]
    small = here.mean() >= float(1 - LARGEST_FALL) * there.mean()
    if small or there.mean() - here.mean() <= _noise(there, here):
        return None
    return Fall(from_rate_per_s=best.stair.rate_per_s, from_goodput_per_s=best.goodput_per_s)


def _rivals(before: Sequence[StairVerdict]) -> Iterator[StairVerdict]:
    return (each for each in before if each.outcome != "generator_limited")


def _noise(one: Floats, other: Floats) -> float:
    """How far the means of two samples lie apart by chance, with 95 % confidence: Welch's t
    (Biometrika 34, 1947)."""
    parts = [float(each.var(ddof=1)) / len(each) for each in (one, other)]
    variance = sum(parts)
    if not variance:
        return 0.0
    shares = zip(parts, (one, other), strict=True)
    freedom = variance**2 / sum(part**2 / (len(each) - 1) for part, each in shares)
    return _student_t(freedom) * math.sqrt(variance)
