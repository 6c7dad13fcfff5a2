"""TCP ports of 127.0.0.1: a free one, and who holds a taken one."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable

import psutil

LOOPBACK = "127.0.0.1"
SELDOM_TAKEN = range(20_000, 30_000)
"""Systems hand out higher ports to connections and to who asks for any: from 32768 on Linux
(ip(7), ip_local_port_range), from 49152 elsewhere (RFC 6335, section 6)."""
CHOICES = 100


def free_port(choose: Callable[[range], int] = secrets.choice) -> int:
    """A port that nobody listens on now. Somebody else may take it before you do, which is
    unlikely as long as only those who choose as we do take one of SELDOM_TAKEN."""
    for _ in range(CHOICES):
        if not is_taken(port := choose(SELDOM_TAKEN)):
            return port
    return _any_port()


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    """Whether a server could not listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        # As servers do, so that connections of an earlier run in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
        return False


def holder_of(port: int) -> str:
    """Who listens on a port, as far as we may see: `process 4711 (nginx)`."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return "a process that cannot be seen from here"
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN or not connection.laddr:
            continue
        if connection.laddr.port == port and connection.pid is not None:
            return f"process {connection.pid} ({_name_of(connection.pid)})"
    return "a process that cannot be seen from here"


def _name_of(pid: int) -> str:
    try:
        return str(psutil.Process(pid).name())
    except psutil.Error:
        return "gone by now"
