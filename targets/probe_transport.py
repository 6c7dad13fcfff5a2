"""Sends a probe's calls with the standard library: one connection a call, nothing followed."""

from __future__ import annotations

import http.client
import socket
import ssl
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from targets.adapters.contract import Call, Reply
from targets.target_file import PermittedTarget

REHEARSAL_HEADER = "X-Doorbuster-Rehearsal"


class ProbeReplyError(OSError):
    """What came back is not HTTP."""


def send(call: Call, allowed: PermittedTarget, *, timeout_s: float) -> Reply:
    """The reply to `call` from the address that was checked. Raises OSError."""
    parts = urlsplit(allowed.url)
    name = parts.hostname or ""
    connection = http.client.HTTPConnection(name, allowed.address[1], timeout=timeout_s)
    try:
        # Connected here, so that a name cannot resolve to another address than the checked one.
        connection.sock = _connected(allowed.address, parts.scheme, name, timeout_s)
        headers = {"Host": parts.netloc.rpartition("@")[2], **call.headers}
        headers[REHEARSAL_HEADER] = "probe"
        path = parts.path.rstrip("/") + call.path
        wire = {key: value.encode("utf-8") for key, value in headers.items()}
        connection.request(call.method, path, body=call.body or None, headers=wire)
        return _reply(connection.getresponse())
    except (http.client.HTTPException, ValueError) as error:
        raise ProbeReplyError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()


def _connected(address: tuple[str, int], scheme: str, name: str, timeout_s: float) -> socket.socket:
    raw = socket.create_connection(address, timeout=timeout_s)
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
