"""A stream of bytes to and from one address, plain or over TLS, on the event loop of gevent.

gevent's own sockets make a timer, a watcher and two tries for each read. Here one watcher stays
with the connection for its life, a read waits for it first and then tries once, and deadlines are
watched by a wheel.
"""

from __future__ import annotations

import errno
import os
import select
import ssl
from typing import Final

import gevent
from gevent import monkey, socket
from greenlet import getcurrent, greenlet

from scenarios.transport.deadlines import NEVER, TICK_S, Deadlines
from scenarios.transport.tls_side import TlsSide

READ_BYTES: Final = 65_536
_READABLE: Final = 1
_WRITABLE: Final = 2
_UNDER_WAY: Final = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK})
# Locust has put gevent's sockets in the place of the operating system's.
_Socket = monkey.get_original("socket", "socket")
_poll = monkey.get_original("select", "poll")


class Stream:
    """A connection to `address`, a host in digits and a port; see the module.

    One greenlet at a time may use it. A wait that is not over at its deadline, an instant of
    `time.perf_counter`, ends with TimeoutError. Raises OSError (ssl.SSLError is one).
    """

    def __init__(
        self,
        address: tuple[str, int],
        *,
        tls: ssl.SSLContext | None,
        name: str,
        deadlines: Deadlines,
        deadline_s: float,
    ) -> None:
        self.deadline_s = deadline_s
        self.looked_at = NEVER
        self._deadlines = deadlines
        self._hub = gevent.get_hub()
        self._reader: greenlet | None = None
        self._writer: greenlet | None = None
        self._stirred = False
        self._tls: TlsSide | None = None
        self._socket = _Socket(
            socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM
        )
        self._socket.setblocking(False)
        self._look = _poll()
        self._look.register(self._socket.fileno(), select.POLLIN)
        self._watcher = self._hub.loop.io(self._socket.fileno(), _READABLE)
        try:
            self._connect(address, deadline_s)
            self._watcher.start(self._stir)
            if tls:
                self._tls = TlsSide(tls, name)
                self._shake_hands(self._tls, deadline_s)
        except BaseException:
            self.close()
            raise

    def _connect(self, address: tuple[str, int], deadline_s: float) -> None:
        code = self._socket.connect_ex(address)
        if code in _UNDER_WAY:
            self._wait_until_writable(deadline_s)
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _shake_hands(self, tls: TlsSide, deadline_s: float) -> None:
        while not tls.shake_hands():
            self._send_plainly(tls.to_send(), deadline_s)
            tls.take_in(self._receive_plainly(deadline_s))
        self._send_plainly(tls.to_send(), deadline_s)

    def send(self, data: bytes, deadline_s: float) -> None:
        """Gives all of `data` to the kernel."""
        if self._tls is not None:
            data = self._tls.encrypted(data)
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._send_rest(memoryview(data)[sent:], deadline_s)

    def receive(self, deadline_s: float) -> bytes:
        """The bytes that come next; none when the peer has ended."""
        tls = self._tls
        if tls is None:
            return self._receive_plainly(deadline_s)
        while True:
            tls.take_in(self._receive_plainly(deadline_s))
            data = tls.decrypted()
            self._send_plainly(tls.to_send(), deadline_s)
            if data is not None:
                return data

    def has_stirred(self) -> bool:
        """Whether something has come, or the peer has gone, while nobody waited."""
        # The event loop may not have run since: bytes that nobody has asked for would be taken
        # for the next reply.
        return self._stirred or bool(self._look.poll(0))

    def _send_plainly(self, data: bytes, deadline_s: float) -> None:
        """Sends what TLS itself has to say, if anything."""
        if data:
            self._send_rest(memoryview(data)[self._sent_at_once(data) :], deadline_s)

    def _send_rest(self, rest: memoryview, deadline_s: float) -> None:
        while rest:
            self._wait_until_writable(deadline_s)
            rest = rest[self._sent_at_once(rest) :]

    def _sent_at_once(self, data: bytes | memoryview) -> int:
        try:
            sent: int = self._socket.send(data)
        except BlockingIOError:
            return 0
        return sent

    def _receive_plainly(self, deadline_s: float) -> bytes:
        while True:
            if self._stirred:
                # The watcher was stopped, so as not to ring all the time.
                self._stirred = False
                self._watcher.start(self._stir)
            self.deadline_s = deadline_s
            if self.looked_at * TICK_S > deadline_s:
                self._deadlines.watch(self)
            self._reader = getcurrent()
            try:
                self._hub.switch()
            finally:
                self._reader = None
            try:
                data: bytes = self._socket.recv(READ_BYTES)
            except BlockingIOError:
                continue
            return data

    def _stir(self) -> None:
        """Called by the event loop: something has come."""
        if self._reader is not None:
            self._reader.switch()
        else:
            self._stirred = True
            self._watcher.stop()

    def _wait_until_writable(self, deadline_s: float) -> None:
        self.deadline_s = deadline_s
        self._deadlines.watch(self)
        self._writer = getcurrent()
        watcher = self._hub.loop.io(self._socket.fileno(), _WRITABLE)
        try:
            watcher.start(self._writer.switch)
            self._hub.switch()
        finally:
            self._writer = None
            watcher.stop()
            watcher.close()

    def expire(self) -> None:
        """Called by the wheel: the deadline of the wait has passed."""
        waiter = self._reader or self._writer
        if waiter is not None:
            waiter.throw(TimeoutError("no time left"))

    def close(self) -> None:
        self._deadlines.forget(self)
        self._watcher.stop()
        self._watcher.close()
        self._socket.close()
