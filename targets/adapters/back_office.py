"""What a platform's own staff does around a sale: open it before, reconcile the books after.

Like an adapter it only yields calls and is sent replies. A platform without one is still
rehearsed; its report then has no invariants.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
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
    """`open_sale` puts units on sale before a run; `reconcile` is given that stock and how many
    orders and units were confirmed to shoppers, and returns what it found. Both raise
    BackOfficeError."""

    def open_sale(self, stock: Mapping[int, int]) -> Generator[Call, Reply, None]: ...
    def reconcile(
        self, stock: Mapping[int, int], *, confirmed_orders: int, confirmed_units: int
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
        self, stock: Mapping[int, int], *, confirmed_orders: int, confirmed_units: int
    ) -> Generator[Call, Reply, tuple[Finding, ...]]:
        reply = yield Call(method="GET", path=f"/admin/reconciliation?wait_s={DRAIN_S}")
        books = _answer(reply, "reconcile")
        try:
            lines, drained = _lines(books, stock), bool(books["drained"])
            return tuple(_findings(lines, drained, confirmed_orders, confirmed_units))
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


def _lines(books: Mapping[str, Any], stock: Mapping[int, int]) -> list[Mapping[str, Any]]:
    """The books' lines of this sale. A shop that has been up for long keeps those of others."""
    lines = {str(each["sku"]): each for each in books["skus"]}
    return [lines[str(sku)] for sku in stock]


def _agrees(line: Mapping[str, Any]) -> bool:
    return bool(line["units_sold"] == line["units_taken"] == line["ordered_units"])


def _findings(
    lines: Sequence[Mapping[str, Any]], drained: bool, orders: int, units: int
) -> Generator[Finding, None, None]:
    def total(key: str) -> int:
        return sum(int(each[key]) for each in lines)

    # SKU by SKU: one unit too many of one must not make up for one too few of another.
    unequal = [str(each["sku"]) for each in lines if not _agrees(each)]
    rows, ordered = total("order_rows"), total("ordered_units")
    yield Finding(
        name="units sold = units taken from stock = order rows",
        held=drained and not unequal,
        evidence=f"{total('units_sold'):,} units sold, {total('units_taken'):,} taken from stock, "
        f"{ordered:,} in {rows:,} order rows"
        + (f"; unequal for SKU {', '.join(unequal)}" if unequal else "")
        + ("" if drained else f"; the order queue had not drained after {DRAIN_S} s"),
    )
    for name, key in (
        ("no oversell", "oversold_units"),
        ("no duplicate orders", "duplicate_orders"),
        ("no lost orders", "lost_orders"),
    ):
        count = total(key)
        yield Finding(name=name, held=count == 0, evidence=f"{key.replace('_', ' ')}: {count:,}")
    yield Finding(
        name="every order confirmed to a shopper exists",
        held=orders <= rows and units <= ordered,
        evidence=f"{orders:,} orders ({units:,} units) confirmed to shoppers, "
        f"{rows:,} order rows ({ordered:,} units)",
    )
