"""How busy each copy of a station was: shards, row locks, of which one may be hot."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from sim.model.service_model import ServiceModel
from sim.model.station import UNLIMITED

Floats = npt.NDArray[np.float64]


def stations_with_copies(model: ServiceModel) -> list[str]:
    """Those whose servers can run out, with several copies."""
    return [
        name
        for name, each in model.stations.items()
        if each.copies > 1 and each.servers != UNLIMITED
    ]


class CopyLevels:
    """Tells the utilisation of each copy since it was told before. The areas are sums of instants,
    which lose digits in long runs: enough are left for a share, none would be for Little's law."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[Floats, float]] = {}

    def since_before(self, areas: Mapping[str, tuple[Floats, float]]) -> dict[str, Floats]:
        """Of stations with these busy areas of their copies, and the server area of all together
        (every copy has as many servers)."""
        told = {}
        for name, (busy, servers) in areas.items():
            busy_before, servers_before = self._before.get(name, (np.zeros(len(busy)), 0.0))
            area = (servers - servers_before) / len(busy)
            told[name] = (busy - busy_before) / area if area else np.zeros(len(busy))
            self._before[name] = busy, servers
        return told
