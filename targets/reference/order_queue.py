"""The order queue: a bounded JetStream work queue between the web processes and the consumer."""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
import nats.errors
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NoStreamResponseError

_STREAM = "SHOP_ORDERS"
_SUBJECT = "shop.orders"
_CONSUMER = "order-writers"
_CONNECT_LIMIT_S = 10.0
_PUBLISH_LIMIT_S = 2.0
# Within this window JetStream itself drops a second publish of a ticket; later ones meet the
# primary key of the orders table.
_DUPLICATE_WINDOW_S = 120.0
_REDELIVER_AFTER_S = 5.0

_log = logging.getLogger(__name__)


class Published(enum.Enum):
    """What is known of one publish: `UNKNOWN` may or may not be in the queue."""

    STORED = "stored"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class OrderQueue:
    """The declared queue; events are bytes and carry their ticket as the message id."""

    def __init__(self, client: Any, stream: JetStreamContext) -> None:
        self._client = client
        self._stream = stream

    async def publish(self, sku: str, ticket: str, event: bytes) -> Published:
        """Puts one order event into the queue, at most once for a ticket."""
        try:
            await self._stream.publish(
                f"{_SUBJECT}.{sku}",
                event,
                timeout=_PUBLISH_LIMIT_S,
                headers={"Nats-Msg-Id": ticket},
            )
        except (APIError, NoStreamResponseError):
            return Published.REFUSED
        except (nats.errors.Error, OSError, TimeoutError):
            return Published.UNKNOWN
        return Published.STORED

    async def messages(self) -> int:
        """Orders in the queue, those being worked on included."""
        return int((await self._stream.stream_info(_STREAM)).state.messages)

    async def purge(self, sku: str) -> None:
        """Drops the waiting orders of one SKU."""
        await self._stream.purge_stream(_STREAM, subject=f"{_SUBJECT}.{sku}")

    async def subscription(self) -> Any:
        """The work of all consumer processes, to be fetched in batches and acknowledged."""
        return await self._stream.pull_subscribe(
            f"{_SUBJECT}.>",
            durable=_CONSUMER,
            stream=_STREAM,
            config=ConsumerConfig(ack_wait=_REDELIVER_AFTER_S, max_ack_pending=4096),
        )

    async def ping(self) -> None:
        """Raises unless JetStream answers."""
        await self._stream.account_info()

    async def flush(self) -> None:
        """Returns when the server has everything sent so far, acknowledgements included."""
        await self._client.flush(timeout=2)


async def _declare(stream: JetStreamContext, limit_messages: int) -> None:
    config = StreamConfig(
        name=_STREAM,
        subjects=[f"{_SUBJECT}.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        discard=DiscardPolicy.NEW,
        max_msgs=limit_messages,
        storage=StorageType.FILE,
        duplicate_window=_DUPLICATE_WINDOW_S,
    )
    try:
        await stream.add_stream(config)
    except APIError:
        # It is there with another limit: the latest process to start decides.
        await stream.update_stream(config)


async def _report_error(error: Exception) -> None:
    _log.warning("NATS: %r", error)


@asynccontextmanager
async def open_order_queue(url: str, limit_messages: int) -> AsyncIterator[OrderQueue]:
    """The queue at `url`, declared with room for `limit_messages`; reconnects for ever."""
    async with asyncio.timeout(_CONNECT_LIMIT_S):
        client = await nats.connect(
            url, max_reconnect_attempts=-1, reconnect_time_wait=0.25, error_cb=_report_error
        )
        stream = client.jetstream()
        await _declare(stream, limit_messages)
    try:
        yield OrderQueue(client, stream)
    finally:
        await client.close()
