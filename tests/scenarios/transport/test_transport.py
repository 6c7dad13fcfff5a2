"""The transport: which connection a call takes, how often it is sent, and what goes with it."""

from __future__ import annotations

import gevent
import pytest
from gevent import GreenletExit

from scenarios.transport.failure import TransportError
from targets.adapters.colour import REHEARSAL_HEADER
from targets.adapters.contract import Call, Open
from targets.adapters.cookie_jar import CookieJar
from tests.scenarios.transport.scripted_server import (
    OK,
    Peer,
    once,
    replying,
    serving,
)
from tests.scenarios.transport.sending import (
    GET,
    POST,
    header,
    jar_with,
    send,
    transport_to,
    until,
)


def test_calls_in_flight_at_once_have_a_connection_each():
    with serving(replying(OK)) as server, transport_to(server) as transport:
        sending = [gevent.spawn(send, transport) for _ in range(5)]
        assert [each.get().body for each in sending] == [b"ok"] * 5
        assert len(server.peers) == 5
        assert send(transport).body == b"ok"
        assert len(server.peers) == 5


@pytest.mark.parametrize("call", [GET, POST], ids=["get", "post"])
def test_a_connection_closed_while_idle_is_noticed_before_it_is_used(call):
    with serving(once(OK), replying(OK)) as server, transport_to(server) as transport:
        send(transport)
        [idle] = transport._home.pool.idle
        until(idle.is_stale)
        assert send(transport, call).body == b"ok"
        assert [len(peer.requests) for peer in server.peers] == [1, 1]


def answers_once_then_hangs_up(peer: Peer) -> None:
    peer.read_request()
    peer.say(OK)
    peer.read_request()


def test_a_get_is_sent_again_when_the_reused_connection_breaks_before_the_reply():
    with (
        serving(answers_once_then_hangs_up, replying(OK)) as server,
        transport_to(server) as transport,
    ):
        assert send(transport).resends == 0
        again = send(transport)
        assert (again.body, again.requests, again.resends) == (b"ok", 1, 1)
        assert [len(peer.requests) for peer in server.peers] == [2, 1]


def test_a_post_with_an_idempotency_key_is_sent_again_too():
    """draft-ietf-httpapi-idempotency-key-header: the platform takes the two for one."""
    call = Call(method="POST", path="/", headers={"Idempotency-Key": "7"}, body=b"{}")
    with (
        serving(answers_once_then_hangs_up, replying(OK)) as server,
        transport_to(server) as transport,
    ):
        send(transport)
        assert send(transport, call).resends == 1
        assert server.requests[1] == server.requests[2]


def test_a_post_is_never_sent_twice():
    with (
        serving(answers_once_then_hangs_up, replying(OK)) as server,
        transport_to(server) as transport,
    ):
        send(transport)
        with pytest.raises(TransportError, match=r"closed_early|reset"):
            send(transport, POST)
        assert sum(request.startswith(b"POST") for request in server.requests) == 1


def test_a_get_is_sent_again_once_only():
    with serving(answers_once_then_hangs_up) as server, transport_to(server) as transport:
        gevent.joinall([gevent.spawn(send, transport) for _ in range(4)], raise_error=True)
        server.talks = (once(b""),)
        with pytest.raises(TransportError, match="closed_early") as caught:
            send(transport, Call(method="GET", path="/again"))
        assert (caught.value.requests, caught.value.resends) == (1, 1)
        assert sum(b" /again " in request for request in server.requests) == 2


def test_a_first_connection_that_breaks_is_not_tried_again():
    with serving(once(b"")) as server, transport_to(server) as transport:
        with pytest.raises(TransportError, match="closed_early"):
            send(transport)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "call",
    [
        Call(method="GET", path="/a\r\nX-Evil: 1"),
        Call(method="GET", path="/a\nX-Evil: 1"),
        Call(method="GET", path="/a HTTP/1.1\r\n\r\nGET /b"),
        Call(method="GET", path="/a b"),
        Call(method="GET", path="/", headers={"X": "1\r\nX-Evil: 1"}),
        Call(method="GET", path="/", headers={"X\r\nX-Evil": "1"}),
        Call(method="GET\r\nX-Evil: 1", path="/"),
    ],
)
def test_a_call_that_would_break_the_framing_is_refused_unsent(call):
    with serving(replying(OK)) as server, transport_to(server) as transport:
        with pytest.raises(TransportError, match="line break"):
            send(transport, call)
        assert not server.peers


def test_a_cookie_cannot_inject_a_header():
    with serving(replying(OK)) as server, transport_to(server) as transport:
        with pytest.raises(TransportError, match="bad_call"):
            send(transport, jar=jar_with("a=1\r\nX-Evil: 1"))
        assert not server.peers


@pytest.mark.parametrize("name", [REHEARSAL_HEADER, REHEARSAL_HEADER.lower()])
def test_every_request_carries_the_rehearsal_header_whatever_the_call_says(name):
    with serving(replying(OK)) as server, transport_to(server) as transport:
        for call in (GET, POST, Call(method="HEAD", path="/", headers={name: "customer"})):
            send(transport, call)
        assert all(b"run-7" in header(each, REHEARSAL_HEADER) for each in server.requests)


def test_a_call_replaces_the_players_own_headers():
    call = Call(method="GET", path="/", headers={"User-Agent": "phone", "Host": "shop.example"})
    with serving(replying(OK)) as server, transport_to(server) as transport:
        send(transport, call)
        assert header(server.requests[0], "user-agent") == [b"phone"]
        assert header(server.requests[0], "host") == [b"shop.example"]


def test_a_target_may_live_below_a_path_and_its_password_stays_here():
    with serving(replying(OK)) as server:
        host, port = server.address
        url = f"http://user:secret@{host}:{port}/shop/"
        with transport_to(server, url) as transport:
            send(transport, Call(method="GET", path="/cart?a=1"))
        assert server.requests[0].startswith(b"GET /shop/cart?a=1 HTTP/1.1\r\n")
        assert header(server.requests[0], "host") == [f"{host}:{port}".encode()]
        assert b"secret" not in server.requests[0]


def test_cookies_are_told_apart_and_sent_as_one_header():
    raw = (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/; HttpOnly\r\nSet-Cookie: b=x=y\r\n"
        b"Set-Cookie: gone=; Max-Age=0\r\nContent-Length: 0\r\n\r\n"
    )
    jar = jar_with("gone=1")
    with serving(replying(raw)) as server, transport_to(server) as transport:
        assert send(transport, jar=jar).cookies == {"a": "1", "b": "x=y", "gone": ""}
        send(transport, jar=jar)
        sent = [header(each, "cookie") for each in server.requests]
    assert sent == [[b"gone=1"], [b"a=1; b=x=y"]]


def test_a_cookie_goes_only_where_its_path_says():
    jar = jar_with("cart=1; Path=/shop/cart", "all=1; Path=/shop", "secure=1; Secure")
    with serving(replying(OK)) as server:
        host, port = server.address
        with transport_to(server, f"http://{host}:{port}/shop/") as transport:
            for path in ("/cart/items?q=/", "/pay"):
                send(transport, Call(method="GET", path=path), jar=jar)
        sent = [header(each, "cookie") for each in server.requests]
    assert sent == [[b"cart=1; all=1"], [b"all=1"]]


def test_a_calls_own_cookie_header_wins():
    call = Call(method="GET", path="/", headers={"Cookie": "own=1"})
    with serving(replying(OK)) as server, transport_to(server) as transport:
        send(transport, call, jar=jar_with("jar=2"))
        assert header(server.requests[0], "cookie") == [b"own=1"]


@pytest.mark.parametrize("value", ["双十一".encode(), b"caf\xe9", b"\xff\xfe\x80"])
def test_a_cookie_goes_back_byte_by_byte_as_it_came(value):
    raw = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=%b\r\nContent-Length: 0\r\n\r\n" % value
    jar = CookieJar()
    with serving(replying(raw)) as server, transport_to(server) as transport:
        send(transport, jar=jar)
        send(transport, jar=jar)
        assert header(server.requests[1], "cookie") == [b"a=" + value]


def test_names_that_are_not_ascii_go_out_as_utf_8():
    call = Call(method="GET", path="/搜索?q=双十一", headers={"X-City": "北京"})
    with serving(replying(OK)) as server, transport_to(server) as transport:
        send(transport, call)
        assert server.requests[0].startswith("GET /搜索?q=双十一 HTTP/1.1\r\n".encode())
        assert header(server.requests[0], "x-city") == ["北京".encode()]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_an_empty_body_of_a_method_that_has_one_is_said_to_be_empty(method):
    with serving(replying(OK)) as server, transport_to(server) as transport:
        send(transport, Call(method=method, path="/"))
        send(transport, GET)
        assert header(server.requests[0], "content-length") == [b"0"]
        assert header(server.requests[1], "content-length") == []


def test_closing_the_transport_closes_its_idle_connections():
    with serving(replying(OK)) as server:
        with transport_to(server) as transport:
            send(transport)
        until(server.peers[0].hung_up.is_set)


def test_a_connection_that_stands_only_when_the_sender_leaves_carries_no_request():
    with serving(replying(OK)) as server, transport_to(server) as transport:
        with pytest.raises(GreenletExit):
            transport.send(GET, within_s=20.0, leaving=lambda: True)
        with pytest.raises(GreenletExit):
            transport.open(Open(path="/live"), within_s=20.0, leaving=lambda: True)
        until(lambda: sum(each.hung_up.is_set() for each in server.peers) == 2)
        assert server.requests == []


def test_a_request_is_not_sent_again_once_the_sender_is_leaving():
    def close_after_one(peer):
        peer.read_request()
        peer.say(OK)
        peer.read_request()

    with serving(close_after_one, replying(OK)) as server, transport_to(server) as transport:
        send(transport)
        with pytest.raises(GreenletExit):
            transport.send(GET, within_s=20.0, leaving=lambda: True)
        assert len(server.requests) == 2
