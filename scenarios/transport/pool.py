"""Keep-alive connections to one origin, as many at once as there are calls in flight."""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Callable

from gevent import GreenletExit

from scenarios.transport.connection import Connection
from scenarios.transport.deadlines import Deadlines
from scenarios.transport.failure import TransportError
from scenarios.transport.familiar_heads import FamiliarHeads
from scenarios.transport.origins import Address
from targets.adapters.contract import Reply


def staying() -> bool:
    """Whoever sends this does not leave before the reply."""
    return False


class Pool:
    """Connections to `address`; `name` is the host whose certificate is expected there."""

    def __init__(
        self,
        address: Address,
        *,
        tls: ssl.SSLContext | None,
        name: str,
        deadlines: Deadlines,
        largest_reply_bytes: int,
    ) -> None:
        self._address = address
        self._tls = tls
        self._name = name
        self._deadlines = deadlines
        self._largest_reply_bytes = largest_reply_bytes
        self._heads = FamiliarHeads()
        self.idle: deque[Connection] = deque()

    def exchange(
        self,
        request: bytes,
        *,
        head: bool,
        may_resend: bool,
        deadline_s: float,
        leaving: Callable[[], bool] = staying,
    ) -> Reply:
        """The reply to `request`. Raises TransportError.

        One that may be sent again is, once and on a new connection, when the reused one broke
        before the first byte of a reply: the server had closed it meanwhile. Raises GreenletExit
        in place of sending on a connection that stood only when the sender was `leaving`.
        """
        while self.idle:
            connection = self.idle.pop()
            if not connection.is_stale():
                break
            connection.close()
        else:
            return self._exchanged(self._fresh(deadline_s, leaving), request, head, deadline_s)
        try:
            return self._exchanged(connection, request, head, deadline_s)
        except TransportError as error:
            if not error.unanswered or not may_resend:
                raise
        try:
            reply = self._exchanged(self._fresh(deadline_s, leaving), request, head, deadline_s)
        except TransportError as error:
            error.resends = 1
            raise
        return reply._replace(resends=1)

    def _fresh(self, deadline_s: float, leaving: Callable[[], bool]) -> Connection:
        connection = Connection(
            self._address,
            tls=self._tls,
            name=self._name,
            deadlines=self._deadlines,
            deadline_s=deadline_s,
            largest_reply_bytes=self._largest_reply_bytes,
            heads=self._heads,
        )
        if leaving():
            connection.close()
            raise GreenletExit
        return connection

    def _exchanged(
        self, connection: Connection, request: bytes, head: bool, deadline_s: float
    ) -> Reply:
        try:
            reply = connection.exchange(request, head=head, deadline_s=deadline_s)
        except BaseException:
            connection.close()
            raise
        if connection.reusable:
            self.idle.append(connection)
        else:
            connection.close()
        return reply

    def close(self) -> None:
        while self.idle:
            self.idle.pop().close()
