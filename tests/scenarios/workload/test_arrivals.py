"""Arrivals are the process they claim to be, and every slab stands alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from scenarios.workload.arrivals import (
    SLAB_ARRIVALS,
    slab_arrivals,
    slab_count,
    slab_size,
)
from scenarios.workload.rate_curve import Decay, Flat, Piece, Ramp, RateCurve

SEED = 20251111
FLAT = RateCurve(pieces=(Piece(duration_s=2_000.0, shape=Flat(rate_per_s=100.0)),))
SALE = RateCurve(
    pieces=(
        Piece(duration_s=600.0, shape=Ramp(from_per_s=0.0, to_per_s=100.0, duration_s=600.0)),
        Piece(
            duration_s=600.0,
            shape=Decay(to_per_s=400.0, settle_per_s=50.0, half_life_s=60.0),
        ),
    )
)


def all_arrivals(curve: RateCurve, process: str = "poisson") -> np.ndarray:
    return np.concatenate([
        slab_arrivals(curve, process, seed=SEED, slab=slab) for slab in range(slab_count(curve))
    ])  # fmt: skip


def test_gaps_of_poisson_arrivals_are_exponential() -> None:
    """Over several slabs, so that a seam between two would show."""
    assert slab_count(FLAT) > 2
    gaps_s = np.diff(all_arrivals(FLAT))
    assert stats.kstest(gaps_s, stats.expon(scale=1 / 100.0).cdf).pvalue > 0.01


def test_gaps_are_exponential_in_expected_arrivals_whatever_the_curve() -> None:
    gaps = np.diff(SALE.expected_arrivals(all_arrivals(SALE)))
    assert stats.kstest(gaps, stats.expon.cdf).pvalue > 0.01


def test_counts_of_poisson_arrivals_scatter_like_their_mean() -> None:
    """(n - 1) variance / mean is chi-squared with n - 1 degrees of freedom."""
    counts = np.bincount(all_arrivals(FLAT).astype(int), minlength=2_000)
    dispersion = 1_999 * counts.var(ddof=1) / counts.mean()
    low, high = stats.chi2(1_999).interval(0.99)
    assert low < dispersion < high


def test_neighbouring_seconds_are_independent() -> None:
    counts = np.bincount(all_arrivals(FLAT).astype(int), minlength=2_000)
    correlation = np.corrcoef(counts[:-1], counts[1:])[0, 1]
    assert abs(correlation) < 2.58 / np.sqrt(1_999)


def test_even_arrivals_stand_at_half_arrivals() -> None:
    curve = RateCurve(pieces=(Piece(duration_s=2.0, shape=Flat(rate_per_s=5.0)),))
    expected = pytest.approx(np.arange(10) / 5 + 0.1)
    assert slab_arrivals(curve, "even", seed=1, slab=0) == expected


def test_even_slabs_join_without_a_gap() -> None:
    expected = SALE.expected_arrivals(all_arrivals(SALE, "even"))
    assert expected == pytest.approx(np.arange(round(SALE.total)) + 0.5)


@pytest.mark.parametrize("process", ["poisson", "even"])
def test_slab_alone_is_the_slab_in_sequence(process: str) -> None:
    in_sequence = [
        slab_arrivals(SALE, process, seed=SEED, slab=slab) for slab in range(slab_count(SALE))
    ]
    alone = slab_arrivals(SALE, process, seed=SEED, slab=1)
    assert np.array_equal(alone, in_sequence[1])
    assert in_sequence[0][-1] <= alone[0]


@pytest.mark.parametrize("process", ["poisson", "even"])
def test_size_of_a_slab_is_known_without_drawing_it(process: str) -> None:
    for slab in range(slab_count(SALE)):
        size = slab_size(SALE, process, seed=SEED, slab=slab)
        assert size == len(slab_arrivals(SALE, process, seed=SEED, slab=slab))


def test_last_slab_holds_only_what_is_left() -> None:
    expected = FLAT.total - (slab_count(FLAT) - 1) * SLAB_ARRIVALS
    last = slab_size(FLAT, "even", seed=1, slab=slab_count(FLAT) - 1)
    assert last == round(expected) < SLAB_ARRIVALS


def test_curve_without_arrivals_has_no_slab() -> None:
    pause = RateCurve(pieces=(Piece(duration_s=5.0, shape=Flat(rate_per_s=0.0)),))
    assert slab_count(pause) == 0
