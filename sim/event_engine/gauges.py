"""Levels of a platform as a gauge reads them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.engine.conditions import varying_stations
from sim.engine.copy_levels import CopyLevels, stations_with_copies
from sim.event_engine.levels import Levels
from sim.event_engine.platform import Platform
from sim.model.station import UNLIMITED

MOST_SKUS = 100


class Gauges:
    """`read` gives what `Sink.gauges` is told; means are since the reading before."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._varying = varying_stations(platform.model)
        self._stations: dict[str, Levels] = {
            name: platform.stations[name].levels
            for name, each in platform.model.stations.items()
            if each.servers != UNLIMITED
        }
        self._areas = dict.fromkeys(self._stations, (0.0, 0.0))
        self._lookups = dict.fromkeys(platform.caches, (0, 0))
        self._with_copies = stations_with_copies(platform.model)
        self._copies = CopyLevels()

    def read(self, now_s: float, in_flight: int) -> dict[str, float]:
        values = {"in_flight": float(in_flight)}
        for sku in list(self._platform.stock.skus)[:MOST_SKUS]:
            values[f"stock_left:{sku}"] = float(self._platform.stock.skus[sku].left)
        for each in self._platform.stations.values():
            each.levels.look(now_s)
        for name, levels in self._stations.items():
            values[f"queue_length:{name}"] = float(levels.queue)
            values[f"utilisation_ratio:{name}"] = levels.utilisation_ratio(*self._areas[name])
            self._areas[name] = (levels.busy_area, levels.server_area)
            if name in self._varying:
                values[f"servers:{name}"] = float(levels.servers)
        for name, cache in self._platform.caches.items():
            hits, lookups = self._lookups[name]
            self._lookups[name] = (cache.hits, cache.hits + cache.misses)
            asked = cache.hits + cache.misses - lookups
            values[f"hit_ratio:{name}"] = (cache.hits - hits) / asked if asked else 0.0
        return values

    def read_copies(self) -> dict[str, npt.NDArray[np.float64]]:
        """What `CopySink.copies` is told, right after a reading."""
        stations = {name: self._platform.stations[name] for name in self._with_copies}
        return self._copies.since_before(
            {
                name: (np.array(each.busy_areas()), each.levels.server_area)
                for name, each in stations.items()
            }
        )
