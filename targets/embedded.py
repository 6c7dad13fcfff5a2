"""The whole reference platform on this machine: backing services, catalogue, consumer, web."""

from __future__ import annotations

import http.client
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from targets.adapters.colour import REHEARSAL_HEADER
from targets.backing.child_process import (
    ChildCommand,
    ChildProcess,
    ServiceStartError,
    check_running,
    run_to_end,
    running_process,
)
from targets.backing.port import LOOPBACK, free_port, holder_of, is_taken
from targets.backing.services import NONE, ServiceUrls, running_services
from targets.backing.together import entered_together

IMPORT_ROOT = Path(__file__).resolve().parents[1]
HEALTH_BOUND_S = 5.0
STOP_BOUND_S = 8.0
SEED_BOUND_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAddress:
    """Where a running shop is, and the pids of everything that was started for it, by name."""

    url: str
    services: ServiceUrls
    process_ids: Mapping[str, int]


@contextmanager
def running_reference_shop(
    directory: Path,
    *,
    port: int = 0,
    web_processes: int = 1,
    existing: Mapping[str, str] = NONE,
    announce: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[ShopAddress]:
    """Start the shop on 127.0.0.1 and stop it, bounded, on leaving.

    directory: gets a log for every process. port: of the web, 0 for a free one. web_processes:
    that share the port. existing: URLs of backing services to use instead of starting them; their
    shop tables are made and filled too. announce: a line for every part that is up.
    Raises ServiceStartError when a part does not come up; the others are stopped then.
    """
    assert web_processes >= 1, web_processes
    directory = directory.resolve()
    if port and is_taken(port):
        raise ServiceStartError(f"web: port {port} is taken by {holder_of(port)}")
    with running_services(directory, existing=existing, announce=announce, clock=clock) as services:
        part = _Parts(directory=directory, services=services)
        began_s = clock()
        run_to_end(part.command("seed"), bound_s=SEED_BOUND_S)
        announce(f"{'seed':<8} catalogue ready in {clock() - began_s:.2f} s")
        began_s = clock()
        with _shop_processes(part, port or free_port(), web_processes) as (url, children):
            announce(f"{'shop':<8} {url}  up in {clock() - began_s:.2f} s")
            shop = {child.name: child.pid for child in children}
            process_ids = {**services.process_ids, **shop}
            yield ShopAddress(url=url, services=services, process_ids=process_ids)


def is_healthy(url: str) -> bool:
    """Whether `GET url/health` says 200 within HEALTH_BOUND_S seconds."""
    address = url.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(address, timeout=HEALTH_BOUND_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """How the shop's programs are started: in this interpreter, told by their environment."""

    directory: Path
    services: ServiceUrls

    def command(self, module: str, *words: str, name: str = "") -> ChildCommand:
        return ChildCommand(
            name=name or module,
            command=[sys.executable, "-m", f"targets.reference.{module}", *words],
            directory=self.directory,
            working_directory=IMPORT_ROOT,
            environment={
                "SHOP_POSTGRES_URL": self.services.postgres,
                "SHOP_VALKEY_URL": self.services.valkey,
                "SHOP_NATS_URL": self.services.nats,
                "SHOP_COLOUR_HEADER": REHEARSAL_HEADER,
                "PYTHONUNBUFFERED": "1",
            },
            stop_bound_s=STOP_BOUND_S,
        )


@contextmanager
def _shop_processes(
    parts: _Parts, port: int, web_processes: int
) -> Iterator[tuple[str, Sequence[ChildProcess]]]:
    """The consumer and the web processes, once the web is healthy and none has ended."""
    url = f"http://{LOOPBACK}:{port}"
    shared = ("--shared-port",) if web_processes > 1 else ()
    webs = [
        parts.command("web", "--port", str(port), *shared, name=name)
        for name in (_web_name(number, web_processes) for number in range(1, web_processes + 1))
    ]
    starting = [running_process(web, is_ready=lambda: is_healthy(url)) for web in webs]
    # The consumer listens on nothing: that it is still there when the web is up must do.
    consumer = running_process(parts.command("consumer"), is_ready=lambda: True)
    with entered_together([consumer, *starting]) as children:
        for child in children:
            check_running(child)
        yield url, children


def _web_name(number: int, of: int) -> str:
    return "web" if of == 1 else f"web-{number}"
