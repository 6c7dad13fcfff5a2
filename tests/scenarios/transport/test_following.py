"""Redirects over connections: every hop is counted, and none leaves what was permitted."""

from __future__ import annotations

import pytest
from gevent import GreenletExit

from scenarios.transport.failure import DeadlineError, TransportError
from scenarios.transport.origins import permitted_origins
from scenarios.transport.redirect import MOST_HOPS
from targets.adapters.contract import Call
from targets.adapters.cookie_jar import CookieJar
from tests.scenarios.transport.scripted_server import (
    OK,
    Peer,
    ScriptedServer,
    Talk,
    replying,
    serving,
    silent,
)
from tests.scenarios.transport.sending import GET, header, send, transport_to

POST = Call(method="POST", path="/log-in", headers={"Authorization": "Bearer t"}, body=b"me")


def redirect(to: str, status: int = 302, cookie: str = "") -> bytes:
    set_cookie = f"Set-Cookie: {cookie}\r\n" if cookie else ""
    return (
        f"HTTP/1.1 {status} X\r\nLocation: {to}\r\n{set_cookie}Content-Length: 0\r\n\r\n".encode()
    )


def by_path(replies: dict[str, bytes]) -> Talk:
    """Answers each path with its own reply."""

    def talk(peer: Peer) -> None:
        while True:
            peer.say(replies[peer.read_request().split(b" ")[1].decode()])

    return talk


def lines(server: ScriptedServer) -> list[str]:
    return [request.partition(b" HTTP")[0].decode() for request in server.requests]


def url_of(server: ScriptedServer) -> str:
    return "http://{}:{}".format(*server.address)


def test_a_redirect_is_followed_on_the_same_connection_and_each_hop_counted():
    shop = by_path({"/": redirect("/b"), "/b": redirect("c", 307), "/c": OK})
    with serving(shop) as server, transport_to(server) as transport:
        reply = send(transport)
    assert (reply.status, reply.body, reply.requests) == (200, b"ok", 3)
    assert lines(server) == ["GET /", "GET /b", "GET /c"]
    assert len(server.peers) == 1


def test_a_log_in_becomes_a_page_and_its_cookie_goes_along():
    shop = by_path({"/log-in": redirect("/me", 303, cookie="sid=s1; Path=/"), "/me": OK})
    jar = CookieJar()
    with serving(shop) as server, transport_to(server) as transport:
        reply = send(transport, POST, jar=jar)
    assert lines(server) == ["POST /log-in", "GET /me"]
    assert header(server.requests[1], "cookie") == [b"sid=s1"]
    assert reply.cookies == {"sid": "s1"}
    assert [each.name for each in jar] == ["sid"]


def test_an_adapter_that_wants_the_redirect_itself_gets_it():
    shop = by_path({"/": redirect("/b")})
    call = Call(method="GET", path="/", follow=False)
    with serving(shop) as server, transport_to(server) as transport:
        reply = send(transport, call)
    assert (reply.status, reply.headers["location"], reply.requests) == (302, "/b", 1)


def test_a_location_goes_from_the_root_of_the_origin_and_a_path_from_the_targets():
    shop = by_path({"/shop/": redirect("/shop/b"), "/shop/b": OK})
    with serving(shop) as server, transport_to(server, f"{url_of(server)}/shop") as transport:
        send(transport)
    assert lines(server) == ["GET /shop/", "GET /shop/b"]


@pytest.mark.parametrize("to", ["/", "/?again", ""])
def test_a_loop_ends_after_ten_hops(to):
    shop = replying(redirect(to))
    with serving(shop) as server, transport_to(server) as transport:
        with pytest.raises(TransportError) as caught:
            send(transport)
        assert caught.value.kind == "redirect_loop"
        assert (caught.value.requests, caught.value.status) == (MOST_HOPS + 1, 302)
        assert len(server.requests) == MOST_HOPS + 1


def test_another_origin_is_never_connected_to_unless_it_was_permitted():
    with serving(replying(OK)) as other:
        shop = by_path({"/": redirect(f"{url_of(other)}/x")})
        with serving(shop) as server, transport_to(server) as transport:
            with pytest.raises(TransportError) as caught:
                send(transport)
            assert caught.value.kind == "redirect_forbidden"
            assert (caught.value.requests, caught.value.status) == (1, 302)
        assert not other.peers


def test_a_permitted_origin_is_followed_to_its_pinned_address_without_the_authorization():
    """The name `pay.invalid` resolves nowhere (RFC 2606): only the pinned address can be it."""
    jar = CookieJar()
    with serving(by_path({"/x": redirect("/y", 308), "/y": OK})) as other:
        port = other.address[1]
        to = redirect(f"http://pay.invalid:{port}/x", 307, cookie="sid=1")
        with serving(by_path({"/log-in": to})) as server:
            origins = permitted_origins({f"http://pay.invalid:{port}": other.address})
            with transport_to(server, origins=origins) as transport:
                reply = send(transport, POST, jar=jar)
        assert (reply.body, reply.requests) == (b"ok", 3)
        assert lines(other) == ["POST /x", "POST /y"]
        for request in other.requests:
            assert header(request, "host") == [f"pay.invalid:{port}".encode()]
            assert header(request, "authorization") == header(request, "cookie") == []
            assert header(request, "x-doorbuster-rehearsal") == [b"run-7"]
            assert request.endswith(b"me")


def test_a_call_may_name_a_permitted_origin_itself_and_no_other():
    with serving(replying(OK)) as server, transport_to(server) as transport:
        assert send(transport, Call(method="GET", path=f"{url_of(server)}?a=1")).body == b"ok"
        assert lines(server) == ["GET /?a=1"]
        for path, kind in (
            ("http://192.0.2.1/", "redirect_forbidden"),
            ("no path", "bad_call"),
            ("", "bad_call"),
        ):
            with pytest.raises(TransportError) as caught:
                send(transport, Call(method="GET", path=path))
            assert (caught.value.kind, caught.value.requests) == (kind, 0)


def test_all_hops_share_one_deadline():
    def slow(peer: Peer) -> None:
        peer.read_request()
        peer.say(redirect("/b"))
        silent(peer)

    with serving(slow) as server, transport_to(server) as transport:
        with pytest.raises(DeadlineError, match="reply_timeout") as caught:
            send(transport, GET, within_s=0.2)
        assert (caught.value.requests, caught.value.status) == (2, 302)


def test_a_hop_that_fails_fails_the_call_with_its_own_class():
    def talk(peer: Peer) -> None:
        peer.read_request()
        peer.say(redirect("/b"))
        peer.read_request()
        peer.say(b"garbage\r\n\r\n")

    with serving(talk) as server, transport_to(server) as transport:
        with pytest.raises(TransportError) as caught:
            send(transport)
        assert (caught.value.kind, caught.value.requests) == ("not_http", 2)


def test_a_redirect_is_not_followed_once_the_sender_is_leaving():
    shop = by_path({"/": redirect("/b"), "/b": OK})
    with serving(shop) as server, transport_to(server) as transport:
        with pytest.raises(GreenletExit):
            transport.send(GET, within_s=20.0, leaving=lambda: bool(server.requests))
        assert lines(server) == ["GET /"]
        assert send(transport, Call(method="GET", path="/b")).status == 200
