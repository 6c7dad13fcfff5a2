"""Cookies as RFC 6265 has them, as far as one shopper on a few known hosts needs."""

from __future__ import annotations

import pytest

from targets.adapters.cookie_jar import CookieJar, Place

NOW_S = 1_700_000_000.0  # 2023-11-14


def at(path: str = "/", host: str = "shop.example", scheme: str = "https") -> Place:
    return Place(scheme=scheme, host=host, path=path)


def jar_of(*lines: str, place: Place | None = None) -> CookieJar:
    jar = CookieJar(now=lambda: NOW_S)
    jar.take(lines, place or at())
    return jar


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("a=1", "a=1"),
        ("a=1; Path=/; HttpOnly; SameSite=Lax", "a=1"),
        (" a = x=y ;Path=/", "a=x=y"),
        ('a="quoted"', 'a="quoted"'),
        ("a=", "a="),
        ("=1", ""),
        ("a", ""),
        ("", ""),
        ("a=1; Max-Age=60", "a=1"),
        ("a=1; Max-Age=0", ""),
        ("a=1; Max-Age=-1", ""),
        ("a=1; Max-Age=soon", "a=1"),
        ("a=1; max-age=99999999999999999999999", "a=1"),
        ("a=1; Max-Age=" + "9" * 400, "a=1"),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""),
        ("a=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT", ""),
        ("a=1; Expires=Wed, 01 Jan 2025 00:00:00 GMT", "a=1"),
        ("a=1; Expires=Wed, 01 Jan 2025 00:00:00 GMT; Max-Age=0", ""),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", "a=1"),
        ("a=1; Expires=whenever", "a=1"),
        ("a=1; Domain=shop.example", "a=1"),
        ("a=1; Domain=.SHOP.example", "a=1"),
        ("a=1; Domain=example", ""),
        ("a=1; Domain=other.example", ""),
        ("a=1; Domain=www.shop.example", ""),
        ("a=1; Secure", "a=1"),
    ],
)
def test_a_cookie_goes_back_as_its_line_says(line, sent):
    assert jar_of(line).header_for(at()) == sent


@pytest.mark.parametrize(
    ("path", "sent"),
    [("/", ""), ("/api", "a=1"), ("/api/cart", "a=1"), ("/apix", ""), ("/other", "")],
)
def test_a_path_bounds_a_cookie(path, sent):
    """RFC 6265 section 5.1.4."""
    assert jar_of("a=1; Path=/api").header_for(at(path)) == sent


@pytest.mark.parametrize(
    ("set_at", "path"), [("/", "/"), ("/login", "/"), ("/api/login", "/api"), ("/api/", "/api")]
)
def test_without_a_path_a_cookie_belongs_to_the_folder_that_set_it(set_at, path):
    [cookie] = jar_of("a=1; Path=relative", place=at(set_at))
    assert cookie.path == path


def test_a_secure_cookie_never_goes_out_in_the_clear():
    jar = jar_of("a=1; Secure", "b=2")
    assert jar.header_for(at(scheme="http")) == "b=2"


@pytest.mark.parametrize(
    ("line", "host", "sent"),
    [
        ("a=1", "www.shop.example", ""),
        ("a=1; Domain=shop.example", "www.shop.example", "a=1"),
        ("a=1; Domain=shop.example", "noshop.example", ""),
        ("a=1; Domain=shop.example", "example", ""),
    ],
)
def test_a_cookie_stays_with_its_host_unless_its_domain_is_wider(line, host, sent):
    assert jar_of(line).header_for(at(host=host)) == sent


def test_an_address_is_no_domain():
    jar = jar_of("a=1; Domain=0.0.1", "b=2; Domain=127.0.0.1", place=at(host="127.0.0.1"))
    assert [each.name for each in jar] == ["b"]


def test_a_later_cookie_takes_the_place_of_one_with_its_name_and_path():
    jar = jar_of("a=1", "b=1", "a=2", "a=3; Path=/api")
    assert jar.header_for(at("/api")) == "a=3; a=2; b=1"


def test_a_cookie_that_has_ended_is_forgotten():
    jar = jar_of("a=1", "b=1")
    jar.take(["a=; Max-Age=0", "never=; Max-Age=0"], at())
    assert jar.header_for(at()) == "b=1"
    assert len(jar) == 1


def test_a_cookie_ends_while_a_visit_lasts():
    now_s = NOW_S
    jar = CookieJar(now=lambda: now_s)
    jar.take(["a=1; Max-Age=10"], at())
    now_s = NOW_S + 10
    assert jar.header_for(at()) == ""
