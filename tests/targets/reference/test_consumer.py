from __future__ import annotations

import asyncio
import os
import signal
from functools import partial

import asyncpg
import pytest
from valkey.asyncio import Valkey

from targets.reference.consumer import write_batch
from targets.reference.flash_sale import FlashSales
from targets.reference.order_queue import open_order_queue

pytestmark = pytest.mark.servers


@pytest.mark.slow
def test_a_killed_consumer_loses_and_doubles_nothing(platform, web, sku, buy_at_once):
    """Killed with -9 among 300 orders and started again: 300 rows, whatever it was doing."""
    web.start_sale(sku, 300, limit_per_user=300)
    buyer = web.as_user("crowd")
    buying = [partial(buyer.order, sku, f"k{number}") for number in range(300)]
    with platform.consumer() as consumer:
        buyer.created(buying[0]().json["ticket"])
        killing = [partial(os.kill, consumer.pid, signal.SIGKILL)]
        answers = buy_at_once(buying[:150] + killing + buying[150:])
    assert {answer.status for answer in answers if answer} == {202}
    with platform.consumer():
        totals, line = web.balance(sku)
    assert totals["drained"]
    assert (line["tickets"], line["order_rows"], line["ordered_units"]) == (300, 300, 300)
    assert (totals["lost_orders"], totals["duplicate_orders"]) == (0, 0)


def test_a_stopped_consumer_ends_well(platform, web, sku):
    web.start_sale(sku, 1)
    buyer = web.as_user("ann")
    with platform.consumer() as consumer:
        buyer.created(buyer.order(sku, "k").json["ticket"])
        os.kill(consumer.pid, signal.SIGTERM)
        assert consumer.leash.wait(10) == 0
        assert consumer.log.read_text() == ""


class Message:
    """A delivered order event that notes what was said of it."""

    def __init__(self, data):
        self.data = data
        self.said = []

    @property
    def is_acked(self):
        return bool(self.said)

    async def ack(self):
        self.said.append("ack")

    async def term(self):
        self.said.append("term")


def test_a_batch_written_twice_changes_nothing(platform, web, sku):
    event = (
        b'{"ticket":"%b-0-x","sku":"%b","sale_id":0,"user":"ann","quantity":1,'
        b'"idempotency_key":"k","total_cents":100}' % (sku.encode(), sku.encode())
    )

    async def write_twice():
        async with (
            asyncpg.create_pool(platform.services.postgres, min_size=1, max_size=1) as postgres,
            Valkey.from_url(platform.services.valkey) as valkey,
            open_order_queue(platform.services.nats, 100_000) as queue,
        ):
            sales = FlashSales(valkey, queue, b"secret")
            batch = [Message(event), Message(b"not an order"), Message(event)]
            await write_batch(batch, postgres, sales)
            await write_batch([again := Message(event)], postgres, sales)
            rows = await postgres.fetchval("SELECT count(*) FROM orders WHERE sku = $1", sku)
            return rows, [message.said for message in [*batch, again]]

    rows, said = asyncio.run(write_twice())
    assert rows == 1
    assert said == [["ack"], ["term"], ["ack"], ["ack"]]
