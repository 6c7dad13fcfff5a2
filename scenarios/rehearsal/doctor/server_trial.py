"""Whether the servers of the wheels start on this machine: each is started once, and stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

from scenarios.rehearsal.doctor.finding import Finding
from targets.backing.child_process import Service, ServiceStartError
from targets.backing.handshake import ProtocolError
from targets.backing.port import free_port
from targets.backing.services import SERVERS

Server = Callable[[Path, int], AbstractContextManager[Service]]
TITLES = {"postgres": "PostgreSQL", "valkey": "Valkey", "nats": "NATS"}


def server_findings(
    directory: Path, servers: Mapping[str, Server] = SERVERS
) -> tuple[Finding, ...]:
    """A finding for each of `servers`, which are started at the same time; their logs go to
    `directory`. All of them have ended when this returns."""
    directory.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(len(servers)) as pool:
        trials = [pool.submit(_tried, name, server, directory) for name, server in servers.items()]
        return tuple(each.result() for each in trials)


def _tried(name: str, server: Server, directory: Path) -> Finding:
    title = TITLES.get(name, name)
    began_s = time.perf_counter()
    try:
        with server(directory, free_port()):
            took_s = time.perf_counter() - began_s
    except (ServiceStartError, ProtocolError, OSError) as error:
        return Finding(
            check=title,
            found=str(error),
            verdict="problem",
            advice=f"mend that, or use a server of your own with doorbuster target up --{name} URL",
        )
    return Finding(check=title, found=f"starts in {took_s:.2f} s", figures={"start_s": took_s})
