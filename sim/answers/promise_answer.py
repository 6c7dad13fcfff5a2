"""Whether promises are kept over replications, and how sure that is.

A promise of 99.9 % is met or not by a tenth of a percent, so it is looked at as its error budget:

    budget spent = (bad / all) / (1 - target)        above 100 % it is broken

summed over replications, with the interval of a ratio. One sale is one replication: in how many
of them it was met is what a single sale can expect.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, Literal

import numpy as np
from scipy.special import stdtr

from sim.answers.observations import Observations
from sim.answers.promises import Kept, Promise
from sim.statistics.interval import Interval, TooFew, student_t
from sim.statistics.jackknife import ratio_interval

Outlook = Literal["met", "violated", "undecided", "no data"]
SURE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseAnswer:
    """`good` of `total` actions of all replications, and the budget spent with its interval; None
    for a promise of 100 %, which has no budget, and without data. `chance_met` is how sure it is
    that the share over many replications meets the target; None where it never varied."""

    promise: Promise
    good: int
    total: int
    met_in: int
    replications: int
    budget_spent: Interval | None = None
    chance_met: float | None = None

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.good, self.total) if self.total else None

    @property
    def outlook(self) -> Outlook:
        """`met` or `violated` when that is at least 95 % sure."""
        if not self.total:
            return "no data"
        if self.chance_met is None:
            if self.met_in in (0, self.replications):
                return "met" if self.met_in else "violated"
            return "undecided"
        if self.chance_met >= SURE:
            return "met"
        return "violated" if self.chance_met <= 1 - SURE else "undecided"

    @property
    def never_varied(self) -> bool:
        """Whether it was the same each time, of which no interval tells how sure it is."""
        return self.chance_met is None and self.outlook in ("met", "violated")

    @property
    def confidence(self) -> float | None:
        """How sure the outlook is; None where it never varied or is none."""
        if self.chance_met is None or self.outlook in ("undecided", "no data"):
            return None
        return max(self.chance_met, 1 - self.chance_met)

    def as_json(self) -> dict[str, Any]:
        spent = self.budget_spent
        return {
            "name": self.promise.name,
            "target": str(self.promise.target),
            "good": self.good,
            "total": self.total,
            "budget_spent": spent
            and {"estimate": spent.estimate, "low": spent.low, "high": spent.high},
            "met_in": self.met_in,
            "replications": self.replications,
            "outlook": self.outlook,
            "confidence": self.confidence,
        }


def promise_answers(
    promises: Sequence[Promise], runs: Sequence[Observations]
) -> tuple[PromiseAnswer, ...]:
    """What `runs`, at least two, say of each promise."""
    return tuple(_answer(each, [run.kept[each.name] for run in runs]) for each in promises)


def spent_and_all(promise: Promise, kept: Kept) -> tuple[float, float]:
    """Numerator and denominator of the budget spent in one replication."""
    bad = kept.total - kept.good
    return float(bad / (1 - promise.target)), float(kept.total)


def _answer(promise: Promise, kept: Sequence[Kept]) -> PromiseAnswer:
    good, total = sum(each.good for each in kept), sum(each.total for each in kept)
    answer = partial(
        PromiseAnswer,
        promise=promise,
        good=good,
        total=total,
        met_in=sum(each.meets(promise.target) for each in kept),
        replications=len(kept),
    )
    if promise.target == 1:
        return answer(chance_met=0.0 if good < total else None)
    above, below = np.array([spent_and_all(promise, each) for each in kept]).T
    found = ratio_interval(above, below)
    if isinstance(found, TooFew):
        return answer()
    leaning = ratio_interval(above, below, skewed=True)
    return answer(
        budget_spent=found if isinstance(leaning, TooFew) else leaning,
        chance_met=_chance_below_one(found),
    )


def _chance_below_one(spent: Interval) -> float | None:
    if not spent.half_width:
        return None
    degrees = spent.n - 1
    error = spent.half_width / student_t(degrees, spent.confidence)
    chance = float(stdtr(degrees, (1 - spent.estimate) / error))
    return chance if math.isfinite(chance) else None
