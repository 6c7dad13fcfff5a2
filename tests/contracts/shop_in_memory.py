"""A stand-in for the reference shop's HTTP interface, as far as an adapter can tell."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from targets.adapters.contract import Call, Reply

ORDER = "o-1"


@dataclass(slots=True)
class ShopInMemory:
    """Answers calls as the shop would. `refusals` maps a path to (status, code) for a 4xx/5xx.

    An order is `created` at the poll with number `polls_until_created`.
    """

    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    polls_until_created: int = 3
    calls: list[Call] = field(default_factory=list)

    def __call__(self, call: Call) -> Reply:
        self.calls.append(call)
        path = call.path.partition("?")[0]
        if path in self.refusals:
            status, code = self.refusals[path]
            return _reply({"code": code, "message": "no"}, status)
        if _needs_token(path) and call.headers.get("Authorization") != "Bearer t0ken":
            return _reply({"code": "unauthenticated"}, 401)
        return self._answered(call, path)

    def _answered(self, call: Call, path: str) -> Reply:
        sent = json.loads(call.body) if call.body else {}
        if path == "/api/login":
            return _reply({"token": "t0ken", **sent})
        if path == "/api/flash-orders":
            if "Idempotency-Key" not in call.headers or not isinstance(sent["sku"], str):
                return _reply({"code": "invalid"}, 400)
            return _reply({"ticket": "k-9", "state": "queued"}, 202)
        if path == "/api/flash-orders/k-9":
            polls = sum(each.path == path for each in self.calls)
            created = polls >= self.polls_until_created
            order = {"state": "created", "order": ORDER} if created else {"state": "queued"}
            return _reply({"ticket": "k-9", **order})
        if path == "/":
            return Reply(status=200, body=b"<!doctype html>")
        return _reply({"path": path, **sent})


def _needs_token(path: str) -> bool:
    return path.startswith(("/api/cart", "/api/checkout", "/api/flash", "/api/pay", "/api/orders"))


def _reply(value: object, status: int = 200) -> Reply:
    return Reply(
        status=status,
        headers={"content-type": "application/json"},
        body=json.dumps(value).encode(),
    )
