"""Holding a conversation with an adapter or a back office: calls out, replies in, to its end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from targets.adapters.contract import Call, Memory, Reply, Request

Send = Callable[[Call], Reply]
"""Sends one call, after its pause, and gives the reply to it."""

Answer = Callable[[Request, Memory], Reply]
"""The same for whatever an adapter asks, for the shopper with this memory: cookies are kept in it,
and an open WebSocket."""

Result = TypeVar("Result")


def converse(conversation: Generator[Call, Reply, Result], send: Send) -> Result:
    """What `conversation` returns when each of its calls has been sent by `send`."""
    try:
        call = next(conversation)
        while True:
            call = conversation.send(send(call))
    except StopIteration as stop:
        result: Result = stop.value
        return result
