"""Around a run: the platform's back office opens the sale before it and reconciles after it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TypeVar

from reports.record.manifest import Invariant
from scenarios.shoppers.connection import TransportError
from scenarios.shoppers.transport import Transport
from targets.adapters.back_office import BackOfficeError, back_office_of
from targets.adapters.contract import Adapter, Call, Reply

WITHIN_S = 40.0
Result = TypeVar("Result")


class PlatformError(Exception):
    """The target does not answer, or its back office refused, before the run began."""


def open_sale(url: str, adapter: Adapter, stock: Mapping[int, int], transport: Transport) -> None:
    """Puts `stock` on sale where the platform has a back office; else only looks whether
    somebody answers at `url`. Raises PlatformError."""
    office = back_office_of(adapter)
    try:
        if office and stock:
            _converse(office.open_sale(stock), transport)
        else:
            transport.send(Call(method="HEAD", path="/"), cookies={}, within_s=WITHIN_S)
    except (TransportError, BackOfficeError) as error:
        raise PlatformError(f"{url}: cannot be reached: {error}") from error


def reconciled(
    adapter: Adapter,
    stock: Mapping[int, int],
    transport: Transport,
    *,
    confirmed_orders: int,
    confirmed_units: int,
) -> tuple[Invariant, ...]:
    """What the books say after the run; nothing where there is no back office or no stock."""
    office = back_office_of(adapter)
    if not office or not stock:
        return ()
    try:
        findings = _converse(
            office.reconcile(confirmed_orders=confirmed_orders, confirmed_units=confirmed_units),
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
            call = conversation.send(transport.send(call, cookies={}, within_s=WITHIN_S))
    except StopIteration as stop:
        result: Result = stop.value
        return result
