"""What the sink is told: rows, traces and gauges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.contract import ActionBlock, Sink, TraceEvent
from sim.engine.copy_levels import CopyLevels, stations_with_copies
from sim.kernel_engine.program import Program
from sim.kernel_engine.surroundings import ChangingStation
from sim.kernel_engine.tables import Tables
from sim.kernel_engine.tracing import WHATS
from sim.model.service_model import ServiceModel
from sim.model.station import UNLIMITED

MOST_SKUS = 100


class Teller:
    """Hands over what the compiled engine has written, in blocks."""

    def __init__(self, tables: Tables, program: Program, sink: Sink) -> None:
        self._tables = tables
        self._names = program.names.things
        self._reasons = program.reasons.things
        self._sink = sink
        self.rows = 0

    def hand_over(self) -> None:
        """Gives the sink what there is."""
        self._tell_traces()
        run = self._tables.run
        written = int(run["written_rows"])
        if not written:
            return
        run["written_rows"] = 0
        self.rows += written
        rows = self._tables["rows"][:written]
        columns: dict[str, Any] = {name: rows[name].copy() for name in rows.dtype.names or ()}
        self._sink.actions(ActionBlock(**columns, reasons=self._reasons))

    def _tell_traces(self) -> None:
        run = self._tables.run
        for each in self._tables["traces"][: run["written_traces"]].tolist():
            at_s, visit, action, what, where, sku = each
            name = self._names[where] if where >= 0 else str(sku)
            event = TraceEvent(at_s=at_s, visit=visit, action=action, what=WHATS[what], where=name)
            self._sink.trace(event)
        run["written_traces"] = 0


class Gauges:
    """`read` gives what `Sink.gauges` is told; means are since the reading before."""

    def __init__(
        self,
        tables: Tables,
        model: ServiceModel,
        stations: dict[str, ChangingStation],
        varying: frozenset[str],
        skus: list[int],
    ) -> None:
        self._tables = tables
        self._records = dict(zip(model.stations, tables["stations"], strict=False))
        self._stations = stations
        self._finite = [name for name, each in model.stations.items() if each.servers != UNLIMITED]
        self._varying = varying
        self._skus = [f"stock_left:{sku}" for sku in skus[:MOST_SKUS]]
        self._caches = list(model.caches)
        self._areas = dict.fromkeys(self._finite, (0.0, 0.0))
        self._lookups = dict.fromkeys(self._caches, (0, 0))
        self._with_copies = stations_with_copies(model)
        self._copies = CopyLevels()

    def read(self, now_s: float) -> dict[str, float]:
        run, left = self._tables.run, self._tables["skus"]["left"]
        values = {"in_flight": float(run["in_flight"])}
        for name, units in zip(self._skus, left.tolist(), strict=False):
            values[name] = float(units)
        for station in self._stations.values():
            station.levels.look(now_s)
        for name in self._finite:
            levels = self._stations[name].levels
            values[f"queue_length:{name}"] = float(self._records[name]["queue"])
            values[f"utilisation_ratio:{name}"] = levels.utilisation_ratio(*self._areas[name])
            self._areas[name] = (levels.busy_area, levels.server_area)
            if name in self._varying:
                values[f"servers:{name}"] = float(self._records[name]["level_servers"])
        for name, cache in zip(self._caches, self._tables["caches"], strict=False):
            hits, lookups = self._lookups[name]
            hits_now = int(cache["hits"])
            lookups_now = hits_now + int(cache["misses"])
            self._lookups[name] = (hits_now, lookups_now)
            asked = lookups_now - lookups
            values[f"hit_ratio:{name}"] = (hits_now - hits) / asked if asked else 0.0
        return values

    def read_copies(self, now_s: float) -> dict[str, npt.NDArray[np.float64]]:
        """What `CopySink.copies` is told, right after a reading."""
        return self._copies.since_before(
            {name: self._areas_of_copies(self._records[name], now_s) for name in self._with_copies}
        )

    def _areas_of_copies(self, station: Any, now_s: float) -> tuple[npt.NDArray[np.float64], float]:
        first = int(station["first_copy"])
        copies = self._tables["copies"][first : first + int(station["copies"])]
        busy = copies["busy"]
        if station["is_sharing"]:
            busy = np.minimum(busy, int(station["servers"]))
        return busy * now_s + copies["area"], float(station["server_area"])
