"""Scalers that would look at their stations more often than is worth a run's time."""

from __future__ import annotations

import math
from collections.abc import Iterator

from reports.documents.located_yaml import KeyPath
from sim.model.lasting import followed_s
from sim.model.service_model import ServiceModel

MOST_LOOKS = 5_000_000
"""In a run: two months of one each second, which is as often as any platform reads its metrics
(Kubernetes: 15 s). A look is work for Python in both engines, so these are a minute or so."""


def too_many_looks(model: ServiceModel, duration_s: float) -> Iterator[tuple[KeyPath, str]]:
    """Of each scaler that looks too often in a plan of so long and in what follows from its last
    visits."""
    horizon_s = duration_s + followed_s(model)
    for name, each in model.stations.items():
        if each.scaler and (looks := horizon_s / each.scaler.sync_s) > MOST_LOOKS:
            least_ms = math.ceil(1000 * horizon_s / MOST_LOOKS)
            what = f"makes {looks:,.0f} looks in the {horizon_s:,.0f} s of a run and what follows"
            yield (
                ("stations", name, "scaler", "sync"),
                f"{what}, of at most {MOST_LOOKS:,}: must be at least {least_ms}ms",
            )
