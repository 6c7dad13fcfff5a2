"""A player's own account of itself, out of the gauges of a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reports.analysis.quantiles import Floats
from reports.record.player_gauge import PLAYER_GAUGES, worker_of
from reports.record.reader import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerAccount:
    """Readings of one process, one element each: taken at `t_s`, ascending, each about the time
    since the one before. `levels` has every player's gauge; NaN where it was not read.

    `worker` is its number in the rows of the record, 0 for a player that is alone and for the
    master of a fleet. A master only leads: `plays` is False.
    """

    worker: int
    plays: bool = True
    t_s: Floats
    levels: Mapping[str, Floats]

    @property
    def title(self) -> str:
        if not self.plays:
            return "the master"
        return f"worker {self.worker}" if self.worker else "the player"

    def reading_at(self, instants_s: Floats) -> Floats:
        """The index of the reading that covers each instant; the last one for later instants."""
        index = np.searchsorted(self.t_s, instants_s, side="left")
        return np.minimum(index, len(self.t_s) - 1)


def player_accounts(record: RunRecord) -> tuple[PlayerAccount, ...]:
    """The account of every process of the load side that left one; none for a simulated run."""
    gauges = record.gauges
    owners = {name: worker_of(name) for name in gauges["name"].unique()}
    workers = sorted({owner[1] for owner in owners.values() if owner})
    found = []
    for worker in workers:
        names = {name: owner[0] for name, owner in owners.items() if owner and owner[1] == worker}
        mine = gauges[gauges["name"].isin(names)]
        table = mine.pivot_table(index="t_s", columns="name", values="value", aggfunc="last")
        table = table.rename(columns=names).reindex(columns=list(PLAYER_GAUGES))
        found.append(
            PlayerAccount(
                worker=worker,
                plays=worker > 0 or workers == [0],
                t_s=table.index.to_numpy(dtype=np.float64),
                levels={name: table[name].to_numpy(dtype=np.float64) for name in PLAYER_GAUGES},
            )
        )
    return tuple(found)
