"""The product mix: which products the visits are about, and what is on sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field

from reports.documents.definition import STRICT_KEYS
from reports.documents.quantity import ExactRatio
from scenarios.workload.alias_table import AliasTable
from scenarios.workload.columns import Skus
from scenarios.workload.share import percent

LARGEST_CATALOGUE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HotProduct:
    """A product with its own share of all choices, and the units of it that are on sale."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    sku: Annotated[int, Field(ge=1)]
    share: ExactRatio
    units: Annotated[int, Field(ge=0, le=1_000_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductMix:
    """SKUs 1 to `catalogue`. The hot ones take their shares of the choices, the others the rest.

    The others are ranked by their SKU, and rank r weighs r^-zipf. Raises ValueError for shares
    over 100 %, for a hot SKU outside of the catalogue or given twice.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    catalogue: Annotated[int, Field(ge=1, le=LARGEST_CATALOGUE)]
    zipf: Annotated[float, Field(ge=0, le=10)] = 0.9
    hot: tuple[HotProduct, ...] = field(default=())

    def __post_init__(self) -> None:
        skus = [each.sku for each in self.hot]
        if any(each > self.catalogue for each in skus):
            raise ValueError(f"must have hot SKUs from 1 to {self.catalogue} (catalogue)")
        if len(set(skus)) < len(skus):
            raise ValueError("must name each hot SKU once")
        total = sum((each.share for each in self.hot), Fraction())
        if total > 1:
            raise ValueError(f"must give hot SKUs at most 100 % together, gives {percent(total)}")
        if len(skus) == self.catalogue and total < 1:
            raise ValueError("must give hot SKUs 100 % when there are no others")

    @property
    def stock(self) -> dict[int, int]:
        """The units on sale of each hot SKU."""
        return {each.sku: each.units for each in self.hot}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductTables:
    """`every` draws from the whole catalogue, `hot` from the hot products by their shares."""

    every: AliasTable
    hot: AliasTable | None
    hot_skus: Skus

    def draw(self, random: np.random.Generator, count: int) -> Skus:
        """`count` SKUs out of the whole catalogue."""
        return self.every.at(random.random(count)) + np.int32(1)

    def draw_hot(self, random: np.random.Generator, count: int) -> Skus:
        """`count` SKUs out of the hot products."""
        assert self.hot is not None, "there are no hot products"
        return self.hot_skus[self.hot.at(random.random(count))]


def product_weights(mix: ProductMix) -> npt.NDArray[np.float64]:
    """The probability of each SKU: entry i is that of SKU i + 1. They add up to 1."""
    skus = np.array([each.sku for each in mix.hot], dtype=np.int64) - 1
    others = np.ones(mix.catalogue, dtype=np.bool_)
    others[skus] = False
    weights = np.zeros(mix.catalogue)
    weights[others] = np.arange(1, others.sum() + 1, dtype=np.float64) ** -mix.zipf
    hot_total = sum((each.share for each in mix.hot), Fraction())
    if others.any():
        weights *= float(1 - hot_total) / weights.sum()
    weights[skus] = [float(each.share) for each in mix.hot]
    return weights


def product_tables(mix: ProductMix) -> ProductTables:
    """The tables that draw from `mix`."""
    shares = np.array([float(each.share) for each in mix.hot])
    return ProductTables(
        every=AliasTable(weights=product_weights(mix)),
        hot=AliasTable(weights=shares) if shares.sum() > 0 else None,
        hot_skus=np.array([each.sku for each in mix.hot], dtype=np.int32),
    )


def carry(choices: Sequence[int] | Skus, chosen: npt.NDArray[np.bool_]) -> Skus:
    """Spreads `choices` over the actions: each takes the latest choice at or before it.

    `chosen` marks the actions that choose. An action before the first choice gets 0.
    """
    latest = np.cumsum(chosen, dtype=np.int32)
    return np.concatenate([np.zeros(1, np.int32), np.asarray(choices, np.int32)])[latest]
