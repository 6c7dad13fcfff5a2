"""A tiny web server that says the same to everybody: what the generator is measured against.

Run as `python -m scenarios.rehearsal.doctor.responder` it listens on a free port of 127.0.0.1,
prints the port, and ends when its standard input is closed: so it never outlives who started it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BODY = b'{"state":"ok","filler":"' + b"x" * 256 + b'"}'
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"Content-Length: " + str(len(BODY)).encode() + b"\r\n\r\n"
)
END_OF_REQUEST = b"\r\n\r\n"
LONGEST_HEAD_BYTES = 65_536
STOP_BOUND_S = 2.0


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


@contextmanager
def running_responder() -> Iterator[str]:
    """The URL of a responder in a process of its own, which has ended afterwards.

    Raises OSError when it does not start.
    """
    words = [sys.executable, "-m", "scenarios.rehearsal.doctor.responder"]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            port = child.stdout.readline().strip().decode("ascii", "replace")
            if not port.isdigit():
                raise OSError("the responder of the measurement did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            child.stdin.close()
            try:
                child.wait(STOP_BOUND_S)
            except subprocess.TimeoutExpired:
                child.kill()


async def serve() -> None:
    """Serves until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Responder, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    until = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(until), sys.stdin)
    await until.read()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())
