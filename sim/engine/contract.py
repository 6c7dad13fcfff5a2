"""What an engine promises: the same plan through the same model gives the same rows.

Two engines keep this contract, `sim.event_engine` on SimPy, to be read and extended, and
`sim.kernel_engine`, compiled, for size. On the same arguments they agree action by action, and in
every count, area and trace. What follows is what they agree on beyond the docstrings of
`sim.model`.

Order. Events happen in the order of (time, priority, sequence of scheduling). Priority 0 has what
nobody in the model does: gauges, shifts, scalers, zones and faults, replenishments that arrive;
all else has priority 1. A task that an event lets go on does so within that event, until it waits
again. When a service ends, the server takes the next from the queue first (and schedules its
end), then the task goes on. Instants are absolute sums now + duration.

Arrivals. The next visit's arrival is scheduled when the one before has been played; it takes its
place among the events of its instant then. A visit that finds `in_flight_limit` others in play is
a row `not_sent` with the reason `in-flight limit`.

A visit. Its first action begins on arrival, each other one think_s after the finish before it
(with no pause it begins at once). An action whose reply has not come limit_s = min(patience_s,
timeout_s) after its intended instant ends there as ABANDONED (patience_s <= timeout_s) or
TIMED_OUT, 0, `reply_timeout`, and so does the visit, which leaves the number in flight; the
platform goes on with the call. One watch per visit is scheduled before its first action begins, at
limit_s; when it wakes before the deadline that holds then, it is scheduled anew at that deadline.
An action that ends otherwise than ok ends the visit unless it is `replayed`. `requests` is 1 and
one more for each poll. Started is intended.

The root task of an action plays the step's call; then `declined`; then sends the background; then
polls: pause, then the poll's call as a child task (n = 0, 1, ...), ending with it unless it is OK
and the background has not finished; a visit that has gone polls no more. `most` polls without a
result end as FAILED, 200, `never_finished`.

A child task is played until it first waits before its parent goes on. The timer of a try is
scheduled after that, if the try has not ended. A fork starts its children in order.

Names. `sim.model.naming` names operations; a draw is named NAME/PURPOSE (`sim.engine.streams`,
`word_of`), with the key of the task that draws: time (a demand's service), chance (whether it is
made), error, copy, patience; choice; fail; backoff (number n - 1 before retry n); hit (of a lookup
with a hit ratio); bucket (of a taking). `STEP/declined` is the draw of a refusal at the end. The
children of an operation have the word NAME/child: try n, branch i of a fork, 0 for a send; those
of STEP/background 0 and of STEP/poll n likewise. A zone's times are drawn with
root_key(seed, zone, how often it failed before) and STATION/zone/up, STATION/zone/repair; a lead
time with root_key(seed, sku, how many orders of it before) and `replenishment/lead`.

End. The run is over when every visit has arrived, none is in play, no task is alive and no units
are to come back; this is looked at before each event, and what is still scheduled then does not
happen. Or it ends `drain_s` after the arrivals have ended (with the last one, or by `ended`), at
priority 0, whatever still waits; `unfinished` counts the tasks that were alive. `at_s` of
everything is the instant of the last event.

The fine print, so that two engines agree to the last bit:

- The start. Scheduled are, in this order: the gauge at 0; of each station in the model's order its
  next shift, its scaler's first sync and its zones' first failures; of each fault in order its
  begin and its end; the first arrival. Gauge k is at k gauge_every_s (after the arrivals' end they
  grow rarer, see `sim.engine.gauge_times`), sync k = 1, 2, ... at
  k sync_s, shift s of cycle c at (midnight_s + c repeats_every_s) + start_s; before the first shift
  holds the last one, with cycles or without. What recurs is scheduled anew at the end of its event.
- Who goes on. A task goes on until it waits or ends, and when it ends whoever waits for it goes on
  at once. Those who meanwhile got a server to hold go on afterwards, in the order in which they got
  it, all within the event. When a server is free for the next customers they begin (and the ends of
  their services are scheduled) before any of them goes on.
- Stations. An arrival that finds its copy's servers busy and as many waiting as the lesser of both
  limits is refused; it draws its time first. Sharing: n beyond the servers wait, so to speak:
  busy = min(n, servers), queue = n - busy, with a limit of n < servers + limit; services begin on
  arrival, so waits are 0. Levels of all copies are added up. Times are multiplied in the order
  (((drawn * quantity) * sku factor) * slowdown) * slower; `until` is multiplied by nothing and
  lasts from the begin of the service (not from the arrival) until the clock next shows it, so
  that what waits for a truck's place leaves with the truck; a service that begins at the instant
  of the truck leaves with the next one. A mean of 0 is 0; gamma and lognormal with cv 0 last
  their mean. Waits and stays are added at the end of the service. A hold has no slowdown and no
  errors.
- Areas are brought up to date before each change of busy, queue or servers, at each gauge, at each
  sync of the station's scaler and at the end, at no other instant. `last_busy_s` is the last such
  instant that found somebody. A station's utilisation over an interval is its busy area by its
  server area there, 0 when that is 0. The busy area of one copy is busy * now + sum: the sum
  begins at 0, and at each change of its busy loses the change * now. The area of the visits in
  play is brought up to date before each change of their number and at the end. What remains at
  the end is summed exactly (`fsum`).
- Servers of a copy: min(shift or working nodes or `servers`, least limit of the faults in force),
  times the zones up, floor-divided by their count. `slower` of several faults is their product in
  the order of the model. The chance of an error is the sum of `errors` of the faults in force, in
  that order, plus down zones not yet detected nor repaired / count; it is drawn only when above 0,
  when the service begins. A scaler starts with `least` nodes. Those that
  boot count as idle when utilisation is above the target, and not at all when it is below; if
  they would bring it below, it wants what it has. Only working nodes are removed. It decides
  nothing before there is an interval to read.
- Token buckets, on each asking: tokens = min(burst, tokens + (now - last) * rate); last = now.
- Attempts. Counters rise when a try begins, refused by its breaker or not. Order of a retry:
  enough retries, budget, pause (if above 0), breaker. A breaker counts a try when it has ended or
  timed out, unless the breaker opened, closed or half opened since the try began. It opens at
  failed >= failure_ratio * counted, looked at after each count. The fallback is played in the
  attempt's own task.
- Forks start all their children, even when the first ones have decided.
- Lookups: fresh is filled + ttl > now. After a flush, refill_s = 0 means the full hit ratio.
- Marks. A task that ends otherwise than ok has missed what `sim.model.marks_ahead` gives for the
  operation that it ended at (its last one, however deep within others), unless it is rejected
  before the reply. After its call a step's own task has nothing ahead.
- Stock. `optimistic` looks at the version first. All takings of a model have as many buckets. A
  child that ends ok passes its units to the task that waits for it; detached work keeps its own,
  which count as accepted with an ok end. All units of a task are in the bucket of,
  and are released as by, its last taking. Replenished units are divided among buckets like the
  first. Whose visit has gone ends a polling ok. Out of stock is: none left in all, or fewer.
- Traces: start and end have the step as `where` (the end of the visit's action, not of the task),
  arrive, serve, done, refuse, abandon and error (after done) the station, refuse also the token
  bucket, hit and miss the cache, take, sold_out (also: not on sale) and conflict the SKU, try,
  retry (before its pause), timeout and open the attempt's name, poll the step, send its name or,
  of a background, the step, mark its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from scenarios.workload.limits import IN_FLIGHT_LIMIT, TIMEOUT_S
from scenarios.workload.plan import VisitPlan
from sim.model.service_model import ServiceModel

UNLIMITED = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """`seed` and `replication` name the random numbers; with `antithetic` every uniform number u
    is 1 - u. Gauges are read every `gauge_every_s`, and
    ever more rarely after the arrivals. The steps of visits `traced[0]` up to but not
    including `traced[1]` are traced."""

    seed: int
    replication: int = 0
    antithetic: bool = False
    in_flight_limit: int = IN_FLIGHT_LIMIT
    timeout_s: float = TIMEOUT_S
    drain_s: float = UNLIMITED
    gauge_every_s: float = 1.0
    traced: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        assert self.in_flight_limit >= 1
        assert self.timeout_s > 0
        assert self.gauge_every_s > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionBlock:
    """Rows of `reports.record.row.ActionRow` as columns, in the order of their finish (the order
    in which they were written). `reason` is a code into `reasons`."""

    visit: npt.NDArray[np.int64]
    action: npt.NDArray[np.int16]
    phase: npt.NDArray[np.int16]
    persona: npt.NDArray[np.int16]
    channel: npt.NDArray[np.int16]
    tier: npt.NDArray[np.int16]
    step: npt.NDArray[np.int16]
    sku: npt.NDArray[np.int32]
    quantity: npt.NDArray[np.int16]
    intended_s: npt.NDArray[np.float64]
    finished_s: npt.NDArray[np.float64]
    """NaN where the action was not sent."""
    outcome: npt.NDArray[np.int8]
    requests: npt.NDArray[np.int16]
    status: npt.NDArray[np.int16]
    reason: npt.NDArray[np.int16]
    reasons: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.visit)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceEvent:
    """`what` happened to a task of a traced visit at `at_s`, `where`: start, arrive (at a
    station), serve, done, refuse, abandon, error, hit, miss, take, sold_out, conflict, try,
    timeout, retry, open, poll, send, mark, end."""

    at_s: float
    visit: int
    action: int
    what: str
    where: str


class Sink(Protocol):
    """Who takes what an engine finds, while it plays."""

    def actions(self, block: ActionBlock) -> None: ...
    def gauges(self, at_s: float, values: Mapping[str, float]) -> None:
        """Levels at `at_s`, in this order: in_flight, stock_left:SKU for at most a hundred SKUs,
        for each station without `UNLIMITED` servers queue_length:NAME, utilisation_ratio:NAME (mean
        since the gauge before) and, where a schedule, scaler, zones or a fault vary them,
        servers:NAME, and hit_ratio:CACHE since the gauge before (0 of no lookups)."""

    def trace(self, event: TraceEvent) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StationTotals:
    """What a station (all copies together) has seen until the end, `at_s`.

    Areas are integrals over time: of the number in service, of those in the queue, of the servers
    there. `waits_s` and `stays_s` are sums over the served, from arrival to begin and to end of
    service, `abandoned_waits_s` over those who abandoned, `remaining_waits_s` and
    `remaining_stays_s` over the `remaining`, who are still there at the end, up to it (of shared
    servers waits are 0; before the end nobody looks who remains). `last_busy_s` is when it last had
    somebody."""

    at_s: float
    arrivals: int
    served: int
    refused: int
    abandoned: int
    errors: int
    busy_area: float
    queue_area: float
    server_area: float
    waits_s: float
    stays_s: float
    abandoned_waits_s: float
    longest_queue: int
    last_busy_s: float
    remaining: int = 0
    remaining_waits_s: float = 0.0
    remaining_stays_s: float = 0.0

    def with_remaining(self, waits_s: Sequence[float], stays_s: Sequence[float]) -> StationTotals:
        """At the end, when these are there and have waited and stayed so long."""
        return replace(
            self,
            remaining=len(stays_s),
            remaining_waits_s=math.fsum(waits_s),
            remaining_stays_s=math.fsum(stays_s),
        )

    @property
    def utilisation_ratio(self) -> float:
        """Mean share of the servers at work; 0 for unlimited servers."""
        area = self.server_area
        return self.busy_area / area if area and math.isfinite(area) else 0.0

    @property
    def queue_length(self) -> float:
        """Mean number waiting."""
        return self.queue_area / self.at_s if self.at_s else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptTotals:
    """What the tries of an attempt came to; retries are not among the first tries."""

    first_tries: int
    retries: int
    timeouts: int
    refused_by_breaker: int
    refused_by_budget: int
    openings: int
    open_s: float
    """How long its breaker was open or half open, all together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockTotals:
    """Units of one SKU. `left` may be negative by what was oversold, `in_tasks` have those that
    have not ended."""

    initial: int
    replenished: int
    accepted: int
    stranded: int
    left: int
    in_tasks: int
    sold_out: int
    """Takings refused for want of units."""
    conflicts: int
    out_of_stock_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkTotals:
    """How often an order came so far, and how long that took from its action's start. `missed`
    were to come (see `sim.model.marks_ahead`), and have ended before or are late already at the
    end of the run; `underway` are still to come and may be in time."""

    count: int
    in_time: int
    missed: int
    underway: int
    sum_s: float
    longest_s: float
    histogram: npt.NDArray[np.int64]
    """Counts by `sim.engine.log_bins`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdTotals:
    """What became of the visits that arrived. `in_play_area` is the integral over time of their
    number in play. `sojourns_s` is the sum of what they have done, action by action and pause by
    pause, `remaining_s` what those in play have done since the intended instant of their present
    action, below 0 in a pause before it."""

    not_sent: int
    left: int
    in_play: int
    in_play_area: float
    sojourns_s: float
    remaining_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What an engine knows at the end beside the rows. `visits` have arrived. `events` is how many
    events happened, the one number that may differ between engines. Attempts are by their path."""

    at_s: float
    visits: int
    actions: int
    events: int
    tasks_begun: int
    tasks_ended: int
    unfinished: int
    crowd: CrowdTotals
    stations: Mapping[str, StationTotals]
    caches: Mapping[str, tuple[int, int]]
    """Hits and misses."""
    admissions: Mapping[str, tuple[int, int]]
    """Let in and refused by each token bucket."""
    attempts: Mapping[str, AttemptTotals]
    stock: Mapping[int, StockTotals]
    marks: Mapping[str, MarkTotals] = field(default_factory=dict)


@runtime_checkable
class StationSink(Protocol):
    """A `Sink` that is also told, with each gauge, what each station has seen until then."""

    def stations(self, at_s: float, totals: Mapping[str, StationTotals]) -> None: ...


@runtime_checkable
class CopySink(Protocol):
    """A `Sink` that is also told, with each gauge, the utilisation of each copy since the gauge
    before, of stations with several copies and without `UNLIMITED` servers."""

    def copies(self, at_s: float, ratios: Mapping[str, npt.NDArray[np.float64]]) -> None: ...


class Engine(Protocol):
    """Plays `plan` through `model` and tells `sink`. `progress` gets the virtual time at every
    gauge; when `ended` is true of it, no further visit arrives. Raises DocumentError before
    anything is played when the model lacks a step of the plan, or has a feature that this engine
    lacks, by its name. Memory holds the tasks in play, a chunk of the plan and a block of rows."""

    def __call__(
        self,
        plan: VisitPlan,
        model: ServiceModel,
        sink: Sink,
        options: EngineOptions,
        *,
        progress: Callable[[float], None] = ...,
        ended: Callable[[float], bool] = ...,
    ) -> Played: ...
