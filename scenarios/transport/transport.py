"""Sends calls to one target over pooled keep-alive connections."""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scenarios.transport.connection import Connection, request_bytes
from scenarios.transport.deadlines import Deadlines
from scenarios.transport.failure import DeadlineError, TransportError
from targets.adapters.contract import Call, Reply
from targets.adapters.conversation import Send

REHEARSAL_HEADER = "X-Doorbuster-Rehearsal"
USER_AGENT = "doorbuster"
SAFE_TO_RESEND = frozenset({"GET", "HEAD", "OPTIONS"})


class Transport:
    """Connections to the origin of `url`, as many at once as there are calls in flight.

    Every request carries the rehearsal header with `run_id`, so that the platform can tell it
    from a customer's. `address` is the resolved (host, port) that was checked to be permitted.
    """

    def __init__(self, url: str, *, address: tuple[str, int], run_id: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname, f"a target URL has a host: {url}"
        self._name = parts.hostname
        self._address = address
        self._prefix = parts.path.rstrip("/")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._idle: deque[Connection] = deque()
        self._deadlines = Deadlines()
        self._headers = {
            "Host": parts.netloc.rpartition("@")[2],
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "gzip, deflate",
            REHEARSAL_HEADER: run_id,
        }
        # Most calls replace none of these: they are put together once.
        self._own_lines = "".join(f"{name}: {value}\r\n" for name, value in self._headers.items())

    def send(self, call: Call, *, cookies: Mapping[str, str], within_s: float) -> Reply:
        """The reply to `call`, complete within `within_s` seconds. Raises TransportError.

        A call that is safe to repeat is sent once more, on a new connection, when the reused one
        broke before the first byte of a reply: the server had closed it meanwhile.
        """
        if within_s <= 0:
            raise DeadlineError("no_time")
        deadline_s = time.perf_counter() + within_s
        request = self._request(call, cookies)
        head = call.method == "HEAD"
        may_resend = call.method in SAFE_TO_RESEND
        if idle := self._idle_connection(look=not may_resend):
            try:
                return self._exchange(idle, request, head, deadline_s)
            except TransportError as error:
                if not error.unanswered or not may_resend:
                    raise
        fresh = Connection(
            self._address,
            tls=self._tls,
            name=self._name,
            deadlines=self._deadlines,
            deadline_s=deadline_s,
        )
        return self._exchange(fresh, request, head, deadline_s)

    def _request(self, call: Call, cookies: Mapping[str, str]) -> bytes:
        headers, own_lines = call.headers, self._own_lines
        if cookies and "Cookie" not in headers:
            cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
            headers = {**headers, "Cookie": cookie}
        if not self._headers.keys().isdisjoint(headers):
            rehearsal = {REHEARSAL_HEADER: self._headers[REHEARSAL_HEADER]}
            headers, own_lines = {**self._headers, **headers, **rehearsal}, ""
        return request_bytes(
            call.method, self._prefix + call.path, headers, call.body, own=own_lines
        )

    def _exchange(
        self, connection: Connection, request: bytes, head: bool, deadline_s: float
    ) -> Reply:
        try:
            reply = connection.exchange(request, head=head, deadline_s=deadline_s)
        except BaseException:
            connection.close()
            raise
        self._release(connection)
        return reply

    def _idle_connection(self, *, look: bool) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_stale(look=look):
                return connection
            connection.close()
        return None

    def _release(self, connection: Connection) -> None:
        if connection.reusable:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
        self._deadlines.close()

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def one_by_one(transport: Transport, *, within_s: float) -> Send:
    """Sends the calls of one conversation, each after its pause, and within `within_s` seconds."""

    def send(call: Call) -> Reply:
        time.sleep(call.after_s)
        return transport.send(call, cookies={}, within_s=within_s)

    return send
