"""A server on 127.0.0.1 that says exactly the bytes that a test wants, connection by connection."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class HungUpError(Exception):
    """The client closed the connection."""


@dataclass(slots=True)
class Peer:
    """The server's side of one connection. `requests` are the raw bytes of each in turn."""

    connection: socket.socket
    ending: threading.Event
    requests: list[bytes] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)
    _waiting: bytes = b""

    def read_request(self) -> bytes:
        """One request with its body, by its Content-Length."""
        while (end := self._waiting.find(b"\r\n\r\n")) < 0:
            self._more()
        head = self._waiting[: end + 4]
        size = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        while len(self._waiting) < len(head) + size:
            self._more()
        request, self._waiting = (
            self._waiting[: len(head) + size],
            self._waiting[len(head) + size :],
        )
        self.requests.append(request)
        return request

    def _more(self) -> None:
        data = self.connection.recv(65_536)
        if not data:
            self.hung_up.set()
            raise HungUpError
        self._waiting += data

    def say(self, *parts: bytes) -> None:
        """Sends each part as a segment of its own, as far as that can be told."""
        for part in parts:
            self.connection.sendall(part)
            if len(parts) > 1:
                self.ending.wait(0.002)

    def reset(self) -> None:
        """Ends the connection with RST rather than FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


Talk = Callable[[Peer], None]


def replying(*parts: bytes) -> Talk:
    """Answers every request with these bytes."""

    def talk(peer: Peer) -> None:
        while True:
            peer.read_request()
            peer.say(*parts)

    return talk


def once(*parts: bytes) -> Talk:
    """Answers one request with these bytes and closes."""

    def talk(peer: Peer) -> None:
        peer.read_request()
        peer.say(*parts)

    return talk


def silent(peer: Peer) -> None:
    """Reads and never answers."""
    while True:
        peer.read_request()


@dataclass(slots=True)
class ScriptedServer:
    """`talks[k]` speaks on connection `k`; the last one on all that follow."""

    talks: tuple[Talk, ...]
    listener: socket.socket
    peers: list[Peer] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.listener.getsockname()[:2]
        return host, port

    @property
    def requests(self) -> list[bytes]:
        return [request for peer in self.peers for request in peer.requests]

    def accept(self) -> None:
        while not self.ending.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(30.0)
            peer = Peer(connection, self.ending)
            talk = self.talks[min(len(self.peers), len(self.talks) - 1)]
            self.peers.append(peer)
            thread = threading.Thread(target=self._converse, args=(talk, peer))
            self._threads.append(thread)
            thread.start()

    def _converse(self, talk: Talk, peer: Peer) -> None:
        with contextlib.suppress(HungUpError, OSError):
            talk(peer)
        with contextlib.suppress(OSError):
            peer.connection.close()

    def stop(self, accepting: threading.Thread) -> None:
        self.ending.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        accepting.join(10.0)
        for peer in self.peers:
            with contextlib.suppress(OSError):
                peer.connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10.0)


@contextlib.contextmanager
def serving(*talks: Talk) -> Iterator[ScriptedServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = ScriptedServer(talks, listener)
    accepting = threading.Thread(target=server.accept)
    accepting.start()
    try:
        yield server
    finally:
        server.stop(accepting)
