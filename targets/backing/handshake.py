"""Whether a server answers in its own protocol: the first words of each, and nothing more.

All three raise OSError (refused, timed out, unreachable) when nobody answers, return False when
somebody does who is not ready yet, and raise ProtocolError when it is not the server expected.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

HANDSHAKE_BOUND_S = 2.0
POSTGRES_PROTOCOL = 196608  # 3.0, PostgreSQL 18 manual, section 54.7, StartupMessage
POSTGRES_STARTING = b"C57P03\x00"  # cannot_connect_now, appendix A

SCHEMES: dict[str, tuple[str, ...]] = {
    "postgres": ("postgresql", "postgres"),
    "valkey": ("valkey", "redis", "valkeys", "rediss"),
    "nats": ("nats", "tls"),
}
TLS_SCHEMES = {"rediss", "valkeys", "tls"}
DEFAULT_PORTS = {"postgres": 5432, "valkey": 6379, "nats": 4222}


class ProtocolError(Exception):
    """Somebody answers there, and it is not the server that was asked for."""


def url_mistake(service: str, url: str) -> str | None:
    """What is wrong with the URL of a service, None when nothing is."""
    expected = " or ".join(f"{scheme}://" for scheme in SCHEMES[service])
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES[service]:
        return f"must begin with {expected}"
    if not parts.hostname:
        return f"must name a host, as in {SCHEMES[service][0]}://127.0.0.1:PORT"
    try:
        _ = parts.port
    except ValueError:
        return "must have a port between 0 and 65535"
    return None


def postgres_answers(url: str) -> bool:
    """Whether PostgreSQL takes sessions: it lets us in or asks for a password."""
    parts = urlsplit(url)
    user = unquote(parts.username or "postgres")
    words = ("user", user, "database", unquote(parts.path.lstrip("/")) or user, "")
    body = struct.pack("!i", POSTGRES_PROTOCOL) + b"\x00".join(w.encode() for w in words) + b"\x00"
    with _connected(url, DEFAULT_PORTS["postgres"]) as server:
        server.sendall(struct.pack("!i", len(body) + 4) + body)
        reply = _heard(server, 4096)
    if reply.startswith(b"R"):
        return True
    if not reply.startswith(b"E"):
        raise ProtocolError("does not speak the protocol of PostgreSQL")
    if POSTGRES_STARTING in reply:
        return False
    raise ProtocolError(f"refuses: {_message_of(reply)}")


def valkey_answers(url: str) -> bool:
    """Whether Valkey (or Redis) takes commands: PONG, or it asks for a password."""
    if urlsplit(url).scheme in TLS_SCHEMES:
        return _listens(url, DEFAULT_PORTS["valkey"])
    with _connected(url, DEFAULT_PORTS["valkey"]) as server:
        server.sendall(b"PING\r\n")
        reply = _heard(server, 256)
    if reply.startswith((b"+PONG", b"-NOAUTH")):
        return True
    if reply.startswith(b"-LOADING"):
        return False
    raise ProtocolError("does not speak the protocol of Valkey")


def nats_answers(url: str) -> bool:
    """Whether NATS with JetStream answers: its first line says so."""
    if urlsplit(url).scheme in TLS_SCHEMES:
        return _listens(url, DEFAULT_PORTS["nats"])
    with _connected(url, DEFAULT_PORTS["nats"]) as server:
        reply = _heard(server, 8192)
        while reply.startswith(b"INFO ") and b"\r\n" not in reply:
            reply += _heard(server, 8192)
    if not reply.startswith(b"INFO "):
        raise ProtocolError("does not speak the protocol of NATS")
    if b'"jetstream":true' not in reply:
        raise ProtocolError("is a NATS server without JetStream (start it with -js)")
    return True


HANDSHAKES: dict[str, Callable[[str], bool]] = {
    "postgres": postgres_answers,
    "valkey": valkey_answers,
    "nats": nats_answers,
}


def _connected(url: str, default_port: int) -> socket.socket:
    parts = urlsplit(url)
    address = (parts.hostname or "127.0.0.1", parts.port or default_port)
    return socket.create_connection(address, timeout=HANDSHAKE_BOUND_S)


def _listens(url: str, default_port: int) -> bool:
    with _connected(url, default_port):
        return True


def _heard(server: socket.socket, size_bytes: int) -> bytes:
    heard = server.recv(size_bytes)
    if not heard:
        raise ConnectionResetError("it closed the connection without a word")
    return heard


def _message_of(reply: bytes) -> str:
    """The message field of an ErrorResponse (section 54.7)."""
    fields = reply[5:].split(b"\x00")
    messages = [f[1:].decode("utf-8", "replace") for f in fields if f.startswith(b"M")]
    return messages[0] if messages else "without saying why"
