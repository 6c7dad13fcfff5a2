"""Between which stairs the limit lies, with 95 % confidence.

A bootstrap over the windows within each stair (Efron and Tibshirani, An Introduction to the
Bootstrap, 1993, chapter 13). In every draw the share of good events falls with the rate, as the
falling line says that fits it best, and the limit lies where that line crosses the target: the
estimate of Stylianou and Flournoy ("Dose finding using the biased coin up-and-down design and
isotonic regression", Biometrics 58, 2002), without their interpolation between two stairs,
because how steeply a platform breaks is not known there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports.analysis.falling import falling_fit
from reports.analysis.knee import DRAWS, TAILS, draw_windows
from reports.analysis.quantiles import Floats
from reports.slo.stair_counts import StairCounts
from reports.slo.stair_verdict import LARGEST_FALL, StairVerdict

Flags = npt.NDArray[np.bool_]
LEAST_WEIGHT = 1e-9
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class RateInterval:
    """The highest rate that would hold lies within, with 95 % confidence. `lowest_per_s` is None
    where that may be below the first stair, `highest_per_s` where it may be above the last."""

    lowest_per_s: float | None
    highest_per_s: float | None


def limit_interval(
    counts: StairCounts,
    judged: Sequence[tuple[int, StairVerdict]],
    broke: StairVerdict,
    *,
    random: np.random.Generator,
) -> RateInterval:
    """From the last stair that holds to the first that breaks, in nearly all draws, by what broke
    in `broke`. `judged` are the stairs that say something, each with its row in `counts`."""
    rates = [each.stair.rate_per_s for _, each in judged]
    drawn = [draw_windows(int(each.usable.sum()), random) for _, each in judged]
    holds = np.ones((DRAWS, len(judged)), dtype=np.bool_)
    for number, share in enumerate(broke.shares):
        if share.is_broken:
            target = float(share.objective.target)
            holds &= _shares(counts, number, judged, drawn) >= target - ROUNDING
    if broke.fall:
        holds &= _stands(counts, judged, drawn)
    held = np.logical_and.accumulate(holds, axis=1).sum(axis=1)
    low, high = np.quantile(held, TAILS, method="inverted_cdf").astype(int).tolist()
    bounded = [None, *rates, None]
    return RateInterval(lowest_per_s=bounded[low], highest_per_s=bounded[high + 1])


def _shares(
    counts: StairCounts,
    number: int,
    judged: Sequence[tuple[int, StairVerdict]],
    drawn: Sequence[npt.NDArray[np.int64]],
) -> Floats:
    """The fitted share of good events of one objective, of shape (draws, stairs)."""
    good, total = (
        np.stack(
            [
                column[number, row, each.usable][windows].sum(axis=1)
                for (row, each), windows in zip(judged, drawn, strict=True)
            ],
            axis=1,
        )
        for column in (counts.good, counts.total)
    )
    # A stair without an event has no share of its own: its neighbours' stands for it.
    share = np.divide(good, total, out=np.ones_like(good), where=total > 0)
    return falling_fit(share, np.maximum(total, LEAST_WEIGHT))


def _stands(
    counts: StairCounts,
    judged: Sequence[tuple[int, StairVerdict]],
    drawn: Sequence[npt.NDArray[np.int64]],
) -> Flags:
    """Whether the goodput of each stair has not fallen below the best before it, by draw."""
    goodput = np.stack(
        [
            counts.finished_ok[row, each.usable][windows].mean(axis=1)
            for (row, each), windows in zip(judged, drawn, strict=True)
        ],
        axis=1,
    )
    stands: Flags = goodput >= float(1 - LARGEST_FALL) * np.maximum.accumulate(goodput, axis=1)
    return stands
