from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import pytest
from valkey.asyncio import Valkey

from targets.reference.flash_sale import FlashSales
from targets.reference.order_queue import Published, open_order_queue
from targets.reference.refusal import Refusal

pytestmark = pytest.mark.servers


def test_stock_is_never_oversold(shop, sku, buy_at_once):
    """Sixty buyers want ten units: ten get one, fifty are told that it is sold out."""
    shop.start_sale(sku, 10)
    buyers = [shop.as_user(f"crowd-{number}") for number in range(60)]
    answers = buy_at_once([partial(buyer.order, sku, "first") for buyer in buyers])
    assert Counter(answer.status for answer in answers) == {202: 10, 409: 50}
    assert {a.json["code"] for a in answers if a.status == 409} == {"sold_out"}
    assert shop.balance(sku)[1] == {
        "sku": sku, "initial_units": 10, "units_left": 0, "units_taken": 10, "units_sold": 10,
        "tickets": 10, "order_rows": 10, "ordered_units": 10, "oversold_units": 0,
        "duplicate_orders": 0, "lost_orders": 0,
    }  # fmt: skip


def test_one_key_is_one_ticket_and_one_unit(shop, sku, buy_at_once):
    shop.start_sale(sku, 100, limit_per_user=100)
    buyer = shop.as_user("impatient")
    answers = buy_at_once([partial(buyer.order, sku, "the-key")] * 20)
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body for answer in answers}) == 1
    assert shop.balance(sku)[1]["units_taken"] == 1
    assert buyer.order(sku, "another-key").json != answers[0].json
    assert shop.balance(sku)[1]["units_taken"] == 2


def test_a_key_belongs_to_its_user(shop, sku):
    shop.start_sale(sku, 5)
    tickets = {shop.as_user(u).order(sku, "same").json["ticket"] for u in ("ann", "ben")}
    assert len(tickets) == 2


def test_a_user_buys_no_more_than_the_limit(shop, sku):
    shop.start_sale(sku, 100, limit_per_user=3)
    buyer = shop.as_user("greedy")
    assert buyer.order(sku, "a", quantity=2).status == 202
    assert buyer.order(sku, "b", quantity=2).refusal == (409, "limit_reached")
    assert buyer.order(sku, "c", quantity=1).status == 202
    assert buyer.order(sku, "d", quantity=1).refusal == (409, "limit_reached")
    assert shop.balance(sku)[1]["ordered_units"] == 3


def test_a_key_is_needed(shop, sku):
    shop.start_sale(sku, 1)
    answer = shop.as_user("ann").post("/api/flash-orders", {"sku": sku, "quantity": 1})
    assert answer.refusal == (400, "invalid")


def test_a_product_not_on_sale_is_refused(shop, sku):
    assert shop.as_user("ann").order(sku, "k").refusal == (409, "not_on_sale")


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "1", None, True])
def test_a_quantity_is_a_positive_integer(web, sku, quantity):
    answer = web.as_user("ann").order(sku, "k", quantity=quantity)
    assert answer.refusal == (400, "invalid")


def test_a_ticket_becomes_an_order_that_only_its_buyer_sees(shop, sku):
    shop.start_sale(sku, 1)
    buyer = shop.as_user("ann")
    placed = buyer.order(sku, "k").json
    assert placed["state"] == "queued"
    order = buyer.created(placed["ticket"])
    shown = buyer.get(f"/api/orders/{order}").json
    price = shop.get(f"/api/products/{sku}").json["price_cents"]
    assert shown == {
        "order": order, "state": "awaiting_payment", "sku": sku, "quantity": 1,
        "total_cents": price,
    }  # fmt: skip
    stranger = shop.as_user("ben")
    assert stranger.get(f"/api/flash-orders/{placed['ticket']}").refusal == (404, "not_found")
    assert stranger.get(f"/api/orders/{order}").refusal == (404, "not_found")


def test_a_new_sale_forgets_the_earlier_one(shop, sku):
    shop.start_sale(sku, 2)
    buyer = shop.as_user("ann")
    earlier = buyer.order(sku, "k").json["ticket"]
    buyer.created(earlier)
    shop.start_sale(sku, 7)
    assert shop.balance(sku)[1]["order_rows"] == 0
    assert shop.get(f"/api/products/{sku}").json["stock"] == 7
    assert buyer.get(f"/api/flash-orders/{earlier}").status == 404
    assert buyer.order(sku, "k").json["ticket"] != earlier


def test_a_full_queue_gives_the_unit_back(platform, web, sku):
    """Refused means undone: the same key may try again later and gets a unit then."""
    web.start_sale(sku, 10)
    buyers = [web.as_user(f"early-{number}") for number in range(4)]
    asyncio.run(_declare(platform.services.nats, limit_messages=3))
    try:
        assert [buyer.order(sku, "k").status for buyer in buyers] == [202, 202, 202, 503]
        assert web.get(f"/api/products/{sku}").json["stock"] == 7
        assert buyers[3].order(sku, "k").refusal == (503, "queue_full")
    finally:
        asyncio.run(_declare(platform.services.nats, limit_messages=100_000))
    assert buyers[3].order(sku, "k").status == 202
    with platform.consumer():
        totals, line = web.balance(sku)
    assert (line["units_taken"], line["order_rows"]) == (4, 4)
    assert totals["lost_orders"] == 0


async def _declare(url: str, limit_messages: int) -> None:
    async with open_order_queue(url, limit_messages):
        pass


class ScriptedQueue:
    """A queue that reports what it is told to; `meanwhile` happens while it is asked."""

    def __init__(self, published, meanwhile=None):
        self.published = published
        self.meanwhile = meanwhile

    async def publish(self, sku, ticket, event):
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return self.published


def test_an_order_that_may_not_have_been_queued_is_queued_again(platform, shop, sku):
    """The web process dies between taking the unit and publishing: nothing is lost."""
    shop.start_sale(sku, 5, limit_per_user=2)

    async def crash_and_sweep():
        async with (
            Valkey.from_url(platform.services.valkey) as valkey,
            open_order_queue(platform.services.nats, 100_000) as queue,
        ):
            crashed = FlashSales(valkey, ScriptedQueue(Published.UNKNOWN), b"secret")
            ticket = await crashed.order("ann", sku, 2, "k")
            assert await crashed.unsent() == 1
            sweeper = FlashSales(valkey, queue, b"secret")
            assert await sweeper.republish(age_s=0) == 1
            assert await sweeper.republish(age_s=60) == 0
            await sweeper.settle()
            return ticket

    ticket = asyncio.run(crash_and_sweep())
    assert shop.as_user("ann").created(ticket) == f"o-{ticket}"
    assert shop.balance(sku)[1]["ordered_units"] == 2


def test_a_ticket_promised_twice_is_not_given_back(platform, web, sku):
    """The queue refuses the first try while the buyer's repeat has been told that it is queued."""
    web.start_sale(sku, 5)

    async def repeat_while_refused():
        async with Valkey.from_url(platform.services.valkey) as valkey:
            queue = ScriptedQueue(Published.REFUSED)
            sales = FlashSales(valkey, queue, b"secret")

            async def repeat():
                assert await sales.order("ann", sku, 1, "k")

            queue.meanwhile = repeat
            kept = await sales.order("ann", sku, 1, "k")
            assert kept in (await sales.state(sku)).tickets
            with pytest.raises(Refusal) as refused:
                await sales.order("ben", sku, 1, "k")
            assert refused.value.code == "queue_full"
            assert (await sales.state(sku)).units_left == 4

    asyncio.run(repeat_while_refused())
    web.start_sale(sku, 0)
