"""Around a run: the platform's back office opens the sale before it and reconciles after it."""

from __future__ import annotations

from collections.abc import Mapping

from reports.record.manifest import Invariant
from scenarios.transport.failure import TransportError
from scenarios.transport.transport import Transport, one_by_one
from targets.adapters.back_office import BackOfficeError, back_office_of
from targets.adapters.contract import Adapter, Call
from targets.adapters.conversation import converse

WITHIN_S = 40.0


class PlatformError(Exception):
    """The target does not answer, or its back office refused, before the run began."""


def open_sale(url: str, adapter: Adapter, stock: Mapping[int, int], transport: Transport) -> None:
    """Puts `stock` on sale where the platform has a back office; else only looks whether
    somebody answers at `url`. Raises PlatformError."""
    office = back_office_of(adapter)
    try:
        if office and stock:
            converse(office.open_sale(stock), one_by_one(transport, within_s=WITHIN_S))
        else:
            transport.send(Call(method="HEAD", path="/"), within_s=WITHIN_S)
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
        findings = converse(
            office.reconcile(
                stock, confirmed_orders=confirmed_orders, confirmed_units=confirmed_units
            ),
            one_by_one(transport, within_s=WITHIN_S),
        )
    except (TransportError, BackOfficeError) as error:
        return (Invariant(name="the books reconcile", held=False, evidence=str(error)),)
    return tuple(
        Invariant(name=each.name, held=each.held, evidence=each.evidence) for each in findings
    )
