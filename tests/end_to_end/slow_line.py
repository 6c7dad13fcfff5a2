"""A line to a server that takes its time, one way only."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue

PART_BYTES = 65_536
Part = tuple[float, bytes]


@contextmanager
def slow_line(address: str, *, back_s: float) -> Iterator[str]:
    """The address of a line to `address` ("HOST:PORT"), for one caller. What the server says
    takes `back_s` seconds longer; what it is told does not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60.0)
        thread = threading.Thread(target=_connect, args=(listener, address, back_s))
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join(60.0)


def _connect(listener: socket.socket, address: str, back_s: float) -> None:
    host, port = address.split(":")
    near, _ = listener.accept()
    near.settimeout(60.0)
    with near, socket.create_connection((host, int(port)), timeout=60.0) as far:
        under_way: SimpleQueue[Part] = SimpleQueue()
        ways = [
            threading.Thread(target=_pass_on, args=(near, far)),
            threading.Thread(target=_take_in, args=(far, under_way, back_s)),
            threading.Thread(target=_hand_out, args=(under_way, near)),
        ]
        for each in ways:
            each.start()
        for each in ways:
            each.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(PART_BYTES):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)


def _take_in(source: socket.socket, under_way: SimpleQueue[Part], late_s: float) -> None:
    with suppress(OSError):
        while part := source.recv(PART_BYTES):
            under_way.put((time.monotonic() + late_s, part))
    under_way.put((time.monotonic() + late_s, b""))


def _hand_out(under_way: SimpleQueue[Part], sink: socket.socket) -> None:
    with suppress(OSError):
        while (item := under_way.get())[1]:
            time.sleep(max(0.0, item[0] - time.monotonic()))
            sink.sendall(item[1])
        sink.shutdown(socket.SHUT_WR)
