"""The parts of a service model as people write them: stations, buckets, caches, faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from reports.documents.definition import STRICT_KEYS
from reports.documents.quantity import Duration, Factor, Rate, Ratio
from sim.model.duration_definition import DurationDefinition
from sim.model.station import UNLIMITED, WhenFull
from sim.model.written_values import (
    Clock,
    Few,
    Flag,
    Least0,
    Least1,
    Many,
    NotNegative,
    Pause,
    Positive,
    QueueLimit,
    Servers,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowdownDefinition:
    """See `Slowdown`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    contention: Ratio = 0.0
    coherency: Ratio = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftDefinition:
    """See `Shift`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    at: Clock
    servers: Least0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDefinition:
    """See `Schedule`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    shifts: tuple[ShiftDefinition, ...]
    repeats_every: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalerDefinition:
    """See `Scaler`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    least: Least1
    most: Least1
    servers_per_node: Least1 = 1
    target: Ratio = 0.7
    tolerance: Ratio = 0.1
    sync: Duration = 15.0
    lag: Pause = 0.0
    boot: Pause = 60.0
    cool_down: Pause = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonesDefinition:
    """See `Zones`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    count: Few
    mean_up: Duration
    mean_repair: Duration
    detect: Pause = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StationDefinition:
    """See `StationModel`; `servers` is left out where a schedule or a scaler says how many."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    servers: Servers | None = None
    sharing: Flag = False
    queue_limit: QueueLimit = UNLIMITED
    when_full: WhenFull = "failed"
    calibrated: Flag = True
    priority: tuple[str, ...] = ()
    patience: DurationDefinition | None = None
    copies: Many = 1
    chosen_by: Literal["sku", "visit", "random"] | None = None
    slowdown: SlowdownDefinition | None = None
    schedule: ScheduleDefinition | None = None
    scaler: ScalerDefinition | None = None
    zones: ZonesDefinition | None = None
    cost_per_server_hour: NotNegative = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketDefinition:
    """See `TokenBucketModel`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    rate: Rate
    burst: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheDefinition:
    """See `CacheModel`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    ttl: Duration | None = None
    warm: Flag | None = None
    hit_ratio: Ratio | None = None
    refill: Pause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplenishmentDefinition:
    """See `Replenishment`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    reorder_point: Least0
    order_up_to: Least1
    lead_time: DurationDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDefinition:
    """See `Fault`: of a `station`, or a cache that it `flush`es."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    at: Pause
    lasts: Annotated[Duration | None, Field(alias="for")] = None
    station: str | None = None
    copy: Least1 | None = None
    servers: Least0 | None = None
    slower: Factor | None = None
    errors: Ratio | None = None
    flush: str | None = None
