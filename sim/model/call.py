"""What a call does, operation after operation: a small language that both engines play.

A *task* plays a call: it does one operation after the other until the last, or until one does
not end ok; then the call ends as that operation did. A task has a key, and every number that an
operation draws is named by (task's key, operation's name): see `sim.engine.streams`. The task of an
action is a root task; attempts, branches of a fork, polls and detached work are child tasks.

Nothing is cancelled: who no longer waits for a task leaves it to work on, as a server does that
does not look whether its client is still there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from reports.record.outcome import Outcome
from sim.model.distribution import Distribution, day_of

Strategy = Literal["atomic", "optimistic", "unchecked", "bucketed"]
UNLIMITED = math.inf


class CallEnd(NamedTuple):
    """How a call ended: as the record wants it."""

    outcome: Outcome
    status: int
    reason: str


OK = CallEnd(Outcome.OK, 200, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A visit to `station`, made with `probability`: waits for a server, is served for `time`.

    The time is drawn on arrival (that of an `until` is known when the service begins: until the
    clock next shows it). It is multiplied by the action's quantity when `per_unit`, by
    what `sku_factors` has for the action's SKU, and, when the service begins, by the station's
    slowdown. `queue_limit` is the demand's own, below the station's: what can be done without is
    shed first. A refused demand ends as the station's `when_full` says, with the reason
    `STATION_full`; one whose patience ends in the queue with FAILED, 503, `STATION_abandoned`;
    one that a fault of the station makes fail, after its service, with FAILED, 500,
    `STATION_error`.
    """

    station: str
    time: Distribution
    probability: float = 1.0
    per_unit: bool = False
    sku_factors: tuple[tuple[int, float], ...] = ()
    queue_limit: float = UNLIMITED

    def __post_init__(self) -> None:
        assert 0 <= self.probability <= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Waits for a server of the pool `station`, keeps it while `call` is played, gives it back.
    A thread that waits for the database is a server of the thread pool that is held."""

    station: str
    call: Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Takes a token of `bucket`; without one it ends as REJECTED, 429, `BUCKET_limited`."""

    bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """A circuit breaker over the last `window` tries (fewer until there were as many; it does
    not open before `least` tries were seen). It opens when the share of failed ones reaches
    `failure_ratio`; every try is refused for `open_s`; then `probes` tries are let through (half
    open). When all of these are ok it closes with its window empty; the first that fails opens
    it again. A try that comes while the probes are under way is refused."""

    failure_ratio: float = 0.5
    window: int = 100
    least: int = 20
    open_s: float = 5.0
    probes: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Tries `call`, each try a child task, at most 1 + `retries` times.

    A try that has not ended `timeout_s` after its start is left alone and counts as FAILED, 504,
    `NAME_timeout`. A try that ends as FAILED is repeated; OK and REJECTED are final. Before retry
    n = 1, 2, ... it pauses backoff_s * backoff_factor^(n-1), with `jitter` times a uniform number.
    With `budget_ratio` each first try adds that many tokens, up to `budget_burst` (full at the
    start), to the operation's budget; each retry takes one and there is none without. While the
    `breaker` is open a try ends at once as FAILED, 503, `NAME_open`, and there are no further
    tries. What has FAILED in the end goes on with `fallback`, if there is one, in its own task.
    """

    name: str
    call: Call
    timeout_s: float = UNLIMITED
    retries: int = 0
    backoff_s: float = 0.0
    backoff_factor: float = 2.0
    jitter: bool = False
    budget_ratio: float | None = None
    budget_burst: float = 10.0
    breaker: Breaker | None = None
    fallback: Call = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One way to go on, taken with the chance `share`."""

    share: float
    call: Call = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Goes one of `branches`, whose shares are 1 together (the last takes what rounding leaves)."""

    name: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Plays `calls` side by side, each a child task. It ends ok with the `needs`-th that ended ok
    (all by default), or like the first that failed beyond what can be spared."""

    name: str
    calls: tuple[Call, ...]
    needs: int = 0
    """0: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Asks `cache` for the action's SKU and plays `call` on a miss. The entry is fresh from the
    lookup on when `fills` is `at_once`, else from the ok end of `call` on, so that a flush lets
    every reader through until the first has filled it (a stampede)."""

    cache: str
    call: Call
    fills: Literal["at_once", "when_done"] = "at_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStock:
    """Remembers in the task the version of the action's SKU's stock, and how much is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeStock:
    """Takes the action's quantity from its SKU's stock, or ends as REJECTED, 409, `sold_out` (a
    SKU without stock: REJECTED, 409, `not_on_sale`).

    `atomic` looks and takes at one instant, as under a lock or in a script. `optimistic` ends as
    FAILED, 409, `conflict` when the version is no longer that of the task's ReadStock; each
    taking raises it. `unchecked` decides by what ReadStock saw and takes whatever is left by now:
    what goes below zero is oversold. `bucketed` has the units of each SKU divided evenly among
    `buckets` (the first ones take the remainder) and takes from a random one; with `fallback` it
    goes on to the following ones, else units may strand in the others.

    Units come back when the task ends otherwise than ok. Units of a task that nobody waits for
    any more are stranded; with `release_after_s` they come back that long after its end.
    """

    strategy: Strategy = "atomic"
    buckets: int = 1
    fallback: bool = False
    release_after_s: float = UNLIMITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Hands `call` to a child task that nobody waits for. When that has ended before it had to
    wait for anything, and otherwise than ok, the sender ends like it: a full queue refuses.
    With `anew` the marks of that task and of its children count from its start, not from the
    action's: a refund is in time within so long of the return, not of the payment."""

    name: str
    call: Call
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """Ends as `end` with the chance `probability`."""

    name: str
    end: CallEnd
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Notes that the order of this task has come so far, and whether in time: within `within_s`
    of the action's start, or, with `by_day`, before midnight so many days after that of the
    action's start (0 is the same day). Marks of detached work count from the action that sent it,
    unless it was sent `anew`.
    """

    name: str
    within_s: float = UNLIMITED
    by_day: int | None = None

    def is_kept(self, begun_s: float, now_s: float, midnight_s: float) -> bool:
        """Whether who began at `begun_s` is in time now."""
        return now_s - begun_s <= self.within_s and (
            self.by_day is None
            or day_of(now_s, midnight_s) <= day_of(begun_s, midnight_s) + self.by_day
        )


Operation: TypeAlias = (
    Demand | Hold | Admission | Attempt | Choice | Fork | Lookup | ReadStock | TakeStock | Send
    | Fail | Mark
)  # fmt: skip
Call: TypeAlias = tuple[Operation, ...]
