"""The home page: what a shopper sees first."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from html import escape
from typing import Any

from targets.reference.catalogue import CATEGORIES
from targets.reference.flash_sale import FlashSales
from targets.reference.products import Products

_LIFE_S = 1.0

_PAGE = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>Reference shop 双十一</title>
<style>body{{font:16px sans-serif;margin:2em;color-scheme:light dark}}li{{margin:.3em 0}}</style>
</head><body><h1>Reference shop 双十一</h1>
<form action="/api/search"><input name="q"><button>搜索 Search</button></form>
<nav>{categories}</nav>
<h2>秒杀 Flash sale</h2><ul id="flash">{flash}</ul>
<h2>热卖 Featured</h2><ul id="featured">{featured}</ul>
</body></html>
"""


def _line(product: Mapping[str, Any], note: str = "") -> str:
    price = f"{product['price_cents'] / 100:.2f}"
    name = escape(product["name"])
    return f'<li><a href="/api/products/{product["sku"]}">{name}</a> ¥{price}{note}</li>'


def rendered(
    featured: Iterable[Mapping[str, Any]],
    flash: Collection[tuple[Mapping[str, Any], int]],
    categories: Iterable[str],
) -> str:
    """The page as HTML; `flash` has a product and its units left."""
    return _PAGE.format(
        categories=" · ".join(f'<a href="/api/categories/{c}">{c}</a>' for c in categories),
        flash="".join(_line(product, f" 剩余 {left}") for product, left in flash) or "<li>-</li>",
        featured="".join(_line(product) for product in featured),
    )


class HomePage:
    """The page, rendered at most once a second in a process; `clock` gives monotonic seconds."""

    def __init__(self, products: Products, sales: FlashSales, clock: Callable[[], float]) -> None:
        self._products = products
        self._sales = sales
        self._clock = clock
        self._rendering: asyncio.Task[tuple[bytes, str]] | None = None
        self._fresh_until_s = float("-inf")

    async def current(self) -> tuple[bytes, str]:
        """The page and its entity tag."""
        task = self._rendering
        if task is None or self._clock() >= self._fresh_until_s or _has_failed(task):
            self._fresh_until_s = self._clock() + _LIFE_S
            task = self._rendering = asyncio.create_task(self._render())
        return await asyncio.shield(task)

    async def _render(self) -> tuple[bytes, str]:
        left = await self._sales.units_left()
        products = await self._products.priced(left)
        flash = [(products[sku], units) for sku, units in left.items()]
        names = [name for categories in CATEGORIES.values() for name in categories]
        page = rendered(await self._products.featured(), flash, names).encode()
        return page, f'"{hashlib.sha256(page).hexdigest()[:16]}"'


def _has_failed(task: asyncio.Task[tuple[bytes, str]]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
