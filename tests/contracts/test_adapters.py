"""What every adapter of the reference shop keeps to: the one by hand and the one by file."""

from __future__ import annotations

import builtins
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import targets.adapters
from targets.adapters.contract import Adapter, Call, MetricsSource, Reply, metrics_of
from targets.adapters.load import load_adapter, missing_steps
from targets.adapters.probe import ordered_steps, probe, probing_visit
from tests.contracts.shop_in_memory import ORDER, ShopInMemory
from tests.targets.adapters.talks import Talk, action_of, talk, visit_of

FUNNEL = (
    "open_home", "browse_category", "search", "view_product", "log_in", "add_to_cart",
    "check_out", "place_order", "pay", "track_order",
)  # fmt: skip
EXAMPLE = Path(targets.adapters.__path__[0]) / "example.yaml"


@pytest.fixture(params=["reference", str(EXAMPLE)], ids=["by_hand", "by_file"])
def adapter(request: pytest.FixtureRequest) -> Adapter:
    return load_adapter(request.param)


def walk(adapter: Adapter, shop: ShopInMemory, steps: tuple[str, ...] = FUNNEL) -> dict[str, Talk]:
    """The steps of one visit in turn, on one memory, until one does not end ok."""
    memory: dict[str, object] = {}
    actions = tuple(action_of(step) for step in steps)
    visit = visit_of(*actions)
    talks: dict[str, Talk] = {}
    for action in actions:
        talks[action.step] = talk(adapter, action, shop, memory=memory, visit=visit)
        if talks[action.step].result.outcome != "ok":
            break
    return talks


def asked(shop: ShopInMemory) -> list[str]:
    return [f"{call.method} {call.path.partition('?')[0]}" for call in shop.calls]


def test_an_adapter_knows_every_step_of_the_funnel_in_its_order(adapter: Adapter) -> None:
    assert ordered_steps(adapter) == FUNNEL
    assert missing_steps(adapter, FUNNEL) == ()
    assert missing_steps(adapter, ["refund", "pay", "refund"]) == ("refund",)


def test_a_whole_funnel_ends_ok_with_the_calls_of_the_interface(adapter: Adapter) -> None:
    shop = ShopInMemory()
    talks = walk(adapter, shop)
    assert {step: each.result.outcome for step, each in talks.items()} == dict.fromkeys(
        FUNNEL, "ok"
    )
    poll = "GET /api/flash-orders/k-9"
    assert asked(shop) == [
        "GET /", "GET /api/categories/tablets", "GET /api/search", "GET /api/products/3",
        "POST /api/login", "POST /api/cart/items", "POST /api/checkout",
        "POST /api/flash-orders", poll, poll, poll, "POST /api/payments",
        f"GET /api/orders/{ORDER}",
    ]  # fmt: skip


def test_bodies_are_what_the_shop_reads(adapter: Adapter) -> None:
    shop = ShopInMemory()
    walk(adapter, shop)
    sent = {call.path: json.loads(call.body) for call in shop.calls if call.body}
    assert sent["/api/login"] == {"user": "shopper-7", "tier": "gold"}
    assert sent["/api/flash-orders"] == {"sku": "3", "quantity": 2}
    assert sent["/api/payments"] == {"order": ORDER, "channel": "alipay"}


def test_the_same_visit_is_played_the_same_twice(adapter: Adapter) -> None:
    first, second = ShopInMemory(), ShopInMemory()
    walk(adapter, first)
    walk(adapter, second)
    assert first.calls == second.calls


def test_two_visits_have_two_idempotency_keys(adapter: Adapter) -> None:
    keys = set()
    for index in (7, 8):
        action = action_of("place_order")
        played = talk(adapter, action, ShopInMemory(), visit=visit_of(action, index=index))
        keys |= {call.headers.get("Idempotency-Key") for call in played.calls} - {None}
    assert len(keys) == 2


@pytest.mark.parametrize("step", ["add_to_cart", "check_out", "place_order"])
def test_a_shopper_whom_the_funnel_did_not_log_in_does_it_first(
    adapter: Adapter, step: str
) -> None:
    shop = ShopInMemory()
    played = walk(adapter, shop, (step,))
    assert played[step].result.outcome == "ok"
    assert asked(shop)[0] == "POST /api/login"


def test_a_shopper_logs_in_once(adapter: Adapter) -> None:
    shop = ShopInMemory()
    walk(adapter, shop, ("add_to_cart", "check_out", "place_order"))
    assert asked(shop).count("POST /api/login") == 1


@pytest.mark.parametrize("step", ["pay", "track_order"])
def test_paying_for_no_order_fails_without_a_call(adapter: Adapter, step: str) -> None:
    played = talk(adapter, step, ShopInMemory(), memory={"token": "t0ken"})
    assert played.calls == []
    assert played.ended == ("failed", "no order from an earlier step")


def test_polling_waits_twice_as_long_each_time_up_to_a_second(adapter: Adapter) -> None:
    played = walk(adapter, ShopInMemory(polls_until_created=6), ("place_order",))["place_order"]
    pauses_s = [call.after_s for call in played.calls]
    assert pauses_s == pytest.approx([0.0, 0.0, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0])
    assert played.memory["order"] == ORDER


def test_an_order_that_never_comes_fails_after_thirty_polls(adapter: Adapter) -> None:
    shop = ShopInMemory(polls_until_created=1_000)
    played = walk(adapter, shop, ("place_order",))["place_order"]
    assert played.ended == ("failed", "order never created")
    assert asked(shop).count("GET /api/flash-orders/k-9") == 30


@pytest.mark.parametrize(
    ("path", "status", "code", "step", "ended"),
    [
        ("/api/flash-orders", 409, "sold_out", "place_order", ("rejected", "sold_out")),
        ("/api/flash-orders", 409, "limit_reached", "place_order", ("rejected", "limit_reached")),
        ("/api/flash-orders", 409, "not_on_sale", "place_order", ("rejected", "not_on_sale")),
        ("/api/flash-orders", 503, "queue_full", "place_order", ("failed", "status 503")),
        ("/api/flash-orders/k-9", 500, "oops", "place_order", ("failed", "status 500")),
        ("/api/payments", 402, "declined", "pay", ("rejected", "declined")),
        ("/api/checkout", 409, "empty_cart", "check_out", ("failed", "status 409")),
        ("/api/login", 500, "oops", "log_in", ("failed", "status 500")),
        ("/", 429, "", "open_home", ("rejected", "status 429")),
        ("/api/products/3", 404, "not_found", "view_product", ("failed", "status 404")),
    ],
)
def test_a_refusal_is_rejected_and_a_breakdown_failed(
    adapter: Adapter, path: str, status: int, code: str, step: str, ended: tuple[str, str]
) -> None:
    talks = walk(adapter, ShopInMemory(refusals={path: (status, code)}))
    assert list(talks)[-1] == step
    assert talks[step].ended == ended


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"\xff\xfe", b'{"token": null}'])
def test_a_login_without_a_token_fails_and_raises_nothing(adapter: Adapter, body: bytes) -> None:
    played = talk(adapter, "log_in", [Reply(status=200, body=body)])
    assert played.result.outcome == "failed"
    assert "token" not in played.memory


def test_an_adapter_reaches_for_nothing_outside(
    adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a socket nor a file nor a sleep: those belong to the player."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("an adapter must not do this")

    doors: list[tuple[object, str]] = [
        (socket, "socket"), (socket, "create_connection"), (socket, "getaddrinfo"),
        (builtins, "open"), (time, "sleep"), (time, "time"), (time, "perf_counter"),
    ]  # fmt: skip
    with monkeypatch.context() as closed:
        for owner, name in doors:
            closed.setattr(owner, name, forbidden)
        talks = walk(adapter, ShopInMemory())
    assert len(talks) == len(FUNNEL)


def test_the_stock_of_each_sku_is_a_gauge(adapter: Adapter) -> None:
    assert metrics_of(adapter) == MetricsSource(
        path="/metrics", gauges={"shop_stock_units": "stock_left:{{ sku }}"}
    )


def test_both_adapters_ask_the_same_but_for_words_and_keys() -> None:
    def told(name: str) -> list[tuple[object, ...]]:
        shop = ShopInMemory()
        walk(load_adapter(name), shop)
        return [
            (call.method, call.path.partition("?")[0], call.body, call.after_s)
            for call in shop.calls
        ]

    assert told("reference") == told(str(EXAMPLE))


@pytest.mark.servers
@pytest.mark.parametrize("name", ["reference", str(EXAMPLE)], ids=["by_hand", "by_file"])
def test_the_real_shop_understands_every_call(
    name: str, send_to_shop: Callable[[Call], Reply]
) -> None:
    adapter = load_adapter(name)
    visit = probing_visit(adapter, sku=1, index=100 + len(name))
    walked = probe(adapter, visit, lambda call, _: send_to_shop(call))
    results = [each.result for each in walked if each.result]
    assert [each.outcome for each in results] == ["ok"] * len(FUNNEL)
