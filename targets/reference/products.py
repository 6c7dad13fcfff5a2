"""Products, categories and search: Valkey over PostgreSQL, answers as ready JSON bytes."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from targets.reference.cache import BatchedReader, ReadThrough
from targets.reference.flash_sale import stock_key
from targets.reference.refusal import Refusal

PAGE_PRODUCTS = 20
_LAST_PAGE = 500

_PRODUCT = "SELECT sku, name, category, price_cents FROM products WHERE sku = $1"
_IN_CATEGORY = """
SELECT sku, name, price_cents FROM products WHERE category = $1 OR parent_category = $1
ORDER BY shelf_position LIMIT $2 OFFSET $3
"""
_SEARCH = """
SELECT sku, name, price_cents FROM products
WHERE words @@ websearch_to_tsquery('english', $1) ORDER BY shelf_position LIMIT $2
"""
_FEATURED = "SELECT sku, name, price_cents FROM products ORDER BY shelf_position LIMIT $1"


def json_bytes(value: object) -> bytes:
    """Compact JSON, names kept readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _product_key(sku: str) -> str:
    return f"product:{{{sku}}}"


class Products:
    """The catalogue as shoppers read it."""

    def __init__(
        self, postgres: Any, reader: BatchedReader, details: ReadThrough, lists: ReadThrough
    ) -> None:
        self._postgres = postgres
        self._reader = reader
        self._details = details
        self._lists = lists

    async def _detail(self, sku: str, cached: bytes | None) -> bytes:
        async def load() -> bytes | None:
            row = await self._postgres.fetchrow(_PRODUCT, sku)
            return None if row is None else json_bytes(dict(row))

        detail = await self._details.value(_product_key(sku), cached, load)
        if detail is None:
            raise Refusal(404, "not_found", f"no product {sku}")
        return detail

    async def detail(self, sku: str) -> bytes:
        """The product with its `stock`: units left in a flash sale, else null."""
        cached, stock = await self._reader.read(_product_key(sku), stock_key(sku))
        detail = await self._detail(sku, cached)
        return b'%b,"stock":%b}' % (detail[:-1], stock or b"null")

    async def priced(self, skus: Collection[str]) -> dict[str, dict[str, Any]]:
        """Each SKU's sku, name, category, price_cents; refuses with 404 if one is unknown."""
        if not skus:
            return {}
        found = await self._reader.read(*(_product_key(sku) for sku in skus))
        return {
            sku: json.loads(await self._detail(sku, cached))
            for sku, cached in zip(skus, found, strict=True)
        }

    async def category(self, category: str, page: int) -> bytes:
        """One page of a category of either level; refuses with 404 when it is empty."""
        if not 1 <= page <= _LAST_PAGE:
            raise Refusal(400, "invalid", f"page: must be 1 to {_LAST_PAGE}, got {page}")

        async def load() -> bytes | None:
            skipped = (page - 1) * PAGE_PRODUCTS
            rows = await self._postgres.fetch(_IN_CATEGORY, category, PAGE_PRODUCTS, skipped)
            if not rows and page == 1:
                return None
            products = [dict(row) for row in rows]
            return json_bytes({"category": category, "page": page, "products": products})

        key = f"category:{category}:{page}"
        (cached,) = await self._reader.read(key)
        shown = await self._lists.value(key, cached, load)
        if shown is None:
            raise Refusal(404, "not_found", f"no category {category}")
        return shown

    async def search(self, words: str) -> bytes:
        """The most popular products that have all the words, from PostgreSQL."""
        rows = await self._postgres.fetch(_SEARCH, words, PAGE_PRODUCTS)
        return json_bytes({"query": words, "products": [dict(row) for row in rows]})

    async def featured(self) -> list[dict[str, Any]]:
        """The most popular products."""
        return [dict(row) for row in await self._postgres.fetch(_FEATURED, PAGE_PRODUCTS)]
