"""A head that was parsed before means the same as before; whatever differs goes to the parser."""

from __future__ import annotations

import pytest

from scenarios.transport.familiar_heads import MOST_HEADS, FamiliarHeads
from targets.adapters.contract import Call, Reply
from tests.scenarios.transport.scripted_server import Peer, replying, serving
from tests.scenarios.transport.sending import GET, POST, send, transport_to


def said(*headers: str, body: bytes = b"ok", status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


OK = said("Content-Length: 2", "X: 1")
OK_REPLY = Reply(status=200, headers={"content-length": "2", "x": "1"}, body=b"ok")


def test_the_same_head_with_another_body_gives_the_other_body():
    heads = FamiliarHeads()
    assert heads.reply(OK) is None
    heads.learn(OK, OK_REPLY)
    reply = heads.reply(OK[:-2] + b"no")
    assert (reply.status, reply.headers, reply.body) == (200, OK_REPLY.headers, b"no")


@pytest.mark.parametrize(
    "other",
    [
        b"",
        OK[:-1],  # not whole yet
        OK + b"x",  # more than one reply
        OK + OK,
        OK.replace(b"X: 1", b"X: 2"),
        OK.replace(b"200", b"201"),
        OK.replace(b"\r\n\r\n", b"\r\n\r"),
        b"\r\n" + OK,
    ],
)
def test_what_is_not_exactly_the_same_is_left_to_the_parser(other):
    heads = FamiliarHeads()
    heads.learn(OK, OK_REPLY)
    assert heads.reply(other) is None


@pytest.mark.parametrize(
    ("raw", "reply"),
    [
        (said("X: 1"), Reply(status=200, headers={"x": "1"})),
        (
            said("Content-Length: 2", "Content-Encoding: gzip"),
            Reply(status=200, headers={"content-length": "2", "content-encoding": "gzip"}),
        ),
        (
            said("Transfer-Encoding: chunked", "Content-Length: 2"),
            Reply(status=200, headers={"transfer-encoding": "chunked", "content-length": "2"}),
        ),
        (
            said("Content-Length: 0", status="304 Not Modified", body=b""),
            Reply(status=304, headers={"content-length": "0"}),
        ),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK, OK_REPLY),
        (
            said("Content-Length: 2, 2"),
            Reply(status=200, headers={"content-length": "2, 2"}),
        ),
        (said("Content-Length: ²"), Reply(status=200, headers={"content-length": "²"})),
    ],
)
def test_only_a_plain_head_is_learnt(raw, reply):
    heads = FamiliarHeads()
    heads.learn(raw, reply)
    assert heads.reply(raw) is None


def test_heads_that_never_come_again_take_no_more_and_more_memory():
    heads = FamiliarHeads()
    for number in range(3 * MOST_HEADS):
        heads.learn(said("Content-Length: 2", f"X: {number}"), OK_REPLY)
    assert len(heads._heads) <= MOST_HEADS


def test_nobody_can_change_what_a_later_reply_says():
    heads = FamiliarHeads()
    heads.learn(OK, OK_REPLY)
    with pytest.raises(TypeError):
        heads.reply(OK).headers["x"] = "changed"


SEQUENCES = {
    "cookies": [said("Content-Length: 2", "Set-Cookie: a=1; Path=/")] * 3,
    "interim": [b"HTTP/1.1 100 Continue\r\n\r\n" + OK, OK, OK],
    "chunked_between": [
        OK,
        said("Transfer-Encoding: chunked", body=b"2\r\nno\r\n0\r\n\r\n"),
        OK,
    ],
    "other_length": [OK, said("Content-Length: 3", "X: 1", body=b"yes"), OK],
    "refusals": [said("Content-Length: 2", status="409 Conflict")] * 3,
}


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("call", [GET, POST], ids=["get", "post"])
def test_replies_are_the_same_whether_they_come_whole_or_in_pieces(sequence, call):
    """In pieces the parser reads them; whole, a familiar head is enough."""

    def in_pieces(peer: Peer) -> None:
        for raw in SEQUENCES[sequence]:
            peer.read_request()
            for k in range(len(raw)):
                peer.say(raw[k : k + 1])

    def whole(peer: Peer) -> None:
        for raw in SEQUENCES[sequence]:
            peer.read_request()
            peer.say(raw)

    replies = []
    for talk in (in_pieces, whole):
        with serving(talk) as server, transport_to(server) as transport:
            replies.append([send(transport, call) for _ in SEQUENCES[sequence]])
            assert len(server.peers) == 1
    assert replies[0] == replies[1]


def test_a_familiar_head_answers_no_head_request():
    with serving(replying(OK[:-2])) as server, transport_to(server) as transport:
        heads = [send(transport, Call(method="HEAD", path="/")) for _ in range(3)]
    assert [each.body for each in heads] == [b""] * 3


def numbered(k: int) -> tuple[bytes, Reply]:
    headers = {"content-length": "2", "x-request-id": str(k)}
    raw = said("Content-Length: 2", f"X-Request-Id: {k}")
    return raw, Reply(status=200, headers=headers, body=b"ok")


def test_where_no_head_ever_comes_again_none_is_kept_any_more():
    """A platform that numbers its replies: to keep them costs as much again as to parse them."""
    heads = FamiliarHeads()
    for k in range(MOST_HEADS + 1):
        heads.learn(*numbered(k))
    heads.learn(OK, OK_REPLY)
    assert heads.reply(OK) is None


def test_heads_that_come_again_are_kept_however_many_there_are():
    """Each of them comes twice, as when a date changes once a second."""
    heads = FamiliarHeads()
    for k in range(3 * MOST_HEADS):
        raw, reply = numbered(k)
        heads.learn(raw, reply)
        assert heads.reply(raw) == reply
