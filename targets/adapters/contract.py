"""The contract between a player and an adapter: calls out, replies in, an outcome at the end.

An adapter is a generator. It yields a `Call`, is sent the `Reply`, yields the next call or
returns a `StepResult`. It opens no socket and never sleeps, so it is tested without a network.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from scenarios.workload.visit import Action, Visit

Outcome = Literal["ok", "rejected", "failed"]
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request. `path` starts with "/" and includes the query; `body` is ready to send.

    Header names are spelled `Like-This`, so that the player's own (Host, User-Agent) are replaced
    rather than doubled. `after_s` is how long the player waits before it sends (polling).
    """

    method: str
    path: str
    headers: Headers = field(default_factory=dict)
    body: bytes = b""
    after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. Header names are lower case; several cookies stand in `cookies`."""

    status: int
    headers: Headers = field(default_factory=dict)
    body: bytes = b""
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """How a step ended. `reason` is a short word for the record: `sold_out`, `status 500`."""

    outcome: Outcome
    reason: str = ""


Conversation = Generator[Call, Reply, StepResult]
Memory = dict[str, Any]
"""What one shopper carries from step to step: token, cookies, ticket. New for each visit."""

COOKIES: Final = "cookies"
"""Where the player keeps a shopper's cookies, a mapping. It sends them with every call that has
no `Cookie` header of its own; an adapter need not think of them."""

RUN: Final = "run"
"""Where the player leaves the run's id. Keys that must not repeat (idempotency keys) are made from
it: shoppers have the same numbers in every run of a plan."""

DECIDED_BY: Final = "(decided by)"
"""Where an adapter may leave in the memory which of its rules judged the last reply."""


class Adapter(Protocol):
    """One platform's dialect. `steps` names every step that `play` knows."""

    @property
    def steps(self) -> frozenset[str]: ...
    def play(self, visit: Visit, action: Action, memory: Memory) -> Conversation: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSource:
    """A Prometheus endpoint of the platform, and what of it becomes gauges of the record.

    `gauges` maps a metric to a gauge name, in which `{{ sku }}` stands for the metric's label
    `sku`: `{"shop_stock_units": "stock_left:{{ sku }}"}`.
    """

    path: str
    gauges: Mapping[str, str]


def metrics_of(adapter: Adapter) -> MetricsSource | None:
    """The platform's own gauges: the optional attribute `metrics` of an adapter."""
    source = getattr(adapter, "metrics", None)
    assert source is None or isinstance(source, MetricsSource)
    return source
