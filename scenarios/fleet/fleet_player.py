"""A run that is played by the workers of a fleet, as its master sees it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from reports.record.manifest import Ending, RecordError
from reports.record.outcome import Outcome
from reports.record.writer import RecordWriter
from scenarios.fleet.fleet_account import fleet_account
from scenarios.fleet.fleet_tally import count_together, ended_actions
from scenarios.fleet.member import Member
from scenarios.fleet.plan_cursor import PlanCursor
from scenarios.fleet.post import MasterPost, Parcel
from scenarios.fleet.protocol import (
    Grant,
    Hello,
    ProtocolError,
    Refusal,
    Report,
    Segment,
    heard,
)
from scenarios.fleet.roster import Roster
from scenarios.fleet.segment_inbox import SegmentInbox
from scenarios.guards.admission import Admission
from scenarios.guards.stop_request import StopRequest
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.player import GRACE_S, OnAction
from scenarios.shoppers.tally import Tally

TURN_S = 0.02
OWN_STALL_S = 1.0
LAST_WORDS_S = GRACE_S + 12.0
"""After a stop or the end, how long workers may take to hand over their rows and to go."""

LAST_WORDS_WITHIN_S = 0.05
"""What a worker has sent before it died may still lie in a socket."""

Dead = Callable[[Member], str]
"""Why a member cannot be alive any more, as far as this machine knows; empty otherwise."""


class FleetPlayer:
    """Plays the plan of `run` by its `members`, which are ready: grants, watches, merges.

    `is_dead` knows of workers on this machine. Implements `Playing`.
    """

    def __init__(
        self,
        run: LoadRun,
        members: Sequence[Member],
        post: MasterPost,
        writer: RecordWriter,
        clock: RunClock,
        *,
        is_dead: Dead,
        on_action: OnAction | None = None,
    ) -> None:
        self.plan = run.plan
        self.writer = writer
        self.clock = clock
        self.tally = Tally()
        self.stop = StopRequest(clock.now_s)
        self.admission = Admission(self.stop)
        self._options = run.options
        self._roster = Roster(members, PlanCursor(run.plan), clock.now_s)
        self._inbox = SegmentInbox(writer.directory)
        self._post = post
        self._is_dead = is_dead
        self._on_action = on_action
        self._zero_at_s = time.perf_counter() - clock.now_s()
        self._looked_s = clock.now_s()
        self._told = ""
        self._started_all_s: float | None = None
        self._give_up_s = math.inf
        self._notes: list[str] = []

    @property
    def confirmed_orders(self) -> int:
        return sum(each.report.confirmed_orders for each in self._members)

    @property
    def confirmed_units(self) -> int:
        return sum(each.report.confirmed_units for each in self._members)

    @property
    def _members(self) -> list[Member]:
        return list(self._roster.members.values())

    def flush(self) -> None:
        """Writes the gauges so far; the workers' rows are written as they come."""
        try:
            self.writer.flush()
        except RecordError as error:
            self.stop.ask("aborted", str(error))

    def play(self) -> Ending:
        """Returns when all workers have ended or are lost."""
        for each in self._members:
            each.heard_s = each.hears_s = self.clock.now_s()
            each.first = each.report
            self._roster.extend(each)
            self._grant(each)
        while self._roster.up():
            self._hear_all(within_s=TURN_S)
            self._look_for_losses()
            self._look_for_the_end()
        return self._ending()

    def _hear_all(self, *, within_s: float) -> None:
        """Whatever has come, and what comes within `within_s` seconds if there is nothing."""
        while parcel := self._post.receive(within_s=within_s):
            within_s = 0.0
            try:
                self._hear(parcel)
            except ProtocolError as error:
                self._note(f"a message of {parcel.client} was not understood: {error}")
            except RecordError as error:
                self.stop.ask("aborted", str(error))

    def _hear(self, parcel: Parcel) -> None:
        member = self._roster.members.get(parcel.client)
        if member is None:
            if parcel.kind == Hello.__name__:
                self._post.send(parcel.client, Refusal(why="the run has begun without this worker"))
            return
        member.heard_s = self.clock.now_s()
        if parcel.kind == Segment.__name__:
            self._inbox.take(member.number, heard(Segment, parcel.data))
        elif parcel.kind == Report.__name__:
            report = heard(Report, parcel.data)
            if report.grant_heard_at_s is not None:
                member.hears_s = max(member.hears_s, report.grant_heard_at_s - self._zero_at_s)
            if report.beat > member.report.beat:
                self._take(member, report)
            self._roster.extend(member)
            self._grant(member, echo_at_s=report.sent_at_s, heard_at_s=parcel.at_s)

    def _take(self, member: Member, report: Report) -> None:
        member.report = report
        if report.trouble:
            self.stop.ask("aborted", f"{member.title}: {report.trouble}")
        if report.leaving and member.standing == "playing":
            self._let_go(member)
        if report.ended and member.is_up:
            self._see_off(member)
        for step, response_time_s, outcome in ended_actions(report, self.plan.tables.steps):
            if outcome is Outcome.NOT_SENT:
                self.tally.visit_not_sent(step)
            else:
                self.tally.action_ended(step, response_time_s, outcome)
            if self._on_action:
                self._on_action(step, response_time_s, outcome)
        self.admission.thinned_visits = sum(each.report.thinned_visits for each in self._members)
        count_together(self.tally, self._members, report)

    def _let_go(self, member: Member) -> None:
        self._roster.let_go(member)
        self._note(f"{member.title} left {member.heard_s:.1f} s into the run, as it was asked")
        if not self._roster.playing() and not self._roster.has_started_all(member):
            self.stop.ask("aborted", f"no worker is left: {member.title} left as it was asked")
        self._grant_all()

    def _see_off(self, member: Member) -> None:
        """`member` has handed over its rows and plays nothing any more, as it was told, or else by
        itself: it does not hear us."""
        if self._told or self._roster.has_started_all(member):
            member.standing = "ended"
        else:
            self._give_up(member, "it ended by itself", is_dead=True)

    def _look_for_losses(self) -> None:
        now_s = self.clock.now_s()
        if now_s - self._looked_s > OWN_STALL_S:
            # Who was not listening cannot say that nobody spoke.
            for each in self._members:
                each.heard_s = each.hears_s = now_s
        self._looked_s = now_s
        for each in self._roster.up():
            if why := self._is_dead(each):
                self._lose(each, why, is_dead=True)
            elif why := each.why_lost(now_s):
                self._lose(each, why, is_dead=False)
            elif now_s > self._give_up_s:
                self._lose(each, "did not end in time", is_dead=False)

    def _lose(self, member: Member, why: str, *, is_dead: bool) -> None:
        if is_dead:
            self._hear_all(within_s=LAST_WORDS_WITHIN_S)
        if member.is_up:
            self._give_up(member, why, is_dead=is_dead)

    def _give_up(self, member: Member, why: str, *, is_dead: bool) -> None:
        self._roster.lose(member, why, is_dead=is_dead)
        if not self._roster.playing() and not self._told:
            self.stop.ask("aborted", f"no worker is left: {member.title}: {why}")
        self._grant_all()

    def _look_for_the_end(self) -> None:
        """Lets the workers go when all is played, or when the run is to stop."""
        stop = self.stop
        if stop.asked() or stop.ramp is not None:
            self._tell("stop" if stop.asked() else "ramp down")
            return
        up = self._roster.up()
        if not all(self._roster.has_started_all(each) for each in up):
            self._started_all_s = None
            return
        if self._started_all_s is None:
            self._started_all_s = self.clock.now_s()
        drained = not any(each.report.in_flight for each in up)
        if drained or self.clock.now_s() > self._started_all_s + self._options.drain_s:
            self._tell("end")

    def _tell(self, what: str) -> None:
        """Once, to all; later grants repeat it."""
        if what != self._told:
            self._told = what
            if what != "ramp down":
                self._give_up_s = self.clock.now_s() + LAST_WORDS_S
            self._grant_all()

    def _grant_all(self) -> None:
        for each in self._roster.up():
            self._grant(each)

    def _grant(
        self, member: Member, *, echo_at_s: float | None = None, heard_at_s: float = 0.0
    ) -> None:
        """Tells `member` all that it must know, in answer to a report or by itself."""
        up = len(self._roster.up())
        stop = (self.stop.reason or "aborted", self.stop.detail)
        if member.standing == "lost":
            stop = ("aborted", "this worker was given up by its master")
        finished = member.standing == "leaving" and self._roster.has_started_all(member)
        self._post.send(
            member.client,
            Grant(
                echo_at_s=echo_at_s,
                heard_at_s=heard_at_s,
                sent_at_s=time.perf_counter(),
                zero_at_s=self._zero_at_s,
                horizon_index=member.granted_index,
                duties=tuple(
                    (each.number, each.shard.from_index, each.until_index, each.shard.slots)
                    for each in self._roster.duties_of(member)
                ),
                in_flight_limit=math.ceil(self._options.in_flight_limit / max(1, up)),
                received_segments=self._inbox.received(member.number),
                stop=stop if self._told == "stop" or member.standing == "lost" else None,
                ramp_down=stop if self._told == "ramp down" else None,
                end=self._told == "end" or (finished and not member.report.in_flight),
                farewell=member.report.ended,
            ),
        )

    def _note(self, words: str) -> None:
        if words not in self._notes:
            self._notes.append(words)

    def _ending(self) -> Ending:
        """Writes the account of the fleet into the manifest."""
        stop = self.stop
        before_s = stop.at_s if stop.reason else math.inf
        try:
            account = fleet_account(
                self._roster, self.plan, self.writer.directory, before_s=before_s
            )
            manifest = account.on(self.writer.manifest)
            self.writer.manifest = replace(manifest, notes=(*manifest.notes, *self._notes))
        except RecordError as error:
            stop.ask("aborted", str(error))
        return Ending(
            reason=stop.reason or "completed",
            at_s=stop.at_s if stop.reason else self.clock.now_s(),
            detail=stop.detail,
            cut_off_visits=sum(each.report.cut_off_visits for each in self._members),
            thinned_visits=self.admission.thinned_visits,
        )
