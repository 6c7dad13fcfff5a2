"""A cache, by SKU or by a hit ratio."""

from __future__ import annotations

import math
from collections.abc import Iterable

from sim.event_engine.draws import Uniform
from sim.model.station import CacheModel


class Cache:
    """`has` counts hits and misses."""

    __slots__ = ("_filled_s", "_flushed_s", "_model", "hits", "misses")

    def __init__(self, model: CacheModel, on_sale: Iterable[int]) -> None:
        self._model = model
        self._filled_s = dict.fromkeys(on_sale, 0.0) if model.warm else {}
        self._flushed_s = -math.inf
        self.hits = self.misses = 0

    def has(self, sku: int, now_s: float, key: int, draw: Uniform) -> bool:
        """Whether the entry of `sku` is fresh, or the draw hits."""
        ratio = self._model.hit_ratio
        if ratio is None:
            filled_s = self._filled_s.get(sku)
            hit = filled_s is not None and filled_s + self._model.ttl_s > now_s
        else:
            hit = draw(key) < ratio * self._refilled_ratio(now_s)
        self.hits += hit
        self.misses += not hit
        return hit

    def fill(self, sku: int, now_s: float) -> None:
        self._filled_s[sku] = now_s

    def flush(self, now_s: float) -> None:
        self._filled_s.clear()
        self._flushed_s = now_s

    def _refilled_ratio(self, now_s: float) -> float:
        refill_s = self._model.refill_s
        if not refill_s or math.isinf(self._flushed_s):
            return 1.0
        return 1.0 - math.exp(-(now_s - self._flushed_s) / refill_s)
