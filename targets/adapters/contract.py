"""The contract between a player and an adapter: calls out, replies in, an outcome at the end.

An adapter is a generator. It yields a `Call`, is sent the `Reply`, yields the next call or
returns a `StepResult`. It opens no socket and never sleeps, so it is tested without a network.

A platform that speaks first (a live-stream room, a chat) is spoken to over a WebSocket, one at a
time for each shopper: `Open` it, `Say` and `Hear` messages, `Leave` it. Each of them is yielded
and answered by a `Reply` like a call. It stays open from step to step, and what arrives between
two `Hear`s is kept; when the visit ends, it is left.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Protocol

from scenarios.workload.visit import Action, Visit

Outcome = Literal["ok", "rejected", "failed"]
Headers = Mapping[str, str]
NONE: Final[Headers] = MappingProxyType({})
"""No headers, and no cookies."""

# What is made for every request is a named tuple, as it is made in half the time of a frozen
# dataclass. Adapters rely on names alone, never on positions.


class Call(NamedTuple):
    """One HTTP request. `path` starts with "/" and includes the query; `body` is ready to send.

    Header names are spelled `Like-This`, so that the player's own (Host, User-Agent) are replaced
    rather than doubled. `after_s` is how long the player waits before it sends (polling).

    A redirect is followed as a browser does, unless `follow` is False: then the adapter is sent
    the 3xx itself. In place of a path there may be a whole URL of a permitted origin. A call that
    carries an `Idempotency-Key` may be sent again when its connection broke before the reply.
    """

    method: str
    path: str
    headers: Headers = NONE
    body: bytes = b""
    after_s: float = 0.0
    follow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Opens a WebSocket at `path`; one that is open already is left first. The reply's status is
    101, or what the platform said instead: then there is none."""

    path: str
    headers: Headers = field(default_factory=dict)
    after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Sends one message: a text, or bytes as a binary message."""

    message: str | bytes
    after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the platform. `at_s` is when it came, in seconds since 1970, to be compared
    with the instant that the platform has written into it: the delivery lag."""

    content: str | bytes
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hear:
    """Hears messages for `within_s` seconds, or until there are `most`, or until one is heard for
    which `until` holds, or until the platform closes the WebSocket. That too little was heard is
    for the adapter to judge."""

    within_s: float
    most: int | None = None
    until: Callable[[Message], bool] | None = None
    after_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Closes the WebSocket with `code`; the reply tells the platform's own. Does nothing when the
    WebSocket has been closed already."""

    code: int = 1000
    after_s: float = 0.0


Request = Call | Open | Say | Hear | Leave


class Reply(NamedTuple):
    """What came back. Header names are lower case; several cookies stand in `cookies`, those of
    the redirects on the way included.

    `messages` were heard on a WebSocket, and `closed` is the code with which the platform has
    closed it (RFC 6455 section 7.4; 1005 for none), 0 while it is open. `set_cookies` holds the
    `Set-Cookie` lines as they came. `requests` counts what was sent for this reply, redirects
    included, and `resends` how many of those had to be sent twice: both are for the record.
    """

    status: int
    headers: Headers = NONE
    body: bytes = b""
    cookies: Mapping[str, str] = NONE
    messages: tuple[Message, ...] = ()
    closed: int = 0
    set_cookies: tuple[str, ...] = ()
    requests: int = 1
    resends: int = 0


class StepResult(NamedTuple):
    """How a step ended. `reason` is a short word for the record: `sold_out`, `status 500`.

    `figures` are readings for the record's gauges, each under its name and as often as there are
    readings: `(("delivery_lag_s", 0.012), ("delivery_lag_s", 0.015))`.
    """

    outcome: Outcome
    reason: str = ""
    figures: tuple[tuple[str, float], ...] = ()


Conversation = Generator[Request, Reply, StepResult]
Memory = dict[str, Any]
"""What one shopper carries from step to step: token, cookies, ticket. New for each visit."""

COOKIES: Final = "cookies"
"""Where the player keeps a shopper's cookies, a CookieJar. It sends them with every call that has
no `Cookie` header of its own; an adapter need not think of them."""

CHANNEL: Final = "(channel)"
"""Where the player keeps a shopper's open WebSocket, which has a `close`."""

RUN: Final = "run"
"""Where the player leaves the run's id. Keys that must not repeat (idempotency keys) are made from
it: shoppers have the same numbers in every run of a plan."""

TRAIL: Final = "(trail)"
"""Where the player keeps a shopper's trace, which marks the requests of one visit."""

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
