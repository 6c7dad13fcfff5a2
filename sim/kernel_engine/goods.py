"""SKUs by code: those on sale first, then the others as the plan brings them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from sim.kernel_engine.tables import Tables, grown

MOST_DIRECT = 1 << 24
"""SKUs below this are looked up in a table."""


class Goods:
    """`codes` makes room in the tables for SKUs that it has not seen before."""

    def __init__(self, tables: Tables, units: Mapping[int, int], warm: npt.NDArray[np.bool_]):
        self._tables = tables
        self._codes: dict[int, int] = {}
        self._add(list(units))
        self._direct = self._spread(0)
        on_sale, buckets = tables["skus"][: len(units)], tables["units"].shape[1]
        initial = np.array([*units.values()], np.int64)
        on_sale["is_on_sale"] = 1
        on_sale["initial"] = on_sale["left"] = initial
        on_sale["out_since"] = np.where(initial > 0, np.nan, 0.0)
        share, rest = np.divmod(initial[:, np.newaxis], buckets)
        tables["units"][: len(units)] = share + (np.arange(buckets) < rest)
        tables["fresh"][: len(units), : len(warm)] = np.where(warm, 0.0, -np.inf)

    def codes(self, skus: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The code of each SKU."""
        if not len(skus):
            return skus
        if skus.min() < 0 or skus.max() >= MOST_DIRECT:
            return self._looked_up(skus)
        if skus.max() >= len(self._direct):
            self._direct = self._spread(int(skus.max()))
        codes = self._direct[skus]
        if codes.min() < 0:
            self._add(np.unique(skus[codes < 0]).tolist())
            self._direct = self._spread(len(self._direct) - 1)
            codes = self._direct[skus]
        return codes

    def _looked_up(self, skus: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        different, which = np.unique(skus, return_inverse=True)
        self._add([sku for sku in different.tolist() if sku not in self._codes])
        codes = np.array([self._codes[sku] for sku in different.tolist()], np.int32)
        return codes[which]

    def _spread(self, largest: int) -> npt.NDArray[np.int32]:
        """The table of codes of SKUs from 0 to `largest`."""
        direct = np.full(largest + 1, -1, np.int32)
        for sku, code in self._codes.items():
            if 0 <= sku <= largest:
                direct[sku] = code
        return direct

    def _add(self, skus: list[int]) -> None:
        first, last = len(self._codes), len(self._codes) + len(skus)
        tables = self._tables
        if last > len(tables["skus"]):
            before, rows = len(tables["skus"]), 2 * last
            fresh = grown(tables["fresh"], rows)
            fresh[before:] = -np.inf
            tables.replace(
                skus=grown(tables["skus"], rows), units=grown(tables["units"], rows), fresh=fresh
            )
        self._codes |= {sku: first + number for number, sku in enumerate(skus)}
        tables["skus"]["sku"][first:last] = skus
