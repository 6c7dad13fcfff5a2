from __future__ import annotations

import pytest

from targets.reference.catalogue import CATEGORIES

pytestmark = pytest.mark.servers


def test_a_product_is_shown_with_its_stock_only_when_on_sale(web, sku):
    shown = web.get(f"/api/products/{sku}").json
    assert list(shown) == ["sku", "name", "category", "price_cents", "stock"]
    assert (shown["sku"], shown["stock"]) == (sku, None)
    web.start_sale(sku, 12)
    assert web.get(f"/api/products/{sku}").json == shown | {"stock": 12}


@pytest.mark.parametrize("sku", ["0", "10001", "nothing"])
def test_an_unknown_product_is_not_found(web, sku):
    assert web.get(f"/api/products/{sku}").refusal == (404, "not_found")


def test_search_finds_products_that_have_all_the_words(web):
    found = web.get("/api/search?q=wireless+headphones+pro").json
    assert found["query"] == "wireless headphones pro"
    assert len(found["products"]) == 20
    for product in found["products"]:
        assert "Pro Wireless Headphones" in product["name"]
        assert set(product) == {"sku", "name", "price_cents"}


def test_search_knows_word_forms_and_chinese(web):
    singular, plural = (web.get(f"/api/search?q={w}").json["products"] for w in ("tent", "tents"))
    assert singular == plural
    chinese = web.get("/api/search?q=%E8%80%B3%E6%9C%BA%20OR%20%E7%BB%BF%E8%8C%B6").json
    assert all("绿茶" in product["name"] for product in chinese["products"])
    assert chinese["products"]


def test_search_without_a_match_is_empty(web):
    assert web.get("/api/search?q=zeppelin").json["products"] == []


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?q=" + "x" * 201, "?q=%00"])
def test_search_needs_words(web, query):
    assert web.get(f"/api/search{query}").refusal == (400, "invalid")


@pytest.mark.parametrize("words", ["'", '"', "!!!", "a' OR '1'='1", "\\", "<->", "(("])
def test_search_takes_any_text_for_words(web, words):
    assert web.ask("GET", "/api/search?q=" + "".join(f"%{ord(c):02x}" for c in words)).status == 200


def test_every_category_has_pages_of_twenty(web):
    for category in ["digital", *CATEGORIES["digital"]]:
        first, second = (web.get(f"/api/categories/{category}?page={page}").json for page in (1, 2))
        assert (first["category"], first["page"], second["page"]) == (category, 1, 2)
        skus = [product["sku"] for page in (first, second) for product in page["products"]]
        assert len(set(skus)) == 40
        assert skus == sorted(skus, key=int)


def test_an_unknown_category_is_not_found(web):
    assert web.get("/api/categories/zeppelins").refusal == (404, "not_found")


@pytest.mark.parametrize("page", ["0", "-1", "x", "501", "1e3"])
def test_a_page_is_a_positive_number(web, page):
    assert web.get(f"/api/categories/digital?page={page}").refusal == (400, "invalid")


def test_the_home_page_may_be_kept_by_the_edge(web):
    page = web.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "public" in page.headers["cache-control"]
    assert b"/api/products/1" in page.body
    again = web.get("/", **{"If-None-Match": page.headers["etag"]})
    if again.status == 200:  # a second has passed and the page has changed
        assert again.headers["etag"] != page.headers["etag"]
    else:
        assert (again.status, again.body) == (304, b"")
