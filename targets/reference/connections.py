"""The connections of one process to the three backing services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from valkey.asyncio import BlockingConnectionPool, Valkey

from targets.reference.order_queue import OrderQueue, open_order_queue
from targets.reference.settings import Settings

_VALKEY_CONNECTIONS = 32
_WAIT_S = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Open connections; `postgres` and `valkey` are pools, `queue` shares one connection."""

    postgres: Any
    valkey: Any
    queue: OrderQueue


async def _keep_session(_: Any) -> None:
    # The shop changes no session state, so the RESET round trip after each query is saved.
    return None


@asynccontextmanager
async def open_connections(
    settings: Settings, *, postgres_connections: int
) -> AsyncIterator[Connections]:
    """Connects to all three, closes them at the end; raises when one cannot be reached."""
    valkey = Valkey.from_pool(
        BlockingConnectionPool.from_url(
            settings.valkey_url, max_connections=_VALKEY_CONNECTIONS, timeout=_WAIT_S
        )
    )
    async with (
        asyncpg.create_pool(
            settings.postgres_url,
            min_size=min(2, postgres_connections),
            max_size=postgres_connections,
            command_timeout=_WAIT_S,
            reset=_keep_session,
        ) as postgres,
        valkey,
        open_order_queue(settings.nats_url, settings.queue_limit_messages) as queue,
    ):
        await valkey.ping()
        yield Connections(postgres=postgres, valkey=valkey, queue=queue)
