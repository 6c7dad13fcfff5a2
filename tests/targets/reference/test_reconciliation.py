from __future__ import annotations

import asyncio

import asyncpg
import pytest

from targets.reference.reconciliation import SkuBalance

_EVEN = {
    "sku": "1", "initial_units": 10, "units_left": 7, "units_sold": 3, "tickets": 3,
    "order_rows": 3, "ordered_units": 3, "duplicate_orders": 0, "lost_orders": 0,
    "paid_orders": 0, "unpaid_orders": 3,
}  # fmt: skip


@pytest.mark.parametrize(
    ("difference", "oversold"),
    [
        ({}, 0),
        ({"units_left": 0, "units_sold": 10, "ordered_units": 10}, 0),
        ({"units_left": -2}, 2),
        ({"units_sold": 11}, 1),
        ({"ordered_units": 14}, 4),
    ],
)
def test_whatever_exceeds_the_initial_units_is_oversold(difference, oversold):
    assert SkuBalance(**(_EVEN | difference)).oversold_units == oversold


def _executed(platform, *statement):
    async def execute():
        connection = await asyncpg.connect(platform.services.postgres)
        try:
            await connection.execute(*statement)
        finally:
            await connection.close()

    asyncio.run(execute())


@pytest.mark.servers
def test_a_missing_row_is_a_lost_order(platform, shop, sku):
    shop.start_sale(sku, 5)
    tickets = [shop.as_user(name).order(sku, "k").json["ticket"] for name in ("ann", "ben")]
    before, _ = shop.balance(sku)
    _executed(platform, "DELETE FROM orders WHERE ticket = $1", tickets[0])
    after, line = shop.balance(sku)
    assert after["lost_orders"] - before["lost_orders"] == 1
    assert (line["tickets"], line["order_rows"]) == (2, 1)
    shop.start_sale(sku, 0)


@pytest.mark.servers
def test_a_second_row_of_one_key_is_a_duplicate(platform, shop, sku):
    shop.start_sale(sku, 5)
    ticket = shop.as_user("ann").order(sku, "k").json["ticket"]
    before, _ = shop.balance(sku)
    _executed(
        platform,
        "INSERT INTO orders (order_id, ticket, idempotency_key, sale_id, user_name, sku,"
        " quantity, total_cents) SELECT order_id || '-2', ticket || '-2', idempotency_key,"
        " sale_id, user_name, sku, quantity, total_cents FROM orders WHERE ticket = $1",
        ticket,
    )
    after, _ = shop.balance(sku)
    assert after["duplicate_orders"] - before["duplicate_orders"] == 1
    shop.start_sale(sku, 0)


@pytest.mark.servers
def test_orders_that_wait_are_not_drained(platform, web, sku):
    web.start_sale(sku, 5)
    web.as_user("ann").order(sku, "k")
    waiting = web.get("/admin/reconciliation?wait_s=0").json
    assert (waiting["drained"], waiting["lost_orders"]) == (False, 1)
    with platform.consumer():
        assert web.balance(sku)[0]["drained"]


@pytest.mark.servers
def test_paid_and_unpaid_orders_are_told_apart(shop, sku):
    shop.start_sale(sku, 5)
    before, _ = shop.balance(sku)
    buyers = [shop.as_user(name) for name in ("ann", "ben")]
    tickets = [buyer.order(sku, "k").json["ticket"] for buyer in buyers]
    order = buyers[0].created(tickets[0])
    for _ in range(5):
        if buyers[0].post("/api/payments", {"order": order, "channel": "wechat"}).status == 200:
            break
    after, _ = shop.balance(sku)
    assert after["paid_orders"] - before["paid_orders"] == 1
    assert after["unpaid_orders"] - before["unpaid_orders"] == 1


@pytest.mark.servers
@pytest.mark.parametrize("wait_s", ["-1", "nan", "inf", "soon"])
def test_a_wait_is_a_number_of_seconds(web, wait_s):
    answer = web.get(f"/admin/reconciliation?wait_s={wait_s}")
    assert answer.refusal == (400, "invalid")
