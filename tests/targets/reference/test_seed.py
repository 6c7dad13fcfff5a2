from __future__ import annotations

import asyncio

import asyncpg
import pytest

from targets.backing.child_process import run_to_end


@pytest.mark.servers
def test_seeding_again_keeps_products_and_orders(platform, shop, sku):
    shop.start_sale(sku, 1)
    buyer = shop.as_user("ann")
    buyer.created(buyer.order(sku, "k").json["ticket"])
    run_to_end(platform.command("seed"))

    async def counts():
        connection = await asyncpg.connect(platform.services.postgres)
        try:
            return (
                await connection.fetchval("SELECT count(*) FROM products"),
                await connection.fetchval("SELECT count(*) FROM orders WHERE sku = $1", sku),
            )
        finally:
            await connection.close()

    assert asyncio.run(counts()) == (10_000, 1)
