"""Reconciliation: what Valkey sold against what PostgreSQL has."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from targets.reference.flash_sale import FlashSales, SaleState
from targets.reference.order_queue import OrderQueue

_LOOK_EVERY_S = 0.05

_ROWS = "SELECT ticket, quantity, state FROM orders WHERE sku = $1 AND sale_id = $2"
# A buyer's key buys once, whatever ticket it was given.
_DUPLICATES = """
SELECT greatest(count(*) - count(DISTINCT ticket),
                count(*) - count(DISTINCT (user_name, idempotency_key)))
FROM orders WHERE sku = $1 AND sale_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuBalance:
    """One SKU's sale: the counter, the tickets and the rows, which should agree."""

    sku: str
    initial_units: int
    units_left: int
    units_sold: int
    tickets: int
    order_rows: int
    ordered_units: int
    duplicate_orders: int
    lost_orders: int
    paid_orders: int
    unpaid_orders: int

    @property
    def units_taken(self) -> int:
        """Units that the stock counter says are gone."""
        return self.initial_units - self.units_left

    @property
    def oversold_units(self) -> int:
        """Units promised or ordered that were never there."""
        promised = max(self.units_sold, self.ordered_units, self.units_taken)
        return max(0, promised - self.initial_units)

    def shown(self) -> dict[str, Any]:
        """The line of this SKU in the reconciliation."""
        names = ("sku", "initial_units", "units_left", "units_taken", "units_sold", "tickets",
                 "order_rows", "ordered_units", "oversold_units", "duplicate_orders",
                 "lost_orders")  # fmt: skip
        return {name: getattr(self, name) for name in names}


_TOTALS = ("units_sold", "units_taken", "order_rows", "oversold_units", "duplicate_orders",
           "lost_orders", "unpaid_orders", "paid_orders")  # fmt: skip


async def balance(postgres: Any, sale: SaleState) -> SkuBalance:
    """Compares one sale with its order rows, ticket by ticket."""
    rows = await postgres.fetch(_ROWS, sale.sku, sale.sale_id)
    written = {row["ticket"] for row in rows}
    return SkuBalance(
        sku=sale.sku,
        initial_units=sale.initial_units,
        units_left=sale.units_left,
        units_sold=sum(ticket.quantity for ticket in sale.tickets.values()),
        tickets=len(sale.tickets),
        order_rows=len(rows),
        ordered_units=sum(row["quantity"] for row in rows),
        duplicate_orders=await postgres.fetchval(_DUPLICATES, sale.sku, sale.sale_id),
        lost_orders=sum(name not in written for name in sale.tickets),
        paid_orders=sum(row["state"] == "paid" for row in rows),
        unpaid_orders=sum(row["state"] == "awaiting_payment" for row in rows),
    )


async def drained(
    sales: FlashSales,
    queue: OrderQueue,
    wait_s: float,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> bool:
    """Whether all accepted orders have left the queue within about `wait_s`."""
    waited_s = 0.0
    while True:
        await sales.settle()
        if await sales.unsent() == 0 and await queue.messages() == 0:
            return True
        if waited_s >= wait_s:
            return False
        await sleep(_LOOK_EVERY_S)
        waited_s += _LOOK_EVERY_S


async def reconcile(
    postgres: Any, sales: FlashSales, queue: OrderQueue, wait_s: float
) -> dict[str, Any]:
    """The balance of all SKUs on sale, after waiting for the queue to drain."""
    is_drained = await drained(sales, queue, wait_s)
    states = [await sales.state(sku) for sku in await sales.skus()]
    balances = [await balance(postgres, state) for state in states if state is not None]
    totals = {name: sum(getattr(line, name) for line in balances) for name in _TOTALS}
    return {"drained": is_drained, "skus": [line.shown() for line in balances], **totals}
