"""A fleet that is ready: what a load session needs of it."""

from __future__ import annotations

from collections.abc import Sequence

from reports.record.writer import RecordWriter
from scenarios.fleet.fleet_player import Dead, FleetPlayer
from scenarios.fleet.member import Member
from scenarios.fleet.post import MasterPost
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.player import OnAction
from scenarios.shoppers.playing import Playing


class FleetCrew:
    """`members` are ready and wait for instant 0. Implements `Crew`."""

    lead_in_s = 1.0
    """Workers hear of instant 0 within a round trip, and open their transports then."""

    def __init__(self, members: Sequence[Member], post: MasterPost, is_dead: Dead) -> None:
        self._members = members
        self._post = post
        self._is_dead = is_dead

    def playing(
        self, run: LoadRun, writer: RecordWriter, clock: RunClock, on_action: OnAction | None
    ) -> Playing:
        return FleetPlayer(
            run,
            self._members,
            self._post,
            writer,
            clock,
            is_dead=self._is_dead,
            on_action=on_action,
        )
