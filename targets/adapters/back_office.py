"""What a platform's own staff does around a sale: open it before, reconcile the books after.

Like an adapter it only yields calls and is sent replies. A platform without one is still
rehearsed; its report then has no invariants.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from targets.adapters.contract import Adapter, Call, Reply

DRAIN_S = 20
"""How long reconciliation waits for the order queue to drain."""


class BackOfficeError(Exception):
    """The platform refused to open the sale or to show its books."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a reconciliation: what must hold, whether it did, and the figures."""

    name: str
    held: bool
    evidence: str


class BackOffice(Protocol):
    """`open_sale` puts units on sale before a run; `reconcile` is given how many orders and
    units were confirmed to shoppers, and returns what it found. Both raise BackOfficeError."""

    def open_sale(self, stock: Mapping[int, int]) -> Generator[Call, Reply, None]: ...
    def reconcile(
        self, *, confirmed_orders: int, confirmed_units: int
    ) -> Generator[Call, Reply, tuple[Finding, ...]]: ...


def back_office_of(adapter: Adapter) -> BackOffice | None:
    """The optional attribute `back_office` of an adapter."""
    office: BackOffice | None = getattr(adapter, "back_office", None)
    return office


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceBackOffice:
    """The back office of the reference shop."""

    def open_sale(self, stock: Mapping[int, int]) -> Generator[Call, Reply, None]:
        items = {str(sku): units for sku, units in stock.items()}
        body = json.dumps({"items": items, "limit_per_user": 1}).encode()
        headers = {"Content-Type": "application/json"}
        call = Call(method="POST", path="/admin/flash-sales", headers=headers, body=body)
        _answer((yield call), "open the sale")

    def reconcile(
        self, *, confirmed_orders: int, confirmed_units: int
    ) -> Generator[Call, Reply, tuple[Finding, ...]]:
        reply = yield Call(method="GET", path=f"/admin/reconciliation?wait_s={DRAIN_S}")
        books = _answer(reply, "reconcile")
        try:
            return tuple(_findings(books, confirmed_orders, confirmed_units))
        except (KeyError, TypeError) as error:
            raise BackOfficeError(f"the platform's books cannot be read: {error!r}") from None


def _answer(reply: Reply, task: str) -> dict[str, Any]:
    if reply.status != 200:
        text = reply.body[:200].decode("utf-8", "replace")
        raise BackOfficeError(f"the platform did not {task}: status {reply.status}: {text}")
    try:
        answer: dict[str, Any] = json.loads(reply.body)
    except ValueError:
        raise BackOfficeError(f"the platform did not {task}: its reply is not JSON") from None
    return answer


def _findings(
    books: Mapping[str, Any], confirmed_orders: int, confirmed_units: int
) -> Generator[Finding, None, None]:
    sold, taken, rows = books["units_sold"], books["units_taken"], books["order_rows"]
    ordered = sum(each["ordered_units"] for each in books["skus"])
    yield Finding(
        name="units sold = units taken from stock = order rows",
        held=bool(books["drained"]) and sold == taken == ordered,
        evidence=f"{sold} units sold, {taken} taken from stock, {ordered} in {rows} order rows"
        + ("" if books["drained"] else f"; the order queue had not drained after {DRAIN_S} s"),
    )
    for name, key in (
        ("no oversell", "oversold_units"),
        ("no duplicate orders", "duplicate_orders"),
        ("no lost orders", "lost_orders"),
    ):
        yield Finding(
            name=name, held=books[key] == 0, evidence=f"{key.replace('_', ' ')}: {books[key]}"
        )
    yield Finding(
        name="every order confirmed to a shopper exists",
        held=confirmed_orders <= rows and confirmed_units <= ordered,
        evidence=f"{confirmed_orders} orders ({confirmed_units} units) confirmed to shoppers, "
        f"{rows} order rows ({ordered} units)",
    )
