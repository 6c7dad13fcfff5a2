"""Whatever an adapter asks for, answered: calls by the transport, the rest by the shopper's own
WebSocket, which is kept in the shopper's memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from scenarios.transport.colouring import Trail
from scenarios.transport.failure import TransportError
from scenarios.transport.pool import staying
from scenarios.transport.websocket import WebSocket
from targets.adapters.contract import (
    CHANNEL,
    COOKIES,
    TRAIL,
    Call,
    Hear,
    Leave,
    Memory,
    Open,
    Reply,
    Request,
    Say,
)
from targets.adapters.conversation import Answer
from targets.adapters.cookie_jar import CookieJar


class Sender(Protocol):
    """Sends calls and opens WebSockets, each within so many seconds. Raises TransportError, and
    GreenletExit in place of sending anything more once the sender is `leaving`."""

    def send(
        self, call: Call, *, cookies: CookieJar | None, within_s: float, trail: Trail | None = None,
        leaving: Callable[[], bool] = ...,
    ) -> Reply: ...  # fmt: skip
    def open(
        self, asked: Open, *, cookies: CookieJar | None, within_s: float,
        trail: Trail | None = None, leaving: Callable[[], bool] = ...,
    ) -> tuple[WebSocket | None, Reply]: ...  # fmt: skip


class NoChannelError(Exception):
    """An adapter's mistake: it says or hears something without an open WebSocket."""


def answered(
    sender: Sender, request: Request, memory: Memory, *, within_s: float,
    leaving: Callable[[], bool] = staying,
) -> Reply:  # fmt: skip
    """The reply to `request`. Raises TransportError and NoChannelError, and GreenletExit as the
    `sender` does."""
    if isinstance(request, Call):
        return sender.send(
            request, cookies=memory[COOKIES], within_s=within_s, trail=memory.get(TRAIL),
            leaving=leaving,
        )  # fmt: skip
    if isinstance(request, Open):
        hang_up(memory)
        channel, reply = sender.open(
            request, cookies=memory[COOKIES], within_s=within_s, trail=memory.get(TRAIL),
            leaving=leaving,
        )  # fmt: skip
        if channel is not None:
            memory[CHANNEL] = channel
        return reply
    try:
        return _spoken(request, memory, within_s=within_s)
    except TransportError as error:
        error.requests = 0
        raise


def answering(sender: Sender, *, within_s: float) -> Answer:
    """Answers the requests of one conversation, each after its pause, within `within_s` seconds."""

    def answer(request: Request, memory: Memory) -> Reply:
        time.sleep(request.after_s)
        return answered(sender, request, memory, within_s=within_s)

    return answer


def _spoken(request: Say | Hear | Leave, memory: Memory, *, within_s: float) -> Reply:
    channel: WebSocket | None = memory.get(CHANNEL)
    if channel is None:
        raise NoChannelError(f"{type(request).__name__} without an open WebSocket")
    return channel.answer(request, within_s=within_s)


def hang_up(memory: Memory) -> None:
    """Leaves the shopper's WebSocket, if there is one."""
    channel: WebSocket | None = memory.pop(CHANNEL, None)
    if channel is not None:
        channel.close()
