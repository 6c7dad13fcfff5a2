"""Holding a conversation with an adapter or a back office: calls out, replies in, to its end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from targets.adapters.contract import Call, Reply

Send = Callable[[Call], Reply]
"""Sends one call, after its pause, and gives the reply to it."""

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
