"""What a change of the model does to promises: the error budget that both variants spend, with the
same luck.

    difference = sum w_i (b_i / n_i - a_i / m_i) / sum w_i / (1 - target)
    w_i = n_i m_i / (n_i + m_i)

of pair i: a_i of m_i actions were bad in the model as written, b_i of n_i in the changed one. It is
a ratio of sums, with the interval of one; where both have equally many actions, it is the
difference of their shares. Source: Mantel and Haenszel, J. Nat. Cancer Inst. 22 (1959), the weights
for a difference by Greenland and Robins, Biometrics 41 (1985).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.answers.figure_wording import share_in_words, value_in_words
from sim.answers.pair import Pair
from sim.answers.promises import Kept, Promise
from sim.statistics.interval import CONFIDENCE, Interval, TooFew, confidence_of_each
from sim.statistics.jackknife import ratio_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseChange:
    """The share of the error budget that was `spent` by the model as written and by the changed
    one, and `difference`, how much more the changed one spends; None of a promise of 100 %, which
    has no budget, and without data. It `changed` when that is sure, all promises taken together.
    Both were `met` in so many of `runs` runs each."""

    promise: Promise
    spent: tuple[float, float] | None
    difference: Interval | None
    changed: bool
    met: tuple[int, int]
    runs: int

    @property
    def in_words(self) -> str:
        """`orders are placed (99 %): budget spent 812 % -> 310 % (by -502, 95 %: -520 to -484,
        sure), met in 0 -> 3 of 20`."""
        met = f"met in {self.met[0]:,} -> {self.met[1]:,} of {self.runs:,}"
        name = f"{self.promise.name} ({share_in_words(self.promise.target)})"
        if self.spent is None:
            return f"{name}: {met}"
        before, after = (f"{_percent(each)} %" for each in self.spent)
        return f"{name}: budget spent {before} -> {after}{self._by_how_much}, {met}"

    @property
    def is_nothing(self) -> bool:
        """Whether the change added nothing in any pair, of which no interval tells how sure it
        is."""
        found = self.difference
        return found is not None and found.low == found.high == 0

    @property
    def _by_how_much(self) -> str:
        found = self.difference
        if found is None:
            return ""
        if self.is_nothing:
            return " (nothing in any pair)"
        by, low, high = (_percent(each) for each in (found.estimate, found.low, found.high))
        sure = "sure" if self.changed else "no change is sure"
        return f" (by {by}, {100 * found.confidence:g} %: {low} to {high}, {sure})"

    def as_json(self) -> dict[str, Any]:
        found = self.difference
        return {
            "name": self.promise.name,
            "target": str(self.promise.target),
            "budget_spent": self.spent and list(self.spent),
            "difference": found
            and {"estimate": found.estimate, "low": found.low, "high": found.high},
            "changed": self.changed,
            "met_in": list(self.met),
            "runs": self.runs,
        }


def promise_changes(
    promises: Sequence[Promise], pairs: Sequence[Pair]
) -> tuple[PromiseChange, ...]:
    """What `pairs`, at least two, say of each promise."""
    each_confidence = confidence_of_each(CONFIDENCE, max(1, len(promises)))
    return tuple(_change(each, pairs, each_confidence) for each in promises)


def spent_difference(promise: Promise, pair: Pair) -> tuple[float, float]:
    """Numerator and denominator of the difference in one pair; of mirrored luck both halves
    together."""
    bad_one, all_one = _bad_and_all(_kept(promise, pair, 0))
    bad_other, all_other = _bad_and_all(_kept(promise, pair, 1))
    both = all_one + all_other
    if not both:
        return 0.0, 0.0
    more = bad_other * all_one - bad_one * all_other
    return float(more / (1 - promise.target) / both), float(all_one * all_other / both)


def _kept(promise: Promise, pair: Pair, side: int) -> list[Kept]:
    """Of the model as written (`side` 0) or the changed one (1)."""
    return [half[side].kept[promise.name] for half in pair.halves]


def _bad_and_all(kept: Sequence[Kept]) -> tuple[int, int]:
    return sum(each.total - each.good for each in kept), sum(each.total for each in kept)


def _change(promise: Promise, pairs: Sequence[Pair], each_confidence: float) -> PromiseChange:
    kept = [[each for pair in pairs for each in _kept(promise, pair, side)] for side in (0, 1)]
    met = [sum(each.meets(promise.target) for each in of_side) for of_side in kept]
    difference = _difference(promise, pairs, CONFIDENCE)
    sure = _difference(promise, pairs, each_confidence)
    return PromiseChange(
        promise=promise,
        spent=_spent(promise, kept),
        difference=difference,
        changed=sure is not None and not sure.contains(0.0),
        met=(met[0], met[1]),
        runs=len(kept[0]),
    )


def _spent(promise: Promise, kept: Sequence[Sequence[Kept]]) -> tuple[float, float] | None:
    counts = [_bad_and_all(of_side) for of_side in kept]
    if promise.target == 1 or not all(total for _, total in counts):
        return None
    one, other = (float(bad / total / (1 - promise.target)) for bad, total in counts)
    return one, other


def _difference(promise: Promise, pairs: Sequence[Pair], confidence: float) -> Interval | None:
    """Leaning where the pairs are skewed, as rare failures are, if there are three of them."""
    if promise.target == 1:
        return None
    above, below = np.array([spent_difference(promise, each) for each in pairs]).T
    for skewed in (True, False):
        found = ratio_interval(above, below, confidence, skewed=skewed)
        if not isinstance(found, TooFew):
            return found
    return None


def _percent(spent: float) -> str:
    return value_in_words("budget_spent", 100 * spent)
