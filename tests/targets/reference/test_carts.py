from __future__ import annotations

import itertools

import pytest

pytestmark = pytest.mark.servers
_USERS = (f"cart-owner-{number}" for number in itertools.count())


def test_a_cart_is_priced_from_the_catalogue(web):
    shopper = web.as_user(next(_USERS))
    shopper.post("/api/cart/items", {"sku": "11", "quantity": 2})
    shopper.post("/api/cart/items", {"sku": "12", "quantity": 1})
    cart = shopper.post("/api/cart/items", {"sku": "11", "quantity": 1}).json
    prices = {sku: web.get(f"/api/products/{sku}").json["price_cents"] for sku in ("11", "12")}
    assert {item["sku"]: item["quantity"] for item in cart["items"]} == {"11": 3, "12": 1}
    assert cart["total_cents"] == 3 * prices["11"] + prices["12"]
    quote = shopper.post("/api/checkout", {}).json
    assert (quote["items"], quote["total_cents"]) == (cart["items"], cart["total_cents"])
    assert quote["checkout"]


def test_an_empty_cart_is_not_checked_out(web):
    assert web.as_user(next(_USERS)).post("/api/checkout", {}).refusal == (409, "empty_cart")


def test_an_unknown_product_stays_out_of_the_cart(web):
    shopper = web.as_user(next(_USERS))
    answer = shopper.post("/api/cart/items", {"sku": "99999", "quantity": 1})
    assert answer.refusal == (404, "not_found")
    assert shopper.post("/api/checkout", {}).refusal == (409, "empty_cart")


def test_a_cart_holds_a_bounded_number_of_products(web):
    shopper = web.as_user(next(_USERS))
    for sku in range(1, 101):
        assert shopper.post("/api/cart/items", {"sku": str(sku), "quantity": 1}).status == 200
    answer = shopper.post("/api/cart/items", {"sku": "101", "quantity": 1})
    assert answer.refusal == (409, "cart_full")
    assert len(shopper.post("/api/checkout", {}).json["items"]) == 100
