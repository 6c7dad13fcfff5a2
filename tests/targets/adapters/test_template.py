from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.adapters.template import (
    filled,
    filled_path,
    filled_text,
    filled_tree,
    template,
    template_tree,
)

VALUES: dict[str, object] = {"sku": 3, "name": "a/b c?", "list": [1], "ok": True, "to": "/o/1?x=y"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ sku }}", 3),
        ("{{sku}}", 3),
        ("{{ sku | text }}", "3"),
        ("{{ list }}", [1]),
        ("{{ ok }}", True),
        ("n{{ sku }}", "n3"),
        ("{{ sku }}{{ sku }}", "33"),
        ("{{ ok }}!", "true!"),
        ("plain { } }}", "plain { } }}"),
        ("", ""),
    ],
)
def test_a_template_alone_keeps_the_type_and_within_text_becomes_text(
    text: str, value: object
) -> None:
    assert filled(template(text), VALUES.__getitem__) == value


@pytest.mark.parametrize(
    "text",
    [
        "{{ a b }}",
        "{{ }}",
        "{{ 1 }}",
        "{{ sku | upper }}",
        "{{ sku | }}",
        "{{ sku",
        "x {{ a.b.c }}",
    ],
)
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\{\{"):
        template(text)


@given(st.text())
def test_a_value_in_a_path_stays_one_segment(value: str) -> None:
    value = value.encode("utf-8", "ignore").decode()
    path = filled_path(template("/p/{{ v }}/end"), {"v": value}.__getitem__)
    assert path.count("/") == 3
    assert path.isascii()
    assert not set(path) & set("?# \r\n")
    assert unquote(path) == f"/p/{value}/end"


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/o/1?x=y", "/o/1?x=y"),
        ("http://shop.example/o/1?x=y#top", "/o/1?x=y"),
        ("o/1", "/o/1"),
        ("/商品", "/%E5%95%86%E5%93%81"),
        ("//evil.example/o", "/o"),
    ],
)
def test_a_path_that_is_one_template_is_a_location(location: str, path: str) -> None:
    assert filled_path(template("{{ to }}"), {"to": location}.__getitem__) == path


def test_the_words_of_a_path_are_encoded_and_its_signs_kept() -> None:
    assert filled_path(template("/s?q=手机 a&p=1"), VALUES.__getitem__) == (
        "/s?q=%E6%89%8B%E6%9C%BA%20a&p=1"
    )


def test_a_tree_is_filled_at_every_depth() -> None:
    tree = template_tree({"a": [{"sku": "{{ sku }}"}, None, 1.5], "b": "x{{ sku }}"})
    assert filled_tree(tree, VALUES.__getitem__) == {"a": [{"sku": 3}, None, 1.5], "b": "x3"}


def test_a_change_is_applied_to_values_only() -> None:
    assert filled_text(template("a{{ name }}"), VALUES.__getitem__, str.upper) == "aA/B C?"
