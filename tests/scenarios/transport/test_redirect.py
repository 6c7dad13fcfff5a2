"""Where a redirect leads, and what goes along: without a network."""

from __future__ import annotations

import pytest

from scenarios.transport.failure import TransportError
from scenarios.transport.redirect import is_followed, redirected
from targets.adapters.contract import Call, Reply

URL = "https://shop.example/shop/cart?item=1"
POST = Call(
    method="POST",
    path="/cart",
    headers={"Content-Type": "text/plain", "Authorization": "Bearer t", "Cookie": "own=1"},
    body=b"data",
    after_s=1.0,
)


def reply(status: int, location: str = "/done") -> Reply:
    return Reply(status=status, headers={"location": location})


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
        ("PUT", 301, "PUT"),
        ("PUT", 303, "GET"),
        ("DELETE", 302, "DELETE"),
        ("HEAD", 303, "HEAD"),
        ("HEAD", 302, "HEAD"),
        ("GET", 308, "GET"),
    ],
)
def test_a_redirect_keeps_or_changes_the_method_as_browsers_do(method, status, then):
    """RFC 9110 sections 15.4.2 to 15.4.9."""
    call = Call(method=method, path="/", body=b"data")
    following = redirected(call, reply(status), URL)
    assert following.method == then
    assert following.body == (b"data" if then == method else b"")


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/done", "https://shop.example/done"),
        ("done?a=1", "https://shop.example/shop/done?a=1"),
        ("../done", "https://shop.example/done"),
        ("?page=2", "https://shop.example/shop/cart?page=2"),
        ("", "https://shop.example/shop/cart?item=1"),
        ("//pay.example/x", "https://pay.example/x"),
        ("http://pay.example:8080/x#part", "http://pay.example:8080/x"),
        ("/搜索?q=双十一", "https://shop.example/%E6%90%9C%E7%B4%A2?q=%E5%8F%8C%E5%8D%81%E4%B8%80"),
        ("/a b", "https://shop.example/a%20b"),
        ("/caf\udce9", "https://shop.example/caf%E9"),
        ("/a%20b", "https://shop.example/a%20b"),
    ],
)
def test_a_location_is_read_from_where_the_call_went(location, url):
    assert redirected(POST, reply(303, location), URL).path == url


def test_what_is_of_one_origin_stays_with_it():
    same = redirected(POST, reply(307, "https://shop.example:443/x"), URL)
    assert same.headers == POST.headers
    other = redirected(POST, reply(307, "https://pay.example/x"), URL)
    assert other.headers == {"Content-Type": "text/plain"}
    down = redirected(POST, reply(307, "http://shop.example/x"), URL)
    assert "Authorization" not in down.headers


def test_a_body_that_is_dropped_takes_its_headers_along():
    following = redirected(POST, reply(303), URL)
    assert following.headers == {"Authorization": "Bearer t", "Cookie": "own=1"}
    assert following.after_s == 0.0


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("alipays://platformapi/startapp", "redirect_forbidden"),
        ("javascript:alert(1)", "redirect_forbidden"),
        ("http://", "bad_redirect"),
        ("http://[::1/", "bad_redirect"),
        ("http://shop.example:notaport/", "bad_redirect"),
        ("http://shop.example:99999/", "bad_redirect"),
    ],
)
def test_a_location_that_leads_nowhere_has_a_class(location, kind):
    with pytest.raises(TransportError) as caught:
        redirected(POST, reply(302, location), URL)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("call", "answer", "followed"),
    [
        (POST, reply(302), True),
        (POST, reply(300), False),
        (POST, reply(304), False),
        (POST, reply(201), False),
        (POST, Reply(status=302), False),
        (Call(method="GET", path="/", follow=False), reply(302), False),
    ],
)
def test_only_redirects_with_a_location_are_followed_unless_the_adapter_wants_them(
    call, answer, followed
):
    assert is_followed(call, answer) is followed
