"""What an adapter file makes of replies: carried values, forms, GraphQL, repeats."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest

from targets.adapters.contract import COOKIES, RUN, Memory, Reply, Request
from targets.adapters.cookie_jar import Place
from targets.adapters.probe import probe, probing_visit
from tests.targets.adapters.talks import (
    action_of,
    adapter_from,
    json_reply,
    mistakes_of,
    page,
    talk,
    visit_of,
)

FORM_SHOP = """
adapter: form_shop
steps:
  log_in:
    - path: /login
      carry: {csrf: {form_field: authenticity_token}}
    - path: /login
      form: {authenticity_token: "{{ csrf }}", name: "{{ user }}", remember: true}
      rules:
        - failed: {header: location, matches: error}
      carry: {home: {header: location}}
    - GET {{ home }}
"""
LOGIN_PAGE = """<html><form method=post><INPUT type="hidden" name='authenticity_token'
 value="a&amp;b+/="><input name=name><input type=submit></form>
 <form><input name="authenticity_token" value="other"></form>"""


def test_a_form_login_sends_back_the_hidden_field_of_the_page() -> None:
    replies = [page(LOGIN_PAGE), page("", 302, location="http://127.0.0.1/me?x=1"), page("hi")]
    played = talk(adapter_from(FORM_SHOP), "log_in", replies)
    assert played.result.outcome == "ok"
    _, posted, followed = played.calls
    assert posted.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(posted.body.decode()) == {
        "authenticity_token": ["a&b+/="], "name": ["shopper-7"], "remember": ["true"],
    }  # fmt: skip
    assert (followed.method, followed.path) == ("GET", "/me?x=1")


def test_a_form_login_that_is_sent_back_to_the_form_has_failed() -> None:
    replies = [page(LOGIN_PAGE), page("", 302, location="/login?error=1")]
    played = talk(adapter_from(FORM_SHOP), "log_in", replies)
    assert played.ended == ("failed", "/login?error=1")


def test_a_page_without_the_field_fails_the_step() -> None:
    played = talk(adapter_from(FORM_SHOP), "log_in", [page("<html>maintenance")])
    assert played.ended == ("failed", "reply without csrf")


GRAPHQL_SHOP = """
adapter: graphql_shop
rules:
  - rejected: {json: "$.errors[0].extensions.code", in: [SOLD_OUT]}
  - failed: {json: $.errors}
    reason: $.errors[0].message
steps:
  place_order:
    path: /graphql
    graphql:
      query: |
        mutation Buy($sku: ID!, $n: Int!) { buy(sku: $sku, n: $n) { order { id } } }
      variables: {sku: "{{ sku | text }}", n: "{{ quantity }}"}
      operation: Buy
    carry: {order: $.data.buy.order.id}
"""


def test_a_graphql_call_sends_query_and_variables() -> None:
    replies = [json_reply({"data": {"buy": {"order": {"id": 41}}}})]
    played = talk(adapter_from(GRAPHQL_SHOP), "place_order", replies)
    sent = json.loads(played.call.body)
    assert played.call.method == "POST"
    assert sent["variables"] == {"sku": "3", "n": 2}
    assert sent["query"].startswith("mutation Buy(")
    assert sent["operationName"] == "Buy"
    assert played.memory["order"] == 41


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        ({"message": "none left", "extensions": {"code": "SOLD_OUT"}}, ("rejected", "SOLD_OUT")),
        ({"message": "boom"}, ("failed", "boom")),
    ],
)
def test_graphql_errors_come_with_status_200(
    error: dict[str, object], ended: tuple[str, str]
) -> None:
    replies = [json_reply({"data": None, "errors": [error]})]
    assert talk(adapter_from(GRAPHQL_SHOP), "place_order", replies).ended == ended


CARRIES = """
adapter: carries
steps:
  one:
    path: /one
    carry:
      number: {header: Location, pattern: 'orders/(\\d+)'}
      session: {cookie: sid}
      token: {text: 'token = "(\\w+)"'}
      word: {text: 'token'}
      maybe: {json: $.nothing, required: false}
  two:
    path: /two/{{ number }}
    headers: {X-Session: "{{ session }}", x-empty: "[{{ maybe }}]", x-v: 2}
    body: "{{ token }} {{ word }}"
"""
CARRYING = Reply(
    status=201,
    headers={"location": "/orders/17", "content-type": "text/html; charset=gbk"},
    body='<p>令牌</p><script>token = "t1"</script>'.encode("gbk"),
    cookies={"sid": "s-9"},
)


def test_values_are_carried_from_headers_cookies_and_text() -> None:
    adapter = adapter_from(CARRIES)
    memory = talk(adapter, "one", [CARRYING]).memory
    second = talk(adapter, "two", [page("")], memory=memory).call
    assert second.path == "/two/17"
    assert second.headers["X-Session"] == "s-9"
    assert second.headers["X-Empty"] == "[]"
    assert second.headers["X-V"] == "2"
    assert second.body == b"t1 token"
    assert second.headers["Content-Type"].startswith("text/plain")


def test_a_carried_text_never_begins_a_header_of_its_own() -> None:
    adapter = adapter_from(CARRIES)
    memory: dict[str, object] = dict.fromkeys(["number", "session", "token", "word", "maybe"], "x")
    memory["session"] = "a\r\nX-Evil: 1\n"
    call = talk(adapter, "two", [page("")], memory=memory).call
    assert call.headers["X-Session"] == "a X-Evil: 1"


def test_an_optional_value_that_is_not_found_leaves_the_earlier_one() -> None:
    adapter = adapter_from(CARRIES)
    assert talk(adapter, "one", [CARRYING], memory={"maybe": "kept"}).memory["maybe"] == "kept"


def test_shared_headers_are_sent_once_their_values_are_carried() -> None:
    adapter = adapter_from(
        """
adapter: a
headers: {authorization: "Bearer {{ token }}", accept-language: zh-CN}
steps:
  log_in: {path: /login, json: {}, carry: {token: $.token}}
  me: {path: /me, headers: {Accept-Language: en}}
"""
    )
    first = talk(adapter, "log_in", [json_reply({"token": "t"})])
    assert "Authorization" not in first.call.headers
    second = talk(adapter, "me", [page("")], memory=first.memory).call
    assert second.headers == {"Authorization": "Bearer t", "Accept-Language": "en"}


def test_a_probe_shows_the_cookies_that_a_reply_has_set() -> None:
    adapter = adapter_from("adapter: a\nsteps: {one: GET /1, two: GET /2}")
    place = Place(scheme="http", host="shop.example", path="/")

    def answer(request: Request, memory: Memory) -> Reply:
        memory[COOKIES].take(["sid=s1", "lang=zh"], place)
        return Reply(status=200)

    first, second = probe(adapter, probing_visit(adapter, sku=1), answer)
    assert first.carried == {"cookie sid": "s1", "cookie lang": "zh"}
    assert second.carried == {}


def test_cookies_of_the_player_are_no_template_name() -> None:
    (mistake,) = mistakes_of("adapter: a\nsteps: {s: {path: /, carry: {cookies: $.c}}}")
    assert f"carry.{COOKIES}: is a name that is taken" in mistake


REPEATS = """
adapter: repeats
steps:
  wait:
    path: /state
    repeat: {until: {json: $.done, equals: true}, pause: 200ms, most: 3}
    carry: {id: $.id}
"""


def test_a_call_is_repeated_until_its_condition_holds_and_carries_from_that_reply() -> None:
    replies = [json_reply({"done": False}), json_reply({"done": True, "id": 5})]
    played = talk(adapter_from(REPEATS), "wait", replies)
    assert [call.after_s for call in played.calls] == [0.2, 0.2]
    assert played.memory["id"] == 5


def test_a_repeat_ends_after_the_most_tries() -> None:
    played = talk(adapter_from(REPEATS), "wait", [json_reply({})] * 3)
    assert played.ended == ("failed", "not done after 3 tries")


def test_a_repeat_ends_with_a_reply_that_a_rule_refuses() -> None:
    played = talk(adapter_from(REPEATS), "wait", [json_reply({}), page("", 500)])
    assert played.ended == ("failed", "status 500")


def test_a_step_of_several_calls_ends_with_the_first_that_is_not_ok() -> None:
    adapter = adapter_from("adapter: a\nsteps: {s: [GET /1, GET /2, GET /3]}")
    played = talk(adapter, "s", [page(""), page("", 500)])
    assert [call.path for call in played.calls] == ["/1", "/2"]
    assert played.ended == ("failed", "status 500")


def test_a_login_that_is_refused_ends_the_step_that_needed_it() -> None:
    adapter = adapter_from(
        """
adapter: a
steps:
  log_in: {path: /login, json: {}, carry: {token: $.t}}
  buy: {path: "/buy/{{ token }}", needs: {token: log_in}}
"""
    )
    played = talk(adapter, "buy", [page("", 503)])
    assert [call.path for call in played.calls] == ["/login"]
    assert played.ended == ("failed", "status 503")


def test_names_of_the_visit_and_the_action_are_filled_in() -> None:
    adapter = adapter_from(
        """
adapter: a
user: vip-{{ visit.tier }}-{{ visit.index }}
steps:
  s:
    path: /
    json: ["{{ visit.index }}", "{{ visit.tier }}", "{{ visit.channel }}", "{{ visit.persona }}",
           "{{ visit.phase }}", "{{ sku }}", "{{ quantity }}", "{{ user }}"]
"""
    )
    sent = json.loads(talk(adapter, "s", [page("")]).call.body)
    assert sent == [7, "gold", "search", "student", "burst", 3, 2, "vip-gold-7"]


def test_a_pick_goes_by_sku_from_one_and_by_visit_from_zero() -> None:
    adapter = adapter_from(
        """
adapter: a
pick: {word: {by: sku, from: [a, b, c]}, account: {by: visit, from: [x, {id: 1}]}}
steps: {s: {path: /, json: ["{{ word }}", "{{ account }}"]}}
"""
    )

    def sent(sku: int, index: int) -> list[object]:
        action = action_of("s", sku=sku)
        visit = visit_of(action, index=index)
        return list(json.loads(talk(adapter, action, [page("")], visit=visit).call.body))

    assert sent(1, 0) == ["a", "x"]
    assert sent(3, 1) == ["c", {"id": 1}]
    assert sent(4, 2) == ["a", "x"]
    assert sent(0, 1) == ["b", {"id": 1}]


def test_a_uuid_differs_by_run_visit_action_and_call_and_never_by_try() -> None:
    adapter = adapter_from(
        """
adapter: a
steps:
  s:
    - {path: /1, body: "{{ uuid }}"}
    - path: /2
      body: "{{ uuid }}"
      repeat: {until: {status: 201}, pause: 1s, most: 2}
"""
    )
    bodies = []
    for run, index in ((run, index) for run in ("r1", "r2") for index in (1, 2)):
        twice = (action_of("s"), action_of("s"))
        for action in twice:
            replies = [page(""), page(""), page("", 201)]
            visit = visit_of(*twice, index=index)
            played = talk(adapter, action, replies, visit=visit, memory={RUN: run})
            first, second, again = (call.body for call in played.calls)
            assert second == again
            bodies += [first, second]
    assert len(set(bodies)) == 16


def test_a_json_body_may_be_null_or_false() -> None:
    adapter = adapter_from(
        "adapter: a\nsteps: {n: {path: /, json: null}, f: {path: /, json: false}}"
    )
    assert talk(adapter, "n", [page("")]).call.body == b"null"
    assert talk(adapter, "f", [page("")]).call.body == b"false"


@pytest.mark.parametrize(
    ("call", "followed"),
    [
        ("GET /a", True),
        ("{path: /a, carry: {to: {header: LOCATION}}}", False),
        ("{path: /a, rules: [{failed: {header: location, matches: error}}]}", False),
        ("{path: /a, rules: [{ok: 302}, {failed: any}]}", False),
        ("{path: /a, rules: [{ok: {status: 3xx, header: X}}]}", False),
        ("{path: /a, rules: [{ok: any}]}", True),
        ("{path: /a, carry: {to: {header: X-Id}}}", True),
        ("{path: /a, follow: false}", False),
        ("{path: /a, follow: true, carry: {to: {header: Location}}}", True),
    ],
)
def test_a_call_follows_redirects_unless_it_reads_them(call: str, followed: bool) -> None:
    adapter = adapter_from(f"adapter: a\nsteps: {{s: {call}}}")
    assert talk(adapter, "s", [page("")]).call.follow is followed
