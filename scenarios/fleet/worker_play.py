"""A worker while its run goes on: hears what it may do, plays it, reports, hands over its rows."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable
from typing import cast

import gevent
import psutil

from reports.record.outcome import Outcome
from reports.record.writer import RecordWriter
from scenarios.fleet.clock_offset import ClockComparison
from scenarios.fleet.duty_play import DutyPlay
from scenarios.fleet.lease import Lease
from scenarios.fleet.post import Parcel, WorkerPost
from scenarios.fleet.protocol import (
    BEAT_S,
    SILENT_MASTER_S,
    Grant,
    ProtocolError,
    Report,
    heard,
)
from scenarios.fleet.segment_outbox import SegmentOutbox
from scenarios.shoppers.calm_interpreter import calm_interpreter
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.player import GRACE_S, Player
from scenarios.shoppers.sampler import Sampler
from scenarios.transport.transport import Transport
from scenarios.workload.shard import Shard

HAND_OVER_S = 10.0
"""How long a worker that has ended tries to hand over its last rows."""
LAST_TRY_S = 1.0
"""The same, when the master seems to be gone."""
FAREWELL_S = 2.0
TURN_S = 0.05


class WorkerPlay:
    """Plays the duties that worker `worker` is granted, on the run's clock of `clock`.

    `orphaned` tells that whoever started this worker is gone. `say` is told what people should
    know.
    """

    def __init__(
        self,
        run: LoadRun,
        *,
        worker: int,
        post: WorkerPost,
        clocks: ClockComparison,
        clock: RunClock,
        transport: Transport,
        orphaned: Callable[[], bool],
    ) -> None:
        self.outbox = SegmentOutbox(post.send, time.perf_counter)
        self.player = Player(
            run.plan,
            run.adapter,
            transport,
            cast(RecordWriter, self.outbox),
            clock,
            run.options,
            colouring=transport.colouring,
            on_action=self._on_action,
        )
        self.player.worker = worker
        self.leaving = False
        """Set when this worker was asked to go: it plays what it was granted, and then ends."""
        self._sampler = Sampler(self.player, transport, None, worker=worker)
        self._lease = Lease(clock.now_s)
        self._duties = DutyPlay(self.player, self._lease)
        self._colouring = transport.colouring
        self._post = post
        self._clocks = clocks
        self._orphaned = orphaned
        self._process = psutil.Process()
        self._process.cpu_percent()
        self._step_codes = {step: code for code, step in enumerate(run.plan.tables.steps)}
        self._actions = 0
        self._steps, self._seconds, self._outcomes = array("h"), array("f"), array("b")
        self._beat = 0
        self._grant_heard_at_s: float | None = None
        self._next_beat_s = 0.0
        self._end = self._farewell = self._ended = False
        self._cut_off = 0

    def play(self, first: Grant) -> None:
        """Returns when the master has bidden farewell, or does not answer any more."""
        self._take(first)
        with self._sampler, calm_interpreter():
            self._until(lambda: self._end or self.player.stop.asked())
            wait_s = 0.0 if self._end else GRACE_S
            draining = gevent.spawn(self.player.drain, wait_s)
            self._until(draining.ready)
            self._cut_off = draining.get()
        self._next_beat_s = 0.0
        patience_s = LAST_TRY_S if self._is_alone() else HAND_OVER_S
        self._until(lambda: self.outbox.is_empty, within_s=patience_s)
        self._ended = self.outbox.is_empty
        self._next_beat_s = 0.0
        self._until(lambda: self._farewell or self._is_alone(), within_s=FAREWELL_S)

    def _until(self, holds: Callable[[], bool], *, within_s: float = math.inf) -> None:
        """Goes on hearing and reporting until `holds()`, or for `within_s` seconds."""
        end_s = time.perf_counter() + within_s
        while not holds() and (now_s := time.perf_counter()) < end_s:
            if now_s >= self._next_beat_s:
                self._next_beat_s = now_s + BEAT_S
                self._watch_master()
                self.outbox.post()
                self._post.send(self._report())
            if parcel := self._post.receive(within_s=TURN_S):
                self._hear(parcel)

    def _hear(self, parcel: Parcel) -> None:
        if parcel.kind != Grant.__name__:
            return
        try:
            grant = heard(Grant, parcel.data)
        except ProtocolError:
            return
        self._clocks.add(grant, parcel.at_s)
        self._take(grant)

    def _take(self, grant: Grant) -> None:
        self._lease.extend(grant.horizon_index)
        self._grant_heard_at_s = max(self._grant_heard_at_s or 0.0, grant.sent_at_s)
        self.player.limit_in_flight(grant.in_flight_limit)
        if grant.stop:
            self.player.stop.ask(*grant.stop)
        if grant.ramp_down:
            self.player.stop.ask_ramp_down(*grant.ramp_down)
        for number, first_index, until_index, slots in grant.duties:
            shard = Shard(slots=tuple(slots), from_index=first_index)
            self._duties.take_up(number, shard, until_index)
        self.outbox.received(grant.received_segments)
        self._end = self._end or grant.end
        self._farewell = self._farewell or grant.farewell

    def _is_alone(self) -> bool:
        return self._orphaned() or self._lease.has_run_out()

    def _watch_master(self) -> None:
        if self._lease.has_run_out():
            detail = f"the master has been silent for {SILENT_MASTER_S:g} s"
            self.player.stop.ask("aborted", detail)
        elif self._orphaned():
            self.player.stop.ask("aborted", "the master is gone")

    def _on_action(self, step: str, response_time_s: float, outcome: Outcome) -> None:
        self._actions += outcome is not Outcome.NOT_SENT
        self._steps.append(self._step_codes[step])
        self._seconds.append(response_time_s)
        self._outcomes.append(outcome)

    def _report(self) -> Report:
        tally, player = self.player.tally, self.player
        ended = (self._steps.tobytes(), self._seconds.tobytes(), self._outcomes.tobytes())
        self._steps, self._seconds, self._outcomes = array("h"), array("f"), array("b")
        offset = self._clocks.best()
        self._beat += 1
        return Report(
            beat=self._beat,
            sent_at_s=time.perf_counter(),
            grant_heard_at_s=self._grant_heard_at_s,
            exchanges=len(self._clocks),
            offset_s=offset.offset_s,
            round_trip_s=offset.round_trip_s,
            started_through=dict(self._duties.started_through),
            started_visits=tally.started_visits,
            not_sent_visits=tally.not_sent_visits,
            short_actions=tally.short_actions,
            thinned_visits=player.admission.thinned_visits,
            in_flight=tally.in_flight,
            worst_lag_s=tally.worst_lag_s,
            lags=(array("q", tally.lags.counts).tobytes(), tally.lags.sum_s),
            own_levels=dict(tally.own_levels),
            cpu_ratio=self._process.cpu_percent() / 100,
            actions=self._actions,
            confirmed_orders=player.confirmed_orders,
            confirmed_units=player.confirmed_units,
            ended_actions=ended,
            marks=self._colouring.counts(),
            leaving=self.leaving,
            ended=self._ended,
            cut_off_visits=self._cut_off,
            trouble=self._duties.trouble,
        )
