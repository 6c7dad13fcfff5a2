"""A load run that is open: the sale, the record, the player and its samples.

Whoever plays it (the verb `run`, or Locust with its web page) opens it, plays the player, and
finishes it with the ending.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace
from types import TracebackType
from typing import Protocol, Self

from reports.record.manifest import Ending, Invariant, Manifest, RecordError
from reports.record.writer import RecordWriter, require_free
from scenarios.guards.audit_log import AuditError
from scenarios.guards.control_file import forget_control
from scenarios.shoppers.alarm import best_alarm
from scenarios.shoppers.audited import audited
from scenarios.shoppers.clock import RunClock, clock_starting_in
from scenarios.shoppers.guarded import guarded
from scenarios.shoppers.limit_search import Searching
from scenarios.shoppers.live_run import LiveRun
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.marks import colouring_facts_of
from scenarios.shoppers.metrics_page import metrics_pages, metrics_port
from scenarios.shoppers.player import OnAction, Player
from scenarios.shoppers.playing import Playing
from scenarios.shoppers.sale import open_sale, reconciled
from scenarios.shoppers.sampler import Sampler
from targets.adapters.back_office import back_office_of
from targets.adapters.contract import metrics_of

LEAD_IN_S = 0.5
"""From everything being ready to instant 0 of the run."""


class RunLostError(Exception):
    """The record could not be finished; what was written before stands."""


class Crew(Protocol):
    """Those who play a run in place of this process; they need `lead_in_s` to begin it."""

    @property
    def lead_in_s(self) -> float: ...
    def playing(
        self, run: LoadRun, writer: RecordWriter, clock: RunClock, on_action: OnAction | None
    ) -> Playing: ...


class LoadSession:
    """Opens the sale and the record at once; the run's clock reaches 0 after `LEAD_IN_S`. With a
    `crew`, they play, and this process watches.

    Whoever plays it does so within the session's block: one that is left by an error without an
    ending is lost, and the audit log says so. Raises PlatformError when nobody answers,
    RecordError when the record cannot be begun, AuditError when the run cannot be written down.
    """

    def __init__(
        self, run: LoadRun, *, on_action: OnAction | None = None, crew: Crew | None = None
    ) -> None:
        self._run = run
        with ExitStack() as opening:
            require_free(run.directory)
            self._audit = opening.enter_context(audited(run))
            self._transport = opening.enter_context(run.transport())
            open_sale(run.url, run.adapter, run.plan.stock, self._transport)
            self.writer = RecordWriter(run.directory, run.manifest())
            alarm = best_alarm()
            opening.callback(alarm.close)
            clock = clock_starting_in(crew.lead_in_s if crew else LEAD_IN_S, alarm.sleep)
            self.player = (
                crew.playing(run, self.writer, clock, on_action)
                if crew
                else self._alone(clock, on_action)
            )
            self.live = LiveRun(
                self.player, self.writer.manifest, limits_s=run.response_time_limits_s
            )
            pages = metrics_pages(self.live)
            if run.metrics_port is not None:
                opening.enter_context(metrics_port(pages, run.metrics_port))
            self._sampler = Sampler(
                self.player, self._transport, metrics_of(run.adapter), parent=run.parent
            )
            opening.enter_context(self._sampler)
            self._guarding = opening.enter_context(ExitStack())
            self._watch = self._guarding.enter_context(
                guarded(self.player, run.protection, run_id=run.run_id, pages=pages)
            )
            self.search = run.search(self.writer.manifest) if run.search else None
            if self.search:
                opening.enter_context(Searching(self.search, self.player.clock, self.player.stop))
            self._stack = opening.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def _alone(self, clock: RunClock, on_action: OnAction | None) -> Playing:
        return Player(
            self._run.plan,
            self._run.adapter,
            self._transport,
            self.writer,
            clock,
            self._run.options,
            colouring=self._transport.colouring,
            on_action=on_action,
        )

    @property
    def has_books(self) -> bool:
        """Whether the platform can be asked after the run what it sold."""
        return back_office_of(self._run.adapter) is not None and bool(self._run.plan.stock)

    def finish(self, ending: Ending) -> Manifest:
        """Reconciles, writes the ending and returns the manifest. Raises RunLostError.

        Ctrl-C while the books are waited for ends the record without them.
        """
        with self._stack:
            self._guarding.close()
            self._sampler.stop()
            invariants: tuple[Invariant, ...] = ()
            try:
                try:
                    invariants = self._reconciled()
                except KeyboardInterrupt:
                    detail = "stopped at once by the operator, before the books were reconciled"
                    ending = replace(ending, reason="interrupted", detail=detail)
                self.writer.manifest = replace(
                    self.writer.manifest,
                    guards=self._watch.records(),
                    colouring=colouring_facts_of(
                        self._transport.colouring, self.player.tally.marks_elsewhere
                    ),
                )
                self.writer.close(ending, invariants)
                self._audit.ended(ending, started_visits=self.player.tally.started_visits)
            except (RecordError, AuditError) as error:
                raise RunLostError(f"run aborted: {ending.detail or error}") from error
        return self.writer.manifest

    def leave_at_once(self, ending: Ending) -> None:
        """Closes record and audit log as they stand, when the process is about to end."""
        forget_control(self.writer.directory)
        with suppress(RecordError):
            self.writer.close(ending)
        with suppress(AuditError):
            self._audit.ended(ending, started_visits=self.player.tally.started_visits)

    def _reconciled(self) -> tuple[Invariant, ...]:
        return reconciled(
            self._run.adapter,
            self._run.plan.stock,
            self._transport,
            confirmed_orders=self.player.confirmed_orders,
            confirmed_units=self.player.confirmed_units,
        )
