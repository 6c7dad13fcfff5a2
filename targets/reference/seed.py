"""`python -m targets.reference.seed`: makes the schema, the catalogue and the order queue."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import asyncpg

from targets.reference.catalogue import PRODUCTS, catalogue
from targets.reference.order_queue import open_order_queue
from targets.reference.settings import Settings, SettingsError, settings_from

_COLUMNS = ("sku", "shelf_position", "name", "category", "parent_category", "price_cents")
_SCHEMA = Path(__file__).with_name("schema.sql")
_ONE_SEED_AT_A_TIME = 1111


async def seed_tables(connection: asyncpg.Connection[Any]) -> int:
    """Makes the tables and fills the catalogue; returns the products in it.

    Orders, payments and accounts of an earlier run are kept. Seeding again, or twice at once, is
    harmless: a complete catalogue is left alone, anything else is replaced.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _ONE_SEED_AT_A_TIME)
        await connection.execute(_SCHEMA.read_text(encoding="utf-8"))
        if await connection.fetchval("SELECT count(*) FROM products") != PRODUCTS:
            await connection.execute("TRUNCATE products")
            rows = [tuple(getattr(item, name) for name in _COLUMNS) for item in catalogue()]
            await connection.copy_records_to_table("products", records=rows, columns=_COLUMNS)
    await connection.execute("ANALYZE products")
    return PRODUCTS


async def seed(settings: Settings) -> None:
    """Seeds PostgreSQL and declares the order queue."""
    connection = await asyncpg.connect(settings.postgres_url)
    try:
        await seed_tables(connection)
    finally:
        await connection.close()
    async with open_order_queue(settings.nats_url, settings.queue_limit_messages):
        pass


def main() -> int:
    """Exit code 0 when seeded, 2 when the environment is wrong."""
    try:
        settings = settings_from(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    asyncio.run(seed(settings))
    print(f"seeded {PRODUCTS} products")
    return 0


if __name__ == "__main__":
    sys.exit(main())
