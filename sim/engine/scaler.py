"""Nodes that come and go by utilisation."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Protocol

from sim.engine.agenda import NOBODY, Agenda
from sim.model.station import Scaler


class Levels(Protocol):
    """How busy a station is: integrals over time, up to date after a `look`."""

    @property
    def busy_area(self) -> float: ...
    @property
    def server_area(self) -> float: ...
    def look(self, now_s: float) -> None: ...
    def utilisation_ratio(self, busy_area: float, server_area: float) -> float: ...


class ScalerInPlay:
    """See `Scaler`. It reads `levels` and tells how many servers its working nodes have."""

    def __init__(
        self, clock: Agenda, model: Scaler, levels: Levels, set_base: Callable[[float], None]
    ) -> None:
        self._clock = clock
        self._model = model
        self._levels = levels
        self._set_base = set_base
        self._working, self._booting = model.least, 0
        self._syncs = 0
        self._areas = (0.0, 0.0)
        lag = math.ceil(model.lag_s / model.sync_s)
        self._utilisation: deque[float] = deque(maxlen=lag + 1)
        self._wanted: deque[tuple[float, int]] = deque()

    def start(self) -> None:
        self._set_base(self._working * self._model.servers_per_node)
        self._next()

    def _next(self) -> None:
        self._syncs += 1
        self._clock.call_at(self._syncs * self._model.sync_s, self._sync, NOBODY)

    def _sync(self) -> None:
        levels = self._levels
        levels.look(self._clock.now)
        self._utilisation.append(levels.utilisation_ratio(*self._areas))
        self._areas = (levels.busy_area, levels.server_area)
        if len(self._utilisation) == self._utilisation.maxlen:
            self._scale(self._utilisation[0])
        self._next()

    def _scale(self, utilisation: float) -> None:
        model, now_s = self._model, self._clock.now
        nodes = self._working + self._booting
        wanted = self._wants(nodes, utilisation)
        self._wanted.append((now_s, wanted))
        while self._wanted[0][0] < now_s - model.cool_down_s:
            self._wanted.popleft()
        if wanted > nodes:
            self._booting += wanted - nodes
            self._clock.call_at(now_s + model.boot_s, lambda: self._booted(wanted - nodes), NOBODY)
            return
        removed = min(nodes - max(each for _, each in self._wanted), self._working)
        if removed > 0:
            self._working -= removed
            self._set_base(self._working * model.servers_per_node)

    def _wants(self, nodes: int, utilisation: float) -> int:
        model, counted = self._model, self._working
        ratio = utilisation / model.target_ratio
        if self._booting and ratio > 1.0:
            # Those under way count as idle, or each sync would ask for them again.
            counted, ratio = nodes, ratio * self._working / nodes
            if ratio < 1.0:
                return nodes
        if abs(ratio - 1.0) <= model.tolerance:
            return nodes
        return min(model.most, max(model.least, math.ceil(counted * ratio)))

    def _booted(self, nodes: int) -> None:
        self._booting -= nodes
        self._working += nodes
        self._set_base(self._working * self._model.servers_per_node)
