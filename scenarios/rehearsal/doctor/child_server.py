"""A server in a child process of its own, which never outlives who started it.

The child runs a module that calls `serve`: it listens on a free port of 127.0.0.1, prints the
port, and ends when its standard input is closed, which is all that a killed parent leaves.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOP_BOUND_S = 5.0
BACKLOG = 4096


@contextmanager
def running_child(module: str, *words: str) -> Iterator[str]:
    """The URL of the server that `python -m module words` starts, which has ended afterwards.

    It is in a process group of its own, so that Ctrl-C does not take it away from whom it answers.
    Raises OSError when it does not start.
    """
    with subprocess.Popen(
        [sys.executable, "-m", module, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            port = child.stdout.readline().strip().decode("ascii", "replace")
            if not port.isdigit():
                raise OSError(f"{module} did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            child.stdin.close()
            try:
                child.wait(STOP_BOUND_S)
            except subprocess.TimeoutExpired:
                child.kill()


async def serve(protocol: Callable[[], asyncio.Protocol]) -> None:
    """Serves every connection by a `protocol` of its own until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, backlog=BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    until = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(until), sys.stdin)
    await until.read()
    server.close()
