"""A shopper's WebSocket (RFC 6455): frames by wsproto, bytes by a gevent socket.

A greenlet of its own reads for as long as it is open, so that pings are answered while the
shopper thinks, and every message has the instant at which it came.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import gevent
import h11
from gevent import socket
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from wsproto import ConnectionType, WSConnection, events
from wsproto.connection import ConnectionState
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from scenarios.transport.dialling import left_s
from scenarios.transport.failure import DeadlineError, TransportError, exchange_failure
from targets.adapters.contract import Hear, Leave, Message, Reply, Say

READ_BYTES = 65_536
PART_BYTES: Final = 64
"""What each part of a message counts for besides its content: empty ones take memory too."""
NO_CODE: Final = 1005
"""RFC 6455 section 7.1.5: the connection was closed without a code."""
GOING_AWAY: Final = 1001
_OPEN: Final = HTTPStatus.SWITCHING_PROTOCOLS


class WebSocket:
    """One side of a WebSocket over `connected`, which it owns from now on.

    `most_bytes` bounds a message, and all that came and has not been heard. Whoever opens one
    leaves it with `close`.
    """

    def __init__(self, connected: socket.socket, *, most_bytes: int) -> None:
        self._socket = connected
        self._most_bytes = most_bytes
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._sending = BoundedSemaphore(1)
        self._unheard: deque[tuple[Message, int]] = deque()
        self._parts: list[str | bytes] = []
        self._parts_bytes = 0
        self._waiting_bytes = 0
        self._something_came = Event()
        self._closed = 0
        self._failure: TransportError | None = None
        self._reader: gevent.Greenlet[..., None] | None = None

    def shake_hands(
        self, host: str, path: str, headers: Mapping[str, str], *, deadline_s: float
    ) -> Reply:
        """Asks for the WebSocket, which is open if the reply's status is 101. Raises
        TransportError."""
        try:
            asking = events.Request(host=host, target=path, extra_headers=_raw(headers))
            self._send(asking, deadline_s)
            answer = None
            while answer is None:
                self._socket.settimeout(left_s(deadline_s))
                self._feed(self._socket.recv(READ_BYTES))
                answer = next(self._protocol.events(), None)
        except OSError as error:
            raise exchange_failure(error, unanswered=False) from error
        except (RemoteProtocolError, ValueError) as error:
            raise TransportError("not_websocket", str(error)) from error
        if isinstance(answer, events.AcceptConnection):
            self._socket.settimeout(None)
            self._reader = gevent.spawn(self._read)
            return Reply(status=_OPEN, headers=_text(answer.extra_headers))
        assert isinstance(answer, events.RejectConnection)
        return Reply(status=answer.status_code, headers=_text(answer.headers))

    @property
    def is_open(self) -> bool:
        """Whether the platform has agreed to it; it may have been closed since."""
        return self._reader is not None

    def answer(self, request: Say | Hear | Leave, *, within_s: float) -> Reply:
        """Does what the adapter asks, within `within_s` seconds. Raises TransportError."""
        deadline_s = time.perf_counter() + within_s
        if isinstance(request, Hear):
            return self._heard(request, deadline_s)
        if isinstance(request, Leave):
            return self._left(request, deadline_s)
        self._require_open()
        self._send(_message_event(request.message), deadline_s)
        return self._reply()

    def _heard(self, hear: Hear, deadline_s: float) -> Reply:
        """A WebSocket that breaks fails what is heard on it; one that is closed ends it."""
        heard: list[Message] = []
        ends_s = min(time.perf_counter() + hear.within_s, deadline_s)
        while True:
            while self._unheard:
                message, size_bytes = self._unheard.popleft()
                self._waiting_bytes -= size_bytes
                heard.append(message)
                if len(heard) == hear.most or (hear.until and hear.until(message)):
                    return self._reply(*heard)
            if self._failure:
                raise self._failure
            left = ends_s - time.perf_counter()
            if self._closed or (left <= 0 and ends_s < deadline_s):
                return self._reply(*heard)
            if left <= 0:
                raise DeadlineError("reply_timeout")
            self._something_came.clear()
            self._something_came.wait(left)

    def _left(self, leave: Leave, deadline_s: float) -> Reply:
        """Says goodbye and waits for the other side's, unless that has come already."""
        if not self._closed and not self._failure:
            self._send(events.CloseConnection(code=leave.code), deadline_s)
            while not self._closed and not self._failure:
                self._something_came.clear()
                if not self._something_came.wait(max(0.0, deadline_s - time.perf_counter())):
                    raise DeadlineError("reply_timeout")
        self.close()
        if self._failure:
            raise self._failure
        return self._reply()

    def _require_open(self) -> None:
        if self._failure:
            raise self._failure
        if self._closed:
            raise TransportError("closed_early", f"the WebSocket was closed with {self._closed}")

    def _reply(self, *heard: Message) -> Reply:
        return Reply(status=_OPEN, messages=heard, closed=self._closed, requests=0)

    def _send(self, event: events.Event, deadline_s: float) -> None:
        """Sends whole frames only: the reader's pongs wait until a message is out."""
        try:
            with gevent.Timeout(left_s(deadline_s), TimeoutError), self._sending:
                self._socket.sendall(self._protocol.send(event))
        except (LocalProtocolError, h11.LocalProtocolError, UnicodeError) as error:
            raise TransportError("bad_call", str(error)) from error
        except OSError as error:
            # Half a frame may be out, and nothing can follow it.
            self._failure = exchange_failure(error, unanswered=False)
            raise self._failure from error

    def _read(self) -> None:
        """The reader: takes in whatever comes until the WebSocket ends."""
        try:
            while True:
                # First, because the server's first words may have come with the handshake.
                for event in self._protocol.events():
                    self._take(event, time.time())
                if self._closed:
                    return
                gevent.sleep(0)  # a server that never stops talking must not stop the others
                self._feed(self._socket.recv(READ_BYTES))
        except TransportError as error:
            self._failure = error
        except OSError as error:
            self._failure = exchange_failure(error, unanswered=False)
        finally:
            self._something_came.set()

    def _feed(self, data: bytes) -> None:
        if not data:
            raise TransportError("closed_early", "without a goodbye")
        self._protocol.receive_data(data)

    def _take(self, event: events.Event, now_s: float) -> None:
        if isinstance(event, events.TextMessage | events.BytesMessage):
            self._take_part(event.data, now_s, is_last=event.message_finished)
        elif isinstance(event, events.Ping):
            self._answer_with(event.response())
        elif isinstance(event, events.CloseConnection):
            if self._protocol.state is ConnectionState.OPEN:
                # wsproto's word for frames that it cannot read.
                self._answer_with(event)
                raise TransportError("bad_frame", event.reason or "")
            if self._protocol.state is ConnectionState.REMOTE_CLOSING:
                self._answer_with(event.response())
            self._closed = event.code or NO_CODE

    def _take_part(self, part: str | bytes | bytearray, now_s: float, *, is_last: bool) -> None:
        """A message may come in pieces; it is heard when its last one is here."""
        self._parts.append(part if isinstance(part, str) else bytes(part))
        self._parts_bytes += len(part) + PART_BYTES
        self._waiting_bytes += len(part) + PART_BYTES
        if self._waiting_bytes > self._most_bytes:
            raise TransportError("too_large", f"more than {self._most_bytes:,} bytes unheard")
        if is_last:
            message = Message(content=_joined(self._parts), at_s=now_s)
            self._unheard.append((message, self._parts_bytes))
            self._parts, self._parts_bytes = [], 0
            self._something_came.set()

    def _answer_with(self, event: events.Event) -> None:
        # After our goodbye nothing more is said, not even to a ping. That nobody is there any more
        # is what the next read says.
        with self._sending, contextlib.suppress(LocalProtocolError, OSError):
            self._socket.sendall(self._protocol.send(event))

    def close(self) -> None:
        """Ends the reader and the connection at once; the goodbye goes out if it can."""
        if self._reader is not None:
            self._reader.kill()
            self._socket.settimeout(0.0)
            with contextlib.suppress(OSError, LocalProtocolError):
                self._socket.send(self._protocol.send(events.CloseConnection(code=GOING_AWAY)))
        self._socket.close()


def _joined(parts: list[str | bytes]) -> str | bytes:
    """All parts of a message are of one kind: RFC 6455 section 5.4."""
    if isinstance(parts[0], str):
        return "".join(each for each in parts if isinstance(each, str))
    return b"".join(each for each in parts if isinstance(each, bytes))


def _message_event(message: str | bytes) -> events.Event:
    if isinstance(message, str):
        return events.TextMessage(data=message)
    return events.BytesMessage(data=message)


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode("utf-8", "surrogateescape"), value.encode("utf-8", "surrogateescape"))
        for name, value in headers.items()
    ]


def _text(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("utf-8", "surrogateescape")
        for name, value in headers
    }
