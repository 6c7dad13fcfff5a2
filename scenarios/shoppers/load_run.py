"""A load run from end to end: open the sale, play the plan, reconcile, close the record."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import gevent
from rich.console import Console

from reports.record.facts import host_facts, tool_versions, utc_now
from reports.record.manifest import Ending, Invariant, Manifest, RecordError
from reports.record.planned import plan_facts
from reports.record.writer import RecordWriter
from scenarios.shoppers.clock import clock_starting_in
from scenarios.shoppers.connection import TransportError
from scenarios.shoppers.crowd import play_under_locust
from scenarios.shoppers.player import Player, PlayerOptions
from scenarios.shoppers.sampler import Sampler
from scenarios.shoppers.screen import BudgetLeft, Screen
from scenarios.shoppers.transport import Transport
from scenarios.workload.plan import VisitPlan
from targets.adapters.back_office import BackOfficeError, back_office_of
from targets.adapters.contract import Adapter, Call, Reply, metrics_of

LEAD_IN_S = 0.5
"""From everything being ready to instant 0 of the run."""
BACK_OFFICE_WITHIN_S = 40.0
Result = TypeVar("Result")
PlayIn = Callable[[Player], Ending]


class PlatformError(Exception):
    """The target does not answer, or its back office refused, before the run began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRun:
    """What to play, where, and where to keep the record."""

    plan: VisitPlan
    adapter: Adapter
    adapter_name: str
    url: str
    address: tuple[str, int]
    environment: str
    directory: Path
    run_id: str
    options: PlayerOptions
    objectives_file: str = ""
    objectives_text: str = ""
    notes: tuple[str, ...] = ()
    parent: int | None = None
    """A process without which the run must not go on."""

    def manifest(self) -> Manifest:
        """The manifest as it stands before the first visit."""
        return Manifest(
            run_id=self.run_id,
            origin="measured",
            created_at=utc_now().isoformat(timespec="seconds"),
            plan=plan_facts(self.plan),
            target={
                "url": self.url,
                "environment": self.environment,
                "adapter": self.adapter_name,
            },
            versions=tool_versions(),
            host=host_facts(),
            options=dataclasses.asdict(self.options),
            objectives_file=self.objectives_file,
            objectives_text=self.objectives_text,
            notes=self.notes,
        )


def play_load(
    run: LoadRun, *, console: Console, budget_left: BudgetLeft, play: PlayIn = play_under_locust
) -> Manifest:
    """Plays `run` and returns the finished manifest.

    Ctrl-C once ends the run gracefully, twice at once. Raises PlatformError before the first
    visit, RecordError when the record cannot be written at all.
    """
    with ExitStack() as stack:
        transport = stack.enter_context(Transport(run.url, address=run.address, run_id=run.run_id))
        _open_sale(run, transport)
        writer = stack.enter_context(RecordWriter(run.directory, run.manifest()))
        clock = clock_starting_in(LEAD_IN_S)
        player = Player(run.plan, run.adapter, transport, writer, clock, run.options)
        with (
            _stopping_on_signals(player, writer, console),
            Sampler(player, transport, metrics_of(run.adapter), parent=run.parent),
            Screen(player, writer.manifest.plan, console, budget_left),
        ):
            ending = play(player)
        writer.close(ending, _reconciled(run, player, transport, console))
        return writer.manifest


def _open_sale(run: LoadRun, transport: Transport) -> None:
    office = back_office_of(run.adapter)
    try:
        if office and run.plan.stock:
            _converse(office.open_sale(run.plan.stock), transport)
        else:
            transport.send(
                Call(method="HEAD", path="/"), cookies={}, within_s=run.options.timeout_s
            )
    except (TransportError, BackOfficeError) as error:
        raise PlatformError(f"{run.url}: cannot be reached: {error}") from error


def _reconciled(
    run: LoadRun, player: Player, transport: Transport, console: Console
) -> tuple[Invariant, ...]:
    office = back_office_of(run.adapter)
    if not office or not run.plan.stock:
        return ()
    console.print("reconciling stock, orders and confirmations ...", style="dim")
    try:
        findings = _converse(
            office.reconcile(
                confirmed_orders=player.confirmed_orders, confirmed_units=player.confirmed_units
            ),
            transport,
        )
    except (TransportError, BackOfficeError) as error:
        return (Invariant(name="the books reconcile", held=False, evidence=str(error)),)
    return tuple(
        Invariant(name=each.name, held=each.held, evidence=each.evidence) for each in findings
    )


def _converse(conversation: Generator[Call, Reply, Result], transport: Transport) -> Result:
    try:
        call = next(conversation)
        while True:
            call = conversation.send(
                transport.send(call, cookies={}, within_s=BACK_OFFICE_WITHIN_S)
            )
    except StopIteration as stop:
        result: Result = stop.value
        return result


class _stopping_on_signals:  # noqa: N801 - used as a with statement, like contextlib's
    """Ctrl-C or SIGTERM once asks for a graceful end; twice ends the process at once."""

    def __init__(self, player: Player, writer: RecordWriter, console: Console) -> None:
        self._player, self._writer, self._console = player, writer, console
        self._handlers: list[Any] = []

    def __enter__(self) -> None:
        self._handlers = [
            gevent.signal_handler(number, self._stop, signal.Signals(number).name)
            for number in (signal.SIGINT, signal.SIGTERM)
        ]

    def __exit__(self, *_: object) -> None:
        for handler in self._handlers:
            handler.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def _stop(self, name: str) -> None:
        if not self._player.stop.asked():
            self._player.stop.ask("interrupted", f"{name} from the operator")
            self._console.print("stopping: no new visits, waiting for replies (again: at once)")
            return
        _leave_at_once(self._writer, self._player)


def _leave_at_once(writer: RecordWriter, player: Player) -> None:
    """Closes the record as it stands and leaves the process."""
    detail = "stopped at once by the operator"
    with contextlib.suppress(RecordError):
        writer.close(Ending(reason="interrupted", at_s=player.clock.now_s(), detail=detail))
    os._exit(130)
