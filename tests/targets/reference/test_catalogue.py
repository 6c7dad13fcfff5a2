from __future__ import annotations

from collections import Counter

from targets.reference.catalogue import CATEGORIES, PRODUCTS, catalogue


def test_the_catalogue_is_the_same_every_time():
    assert list(catalogue()) == list(catalogue())
    assert list(catalogue(50)) == list(catalogue())[:50]


def test_ten_thousand_products_fill_two_levels_of_categories():
    products = list(catalogue())
    assert [product.sku for product in products] == [str(n) for n in range(1, PRODUCTS + 1)]
    found = Counter((product.parent_category, product.category) for product in products)
    named = {(parent, name) for parent, names in CATEGORIES.items() for name in names}
    assert set(found) == named
    assert max(found.values()) - min(found.values()) <= 1


def test_prices_are_positive_and_names_have_both_scripts():
    for product in catalogue(500):
        assert product.price_cents > 0
        assert any(letter.isascii() and letter.isalpha() for letter in product.name)
        assert any("\u4e00" <= letter <= "\u9fff" for letter in product.name)
