"""TLS against certificates of the test's own: good, expired, of nobody trusted, another host's."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenarios.transport.failure import DeadlineError, TransportError
from scenarios.transport.tls import tls_context
from scenarios.transport.transport import Transport
from targets.adapters.contract import Call, Hear, Open, Say
from tests.scenarios.transport.certificates import ca_file, over_tls
from tests.scenarios.transport.room import Visitor, room
from tests.scenarios.transport.scripted_server import (
    OK,
    Peer,
    ScriptedServer,
    replying,
    serving,
    silent,
)
from tests.scenarios.transport.sending import PATIENT_S, send, transport_to

HOST = "shop.example"


@contextlib.contextmanager
def transport_over_tls(
    server: ScriptedServer, context: ssl.SSLContext | None, host: str = HOST
) -> Iterator[Transport]:
    url = f"https://{host}:{server.address[1]}"
    with transport_to(server, url, tls=context) as transport:
        yield transport


@pytest.fixture
def trusting(tmp_path: Path) -> ssl.SSLContext:
    return tls_context(ca_file=ca_file(tmp_path))


def test_a_good_certificate_is_taken_and_its_name_asked_for(trusting):
    seen = []
    with (
        serving(over_tls(replying(OK), HOST, seen=seen)) as server,
        transport_over_tls(server, trusting) as transport,
    ):
        assert [send(transport).body for _ in range(3)] == [b"ok"] * 3
        assert len(server.peers) == 1
    assert seen == [HOST]


def test_an_address_may_have_a_certificate_of_its_own(trusting):
    with (
        serving(over_tls(replying(OK), "127.0.0.1")) as server,
        transport_over_tls(server, trusting, "127.0.0.1") as transport,
    ):
        assert send(transport).body == b"ok"


@pytest.mark.parametrize(
    ("hosts", "host", "expired", "kind"),
    [
        ([HOST], HOST, True, "tls_expired"),
        (["other.example"], HOST, False, "tls_wrong_host"),
        ([HOST], "127.0.0.1", False, "tls_wrong_host"),
    ],
)
def test_a_certificate_that_is_not_good_is_refused_with_a_class(
    hosts, host, expired, kind, trusting
):
    with (
        serving(over_tls(replying(OK), *hosts, expired=expired)) as server,
        transport_over_tls(server, trusting, host) as transport,
    ):
        with pytest.raises(TransportError) as caught:
            send(transport)
        assert caught.value.kind == kind
        assert not server.requests


def test_a_certificate_of_nobody_trusted_is_refused(tmp_path):
    others = tls_context(ca_file=ca_file(tmp_path, "others"))
    for context in (None, others):
        with (
            serving(over_tls(replying(OK), HOST)) as server,
            transport_over_tls(server, context) as transport,
        ):
            with pytest.raises(TransportError) as caught:
                send(transport)
            assert caught.value.kind == "tls_untrusted"


def test_who_asks_for_no_verification_gets_none():
    with (
        serving(over_tls(replying(OK), "other.example", expired=True)) as server,
        transport_over_tls(server, tls_context(verify=False)) as transport,
    ):
        assert send(transport).body == b"ok"


def test_a_server_without_tls_is_no_platform(trusting):
    def plain(peer: Peer) -> None:
        peer.connection.recv(10)
        peer.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(plain) as server, transport_over_tls(server, trusting) as transport:
        with pytest.raises(TransportError) as caught:
            send(transport)
        assert caught.value.kind == "tls"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_large_bodies_pass_over_either_version(version, trusting):
    trusting.maximum_version = version
    body = bytes(range(256)) * 8_000

    def echo(peer: Peer) -> None:
        while True:
            sent = peer.read_request().partition(b"\r\n\r\n")[2]
            peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(sent) + sent)

    with (
        serving(over_tls(echo, HOST)) as server,
        transport_over_tls(server, trusting) as transport,
    ):
        for _ in range(2):
            assert send(transport, Call(method="POST", path="/", body=body)).body == body


@pytest.mark.parametrize(
    ("talk", "kind"),
    [(silent, "connect_timeout"), (over_tls(silent, HOST), "reply_timeout")],
    ids=["handshake", "reply"],
)
def test_the_deadline_holds_in_the_handshake_and_after_it(talk, kind, trusting):
    with (
        serving(talk) as server,
        transport_over_tls(server, trusting) as transport,
        pytest.raises(DeadlineError, match=kind),
    ):
        send(transport, within_s=0.3)


def test_a_websocket_is_opened_over_tls_too(trusting):
    def echo(visitor: Visitor) -> None:
        visitor.say(visitor.hear().data)
        visitor.hear()

    with (
        serving(over_tls(room(echo), HOST)) as server,
        transport_over_tls(server, trusting) as transport,
    ):
        socket, reply = transport.open(Open(path="/live"), within_s=PATIENT_S)
        assert reply.status == 101
        socket.answer(Say(message="在吗？"), within_s=PATIENT_S)
        heard = socket.answer(Hear(within_s=PATIENT_S, most=1), within_s=2 * PATIENT_S)
        assert heard.messages[0].content == "在吗？"
        socket.close()


def test_a_websocket_checks_certificates_too():
    with (
        serving(over_tls(room(lambda visitor: None), HOST)) as server,
        transport_over_tls(server, None) as transport,
        pytest.raises(TransportError, match="tls_untrusted"),
    ):
        transport.open(Open(path="/live"), within_s=PATIENT_S)


def test_a_file_without_a_certificate_is_told(tmp_path):
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing here")
    with pytest.raises(ValueError, match="no certificate"):
        tls_context(ca_file=empty)
    with pytest.raises(FileNotFoundError):
        tls_context(ca_file=tmp_path / "none.pem")


def drip(peer: Peer) -> None:
    """The beginning of a TLS record, byte by byte, and never all of it."""
    for byte in b"\x16\x03\x03\x40\x00" + bytes(400):
        peer.say(bytes([byte]))
        if peer.ending.wait(0.02):
            return


@pytest.mark.parametrize("asked", [Call(method="GET", path="/"), Open(path="/live")])
def test_a_server_that_drips_its_handshake_is_not_waited_for_beyond_the_deadline(asked):
    with serving(drip) as server:
        host, port = server.address
        with transport_to(server, f"https://{host}:{port}") as transport:
            ask = transport.send if isinstance(asked, Call) else transport.open
            with pytest.raises(DeadlineError, match="connect_timeout"):
                ask(asked, within_s=0.3)
