"""Terminating runs: how a quantity goes through the sale, with an interval at every instant.

A sale starts empty and ends; what happens at 00:00:05 is the question and not a transient, so
nothing is deleted and nothing is averaged over time: each time bin is a mean across replications
(Law, Simulation Modeling and Analysis, section 9.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from sim.statistics.interval import CONFIDENCE, Floats, confidence_of_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """For each time bin the mean over the `n` replications that have a value there and its
    interval; NaN where none has one, and bounds NaN where fewer than two have."""

    mean: Floats
    low: Floats
    high: Floats
    n: npt.NDArray[np.int64]
    confidence: float


def band(series: Floats, confidence: float = CONFIDENCE, *, together: bool = False) -> Band:
    """`series[r, b]` is what replication r shows in time bin b, NaN where it shows nothing.

    Each bin's interval is Student's t and holds by itself; with `together` all bins hold at once
    with this confidence (Bonferroni), which is what a band needs to say "never above".
    """
    there = np.isfinite(series)
    n = there.sum(axis=0)
    each = confidence_of_each(confidence, series.shape[1]) if together else confidence
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, series, 0.0).sum(axis=0) / n
        squares = (np.where(there, series - mean, 0.0) ** 2).sum(axis=0)
        error = np.sqrt(squares / (n - 1) / n)
    half = stdtrit(np.maximum(n - 1, 1), (1 + each) / 2) * error
    return Band(mean=mean, low=mean - half, high=mean + half, n=n, confidence=confidence)


def binned_means(at_s: Floats, values: Floats, edges_s: Floats) -> Floats:
    """One replication's mean of the `values` in each bin [edges_s[b], edges_s[b + 1]); NaN of an
    empty bin. What lies outside the edges is left out."""
    bins = len(edges_s) - 1
    where = np.searchsorted(edges_s, at_s, side="right") - 1
    inside = (where >= 0) & (where < bins)
    counts = np.bincount(where[inside], minlength=bins)
    sums = np.bincount(where[inside], weights=values[inside], minlength=bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: Floats = sums / counts
    return means
