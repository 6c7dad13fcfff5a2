"""Bucketed stock: what strands, by another sum of the same chances."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from sim.closed_form.stock_buckets import bucketed_sale


def left_of_one(units: int, picks: int, buckets: int) -> Fraction:
    """E[(q - X)+] with exact fractions."""
    chance = Fraction(1, buckets)
    return sum(
        (
            (units - k) * math.comb(picks, k) * chance**k * (1 - chance) ** (picks - k)
            for k in range(min(units, picks + 1))
        ),
        Fraction(0),
    )


def test_stranded_units_are_exact():
    for index in range(200):
        random = np.random.default_rng(index)
        units, buckets = int(random.integers(0, 60)), int(random.integers(1, 12))
        picks = int(random.integers(0, 90))
        small, larger = divmod(units, buckets)
        expected = larger * left_of_one(small + 1, picks, buckets)
        expected += (buckets - larger) * left_of_one(small, picks, buckets)
        sale = bucketed_sale(units=units, buckets=buckets, picks=picks)
        assert sale.stranded_units == pytest.approx(float(expected), rel=1e-9, abs=1e-12)
        assert sale.sold_units + sale.stranded_units == pytest.approx(units)
        assert sale.sold_units + sale.refused_picks == pytest.approx(picks)


def test_one_bucket_strands_nothing_until_it_is_sold_out():
    sale = bucketed_sale(units=100, buckets=1, picks=130)
    assert (sale.sold_units, sale.stranded_units, sale.refused_picks) == (100, 0, 30)


def test_about_as_many_strand_as_the_square_root_says():
    """q - X is nearly normal: m sqrt(q (1 - 1/m) / (2 pi)) for picks = units = m q."""
    sale = bucketed_sale(units=160_000, buckets=16, picks=160_000)
    expected = 16 * math.sqrt(10_000 * (15 / 16) / (2 * math.pi))
    assert sale.stranded_units == pytest.approx(expected, rel=1e-3)
