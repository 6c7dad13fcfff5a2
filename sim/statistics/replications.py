"""How many replications: until every objective is known as closely as asked, and stays so.

    wanted = n (h / h*)^2               h: half width at n, h*: the half width asked for
    h* = max(|estimate| g / (1 + g), absolute)

With h / |estimate| <= g / (1 + g) the relative error is at most g when the interval holds, since
it is taken of the estimate and not of the truth (Law, Simulation Modeling and Analysis, 5th ed.,
section 9.4.1).

To stop at the first n where the intervals are narrow favours those n where the variance looks
small by luck, so that 95 % intervals hold less often. Chow and Robbins (Ann. Math. Stat. 36, 1965)
show that the loss vanishes as g does; against the rest the precision must hold at n and at each of
the next 5 replications, or n / 20 when that is more (Hoad, Robinson, Davies, J. Oper. Res. Soc. 61,
2010), and no look ahead more than doubles n. Alexopoulos and Seila, in Handbook of Simulation
(1998), chapter 7, review the bias.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from sim.statistics.interval import CONFIDENCE, Floats, Interval, TooFew
from sim.statistics.jackknife import ratio_interval

FEWEST = 10
LOOK_AHEAD = 5
"""Replications through which a precision must stay, up to 100; from there n / 20."""

CLEAR = 2.0
"""Half widths; with fewer, to look again and again would find a verdict by luck too often."""

NO_CHANGE = 0.0

Observation = float | tuple[float, float]
"""What one replication says of an objective: a value, or numerator and denominator of a ratio
whose parts are summed over replications, such as late actions and all actions."""


class Asked(Protocol):
    """What is asked of an objective."""

    def excess(self, estimates: Floats, half_widths: Floats) -> Floats:
        """How many times as wide as asked for the intervals are; 0 of one without width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How closely an objective is to be known: +-`relative` of itself, or +-`absolute` in its
    unit if that is wider, which a quantity near 0 needs."""

    relative: float = 0.05
    absolute: float = 0.0

    def __post_init__(self) -> None:
        assert self.relative >= 0
        assert self.absolute >= 0
        assert self.relative or self.absolute

    def excess(self, estimates: Floats, half_widths: Floats) -> Floats:
        """h / h*: how many times as wide as asked for; 0 of an interval without width."""
        asked = np.abs(estimates) * (self.relative / (1 + self.relative))
        with np.errstate(invalid="ignore", divide="ignore"):
            times = half_widths / np.maximum(asked, self.absolute)
        return np.where(half_widths == 0, 0.0, times)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPrecision:
    """How closely the error budget spent is to be known: +-`absolute` of the budget, or so that
    `turns_at`, where what follows from it changes, lies `CLEAR` times as far away as the interval
    reaches. Then that is sure, and more replications would not change it. A budget spent turns at
    1, where the objective breaks; what a change adds to it turns at `NO_CHANGE`."""

    absolute: float
    turns_at: float = 1.0

    def excess(self, estimates: Floats, half_widths: Floats) -> Floats:
        asked = np.maximum(np.abs(estimates - self.turns_at) / CLEAR, self.absolute)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(half_widths == 0, 0.0, half_widths / asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the replications stand after the first `n`. `reached` is true when every objective
    was known as closely as asked and stayed so; `imprecise` names those that are not at `n`,
    `decided_by` those that became so last, none where the fewest replications were enough.
    `never_varied` names those that were the same every time: of them the interval says nothing,
    `sim.statistics.interval.never_seen` does."""

    n: int
    wanted: int
    reached: bool
    intervals: Mapping[str, Interval | TooFew]
    imprecise: tuple[str, ...]
    decided_by: tuple[str, ...]
    never_varied: tuple[str, ...]


class Replications:
    """Is told what each finished replication found, and says how many more to play.

    Replications may finish in any order and are judged in the order of their numbers, without
    gaps: to judge those first that end first would favour short ones (Glynn and Heidelberger, ACM
    TOMACS 1, 1991). Each objective's interval holds with `confidence` by itself; for all together
    pass `confidence_of_each(confidence, count)`. With `skewed` the intervals given lean to the
    long tail (`sim.statistics.interval.leaning`); the precision is judged by Student's.
    """

    def __init__(
        self,
        precisions: Mapping[str, Asked],
        *,
        fewest: int = FEWEST,
        most: int = 1000,
        confidence: float = CONFIDENCE,
        skewed: bool = False,
    ) -> None:
        assert precisions
        assert 2 <= fewest <= most
        self._precisions = precisions
        self._fewest, self._most, self._confidence = fewest, most, confidence
        self._skewed = skewed
        self._told: dict[int, dict[str, tuple[float, float]]] = {}

    def tell(self, replication: int, observations: Mapping[str, Observation]) -> None:
        """Replication number `replication`, from 0, has ended with these observations, one of
        each objective."""
        assert replication not in self._told
        assert observations.keys() == self._precisions.keys()
        self._told[replication] = {
            name: found if isinstance(found, tuple) else (float(found), 1.0)
            for name, found in observations.items()
        }

    def more(self) -> int:
        """How many replications to play beyond those told of (some may be in play already); 0 when
        it is enough, or when `most` are told of."""
        return max(0, self.standing().wanted - len(self._told))

    def standing(self) -> Standing:
        """What is known from the replications without a gap from number 0."""
        columns = self._columns()
        n = len(next(iter(columns.values())))
        found = {name: _along(each, self._confidence) for name, each in columns.items()}
        excess = {name: self._precisions[name].excess(*each) for name, each in found.items()}
        worst = np.max(np.stack(list(excess.values())), axis=0)
        reached, wanted = _wanted(worst, self._fewest)
        return Standing(
            n=n,
            wanted=min(wanted, self._most),
            reached=reached,
            intervals={
                name: ratio_interval(each[:, 0], each[:, 1], self._confidence, skewed=self._skewed)
                for name, each in columns.items()
            },
            imprecise=tuple(name for name, each in excess.items() if not n or each[-1] > 1),
            decided_by=_last_wide(excess, self._fewest),
            never_varied=tuple(name for name, each in columns.items() if _same(each)),
        )

    def _columns(self) -> dict[str, Floats]:
        """By objective, numerator and denominator of each replication up to the first gap."""
        n = 0
        while n in self._told:
            n += 1
        return {
            name: np.array([self._told[i][name] for i in range(n)], dtype=np.float64).reshape(n, 2)
            for name in self._precisions
        }


def look_ahead(n: int) -> int:
    """Through how many replications a precision reached at `n` must stay."""
    return max(LOOK_AHEAD, n // 20)


def _same(column: Floats) -> bool:
    return len(column) > 1 and not np.ptp(column[:, 0]) and not np.ptp(column[:, 1])


def _last_wide(excess: Mapping[str, Floats], fewest: int) -> tuple[str, ...]:
    """Whose interval was the last that was too wide, at `fewest` replications or later."""
    last = {name: max(np.flatnonzero(each > 1), default=-1) for name, each in excess.items()}
    latest = max(last.values())
    return tuple(name for name, at in last.items() if at == latest >= fewest - 1)


def _wanted(worst: Floats, fewest: int) -> tuple[bool, int]:
    """Whether it is reached, and how many replications are wanted in all, when the widest
    interval after replication i is `worst[i]` times as wide as asked for."""
    n = len(worst)
    wide = np.flatnonzero(worst > 1)
    since = max(fewest, int(wide[-1]) + 2 if len(wide) else 1)
    if since <= n:
        wanted = since + look_ahead(since)
        return n >= wanted, max(n, wanted)
    if n < fewest:
        return False, fewest
    last = float(worst[-1])
    return False, max(n + 1, math.ceil(n * min(last * last, 2.0)))


def _along(column: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Estimate and half width after each replication, by the delta method for a ratio of sums,
    which for denominators of 1 is Student's t; infinitely wide after the first."""
    numerators, denominators = column[:, 0], column[:, 1]
    n = np.arange(1, len(column) + 1)
    below = np.cumsum(denominators)
    whole = numerators.sum() / below[-1] if len(column) and below[-1] else 0.0
    # Residuals from the ratio of all, so that no digits are lost; `shift` is back to that of n.
    rest = numerators - whole * denominators
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.cumsum(rest) / below
        squares = np.cumsum(rest**2) - 2 * shift * np.cumsum(rest * denominators)
        squares = np.maximum(squares + shift**2 * np.cumsum(denominators**2), 0.0)
        half = stdtrit(np.maximum(n - 1, 1), (1 + confidence) / 2)
        half = half * np.sqrt(squares / (n - 1) * n) / below
    known: npt.NDArray[np.bool_] = (n > 1) & (below > 0)
    return np.where(known, whole + shift, 0.0), np.where(known, half, np.inf)
