"""Carts in Valkey, priced from the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from targets.reference.products import Products, json_bytes
from targets.reference.refusal import Refusal

_CART_LIFE_S = 7 * 86_400
_CHECKOUT_LIFE_S = 900
_MOST_LINES = 100


def _cart_key(user: str) -> str:
    return f"cart:{user}"


class Carts:
    """The shoppers' carts; `new_id` names a checkout."""

    def __init__(self, valkey: Any, products: Products, new_id: Callable[[], str]) -> None:
        self._valkey = valkey
        self._products = products
        self._new_id = new_id

    async def _priced(self, lines: dict[bytes, bytes]) -> dict[str, Any]:
        quantities = {sku.decode(): int(quantity) for sku, quantity in lines.items()}
        products = await self._products.priced(quantities)
        items = [
            {
                "sku": sku,
                "name": products[sku]["name"],
                "quantity": quantity,
                "price_cents": products[sku]["price_cents"],
            }
            for sku, quantity in quantities.items()
        ]
        total_cents = sum(item["quantity"] * item["price_cents"] for item in items)
        return {"items": items, "total_cents": total_cents}

    async def add(self, user: str, sku: str, quantity: int) -> dict[str, Any]:
        """Adds units to the cart and shows it; refuses with 404 an unknown product."""
        await self._products.priced([sku])
        key = _cart_key(user)
        async with self._valkey.pipeline(transaction=False) as step:
            step.hincrby(key, sku, quantity)
            step.expire(key, _CART_LIFE_S)
            step.hgetall(key)
            *_, lines = await step.execute()
        if len(lines) > _MOST_LINES:
            await self._valkey.hdel(key, sku)
            raise Refusal(409, "cart_full", f"a cart holds at most {_MOST_LINES} products")
        return await self._priced(lines)

    async def check_out(self, user: str) -> dict[str, Any]:
        """Prices the cart and keeps the quote for a while; refuses with 409 an empty cart."""
        lines = await self._valkey.hgetall(_cart_key(user))
        if not lines:
            raise Refusal(409, "empty_cart", "the cart is empty")
        quote = {"checkout": self._new_id(), **await self._priced(lines)}
        key = f"checkout:{quote['checkout']}"
        await self._valkey.set(key, json_bytes(quote | {"user": user}), ex=_CHECKOUT_LIFE_S)
        return quote
