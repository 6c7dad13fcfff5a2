"""`python -m targets.reference.web --port N`: one web process of the shop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
import uvloop
from prometheus_client import disable_created_metrics
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import Message, Receive, Scope, Send

from targets.reference.accounts import Accounts
from targets.reference.cache import BatchedReader, ReadThrough
from targets.reference.carts import Carts
from targets.reference.colouring import Colouring
from targets.reference.connections import Connections, ServiceUnreachable, open_connections
from targets.reference.flash_sale import FlashSales
from targets.reference.home_page import HomePage
from targets.reference.metrics import ShopMetrics
from targets.reference.operations import OperationsRoutes
from targets.reference.payments import simulated_channels
from targets.reference.products import Products
from targets.reference.refusal import Refusal
from targets.reference.settings import Settings, SettingsError, settings_from
from targets.reference.shop_routes import ShopRoutes, json_response

_GRACE_S = 5
_KEEP_ALIVE_S = 75
_BACKLOG = 4096
_SETTLE_EVERY_S = 0.25
_REPUBLISH_AFTER_S = 5.0

_log = logging.getLogger(__name__)


class ShopApplication:
    """The ASGI application: routes, with refusals made answers, every request counted and its
    colour reported."""

    def __init__(self, router: Router, metrics: ShopMetrics, colouring: Colouring) -> None:
        self._router = router
        self._metrics = metrics
        self._colouring = colouring
        # What a request is counted as: never its path, which anyone may make up.
        self._names = {route.endpoint: route.path for route in router.routes}  # type: ignore[attr-defined]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "the shop has neither lifespan nor websockets"
        scope["app"] = self
        started_s = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] += self._colouring.reported(scope["headers"])
            await send(message)

        try:
            await self._router(scope, receive, noted)
        except Exception as error:
            if status:
                raise
            await _answer_to(error)(scope, receive, noted)
        finally:
            route = self._names.get(scope.get("endpoint"), "unknown")
            self._metrics.answered(route, status, time.perf_counter() - started_s)


def _answer_to(error: Exception) -> Response:
    match error:
        case Refusal(status=status, code=code, message=message):
            pass
        case HTTPException(status_code=status, detail=message):
            code = {404: "not_found", 405: "method_not_allowed"}.get(status, "invalid")
        case ClientDisconnect():
            status, code, message = 499, "client_gone", "the client closed the connection"
        case _:
            _log.error("request failed", exc_info=error)
            status, code, message = 500, "internal_error", "the shop failed, please try again"
    return json_response({"code": code, "message": message}, status)


def _application(
    connections: Connections, settings: Settings, sales: FlashSales
) -> ShopApplication:
    metrics = ShopMetrics()
    postgres, valkey = connections.postgres, connections.valkey
    life_s = settings.product_cache_life_s
    products = Products(
        postgres,
        BatchedReader(valkey),
        ReadThrough(valkey, metrics.cache("product"), life_s),
        ReadThrough(valkey, metrics.cache("category"), life_s),
    )
    shop = ShopRoutes(
        products=products,
        accounts=Accounts(postgres, settings.token_secret, settings.token_life_s, time.time),
        carts=Carts(valkey, products, lambda: f"c-{random.getrandbits(64):016x}"),
        sales=sales,
        postgres=postgres,
        channels=simulated_channels(
            settings.payment_mean_s,
            settings.payment_decline_ratio,
            settings.payment_seed,
            asyncio.sleep,
        ),
        home_page=HomePage(products, sales, time.monotonic),
    )
    operations = OperationsRoutes(
        connections=connections, products=products, sales=sales, metrics=metrics
    )
    return ShopApplication(
        Router([*shop.routes(), *operations.routes()]), metrics, Colouring(settings.colour_header)
    )


async def _keep_promises(sales: FlashSales) -> None:
    """For ever strikes off what was published and publishes again what may not have been."""
    while True:
        try:
            await sales.settle()
            await sales.republish(_REPUBLISH_AFTER_S)
        except Exception as error:
            _log.warning("tickets not settled, will try again: %r", error)
        await asyncio.sleep(_SETTLE_EVERY_S)


@asynccontextmanager
async def _promises_kept(sales: FlashSales) -> AsyncIterator[None]:
    task = asyncio.create_task(_keep_promises(sales))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        try:
            await sales.settle()
        except Exception as error:
            _log.warning("tickets not settled, another process will: %r", error)


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Answers on `listener` until SIGTERM or SIGINT, then finishes what is open, bounded."""
    async with open_connections(
        settings, postgres_connections=settings.postgres_connections
    ) as connections:
        sales = FlashSales(connections.valkey, connections.queue, settings.token_secret)
        application = _application(connections, settings, sales)
        # What lives until the end need not be looked at by every collection.
        gc.collect()
        gc.freeze()
        config = uvicorn.Config(
            application,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_GRACE_S,
        )
        async with _promises_kept(sales):
            await uvicorn.Server(config).serve(sockets=[listener])


def _listener(host: str, port: int, *, shared: bool) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.listen(_BACKLOG)
    return listener


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when stopped, 1 without a service, 2 when environment or port are wrong."""
    parser = argparse.ArgumentParser(prog="python -m targets.reference.web")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--shared-port", action="store_true", help="let several web processes have the port"
    )
    options = parser.parse_args(arguments)
    # Twice the lines of /metrics, for times at which nobody looks.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    # uvicorn raises the signal that stopped it once more after its graceful end; without
    # a handler of ours that would kill the process before its connections are closed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    try:
        settings = settings_from(os.environ)
        listener = _listener(options.host, options.port, shared=options.shared_port)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"cannot listen on {options.host}:{options.port}: {error}", file=sys.stderr)
        return 2
    try:
        with listener:
            uvloop.run(serve(settings, listener))
    except ServiceUnreachable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
