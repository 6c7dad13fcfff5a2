"""The three backing services of the reference shop, started together on 127.0.0.1."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from targets.backing.child_process import Service, ServiceStartError
from targets.backing.handshake import HANDSHAKES, ProtocolError
from targets.backing.nats import running_nats
from targets.backing.port import free_port, holder_of, is_taken
from targets.backing.postgres import running_postgres
from targets.backing.together import entered_together
from targets.backing.valkey import running_valkey

PORT_ATTEMPTS = 3
NONE: Mapping[str, str] = MappingProxyType({})
NO_PORTS: Mapping[str, int] = MappingProxyType({})

SERVERS: Mapping[str, Callable[[Path, int], AbstractContextManager[Service]]] = MappingProxyType(
    {"postgres": running_postgres, "valkey": running_valkey, "nats": running_nats}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUrls:
    """Where the services are, and the pids of those that we have started, by name."""

    postgres: str
    valkey: str
    nats: str
    process_ids: Mapping[str, int] = field(default_factory=dict)


@contextmanager
def running_services(
    directory: Path,
    *,
    existing: Mapping[str, str] = NONE,
    ports: Mapping[str, int] = NO_PORTS,
    announce: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[ServiceUrls]:
    """Start PostgreSQL, Valkey and NATS at once; stop them, at once, on leaving.

    directory: made when missing; logs stay in it, the data goes when the servers stop.
    existing: URLs of servers to use instead, by name; they must answer and are left running.
    ports: fixed ports by name; the others are free ones.
    announce: gets a line for every server: name, port, seconds until it answered.
    Raises ServiceStartError when one does not come up; the others are stopped then.
    """
    assert set(existing) | set(ports) <= set(SERVERS), (existing, ports)
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)

    def service(name: str) -> AbstractContextManager[Service]:
        if name in existing:
            return _existing(name, existing[name], announce)
        return _started(name, directory, ports.get(name, 0), announce, clock)

    with entered_together([service(name) for name in SERVERS]) as entered:
        services = dict(zip(SERVERS, entered, strict=True))
        yield ServiceUrls(
            postgres=services["postgres"].url,
            valkey=services["valkey"].url,
            nats=services["nats"].url,
            process_ids={name: s.pid for name, s in services.items() if s.pid is not None},
        )


@contextmanager
def _started(
    name: str,
    directory: Path,
    port: int,
    announce: Callable[[str], None],
    clock: Callable[[], float],
) -> Iterator[Service]:
    began_s = clock()
    server, service = _entered(name, directory, port)
    try:
        took_s = clock() - began_s
        announce(f"{name:<8} 127.0.0.1:{urlsplit(service.url).port}  up in {took_s:.2f} s")
        yield service
    finally:
        server.__exit__(None, None, None)


def _entered(
    name: str, directory: Path, port: int
) -> tuple[AbstractContextManager[Service], Service]:
    """A running server and where it is; a free port that was snatched is replaced by another."""
    if port and is_taken(port):
        raise ServiceStartError(f"{name}: port {port} is taken by {holder_of(port)}")
    for attempt in range(PORT_ATTEMPTS):
        chosen = port or free_port()
        server = SERVERS[name](directory, chosen)
        try:
            return server, server.__enter__()
        except (ServiceStartError, ProtocolError) as error:
            if port or not is_taken(chosen) or attempt == PORT_ATTEMPTS - 1:
                raise ServiceStartError(str(error)) from error
    raise AssertionError("the last attempt has returned or raised")


@contextmanager
def _existing(name: str, url: str, announce: Callable[[str], None]) -> Iterator[Service]:
    where = f"{urlsplit(url).hostname}:{urlsplit(url).port}"
    try:
        if not HANDSHAKES[name](url):
            raise ServiceStartError(f"{name} at {where} is still starting; try again")
    except OSError as error:
        raise ServiceStartError(f"{name} at {where} cannot be reached: {error}") from error
    except ProtocolError as error:
        raise ServiceStartError(f"{name} at {where} {error}") from error
    announce(f"{name:<8} {where}  used as it is")
    yield Service(url=url, pid=None)
