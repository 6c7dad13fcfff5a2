"""The flash sale: units, tickets and buyers of a SKU on sale, kept in Valkey.

Every SKU has five keys (one slot of a cluster): the sale itself, the units left, the units each
user bought, the tickets accepted, and the tickets whose event is not known to be in the queue.
A ticket is made of the SKU, the sale, and a digest of user and idempotency key, so the same key
finds the same ticket.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from targets.reference.order_queue import OrderQueue, Published
from targets.reference.refusal import Refusal

_SKUS = "sale-skus"
_SALES = "sale-number"
_CLAIM_AT_ONCE = 200

_MESSAGES = {
    "not_on_sale": "this product is not in a flash sale",
    "limit_reached": "the limit per user of this flash sale is reached",
    "sold_out": "this flash sale is sold out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One accepted flash order; `order` is set once its row is committed."""

    ticket: str
    user: str
    quantity: int
    order: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleState:
    """The counters of one SKU's sale, and its accepted tickets."""

    sku: str
    sale_id: int
    initial_units: int
    units_left: int
    tickets: Mapping[str, Ticket]


def _key(kind: str, sku: str) -> str:
    return f"{kind}:{{{sku}}}"


def stock_key(sku: str) -> str:
    """Where the units left are; absent when the SKU is not on sale."""
    return _key("stock", sku)


def order_of(ticket: str) -> str:
    """The order that a ticket becomes."""
    return f"o-{ticket}"


def sku_of(ticket: str) -> str:
    """The SKU that a ticket is for."""
    return ticket.split("-", 1)[0]


def _digest(secret: bytes, user: str, idempotency_key: str) -> str:
    text = f"{user}\0{idempotency_key}".encode()
    return hmac.new(secret, text, hashlib.sha256).hexdigest()[:24]


def _ticket(ticket: str, record: bytes) -> Ticket:
    state, _, event = record.partition(b" ")
    fields = json.loads(event)
    return Ticket(
        ticket=ticket,
        user=fields["user"],
        quantity=fields["quantity"],
        order=order_of(ticket) if state == b"created" else None,
    )


class FlashSales:
    """The sales in one Valkey, whose accepted orders go to one queue."""

    def __init__(self, valkey: Any, queue: OrderQueue, secret: bytes) -> None:
        self._valkey = valkey
        self._queue = queue
        self._secret = secret
        self._published: defaultdict[str, list[str]] = defaultdict(list)
        here = Path(__file__).parent
        self._take, self._give_back, self._claim, self._mark = (
            valkey.register_script((here / f"{name}.lua").read_text(encoding="utf-8"))
            for name in ("take_stock", "give_back", "claim_unsent", "mark_created")
        )

    async def start(
        self, items: Mapping[str, int], prices_cents: Mapping[str, int], limit_per_user: int
    ) -> None:
        """Puts SKUs on sale with these units; their earlier tickets are forgotten."""
        for sku, units in items.items():
            sale_id = await self._valkey.incr(_SALES)
            async with self._valkey.pipeline(transaction=True) as step:
                step.delete(*(_key(kind, sku) for kind in ("bought", "tickets", "unsent")))
                step.set(stock_key(sku), units)
                step.hset(
                    _key("sale", sku),
                    mapping={
                        "sale_id": sale_id,
                        "initial_units": units,
                        "limit_per_user": limit_per_user,
                        "price_cents": prices_cents[sku],
                    },
                )
                step.sadd(_SKUS, sku)
                await step.execute()

    async def stop(self, skus: Collection[str]) -> None:
        """Takes SKUs off sale and drops their waiting orders."""
        await self._valkey.delete(*(_key(kind, sku) for sku in skus for kind in ("sale", "stock")))
        for sku in skus:
            await self._queue.purge(sku)

    async def skus(self) -> list[str]:
        """The SKUs on sale, in the order of their numbers."""
        found = [member.decode() for member in await self._valkey.smembers(_SKUS)]
        return sorted(found, key=lambda sku: (len(sku), sku))

    async def order(self, user: str, sku: str, quantity: int, idempotency_key: str) -> str:
        """Takes units and queues the order; returns the ticket.

        Refuses with 409 by the rules of the sale and with 503 when the queue is full, in which
        case the units are back. When it is unknown whether the event reached the queue, the
        ticket stands and `republish` sees to it.
        """
        kinds = ("sale", "stock", "bought", "tickets", "unsent")
        verdict, *facts = await self._take(
            keys=[_key(kind, sku) for kind in kinds],
            args=[sku, user, quantity, _digest(self._secret, user, idempotency_key),
                  idempotency_key],
        )  # fmt: skip
        if verdict == b"again":
            return str(facts[0].decode())
        if verdict != b"taken":
            code = verdict.decode()
            raise Refusal(409, code, _MESSAGES[code])
        ticket, event, moment = facts[0].decode(), facts[1], facts[2]
        published = await self._queue.publish(sku, ticket, event)
        if published is Published.STORED:
            self._published[sku].append(ticket)
        elif published is Published.REFUSED and await self._returned(
            sku, user, quantity, ticket, moment
        ):
            raise Refusal(503, "queue_full", "too many orders are waiting, please try again")
        return str(ticket)

    async def _returned(
        self, sku: str, user: str, quantity: int, ticket: str, moment: bytes
    ) -> bool:
        kinds = ("stock", "bought", "tickets", "unsent")
        keys = [_key(kind, sku) for kind in kinds]
        return bool(await self._give_back(keys=keys, args=[ticket, moment, user, quantity]))

    async def ticket(self, ticket: str) -> Ticket | None:
        """The accepted ticket of that name."""
        record = await self._valkey.hget(_key("tickets", sku_of(ticket)), ticket)
        return None if record is None else _ticket(ticket, record)

    async def mark_created(self, tickets: Iterable[str]) -> None:
        """Tells the buyers that the rows of these tickets are committed."""
        by_sku: defaultdict[str, list[str]] = defaultdict(list)
        for ticket in tickets:
            by_sku[sku_of(ticket)].append(ticket)
        for sku, of_sku in by_sku.items():
            await self._mark(keys=[_key("tickets", sku), _key("unsent", sku)], args=of_sku)

    async def settle(self) -> None:
        """Strikes published tickets off the unsent ones.

        Late on purpose: a buyer does not wait for it, and a crash before it only means that
        the event is published again, which the ticket as message id makes harmless.
        """
        published, self._published = self._published, defaultdict(list)
        for sku, tickets in published.items():
            await self._valkey.zrem(_key("unsent", sku), *tickets)

    async def republish(self, age_s: float) -> int:
        """Publishes again what has been unsent for `age_s`; returns how many were stored."""
        stored = 0
        for sku in await self.skus():
            events = await self._claim(
                keys=[_key("unsent", sku), _key("tickets", sku)],
                args=[int(age_s * 1_000_000), _CLAIM_AT_ONCE],
            )
            for event in events:
                ticket = json.loads(event)["ticket"]
                if await self._queue.publish(sku, ticket, event) is not Published.STORED:
                    break
                self._published[sku].append(ticket)
                stored += 1
        return stored

    async def unsent(self) -> int:
        """Tickets whose event is not known to be in the queue."""
        return sum([await self._valkey.zcard(_key("unsent", sku)) for sku in await self.skus()])

    async def units_left(self) -> dict[str, int]:
        """Units left of every SKU on sale."""
        skus = await self.skus()
        left = await self._valkey.mget([stock_key(sku) for sku in skus]) if skus else []
        return {sku: int(units) for sku, units in zip(skus, left, strict=True) if units}

    async def state(self, sku: str) -> SaleState | None:
        """Counters and tickets of one SKU, read in one step; None when it is not on sale."""
        async with self._valkey.pipeline(transaction=True) as step:
            step.hgetall(_key("sale", sku))
            step.get(stock_key(sku))
            step.hgetall(_key("tickets", sku))
            sale, left, records = await step.execute()
        if not sale:
            return None
        return SaleState(
            sku=sku,
            sale_id=int(sale[b"sale_id"]),
            initial_units=int(sale[b"initial_units"]),
            units_left=int(left),
            tickets={name.decode(): _ticket(name.decode(), r) for name, r in records.items()},
        )
