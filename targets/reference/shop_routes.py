"""What shoppers may ask: one method per route, each reads the request and makes the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from targets.reference.accounts import Accounts
from targets.reference.carts import Carts
from targets.reference.flash_sale import FlashSales
from targets.reference.home_page import HomePage
from targets.reference.orders import shown_order
from targets.reference.payments import PaymentChannel, pay
from targets.reference.products import Products, json_bytes
from targets.reference.refusal import Refusal
from targets.reference.request_body import checked_sku, json_object, line

_LONGEST_QUERY = 200
_LONGEST_KEY = 128


def json_response(value: object, status: int = 200) -> Response:
    """`value` as a JSON answer."""
    return Response(json_bytes(value), status, media_type="application/json")


def _shared(body: bytes, life_s: int) -> Response:
    # What is the same for every shopper may be kept by the edge.
    headers = {"Cache-Control": f"public, max-age={life_s}"}
    return Response(body, 200, headers, media_type="application/json")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopRoutes:
    """The shop's answers."""

    products: Products
    accounts: Accounts
    carts: Carts
    sales: FlashSales
    postgres: Any
    channels: dict[str, PaymentChannel]
    home_page: HomePage

    def routes(self) -> list[Route]:
        """The routes, the busiest first, as they are tried in this order."""
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/api/products/{sku}", self.product),
            ("GET", "/api/flash-orders/{ticket}", self.flash_ticket),
            ("POST", "/api/flash-orders", self.flash_order),
            ("POST", "/api/login", self.log_in),
            ("POST", "/api/cart/items", self.add_to_cart),
            ("POST", "/api/checkout", self.check_out),
            ("POST", "/api/payments", self.payment),
            ("GET", "/api/orders/{order}", self.order),
            ("GET", "/api/search", self.search),
            ("GET", "/api/categories/{category}", self.category),
            ("GET", "/", self.home),
        ]
        return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]

    def _user(self, request: Request) -> str:
        return self.accounts.shopper(request.headers.get("authorization")).user

    async def product(self, request: Request) -> Response:
        detail = await self.products.detail(checked_sku(request.path_params["sku"]))
        return Response(detail, media_type="application/json")

    async def category(self, request: Request) -> Response:
        page = request.query_params.get("page", "1")
        if not (page.isascii() and page.isdigit()):
            raise Refusal(400, "invalid", f'page: must be a number, got "{page}"')
        return _shared(await self.products.category(request.path_params["category"], int(page)), 30)

    async def search(self, request: Request) -> Response:
        words = request.query_params.get("q", "").strip()
        if not 1 <= len(words) <= _LONGEST_QUERY or "\0" in words:
            raise Refusal(400, "invalid", f"q: must have 1 to {_LONGEST_QUERY} letters")
        return _shared(await self.products.search(words), 5)

    async def home(self, request: Request) -> Response:
        page, etag = await self.home_page.current()
        headers = {"Cache-Control": "public, max-age=1, stale-while-revalidate=30", "ETag": etag}
        if request.headers.get("if-none-match") == etag:
            return Response(b"", 304, headers)
        return Response(page, 200, headers, media_type="text/html")

    async def log_in(self, request: Request) -> Response:
        fields = await json_object(request)
        tier = fields.get("tier", "regular")
        return json_response(await self.accounts.log_in(fields.get("user"), tier))

    async def add_to_cart(self, request: Request) -> Response:
        user = self._user(request)
        sku, quantity = line(await json_object(request))
        return json_response(await self.carts.add(user, sku, quantity))

    async def check_out(self, request: Request) -> Response:
        user = self._user(request)
        await json_object(request)
        return json_response(await self.carts.check_out(user))

    async def flash_order(self, request: Request) -> Response:
        user = self._user(request)
        key = request.headers.get("idempotency-key", "")
        if not 1 <= len(key) <= _LONGEST_KEY:
            raise Refusal(
                400, "invalid", f"header Idempotency-Key: must have 1 to {_LONGEST_KEY} letters"
            )
        sku, quantity = line(await json_object(request))
        ticket = await self.sales.order(user, sku, quantity, key)
        return json_response({"ticket": ticket, "state": "queued"}, 202)

    async def flash_ticket(self, request: Request) -> Response:
        user = self._user(request)
        name = request.path_params["ticket"]
        ticket = await self.sales.ticket(name)
        if ticket is None or ticket.user != user:
            raise Refusal(404, "not_found", f"no ticket {name}")
        state = "queued" if ticket.order is None else "created"
        return json_response({"ticket": name, "state": state, "order": ticket.order})

    async def payment(self, request: Request) -> Response:
        user = self._user(request)
        fields = await json_object(request)
        order = fields.get("order")
        if not isinstance(order, str) or "\0" in order:
            raise Refusal(400, "invalid", "order: must be the name of an order")
        channel = fields.get("channel")
        return json_response(await pay(self.postgres, self.channels, user, order, channel))

    async def order(self, request: Request) -> Response:
        user = self._user(request)
        return json_response(await shown_order(self.postgres, request.path_params["order"], user))
