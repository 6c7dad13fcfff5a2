"""Holding a conversation to its end."""

from __future__ import annotations

from collections.abc import Generator

from targets.adapters.contract import Call, Reply
from targets.adapters.conversation import converse

Statuses = Generator[Call, Reply, list[int]]


def asking(*paths: str) -> Statuses:
    statuses = []
    for path in paths:
        reply = yield Call(method="GET", path=path)
        statuses.append(reply.status)
    return statuses


def test_every_call_is_sent_in_turn_and_its_reply_given_back() -> None:
    sent: list[str] = []

    def send(call: Call) -> Reply:
        sent.append(call.path)
        return Reply(status=200 + len(sent))

    assert converse(asking("/a", "/b", "/c"), send) == [201, 202, 203]
    assert sent == ["/a", "/b", "/c"]


def test_a_conversation_without_calls_sends_nothing() -> None:
    assert converse(asking(), lambda call: Reply(status=1 // 0)) == []
