"""The shop on real servers, once for all tests of this folder; each test sells its own SKU."""

from __future__ import annotations

import http.client
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from targets.backing.child_process import ChildCommand, ChildProcess, run_to_end, running_process
from targets.backing.port import free_port
from targets.backing.services import ServiceUrls, running_services

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shop said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.json["code"]


@dataclass(frozen=True, slots=True)
class ShopClient:
    """Asks the shop, as nobody or as the bearer of `token`."""

    url: str
    token: str | None = None

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            connection.request(method, path, sent, headers)
            reply = connection.getresponse()
            lowered = {name.lower(): value for name, value in reply.getheaders()}
            return Answer(reply.status, lowered, reply.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, body: Any) -> Answer:
        return self.ask("POST", path, body)

    def as_user(self, user: str) -> ShopClient:
        answer = self.post("/api/login", {"user": user, "tier": "gold"})
        return ShopClient(self.url, answer.json["token"])

    def start_sale(self, sku: str, units: int, limit_per_user: int = 1) -> None:
        sale = {"items": {sku: units}, "limit_per_user": limit_per_user}
        assert self.post("/admin/flash-sales", sale).status == 200

    def order(self, sku: str, key: str, quantity: int = 1) -> Answer:
        line = {"sku": sku, "quantity": quantity}
        return self.ask("POST", "/api/flash-orders", line, {"Idempotency-Key": key})

    def created(self, ticket: str) -> str:
        """The order of a ticket, once the consumer has written it."""
        assert self.get("/admin/reconciliation?wait_s=20").json["drained"]
        return self.get(f"/api/flash-orders/{ticket}").json["order"]

    def balance(self, sku: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The reconciliation, and its line of this SKU."""
        found = self.get("/admin/reconciliation?wait_s=20").json
        return found, next(line for line in found["skus"] if line["sku"] == sku)


def at_once(calls: list[Callable[[], Answer]], threads: int = 24) -> list[Answer]:
    """The answers to calls that are made at the same time."""
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


@dataclass(frozen=True, slots=True)
class Platform:
    """The servers, and how the shop's processes are started on them."""

    directory: Path
    services: ServiceUrls
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def command(
        self, module: str, *words: str, services: ServiceUrls | None = None, **settings: str
    ) -> ChildCommand:
        urls = services or self.services
        environment = {
            "SHOP_POSTGRES_URL": urls.postgres,
            "SHOP_VALKEY_URL": urls.valkey,
            "SHOP_NATS_URL": urls.nats,
        }
        return ChildCommand(
            name=f"{module}-{next(self.numbers)}",
            command=[sys.executable, "-W", "error", "-m", f"targets.reference.{module}", *words],
            directory=self.directory,
            working_directory=ROOT,
            environment=environment | settings,
        )

    def consumer(self) -> AbstractContextManager[ChildProcess]:
        return running_process(self.command("consumer"), is_ready=lambda: True)

    @contextmanager
    def web(self, services: ServiceUrls | None = None, **settings: str) -> Iterator[ShopClient]:
        port = free_port()
        client = ShopClient(f"http://127.0.0.1:{port}")
        command = self.command("web", "--port", str(port), services=services, **settings)
        with running_process(command, is_ready=lambda: client.get("/health").status == 200):
            yield client


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    directory = tmp_path_factory.mktemp("shop")
    with running_services(directory, announce=lambda _: None) as services:
        found = Platform(directory, services)
        run_to_end(found.command("seed"))
        yield found


@pytest.fixture(scope="session")
def web(platform: Platform) -> Iterator[ShopClient]:
    """A web process; nobody writes its orders."""
    with platform.web() as client:
        yield client


@pytest.fixture
def shop(platform: Platform, web: ShopClient) -> Iterator[ShopClient]:
    """A whole shop: a web process and a consumer."""
    with platform.consumer():
        yield web


@pytest.fixture(scope="session")
def buy_at_once() -> Callable[..., list[Answer]]:
    return at_once


_SKUS = itertools.count(101)


@pytest.fixture
def sku() -> str:
    """A product that no other test sells."""
    return str(next(_SKUS))
