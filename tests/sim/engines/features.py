"""Small models, one for each thing that a model can hold, by name."""

from __future__ import annotations

from tests.sim.engines import call_features, station_features, stock_features
from tests.sim.engines.feature import FEATURES

__all__ = ["FEATURES"]
PLACES = (call_features, station_features, stock_features)
