"""What is not compiled: the agenda of what nobody in the model does, and stations as seen by it."""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any

from sim.engine.agenda import NOBODY
from sim.engine.conditions import Conditions
from sim.kernel_engine.kernel import change_copy, change_station
from sim.kernel_engine.tables import Tables


class PythonAgenda:
    """Keeps the instants of what Python does in order; the compiled engine stops for them."""

    def __init__(self, tables: Tables) -> None:
        self._run = tables.run
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._sequence = count()

    @property
    def now(self) -> float:
        return float(self._run["now"])

    def call_at(self, at_s: float, what: Callable[[], None], priority: int = NOBODY) -> None:
        assert priority == NOBODY
        heappush(self._entries, (at_s, next(self._sequence), what))
        self._run["agenda_s"] = self._entries[0][0]

    def play_next(self) -> None:
        """Does what is due first."""
        at_s, _, what = heappop(self._entries)
        self._run["agenda_s"] = self._entries[0][0] if self._entries else math.inf
        self._run["now"] = at_s
        self._run["events"] += 1
        what()


class StationLevels:
    """How busy a station is, see `sim.engine.scaler.Levels`: as `stations.look`, but in Python."""

    def __init__(self, record: Any) -> None:
        self._record = record

    @property
    def busy_area(self) -> float:
        return float(self._record["busy_area"])

    @property
    def server_area(self) -> float:
        return float(self._record["server_area"])

    def look(self, now_s: float) -> None:
        of = self._record
        passed_s = now_s - of["seen"]
        if passed_s > 0:
            of["busy_area"] += passed_s * of["busy"]
            of["queue_area"] += passed_s * of["queue"]
            of["server_area"] += passed_s * of["level_servers"]
            of["seen"] = now_s
        if of["busy"] or of["queue"]:
            of["last_busy"] = now_s

    def utilisation_ratio(self, busy_area: float, server_area: float) -> float:
        """Of the time since the areas were these."""
        servers = self.server_area - server_area
        return (self.busy_area - busy_area) / servers if servers else 0.0


class ChangingStation:
    """A station whose `conditions` change, once it has been told of them."""

    def __init__(self, tables: Tables, number: int) -> None:
        self._tables = tables
        self._number = number
        self._record = tables["stations"][number]
        self._slower = 1.0
        self._error_ratio: Callable[[], float] | None = None
        self.conditions: Conditions | None = None
        self.levels = StationLevels(self._record)

    @property
    def error_ratio(self) -> Callable[[], float] | None:
        return self._error_ratio

    @error_ratio.setter
    def error_ratio(self, ratio: Callable[[], float] | None) -> None:
        self._error_ratio = ratio
        self._record["can_fail"] = ratio is not None

    def set_slower(self, slower: float) -> None:
        """Holds with the servers that are set next."""
        self._slower = slower

    def set_copy(self, copy: int, *, slower: float, errors: float) -> None:
        change_copy(self._tables.world, self._number, copy, float(slower), float(errors))

    def set_servers(self, servers: float) -> None:
        errors = 0.0
        undetected_until_s: tuple[float, ...] = ()
        if self.conditions:
            errors = self.conditions.errors
            undetected_until_s = self.conditions.undetected_until_s()
        first, zones = int(self._record["first_zone"]), int(self._record["zones"])
        until_s = self._tables["zones"]
        until_s[first : first + zones] = -math.inf
        until_s[first : first + len(undetected_until_s)] = undetected_until_s
        change_station(
            self._tables.world, self._number, float(servers), float(self._slower), float(errors)
        )
