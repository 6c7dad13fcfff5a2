"""Who is still there when a run has ended, found in its slots and not by any count."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.kernel_engine.calendar import TASK
from sim.kernel_engine.kernel import DEMAND, HOLD
from sim.kernel_engine.layout import Table
from sim.kernel_engine.tables import Tables
from sim.kernel_engine.tasks import KEPT, WATCH


class Remaining:
    """The tasks, visits and customers of stations that are there at the end."""

    def __init__(self, tables: Tables) -> None:
        self._at_s = float(tables.run["now"])
        self._is_sharing = tables["stations"]["is_sharing"]
        taken = _taken_slots(tables)
        of_kind = tables["tasks"]["kind"][taken]
        self._tasks = tables["tasks"][taken[of_kind == TASK]]
        self._kept = tables["tasks"][taken[of_kind == KEPT]]
        self._visits = tables["visits"][taken[of_kind == WATCH]]
        self._kept_at = tables["copies"]["station"][self._kept["copy"]]
        operations = tables["operations"][self._tasks["pc"]]
        queued = self._tasks["is_queued"] != 0
        stays = (operations["code"] == DEMAND) | ((operations["code"] == HOLD) & queued)
        self._staying = self._tasks[stays]
        self._staying_at = operations["part"][stays]

    @property
    def tasks(self) -> int:
        return len(self._tasks)

    @property
    def begun(self) -> list[tuple[int, float]]:
        """The operation at which each of the tasks is, and when it began."""
        return list(zip(self._tasks["pc"].tolist(), self._tasks["begun"].tolist(), strict=True))

    @property
    def visits(self) -> int:
        return len(self._visits)

    @property
    def visits_s(self) -> float:
        """How long the visits have been there since the intended instant of their action."""
        return math.fsum((self._at_s - self._visits["intended"]).tolist())

    def units(self, sku: int) -> int:
        """What the tasks have taken of the SKU with that code."""
        return int(self._tasks["units"][self._tasks["sku"] == sku].sum())

    def times_s(self, station: int) -> tuple[list[float], list[float]]:
        """How long each of the customers of a station has waited and stayed."""
        here, kept = (
            self._staying[self._staying_at == station],
            self._kept[self._kept_at == station],
        )
        stays_s = np.concatenate([self._at_s - each["arrived"] for each in (here, kept)]).tolist()
        if self._is_sharing[station]:
            return [], stays_s
        until_s = np.where(here["is_queued"] != 0, self._at_s, here["started"])
        waits_s = [until_s - here["arrived"], kept["started"] - kept["arrived"]]
        return np.concatenate(waits_s).tolist(), stays_s


def _taken_slots(tables: Tables) -> Any:
    """All that were ever used but for those that are free."""
    taken = np.ones(int(tables.run["next_free_slot"]), np.bool_)
    following: Table = tables["dues"]["next"]
    slot = int(tables.run["free"])
    while slot >= 0:
        taken[slot] = False
        slot = following.item(slot)
    return np.flatnonzero(taken)
