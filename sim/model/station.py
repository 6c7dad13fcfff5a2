"""What a model is made of beside its calls: stations, token buckets, caches, and what happens
to them in the course of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from sim.model.distribution import Distribution

WhenFull = Literal["rejected", "failed"]
UNLIMITED = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowdown:
    """Service takes 1 + contention (n - 1) + coherency n (n - 1) times as long while n customers
    are served, the one who begins included: the universal scalability law (Gunther 1993)."""

    contention: float = 0.0
    coherency: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """`servers` are there from `start_s` on, until the next shift."""

    start_s: float
    servers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Shifts in the order of their start. With `repeats_every_s` the starts count from the
    model's first midnight and recur; before the first shift holds the last one."""

    shifts: tuple[Shift, ...]
    repeats_every_s: float = UNLIMITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaler:
    """Nodes that come and go by utilisation, each with `servers_per_node` servers.

    Every `sync_s` it reads the mean utilisation of the whole sync interval that ended `lag_s`
    (rounded up to whole intervals) ago, and wants ceil(nodes * utilisation / target) nodes,
    between `least` and `most`, unless utilisation / target is within `tolerance` of 1 (the
    formula of the Kubernetes horizontal pod autoscaler). Nodes that it adds work `boot_s` later;
    until then they count as idle ones when it asks for more, and not at all when for fewer. It
    removes down to the highest count that it has
    wanted within the last `cool_down_s`, at once.
    """

    least: int
    most: int
    servers_per_node: int = 1
    target_ratio: float = 0.7
    tolerance: float = 0.1
    sync_s: float = 15.0
    lag_s: float = 0.0
    boot_s: float = 60.0
    cool_down_s: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Zones:
    """`count` zones that fail and are repaired, each by itself, with exponential times up and
    under repair. The station has servers * up / count of its servers (rounded down). Until
    `detect_s` after a failure, the zone's share of the services ends as an error."""

    count: int
    mean_up_s: float
    mean_repair_s: float
    detect_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StationModel:
    """`servers` work side by side on one queue.

    `UNLIMITED` servers are a pure delay: nobody waits. With `sharing` all customers are served
    at once and share the servers' capacity evenly (processor sharing: each at the rate
    min(1, servers/n)); then `queue_limit` counts those beyond the servers. Otherwise
    `queue_limit` counts those who wait, first come first served within a class: `priority` gives
    tiers their class, 0 first, the others come after them; a service begun is not interrupted.
    `patience` bounds the wait in the queue. A station stands for `copies` of itself, each with
    its own servers and queue, chosen by the action's SKU, by the visit's number (both modulo
    copies) or at random: shards, or row locks. `calibrated` is false for a delay that is policy
    rather than a machine's speed. `schedule` and `scaler` replace `servers`; at most one is given.
    """

    servers: float
    sharing: bool = False
    queue_limit: float = UNLIMITED
    when_full: WhenFull = "failed"
    calibrated: bool = True
    priority: tuple[tuple[str, int], ...] = ()
    patience: Distribution | None = None
    copies: int = 1
    chosen_by: Literal["sku", "visit", "random"] = "sku"
    slowdown: Slowdown | None = None
    schedule: Schedule | None = None
    scaler: Scaler | None = None
    zones: Zones | None = None
    cost_per_server_hour: float = 0.0

    def __post_init__(self) -> None:
        assert self.servers >= 0
        assert self.queue_limit >= 0
        assert self.copies >= 1
        assert self.schedule is None or self.scaler is None
        if self.servers == UNLIMITED:
            assert not any((self.sharing, self.schedule, self.scaler, self.zones))
        if self.sharing:
            assert not any((self.priority, self.patience))


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBucketModel:
    """`burst` tokens at the start and at most; `rate_per_s` come back."""

    rate_per_s: float
    burst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheModel:
    """Entries by SKU that are fresh for `ttl_s`; with `warm` those of SKUs on sale are from the
    start (as if filled at 0). With `hit_ratio` it does not look at SKUs: that share of the
    lookups hits, and after a flush hit_ratio * (1 - exp(-t/refill_s)) at t after it."""

    ttl_s: float = UNLIMITED
    warm: bool = True
    hit_ratio: float | None = None
    refill_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replenishment:
    """When the units left of a SKU, with those on order, are at or below `reorder_point` after a
    taking, as many as fill them up to `order_up_to` are ordered, and come after `lead_time`."""

    reorder_point: int
    order_up_to: int
    lead_time: Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """From `at_s` on, for `for_s`: a station has at most `servers` servers, or its services that
    begin take `slower` times as long, or the share `errors` of them ends as an error, at all of its
    copies or at one, which are numbered from 0; or a cache is `flushed`, once."""

    at_s: float
    for_s: float = UNLIMITED
    station: str = ""
    servers: int | None = None
    slower: float = 1.0
    errors: float = 0.0
    copy: int | None = None
    flushed: str = ""
