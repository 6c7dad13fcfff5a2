"""Rules at work, written as an SRE writes them."""

from __future__ import annotations

import pytest

from targets.adapters.contract import DECIDED_BY, Reply
from tests.targets.adapters.talks import adapter_from, json_reply, page, talk

SAYS_200 = """
adapter: says_200
rules:
  - rejected: {json: $.code, in: [40001, 40002]}
    reason: $.msg
  - ok: {json: $.code, equals: 0}
  - failed: any
    reason: $.code
steps:
  buy: POST /buy
"""


@pytest.mark.parametrize(
    ("reply", "ended"),
    [
        (json_reply({"code": 0}), ("ok", "")),
        (json_reply({"code": 40001, "msg": "已售罄"}), ("rejected", "已售罄")),
        (json_reply({"code": 40002}), ("rejected", "status 200")),
        (json_reply({"code": 500}), ("failed", "500")),
        (json_reply({"code": "0"}), ("failed", "0")),
        (json_reply({"code": False}), ("failed", "false")),
        (page("<html>gateway</html>"), ("failed", "status 200")),
        (page("", 502), ("failed", "status 502")),
    ],
)
def test_a_platform_that_refuses_with_status_200_is_judged_by_its_code(
    reply: Reply, ended: tuple[str, str]
) -> None:
    assert talk(adapter_from(SAYS_200), "buy", [reply]).ended == ended


def judged(rules: str, reply: Reply) -> tuple[str, str]:
    text = f"adapter: a\nrules:\n{rules}\nsteps:\n  buy: POST /buy\n"
    return talk(adapter_from(text), "buy", [reply]).ended


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        (200, ("ok", "")),
        (204, ("ok", "")),
        (302, ("ok", "")),
        (404, ("failed", "status 404")),
        (429, ("rejected", "status 429")),
        (503, ("failed", "status 503")),
    ],
)
def test_without_rules_the_status_decides(status: int, ended: tuple[str, str]) -> None:
    assert (
        talk(adapter_from("adapter: a\nsteps: {buy: POST /b}"), "buy", [page("", status)]).ended
        == ended
    )


@pytest.mark.parametrize(
    ("rule", "reply", "ended"),
    [
        ("- rejected: 409", page("", 409), ("rejected", "status 409")),
        ("- rejected: [404, 5xx]", page("", 503), ("rejected", "status 503")),
        ("- {rejected: 409, reason: gone}", page("", 409), ("rejected", "gone")),
        ("- failed: {header: Location, matches: error}", page("", 302, location="/login?error"),
         ("failed", "/login?error")),
        ("- failed: {header: location, matches: error}", page("", 302, location="/home"),
         ("ok", "")),
        ("- rejected: {header: x-queue, equals: 1}", page("", 200, **{"x-queue": "1"}),
         ("rejected", "1")),
        ("- rejected: {header: x-queue}", page("", 200), ("ok", "")),
        ("- rejected: {text: '售罄|sold out'}", page("<b>售罄</b>"), ("rejected", "status 200")),
        ("- failed: {status: 2xx, json: $.errors}", json_reply({"errors": None}), ("ok", "")),
        ("- failed: {status: 2xx, json: $.errors}", json_reply({"errors": []}, 500),
         ("failed", "status 500")),
        ("- failed: {json: $.order, exists: false}", json_reply({}), ("failed", "status 200")),
        ("- failed: {json: $.order, exists: false}", json_reply({"order": 1}), ("ok", "")),
        ("- failed: {json: $.order, equals: null}", json_reply({"order": None}),
         ("failed", "status 200")),
        ("- rejected: {json: $.n, matches: '^4'}", json_reply({"n": 41}), ("rejected", "41")),
    ],
)  # fmt: skip
def test_a_condition_holds_when_every_part_of_it_does(
    rule: str, reply: Reply, ended: tuple[str, str]
) -> None:
    assert judged("  " + rule, reply) == ended


def test_a_calls_own_rules_come_before_the_platforms() -> None:
    adapter = adapter_from(
        """
adapter: a
rules: [{failed: 404}]
steps:
  view:
    path: /p
    rules: [{rejected: 404, reason: gone}]
  list: GET /l
"""
    )
    viewed = talk(adapter, "view", [page("", 404)])
    assert viewed.ended == ("rejected", "gone")
    assert viewed.memory[DECIDED_BY] == "view[0].rules[0] rejected"
    assert talk(adapter, "list", [page("", 404)]).memory[DECIDED_BY] == "rules[0] failed"


def test_a_reason_is_one_short_line() -> None:
    told = json_reply({"m": "no\n stock " + "x" * 500})
    outcome, reason = judged("  - {rejected: 200, reason: $.m}", told)
    assert outcome == "rejected"
    assert reason == ("no stock " + "x" * 60)[:60]
