"""The measured player: a whole plan on the wall clock against a real target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import gevent
from gevent.threadpool import ThreadPool

from reports.record.manifest import Ending, RecordError
from reports.record.outcome import Outcome
from reports.record.row import NOT_YET, ActionRow, GaugeRow
from reports.record.segment import Segment
from reports.record.writer import RecordWriter
from scenarios.guards.admission import Admission
from scenarios.guards.stop_request import StopRequest
from scenarios.shoppers.calm_interpreter import calm_interpreter
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.pacing import pace
from scenarios.shoppers.shopper import ActionEnd, Shopper
from scenarios.shoppers.tally import Tally
from scenarios.shoppers.troupe import Troupe
from scenarios.transport.channel import Sender
from scenarios.transport.colouring import Colouring
from scenarios.transport.failure import SHORTAGES
from scenarios.workload.limits import IN_FLIGHT_LIMIT, TIMEOUT_S
from scenarios.workload.plan import PlanTables, VisitChunk, VisitPlan, visits_of
from scenarios.workload.visit import ORDER_STEP, Visit
from targets.adapters.contract import Adapter

GRACE_S = 5.0
"""After a stop is asked for, how long the actions in flight may take to end."""

DRAIN_S = 60.0
"""After the last arrival, how long visits in play may take to end."""

BEHIND_FOR_GOOD_S = 60.0
"""A player that is alone and so late ends its run, which is invalid long since: of a million visits
a second it would be at it for hours."""

OnAction = Callable[[str, float, Outcome], None]
"""Hears of every row: step, response time in seconds (NaN for a visit not sent), outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerOptions:
    """`in_flight_limit` bounds the visits in play, `timeout_s` an action, `drain_s` the wait for
    visits in play after the last arrival."""

    in_flight_limit: int = IN_FLIGHT_LIMIT
    timeout_s: float = TIMEOUT_S
    drain_s: float = DRAIN_S

    def __post_init__(self) -> None:
        assert self.in_flight_limit > 0
        assert self.timeout_s > 0
        assert self.drain_s >= 0


class Player:
    """Plays `plan`, writes one row for each action that was due, and keeps the tally.

    `on_action` hears of every row's step, response time in seconds and outcome; Locust's screen
    is fed from it. `colouring` marks the requests. In a fleet, `worker` is this player's number,
    which its rows carry.
    """

    def __init__(
        self,
        plan: VisitPlan,
        adapter: Adapter,
        sender: Sender,
        writer: RecordWriter,
        clock: RunClock,
        options: PlayerOptions,
        *,
        colouring: Colouring | None = None,
        on_action: OnAction | None = None,
    ) -> None:
        self.tally = Tally()
        self.stop = StopRequest(clock.now_s)
        self.admission = Admission(self.stop)
        self.plan = plan
        self.writer = writer
        self.clock = clock
        self.options = options
        self._codes = _codes(plan.tables)
        self.worker = 0
        self._on_action = on_action
        self._left_visits = 0
        self.confirmed_orders = 0
        self.confirmed_units = 0
        self._troupe = Troupe(self._play)
        # One thread, so that a flush waits for the one before, and the last one for all.
        self._disk = ThreadPool(1)
        self._shopper = Shopper(
            adapter,
            sender,
            clock,
            timeout_s=options.timeout_s,
            report=self._record,
            leaving=self.stop.asked,
            colouring=colouring,
        )

    def play(self) -> Ending:
        """Returns when every visit has ended, or soon after a stop was asked for."""
        with calm_interpreter():
            finished = pace(
                prefetched_visits(self.plan.chunks(), self.plan.tables),
                clock=self.clock,
                start=self.start,
                stopped=self.stop.asked,
            )
            cut_off = self.drain(self.options.drain_s if finished else GRACE_S)
        return self.ending(cut_off)

    def ending(self, cut_off: int) -> Ending:
        """How the run ended, with `cut_off` visits still in play."""
        stop = self.stop
        return Ending(
            reason=stop.reason or "completed",
            at_s=stop.at_s if stop.reason else self.clock.now_s(),
            detail=stop.detail,
            cut_off_visits=cut_off,
            thinned_visits=self.admission.thinned_visits,
        )

    def limit_in_flight(self, limit: int) -> None:
        """From now on at most `limit` visits may be in play; those above it may end."""
        if limit != self.options.in_flight_limit:
            self.options = replace(self.options, in_flight_limit=limit)

    def start(self, visit: Visit) -> None:
        """Begins `visit` now, or leaves the row that says why not."""
        late_s = self.clock.now_s() - visit.intended_s
        if late_s > BEHIND_FOR_GOOD_S and not self.worker:
            self.stop.ask("generator_limited", f"the player fell {late_s:.0f} s behind its plan")
        if not self.admission.admits(visit.index, self.clock.now_s()):
            return
        if self.tally.in_flight >= self.options.in_flight_limit:
            step = visit.actions[0].step
            self.tally.visit_not_sent(step)
            if self._on_action:
                self._on_action(step, NOT_YET, Outcome.NOT_SENT)
            self.writer.action(self._row(visit, 0, _not_sent(visit.intended_s)))
            return
        self.tally.visit_started(self.clock.now_s() - visit.intended_s)
        self._troupe.start(visit)

    def _play(self, visit: Visit) -> None:
        try:
            self._shopper.play(visit)
        except gevent.GreenletExit:
            self._left_visits += 1
        finally:
            self.tally.visit_ended()

    def drain(self, within_s: float) -> int:
        """Waits for the visits in play and returns how many had to be cut off.

        A stop that is asked for meanwhile shortens the wait.
        """
        end_s = self.clock.now_s() + within_s
        stopping = self.stop.asked()
        while self.tally.in_flight and self.clock.now_s() < end_s:
            self._troupe.wait(0.1)
            if self.stop.asked() and not stopping:
                stopping, end_s = True, min(end_s, self.clock.now_s() + GRACE_S)
        cut_off = self.tally.in_flight + self._left_visits
        self._troupe.dismiss()
        return cut_off

    def _record(self, visit: Visit, position: int, end: ActionEnd) -> None:
        self.writer.action(self._row(visit, position, end))
        for name, value in end.figures:
            self.writer.gauge(GaugeRow(end.finished_s, name, value))
        response_time_s = end.finished_s - end.intended_s
        action = visit.actions[position]
        self.tally.action_ended(action.step, response_time_s, end.outcome)
        if end.reason in SHORTAGES:
            self.tally.short_actions += 1
        if action.step == ORDER_STEP and end.outcome is Outcome.OK:
            self.confirmed_orders += 1
            self.confirmed_units += action.quantity
        if self._on_action:
            self._on_action(action.step, response_time_s, end.outcome)

    def _row(self, visit: Visit, position: int, end: ActionEnd) -> ActionRow:
        action = visit.actions[position]
        phases, personas, channels, tiers, steps = self._codes
        return ActionRow(
            visit.index,
            position,
            phases[visit.phase],
            personas[visit.persona],
            channels[visit.channel],
            tiers[visit.tier],
            steps[action.step],
            action.sku,
            action.quantity,
            end.intended_s,
            end.started_s,
            end.finished_s,
            end.outcome,
            end.requests,
            end.status,
            end.reason,
            end.resends,
            self.worker,
        )

    def flush(self) -> None:
        """Writes the rows so far from a thread of its own, so that pacing is not held up."""
        if trouble := self._disk.apply(_trouble_writing, (self.writer, self.writer.cut())):
            self.stop.ask("aborted", trouble)


def _trouble_writing(writer: RecordWriter, segment: Segment) -> str:
    """Why the rows could not be written, or nothing. Gevent would show an error that leaves a
    thread on the user's screen, with its traceback."""
    try:
        writer.write(segment)
    except RecordError as error:
        return str(error)
    return ""


def prefetched_visits(chunks: Iterator[VisitChunk], tables: PlanTables) -> Iterator[Visit]:
    """The visits of `chunks`; each chunk is made in another thread while the one before plays."""
    pool = gevent.get_hub().threadpool
    coming = pool.spawn(next, chunks, None)
    while (chunk := coming.get()) is not None:
        coming = pool.spawn(next, chunks, None)
        yield from visits_of(chunk, tables)


def _not_sent(intended_s: float) -> ActionEnd:
    end = ActionEnd(intended_s, NOT_YET)
    end.outcome, end.reason = Outcome.NOT_SENT, "in-flight limit"
    return end


def _codes(tables: PlanTables) -> list[dict[str, int]]:
    """The codes of the words for phases, personas, channels, tiers and steps."""
    words = (tables.phases, tables.personas, tables.channels, tables.tiers, tables.steps)
    return [{word: code for code, word in enumerate(table)} for table in words]
