"""The adapter of the reference shop: its ten steps, written by hand.

What a step needs from an earlier one that the funnel left out is made up for where a shopper
could do so (logging in), and is a failure with its own reason where not (paying for no order).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from scenarios.workload.visit import Action, Visit
from targets.adapters.back_office import BackOffice, ReferenceBackOffice
from targets.adapters.contract import (
    RUN,
    Call,
    Conversation,
    Memory,
    MetricsSource,
    Reply,
    StepResult,
)

POLLS_AT_MOST: Final = 30
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 1.0
REFUSALS: Final = frozenset({"sold_out", "limit_reached", "not_on_sale", "declined"})
PAYMENT_CHANNELS: Final = ("wechat", "alipay", "unionpay")
_written = json.JSONEncoder(separators=(",", ":")).encode
_METRICS = MetricsSource(path="/metrics", gauges={"shop_stock_units": "stock_left:{{ sku }}"})

# The shop's shelves in their order, and a word that finds what lies on each: SKU n lies on
# shelf (n - 1) mod 32, so a shopper who wants a product looks for it where it is.
_SHELVES: Final = (
    ("smartphones", "smartphone"), ("headphones", "headphones"), ("tablets", "tablet"),
    ("watches", "watch"), ("laptops", "laptop"), ("keyboards", "keyboard"),
    ("monitors", "monitor"), ("storage", "drive"), ("refrigerators", "refrigerator"),
    ("cookers", "cooker"), ("vacuums", "vacuum"), ("purifiers", "purifier"),
    ("jackets", "jacket"), ("dresses", "dress"), ("sneakers", "sneakers"), ("bags", "bag"),
    ("skincare", "cream"), ("lipsticks", "lipstick"), ("perfumes", "perfume"),
    ("shampoos", "shampoo"), ("diapers", "diapers"), ("toys", "blocks"),
    ("strollers", "stroller"), ("books", "book"), ("tea", "tea"), ("snacks", "nuts"),
    ("coffee", "coffee"), ("fruit", "oranges"), ("bicycles", "bicycle"), ("tents", "tent"),
    ("yoga", "yoga"), ("rackets", "racket"),
)  # fmt: skip
_EDITIONS: Final = ("classic", "pro", "ultra", "light", "travel", "family", "limited", "student")

_OK: Final = StepResult(outcome="ok")

_Answer = Generator[Call, Reply, dict[str, Any]]
_Calls = Generator[Call, Reply, None]


class _Turn(NamedTuple):
    """One action of one shopper, with what the shopper remembers."""

    visit: Visit
    action: Action
    memory: Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceShop:
    """Speaks the reference shop's HTTP interface. The shopper of visit 7 is `shopper-7`."""

    metrics: MetricsSource = _METRICS
    back_office: BackOffice = field(default_factory=ReferenceBackOffice)

    @property
    def steps(self) -> frozenset[str]:
        return frozenset(_STEPS)

    @property
    def steps_in_order(self) -> tuple[str, ...]:
        return tuple(_STEPS)

    def play(self, visit: Visit, action: Action, memory: Memory) -> Conversation:
        try:
            yield from _STEPS[action.step](_Turn(visit, action, memory))
        except _StepEnded as ended:
            return ended.result
        return _OK


class _StepEnded(Exception):  # noqa: N818 - a refusal is no error
    """A step is over before its end: the shop refused or failed."""

    def __init__(self, result: StepResult) -> None:
        super().__init__(result.reason)
        self.result = result


def _failed(reason: str) -> _StepEnded:
    return _StepEnded(StepResult(outcome="failed", reason=reason))


def _page(path: str, **query: str) -> _Calls:
    """Fetches what a person looks at; its content does not matter."""
    reply = yield Call(method="GET", path=f"{path}?{urlencode(query)}" if query else path)
    _refuse(reply)


def _asked(
    memory: Memory,
    method: str,
    path: str,
    send: object = None,
    *,
    after_s: float = 0.0,
    key: str | None = None,
) -> _Answer:
    """One call of the JSON interface, with the shopper's token when there is one."""
    headers = {"Idempotency-Key": key} if key else {}
    if "token" in memory:
        headers["Authorization"] = f"Bearer {memory['token']}"
    body = b""
    if send is not None:
        headers["Content-Type"] = "application/json"
        body = _written(send).encode()
    reply = yield Call(method=method, path=path, headers=headers, body=body, after_s=after_s)
    _refuse(reply)
    return _object_in(reply)


def _refuse(reply: Reply) -> None:
    """Raises how the step ended when the shop did not do what it was asked."""
    if reply.status < 400:
        return
    code = str(_object_in(reply, required=False).get("code", ""))
    if reply.status == 429:
        raise _StepEnded(StepResult(outcome="rejected", reason=code or "status 429"))
    if reply.status in (402, 409) and code in REFUSALS:
        raise _StepEnded(StepResult(outcome="rejected", reason=code))
    raise _failed(f"status {reply.status}")


def _object_in(reply: Reply, *, required: bool = True) -> dict[str, Any]:
    try:
        value = json.loads(reply.body.decode())
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    if required:
        raise _failed("reply is not a JSON object")
    return {}


def _identity_at(answer: dict[str, Any], key: str) -> str | int:
    """A token or a number, kept as the shop wrote it: it is sent back unchanged."""
    value = answer.get(key)
    if not isinstance(value, str | int) or value == "":
        raise _failed(f"reply without {key}")
    return value


def _carried(memory: Memory, key: str) -> str | int:
    if key not in memory:
        raise _failed(f"no {key} from an earlier step")
    value: str | int = memory[key]
    return value


def _shelf(turn: _Turn) -> tuple[str, str]:
    return _SHELVES[((turn.action.sku or turn.visit.index) - 1) % len(_SHELVES)]


def _open_home(_turn: _Turn) -> _Calls:
    yield from _page("/")


def _browse_category(turn: _Turn) -> _Calls:
    category, _ = _shelf(turn)
    yield from _page(f"/api/categories/{category}", page="1")


def _search(turn: _Turn) -> _Calls:
    """The words depend on the SKU alone, so that hot products have hot words."""
    _, word = _shelf(turn)
    edition = _EDITIONS[turn.action.sku % len(_EDITIONS)]
    yield from _page("/api/search", q=f"{edition} {word}" if turn.action.sku % 2 else word)


def _view_product(turn: _Turn) -> _Calls:
    yield from _page(f"/api/products/{turn.action.sku}")


def _log_in(turn: _Turn) -> _Calls:
    who = {"user": f"shopper-{turn.visit.index}", "tier": turn.visit.tier}
    answer = yield from _asked(turn.memory, "POST", "/api/login", who)
    turn.memory["token"] = _identity_at(answer, "token")


def _logged_in(turn: _Turn) -> _Calls:
    if "token" not in turn.memory:
        yield from _log_in(turn)


def _add_to_cart(turn: _Turn) -> _Calls:
    yield from _logged_in(turn)
    yield from _asked(turn.memory, "POST", "/api/cart/items", _item(turn))


def _item(turn: _Turn) -> dict[str, object]:
    return {"sku": str(turn.action.sku), "quantity": turn.action.quantity}


def _check_out(turn: _Turn) -> _Calls:
    yield from _logged_in(turn)
    yield from _asked(turn.memory, "POST", "/api/checkout", {})


def _place_order(turn: _Turn) -> _Calls:
    """Takes a unit, then asks for the order until the shop has written it."""
    yield from _logged_in(turn)
    run = turn.memory.get(RUN, "")
    key = f"{run}-visit-{turn.visit.index}-sku-{turn.action.sku}"
    answer = yield from _asked(turn.memory, "POST", "/api/flash-orders", _item(turn), key=key)
    ticket = _identity_at(answer, "ticket")
    pause_s = FIRST_PAUSE_S
    for _ in range(POLLS_AT_MOST):
        path = f"/api/flash-orders/{ticket}"
        answer = yield from _asked(turn.memory, "GET", path, after_s=pause_s)
        if answer.get("state") == "created":
            turn.memory["order"] = _identity_at(answer, "order")
            return
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    raise _failed("order never created")


def _pay(turn: _Turn) -> _Calls:
    order = _carried(turn.memory, "order")
    channel = PAYMENT_CHANNELS[turn.visit.index % len(PAYMENT_CHANNELS)]
    yield from _asked(turn.memory, "POST", "/api/payments", {"order": order, "channel": channel})


def _track_order(turn: _Turn) -> _Calls:
    yield from _asked(turn.memory, "GET", f"/api/orders/{_carried(turn.memory, 'order')}")


_STEPS: Final[dict[str, Callable[[_Turn], _Calls]]] = {
    "open_home": _open_home,
    "browse_category": _browse_category,
    "search": _search,
    "view_product": _view_product,
    "log_in": _log_in,
    "add_to_cart": _add_to_cart,
    "check_out": _check_out,
    "place_order": _place_order,
    "pay": _pay,
    "track_order": _track_order,
}
