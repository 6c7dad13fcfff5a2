"""`python -m targets.reference.consumer`: writes queued orders to PostgreSQL.

A batch is one transaction. The buyer is told after the commit and the queue after that, so a
crash at any point means that the batch is delivered again, and writing it again changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from typing import Any

import uvloop

from targets.reference.connections import Connections, ServiceUnreachable, open_connections
from targets.reference.flash_sale import FlashSales
from targets.reference.orders import insert_orders, order_row
from targets.reference.settings import Settings, SettingsError, settings_from

_BATCH = 256
_IDLE_S = 0.5
_GATHER_S = 0.002
_PAUSE_AFTER_ERROR_S = 0.5

_log = logging.getLogger(__name__)


async def _rows(messages: list[Any]) -> list[tuple[Any, ...]]:
    rows = []
    for message in messages:
        try:
            rows.append(order_row(message.data))
        except ValueError as error:
            # Delivered again it would fail again: it is taken out of the queue, and shouted.
            _log.error("dropped: %s", error)
            await message.term()
    return rows


async def write_batch(messages: list[Any], postgres: Any, sales: FlashSales) -> None:
    """Commits the orders of one batch, tells the buyers, then acknowledges."""
    rows = await _rows(messages)
    if rows:
        await insert_orders(postgres, rows)
        await sales.mark_created(row[1] for row in rows)
    for message in messages:
        if not message.is_acked:
            await message.ack()


async def _fetched(subscription: Any) -> list[Any]:
    """The next order as soon as there is one, with those that are right behind it.

    Two fetches, because one for the whole batch goes on waiting for the rest of it when the
    first order arrives while it waits: measured, every twentieth order then took 200 ms longer.
    """
    messages: list[Any] = []
    with contextlib.suppress(TimeoutError):
        messages += await subscription.fetch(1, timeout=_IDLE_S)
        messages += await subscription.fetch(_BATCH - 1, timeout=_GATHER_S)
    return messages


async def consume(connections: Connections, sales: FlashSales, stopped: asyncio.Event) -> None:
    """Works until `stopped`; a batch begun is finished. Errors are logged and tried again."""
    subscription = await connections.queue.subscription()
    while not stopped.is_set():
        try:
            await write_batch(await _fetched(subscription), connections.postgres, sales)
        except Exception as error:
            # Whatever backing service is away, the orders wait in the queue until it is back.
            _log.warning("batch failed, will be delivered again: %r", error)
            await asyncio.sleep(_PAUSE_AFTER_ERROR_S)
    await connections.queue.flush()


async def serve(settings: Settings) -> None:
    """Consumes until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with open_connections(settings, postgres_connections=2) as connections:
        sales = FlashSales(connections.valkey, connections.queue, settings.token_secret)
        await consume(connections, sales, stopped)


def main() -> int:
    """Exit code 0 when stopped, 1 without a service, 2 when the environment is wrong."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = settings_from(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        uvloop.run(serve(settings))
    except ServiceUnreachable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
