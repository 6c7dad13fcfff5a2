"""A tiny web server that says the same to everybody: what the generator is measured against.

Run as `python -m scenarios.rehearsal.doctor.responder` it is a child server.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager

from scenarios.rehearsal.doctor.child_server import running_child, serve

BODY = b'{"state":"ok","filler":"' + b"x" * 256 + b'"}'
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"Content-Length: " + str(len(BODY)).encode() + b"\r\n\r\n"
)
END_OF_REQUEST = b"\r\n\r\n"
LONGEST_HEAD_BYTES = 65_536


class Responder(asyncio.Protocol):
    """Answers every request without a body; a connection of anything else is closed."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._rest = (self._rest + data).split(END_OF_REQUEST)
        replies = [HEAD if each.startswith(b"HEAD ") else HEAD + BODY for each in requests]
        self._transport.write(b"".join(replies))
        if len(self._rest) > LONGEST_HEAD_BYTES:
            self._transport.abort()


def running_responder() -> AbstractContextManager[str]:
    """The URL of a responder in a process of its own, which has ended afterwards.

    Raises OSError when it does not start.
    """
    return running_child("scenarios.rehearsal.doctor.responder")


if __name__ == "__main__":
    asyncio.run(serve(Responder))
