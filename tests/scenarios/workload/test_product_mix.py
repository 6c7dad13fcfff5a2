"""Hot products get their shares, the others follow Zipf."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from scenarios.workload.product_mix import (
    HotProduct,
    ProductMix,
    carry,
    product_tables,
    product_weights,
)
from scenarios.workload.random_streams import stream


def hot(sku: int, percent: int, units: int = 10) -> HotProduct:
    return HotProduct(sku=sku, share=Fraction(percent, 100), units=units)


def test_weights_are_hot_shares_and_zipf_for_the_rest() -> None:
    mix = ProductMix(catalogue=5, zipf=1.0, hot=(hot(2, 40), hot(5, 20)))
    rest = 0.4 / (1 + 1 / 2 + 1 / 3)
    expected = [rest, 0.4, rest / 2, rest / 3, 0.2]
    assert product_weights(mix) == pytest.approx(np.array(expected))


def test_exponent_of_nothing_makes_every_product_alike() -> None:
    assert product_weights(ProductMix(catalogue=4, zipf=0.0)) == pytest.approx(np.full(4, 0.25))


def test_draws_follow_the_weights() -> None:
    mix = ProductMix(catalogue=50, zipf=0.9, hot=(hot(3, 30),))
    skus = product_tables(mix).draw(stream(1, "product"), 100_000)
    observed = np.bincount(skus, minlength=51)[1:]
    assert stats.chisquare(observed, product_weights(mix) * 100_000).pvalue > 0.01


def test_hot_draws_are_hot_products_only() -> None:
    mix = ProductMix(catalogue=50, hot=(hot(3, 30), hot(9, 10), hot(4, 0)))
    skus = product_tables(mix).draw_hot(stream(1, "product"), 40_000)
    counts = [int((skus == sku).sum()) for sku in (3, 9)]
    assert sum(counts) == 40_000
    assert stats.chisquare(counts, [30_000, 10_000]).pvalue > 0.01


def test_stock_is_the_units_of_the_hot_products() -> None:
    assert ProductMix(catalogue=9, hot=(hot(3, 30, 7), hot(1, 1, 0))).stock == {3: 7, 1: 0}


def test_catalogue_may_be_hot_as_a_whole() -> None:
    mix = ProductMix(catalogue=2, hot=(hot(1, 75), hot(2, 25)))
    assert product_weights(mix).tolist() == [0.75, 0.25]


@pytest.mark.parametrize(
    ("catalogue", "products", "wrong"),
    [
        (5, (hot(6, 10),), "from 1 to 5"),
        (5, (hot(1, 10), hot(1, 10)), "once"),
        (5, (hot(1, 60), hot(2, 50)), "gives 110 %"),
        (1, (hot(1, 60),), "100 % when there are no others"),
    ],
)
def test_impossible_mix_is_refused(
    catalogue: int, products: tuple[HotProduct, ...], wrong: str
) -> None:
    with pytest.raises(ValueError, match=wrong):
        ProductMix(catalogue=catalogue, hot=products)


def test_product_is_carried_until_the_next_choice() -> None:
    chosen = np.array([False, True, False, False, True, True, False])
    assert carry(np.array([7, 8, 9]), chosen).tolist() == [0, 7, 7, 7, 8, 9, 9]
