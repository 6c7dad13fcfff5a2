"""What a change of the model does: both variants with the same luck, compared figure by figure.

Replication i of both plays the same visits and draws the same numbers (common random numbers), so
that the differences vary little; with `antithetic` each pair is played once more with every
uniform number mirrored. A control variate is the work that the drawn plan offers, whose mean is
known from the campaign. What each saves is reported.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.answers.answer import refusal
from sim.answers.figure_wording import figure_in_words, is_ratio, value_in_words
from sim.answers.pair import Pair
from sim.answers.promise_change import PromiseChange, promise_changes
from sim.answers.promises import Promise
from sim.answers.stop_reason import StopReason
from sim.statistics.interval import CONFIDENCE, Interval, TooFew, confidence_of_each, mean_interval
from sim.statistics.paired import paired_interval
from sim.statistics.variance_reduction import antithetic_interval, controlled_interval

DERIVED = ("waiting_ratio:", "peak_window_s:")
"""A share of the whole changes when anything else does, which says nothing of its own, and a window
is how something was looked at."""
_NOTICED = {"_per_s": 0.1, "_s": 0.001, "_ratio": 0.001}
"""Amounts of each unit that hardly matter; of all else 1."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A figure of both variants. `difference` is other - one, `relative` that by one (None of
    a figure that was 0), which is told when it is as sure as the difference. It `changed` when the
    difference is sure, all figures taken together. The ratios are what common random numbers,
    mirrored luck and the control leave of the variance of the difference."""

    name: str
    one: float
    other: float
    difference: Interval
    relative: Interval | None
    changed: bool
    paired_ratio: Interval | None
    mirrored_ratio: Interval | None = None
    controlled_ratio: Interval | None = None

    @property
    def in_words(self) -> str:
        """`p99 of pay: 812 ms -> 310 ms (-61 %, 95 %: -64 to -58 %)`."""
        name = figure_in_words(self.name)
        shown = [value_in_words(self.name, each) for each in (self.one, self.other)]
        return f"{name}: {shown[0]} -> {shown[1]} ({self._by_how_much})"

    @property
    def _by_how_much(self) -> str:
        found, unit = self.difference, ""
        if is_ratio(self.name):
            found, unit, scale = self.difference, "points", 100.0
        elif self.relative and self.relative.contains(0.0) == found.contains(0.0):
            found, unit, scale = self.relative, "%", 100.0
        else:
            by, low, high = (
                value_in_words(self.name, each) for each in (found.estimate, found.low, found.high)
            )
            return f"by {by}, {100 * found.confidence:g} %: {low} to {high}"
        by, low, high = (_signed(scale * each) for each in (found.estimate, found.low, found.high))
        return f"{by} {unit}, {100 * found.confidence:g} %: {low} to {high} {unit}"

    def as_json(self) -> dict[str, Any]:
        return {
            "one": self.one,
            "other": self.other,
            "changed": self.changed,
            "difference": _bounds(self.difference),
            "relative": _bounds(self.relative),
            "variance_left": {
                "common_random_numbers": _bounds(self.paired_ratio),
                "antithetic": _bounds(self.mirrored_ratio),
                "control": _bounds(self.controlled_ratio),
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`changes` in the order of how much changed, what is sure first; `same` names the figures
    that were equal in every replication, `refused` the quantiles of too few durations in a
    replication. `objectives` say what became of each promise. `stopped` says why there are not more
    pairs, unless so many were asked for."""

    replications: int
    changes: tuple[Change, ...]
    same: tuple[str, ...]
    refused: tuple[str, ...]
    objectives: tuple[PromiseChange, ...] = ()
    stopped: StopReason | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "replications": self.replications,
            "confidence": CONFIDENCE,
            "objectives": [each.as_json() for each in self.objectives],
            "changes": {each.name: each.as_json() for each in self.changes},
            "same": list(self.same),
            "refused": list(self.refused),
            "stopped": self.stopped and self.stopped.as_json(),
        }


def comparison_of(
    pairs: Sequence[Pair],
    *,
    offered_work: float | None = None,
    promises: Sequence[Promise] = (),
    stopped: StopReason | None = None,
    confidence: float = CONFIDENCE,
) -> Comparison:
    """Compares what `pairs` found. With `offered_work`, the mean that the plan is drawn from, the
    control is applied. Needs at least two pairs, with a control four."""
    names = [
        name
        for name in pairs[0].one.figures
        if not name.startswith(DERIVED)
        and all(name in each.figures for pair in pairs for each in pair.runs)
    ]
    refused = [name for name in names if _refusal(name, pairs)]
    given = [name for name in names if name not in refused]
    varying = [name for name in given if not _same(name, pairs)]
    each_confidence = confidence_of_each(confidence, max(1, len(varying)))
    method = _Method(pairs=pairs, offered_work=offered_work, confidence=confidence)
    changes = [method.change(name, each_confidence) for name in varying]
    return Comparison(
        replications=len(pairs),
        changes=tuple(sorted(changes, key=_importance)),
        same=tuple(name for name in given if name not in varying),
        refused=tuple(refused),
        objectives=promise_changes(promises, pairs),
        stopped=stopped,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Method:
    """How a mean is estimated: plainly, or corrected by the control."""

    pairs: Sequence[Pair]
    offered_work: float | None
    confidence: float

    def change(self, name: str, each_confidence: float) -> Change:
        one, other = _columns(name, self.pairs)
        before, after = (self._mean(each, self.confidence).estimate for each in (one, other))
        difference = self._mean(other - one, self.confidence)
        sure = self._mean(other - one, each_confidence)
        return Change(
            name=name,
            one=before,
            other=after,
            difference=difference,
            relative=self._relative(one, other, before, after),
            changed=not sure.contains(0.0),
            paired_ratio=_paired_ratio(one, other),
            mirrored_ratio=self._mirrored_ratio(name),
            controlled_ratio=self._controlled_ratio(other - one),
        )

    def _mean(self, values: Floats, confidence: float) -> Interval:
        if self.offered_work is None:
            found = mean_interval(values, confidence)
        else:
            control = controlled_interval(values, *self._control, confidence)
            found = control if isinstance(control, TooFew) else control.mean
        assert isinstance(found, Interval), found
        return found

    @property
    def _control(self) -> tuple[Floats, Floats]:
        drawn = np.array([[each.offered_work] for each in self.pairs])
        return drawn, np.array([self.offered_work or 0.0])

    def _relative(self, one: Floats, other: Floats, before: float, after: float) -> Interval | None:
        """(after - before) / before by the delta method: the spread of other - R one, R = after /
        before."""
        if before <= 0:
            return None
        ratio = after / before
        half = self._mean(other - ratio * one, self.confidence).half_width / before
        return Interval(
            estimate=ratio - 1,
            low=ratio - 1 - half,
            high=ratio - 1 + half,
            n=len(one),
            confidence=self.confidence,
        )

    def _mirrored_ratio(self, name: str) -> Interval | None:
        halves = [(pair, pair.mirrored) for pair in self.pairs if pair.mirrored]
        if len(halves) < len(self.pairs):
            return None
        straight = [pair.other.figures[name] - pair.one.figures[name] for pair, _ in halves]
        mirrored = [other.figures[name] - one.figures[name] for _, (one, other) in halves]
        found = antithetic_interval(np.array(straight), np.array(mirrored))
        return None if isinstance(found, TooFew) else found.variance_ratio

    def _controlled_ratio(self, differences: Floats) -> Interval | None:
        if self.offered_work is None:
            return None
        found = controlled_interval(differences, *self._control)
        return None if isinstance(found, TooFew) else found.variance_ratio


def _columns(name: str, pairs: Sequence[Pair]) -> tuple[Floats, Floats]:
    """The figure of both variants in each replication."""
    ones, others = np.array([each.figure(name) for each in pairs]).T
    return ones, others


def _refusal(name: str, pairs: Sequence[Pair]) -> str:
    return refusal(name, (each for pair in pairs for each in pair.runs))


def _same(name: str, pairs: Sequence[Pair]) -> bool:
    one, other = _columns(name, pairs)
    return bool((one == other).all())


def _paired_ratio(one: Floats, other: Floats) -> Interval | None:
    found = paired_interval(one, other)
    return None if isinstance(found, TooFew) else found.variance_ratio


def _importance(change: Change) -> tuple[bool, float]:
    """What is sure first, then by how many times as much or as little it is, where what nobody
    would notice counts as nothing."""
    floor = next((each for unit, each in _NOTICED.items() if _kind(change).endswith(unit)), 1.0)
    times = (change.other + floor) / (change.one + floor)
    return not change.changed, -abs(math.log(max(times, 1e-300)))


def _kind(change: Change) -> str:
    return change.name.partition(":")[0]


def _signed(value: float) -> str:
    """With a sign and three digits; what is nearly -100 % with all that tell it from that."""
    return f"{value:+.2f}" if 99 <= abs(value) < 100 else f"{value:+.3g}"


def _bounds(interval: Interval | None) -> dict[str, float] | None:
    if interval is None:
        return None
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}


def median_variance_left(ratios: Iterator[Interval | None]) -> float | None:
    """The middle of the ratios that there are."""
    there = [each.estimate for each in ratios if each is not None]
    return float(np.median(there)) if there else None
