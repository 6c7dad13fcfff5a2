"""What operators may ask: health, metrics, putting SKUs on sale, reconciliation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from targets.reference.connections import Connections
from targets.reference.flash_sale import FlashSales
from targets.reference.metrics import ShopMetrics
from targets.reference.orders import forget_orders
from targets.reference.products import Products
from targets.reference.reconciliation import reconcile
from targets.reference.refusal import Refusal
from targets.reference.request_body import checked_sku, integer, json_object
from targets.reference.shop_routes import json_response

_HEALTH_LIMIT_S = 2.0
_MOST_UNITS = 10_000_000
_LONGEST_WAIT_S = 300.0


async def _answers(question: Awaitable[Any]) -> bool:
    try:
        async with asyncio.timeout(_HEALTH_LIMIT_S):
            await question
    except Exception:
        return False
    return True


def _wait_s(request: Request) -> float:
    text = request.query_params.get("wait_s", "0")
    try:
        wait_s = float(text)
    except ValueError:
        wait_s = -1.0
    if not 0 <= wait_s <= _LONGEST_WAIT_S:
        raise Refusal(400, "invalid", f'wait_s: must be 0 to {_LONGEST_WAIT_S:g}, got "{text}"')
    return wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsRoutes:
    """The operators' answers."""

    connections: Connections
    products: Products
    sales: FlashSales
    metrics: ShopMetrics

    def routes(self) -> list[Route]:
        """The routes in no particular order."""
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/health", self.health),
            ("GET", "/metrics", self.show_metrics),
            ("POST", "/admin/flash-sales", self.start_sale),
            ("GET", "/admin/reconciliation", self.reconciliation),
        ]
        return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]

    async def health(self, _: Request) -> Response:
        services = {
            "postgres": _answers(self.connections.postgres.fetchval("SELECT 1")),
            "valkey": _answers(self.connections.valkey.ping()),
            "nats": _answers(self.connections.queue.ping()),
        }
        answers = await asyncio.gather(*services.values())
        silent = [name for name, answered in zip(services, answers, strict=True) if not answered]
        if silent:
            raise Refusal(503, "unhealthy", f"no answer from {', '.join(silent)}")
        return json_response({"status": "ok"})

    async def show_metrics(self, _: Request) -> Response:
        left = await self.sales.units_left()
        text = self.metrics.text(left, await self.connections.queue.messages())
        return Response(text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def start_sale(self, request: Request) -> Response:
        fields = await json_object(request)
        items = fields.get("items")
        if not isinstance(items, dict) or not items:
            raise Refusal(400, "invalid", "items: must be an object of SKU and units")
        units = {checked_sku(sku): integer(items, sku, 0, _MOST_UNITS) for sku in items}
        fields.setdefault("limit_per_user", 1)
        limit_per_user = integer(fields, "limit_per_user", 1, _MOST_UNITS)
        # Pricing them also puts them into the cache, so that the sale opens on a warm one.
        priced = await self.products.priced(units)
        prices_cents = {sku: product["price_cents"] for sku, product in priced.items()}
        await self.sales.stop(units)
        await forget_orders(self.connections.postgres, units)
        await self.sales.start(units, prices_cents, limit_per_user)
        return json_response({"items": units, "limit_per_user": limit_per_user})

    async def reconciliation(self, request: Request) -> Response:
        return json_response(
            await reconcile(
                self.connections.postgres, self.sales, self.connections.queue, _wait_s(request)
            )
        )
