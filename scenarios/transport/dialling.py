"""Opens a connection to an address, with TLS where it is asked for, before a deadline."""

from __future__ import annotations

import time

import gevent
from gevent import socket
from gevent.ssl import SSLContext

from scenarios.transport.failure import connect_failure
from scenarios.transport.origins import Address


def dialled(
    address: Address, *, tls: SSLContext | None, name: str, deadline_s: float
) -> socket.socket:
    """A connected socket. Raises TransportError.

    `name` is the host whose certificate is expected (and asked for: SNI); `deadline_s` is on
    `time.perf_counter`. The host of `address` is in digits, so nothing is resolved here.
    """
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        dialling = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise connect_failure(error) from error
    try:
        dialling.settimeout(left_s(deadline_s))
        dialling.connect(address)
        dialling.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            # The socket's own time-out begins anew with every byte.
            with gevent.Timeout(left_s(deadline_s), TimeoutError):
                return tls.wrap_socket(dialling, server_hostname=name)
    except BaseException as error:
        dialling.close()
        if isinstance(error, OSError):
            raise connect_failure(error) from error
        raise
    return dialling


def left_s(deadline_s: float) -> float:
    """Seconds until the deadline. Raises TimeoutError when there are none."""
    left = deadline_s - time.perf_counter()
    if left <= 0:
        raise TimeoutError
    return left
