"""What a plan's actions are about: SKUs and quantities, from a sample of its visits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scenarios.workload.columns import Floats
from scenarios.workload.plan import VisitPlan

LEAST_VISITS = 20_000
"""Of the sample: the chunks of the plan from the first on until there are as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Sampled actions of a step: `skus` and `quantities`, both of shape (n,)."""

    skus: npt.NDArray[np.int64]
    quantities: npt.NDArray[np.int64]

    def mean_factor(self, *, per_unit: bool, sku_factors: tuple[tuple[int, float], ...]) -> float:
        """The mean of what multiplies a service time (see `Demand`); 1 of an empty sample."""
        if not len(self.skus):
            return 1.0
        factors = np.ones(len(self.skus))
        for sku, factor in sku_factors:
            factors[self.skus == sku] = factor
        return float((factors * self.quantities if per_unit else factors).mean())

    def share_of_skus(self) -> dict[int, float]:
        """The share of the actions that is about each SKU."""
        skus, counts = np.unique(self.skus, return_counts=True)
        return dict(zip(skus.tolist(), (counts / max(1, len(self.skus))).tolist(), strict=True))


NOTHING = Wanted(skus=np.zeros(0, np.int64), quantities=np.zeros(0, np.int64))
WantedProducts = Mapping[str, Wanted]
"""By step."""


def wanted_products(plan: VisitPlan) -> WantedProducts:
    """What the first visits of `plan` want at each step."""
    visits, step, sku, quantity = 0, [], [], []
    for chunk in plan.chunks():
        step.append(chunk.step)
        sku.append(chunk.sku)
        quantity.append(chunk.quantity)
        visits += len(chunk)
        if visits >= LEAST_VISITS:
            break
    if not step:
        return {}
    codes, skus, quantities = (np.concatenate(each) for each in (step, sku, quantity))
    return {
        name: Wanted(
            skus=skus[codes == code].astype(np.int64),
            quantities=quantities[codes == code].astype(np.int64),
        )
        for code, name in enumerate(plan.tables.steps)
    }


def miss_ratio(lookups: list[tuple[float, Wanted]], ttl_s: float) -> float:
    """The share of lookups that miss entries which live `ttl_s` from their filling on:

        sum over SKUs j of r_j / (1 + r_j T), divided by the sum of r_j

        r_j  lookups of j a second, Poisson (Jung, Berger, Balakrishnan 2003)

    `lookups` are rates a second with the products looked for. Entries that never end never miss.
    The SKUs of a sample are fewer than those of the plan, so that it errs to fewer misses.
    """
    by_sku: dict[int, float] = {}
    for rate_per_s, wanted in lookups:
        shares = wanted.share_of_skus() or {0: 1.0}
        for sku, share in shares.items():
            by_sku[sku] = by_sku.get(sku, 0.0) + share * rate_per_s
    rates: Floats = np.array(list(by_sku.values()))
    if np.isinf(ttl_s) or not rates.sum():
        return 0.0
    return float((rates / (1 + rates * ttl_s)).sum() / rates.sum())
