"""Stock that is divided into buckets so that nobody queues for one row, and what strands.

Source: the binomial distribution of how often each of m buckets is picked; the sum of the lower
tail is E[(q - X)+] = sum over k < q of P(X <= k).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketedSale:
    """Expected units sold and left, and picks that met an empty bucket although they need not."""

    sold_units: float
    stranded_units: float
    refused_picks: float


def bucketed_sale(*, units: int, buckets: int, picks: int) -> BucketedSale:
    """After `picks` of one unit, each from a random one of m `buckets` and never from another.

    The units are divided evenly, the first buckets take the remainder. Of a bucket with q units
    E[(q - X)+] are left, X binomial(picks, 1/m); those of all buckets add up. Exact. With
    picks = units every unit had its buyer, and what is left has stranded.
    """
    assert units >= 0
    assert buckets >= 1
    assert picks >= 0
    small, larger = divmod(units, buckets)
    left = larger * _left(small + 1, picks, 1 / buckets)
    left += (buckets - larger) * _left(small, picks, 1 / buckets)
    return BucketedSale(
        sold_units=units - left, stranded_units=left, refused_picks=picks - (units - left)
    )


def _left(units: int, picks: int, chance: float) -> float:
    """E[(units - X)+], X binomial(picks, chance)."""
    within = np.arange(min(units, picks + 1))
    certain = units - len(within)
    return float(bdtr(within, picks, chance).sum()) + certain
