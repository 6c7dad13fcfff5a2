"""The order rows in PostgreSQL: written by the consumer, read by the buyer."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from targets.reference.flash_sale import order_of
from targets.reference.refusal import Refusal

_INSERT = """
INSERT INTO orders (order_id, ticket, idempotency_key, sale_id, user_name, sku, quantity,
                    total_cents)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
                     $7::integer[], $8::bigint[])
ON CONFLICT DO NOTHING
"""
_COLUMNS = ("ticket", "idempotency_key", "sale_id", "user", "sku", "quantity", "total_cents")


def order_row(event: bytes) -> tuple[Any, ...]:
    """The row that an order event asks for; raises ValueError when it is not an order event."""
    try:
        fields = json.loads(event)
        return (order_of(fields["ticket"]), *(fields[name] for name in _COLUMNS))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an order event: {error!r}") from error


async def insert_orders(postgres: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Writes rows of `order_row` in one transaction; rows that are there already stay as is."""
    await postgres.execute(_INSERT, *(list(column) for column in zip(*rows, strict=True)))


async def shown_order(postgres: Any, order: str, user: str) -> dict[str, Any]:
    """The order as its buyer sees it; refuses with 404 when the user has no such order."""
    row = await postgres.fetchrow(
        "SELECT order_id AS order, state, sku, quantity, total_cents FROM orders"
        " WHERE order_id = $1 AND user_name = $2",
        order,
        user,
    )
    if row is None:
        raise Refusal(404, "not_found", f"no order {order}")
    return dict(row)


async def forget_orders(postgres: Any, skus: Collection[str]) -> None:
    """Deletes the orders of these SKUs, and their payments."""
    await postgres.execute("DELETE FROM orders WHERE sku = ANY($1::text[])", list(skus))
