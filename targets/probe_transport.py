"""Sends calls one by one with the standard library, over one connection; nothing is followed."""

from __future__ import annotations

import http.client
import select
import socket
import ssl
from contextlib import closing
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from targets.adapters.contract import Call, Reply
from targets.target_file import PermittedTarget

REHEARSAL_HEADER = "X-Doorbuster-Rehearsal"


class ProbeReplyError(OSError):
    """What came back is not HTTP."""


class ProbeConnection:
    """A keep-alive connection to the address that was checked, opened with the first call.

    `rehearsal` is told to the platform with every call. A connection that the platform has
    closed is opened again; one that failed is closed.
    """

    def __init__(
        self, allowed: PermittedTarget, *, timeout_s: float, rehearsal: str = "probe"
    ) -> None:
        parts = urlsplit(allowed.url)
        self._address = allowed.address
        self._scheme = parts.scheme
        self._name = parts.hostname or ""
        self._prefix = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._host = parts.netloc.rpartition("@")[2]
        self._rehearsal = rehearsal
        self._http = http.client.HTTPConnection(self._name, allowed.address[1], timeout=timeout_s)

    def send(self, call: Call) -> Reply:
        """The whole reply to `call`. Raises OSError."""
        headers = {"Host": self._host, **call.headers, REHEARSAL_HEADER: self._rehearsal}
        wire = {key: value.encode("utf-8") for key, value in headers.items()}
        try:
            self._connect()
            path = self._prefix + call.path
            self._http.request(call.method, path, body=call.body or None, headers=wire)
            return _reply(self._http.getresponse())
        except (http.client.HTTPException, ValueError) as error:
            self.close()
            raise ProbeReplyError(f"{type(error).__name__}: {error}") from error
        except OSError:
            self.close()
            raise

    def _connect(self) -> None:
        """Connected here, so that a name cannot resolve to another address than the checked."""
        if self._http.sock is not None and _is_readable(self._http.sock):
            self.close()
        if self._http.sock is None:
            self._http.sock = _connected(self._address, self._scheme, self._name, self._timeout_s)

    def close(self) -> None:
        self._http.close()


def send(call: Call, allowed: PermittedTarget, *, timeout_s: float) -> Reply:
    """The reply to one call on a connection of its own. Raises OSError."""
    with closing(ProbeConnection(allowed, timeout_s=timeout_s)) as connection:
        return connection.send(call)


def _is_readable(idle: socket.socket) -> bool:
    """An idle connection has nothing to say, unless that the platform has closed it."""
    poller = select.poll()
    poller.register(idle, select.POLLIN)
    return bool(poller.poll(0))


def _connected(address: tuple[str, int], scheme: str, name: str, timeout_s: float) -> socket.socket:
    raw = socket.create_connection(address, timeout=timeout_s)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if scheme != "https":
        return raw
    try:
        return ssl.create_default_context().wrap_socket(raw, server_hostname=name)
    except OSError:
        raw.close()
        raise


def _reply(response: http.client.HTTPResponse) -> Reply:
    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        if key == "set-cookie":
            cookies |= _cookie(value)
        else:
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Reply(status=response.status, headers=headers, body=response.read(), cookies=cookies)


def _cookie(written: str) -> dict[str, str]:
    try:
        return {name: each.value for name, each in SimpleCookie(written).items()}
    except CookieError:
        return {}
