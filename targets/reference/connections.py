"""The connections of one process to the three backing services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg
from valkey.asyncio import BlockingConnectionPool, Valkey

from targets.reference.order_queue import OrderQueue, open_order_queue
from targets.reference.settings import Settings

_VALKEY_CONNECTIONS = 32
_WAIT_S = 5

Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Open connections; `postgres` and `valkey` are pools, `queue` shares one connection."""

    postgres: Any
    valkey: Any
    queue: OrderQueue


async def _keep_session(_: Any) -> None:
    # The shop changes no session state, so the RESET round trip after each query is saved.
    return None


class ServiceUnreachable(Exception):  # noqa: N818 - it says what is wrong
    """A backing service cannot be reached; the message names it and the reason."""


@asynccontextmanager
async def _reached(name: str, opened: AbstractAsyncContextManager[Opened]) -> AsyncIterator[Opened]:
    try:
        connection = await opened.__aenter__()
    except Exception as error:
        raise ServiceUnreachable(f"cannot reach {name}: {error!r}") from error
    try:
        yield connection
    finally:
        await opened.__aexit__(None, None, None)


def _postgres_pool(url: str, connections: int) -> AbstractAsyncContextManager[Any]:
    pool: AbstractAsyncContextManager[Any] = asyncpg.create_pool(
        url,
        min_size=min(2, connections),
        max_size=connections,
        timeout=_WAIT_S,
        command_timeout=_WAIT_S,
        reset=_keep_session,
    )
    return pool


@asynccontextmanager
async def _valkey_pool(url: str) -> AsyncIterator[Any]:
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_VALKEY_CONNECTIONS,
        timeout=_WAIT_S,
        socket_timeout=_WAIT_S,
        socket_connect_timeout=_WAIT_S,
    )
    async with Valkey.from_pool(pool) as valkey:
        await valkey.ping()
        yield valkey


@asynccontextmanager
async def open_connections(
    settings: Settings, *, postgres_connections: int
) -> AsyncIterator[Connections]:
    """Connects to all three, closes them at the end; raises ServiceUnreachable."""
    queue_of = open_order_queue(settings.nats_url, settings.queue_limit_messages)
    async with (
        _reached("Valkey", _valkey_pool(settings.valkey_url)) as valkey,
        _reached(
            "PostgreSQL", _postgres_pool(settings.postgres_url, postgres_connections)
        ) as postgres,
        _reached("NATS", queue_of) as queue,
    ):
        yield Connections(postgres=postgres, valkey=valkey, queue=queue)
