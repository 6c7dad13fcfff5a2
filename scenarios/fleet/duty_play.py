"""Plays a worker's duties: each paced by itself, all on one player, none beyond the lease."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import gevent
from gevent.pool import Group

from scenarios.fleet.lease import Lease
from scenarios.fleet.protocol import ALL_STARTED
from scenarios.shoppers.pacing import pace
from scenarios.shoppers.player import Player, prefetched_visits
from scenarios.workload.shard import Shard, shard_chunks
from scenarios.workload.visit import Visit


class DutyPlay:
    """`started_through` tells, by duty number, the index of the last visit started, or
    ALL_STARTED. `trouble` says why a duty broke off, which stops the player."""

    def __init__(self, player: Player, lease: Lease) -> None:
        self.started_through: dict[int, int] = {}
        self.trouble = ""
        self._player = player
        self._lease = lease
        self._until: dict[int, int] = {}
        self._pacers = Group()

    def take_up(self, number: int, shard: Shard, until_index: int) -> None:
        """Begins a duty, or goes on with it, to the visit before `until_index`."""
        self._until[number] = until_index
        if number not in self.started_through:
            self.started_through[number] = shard.from_index - 1
            self._pacers.start(gevent.Greenlet(self._pace, number, shard))

    def _pace(self, number: int, shard: Shard) -> None:
        player = self._player

        def start(visit: Visit) -> None:
            player.start(visit)
            self.started_through[number] = visit.index

        try:
            visits = prefetched_visits(shard_chunks(player.plan, shard), player.plan.tables)
            allowed = self._allowed(visits, number)
            pace(allowed, clock=player.clock, start=start, stopped=player.stop.asked)
        except Exception as error:  # a plan that breaks must end the run, and not in silence
            self.trouble = f"{type(error).__name__}: {error}"
            player.stop.ask("aborted", self.trouble)
        if not player.stop.asked():
            self.started_through[number] = ALL_STARTED

    def _allowed(self, visits: Iterable[Visit], number: int) -> Iterator[Visit]:
        """The visits of a duty as they may be started, to its end or to that of the run."""
        for visit in visits:

            def in_vain(index: int = visit.index) -> bool:
                return self._player.stop.asked() or index >= self._until[number]

            if in_vain() or not self._lease.wait_for(visit.index, in_vain):
                return
            yield visit
