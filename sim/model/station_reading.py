"""The written parts of a service model as what they stand for."""

from __future__ import annotations

from pathlib import Path

from sim.model.duration_definition import distribution_of
from sim.model.station import (
    UNLIMITED,
    CacheModel,
    Fault,
    Replenishment,
    Scaler,
    Schedule,
    Shift,
    Slowdown,
    StationModel,
    TokenBucketModel,
    Zones,
)
from sim.model.station_definition import (
    BucketDefinition,
    CacheDefinition,
    FaultDefinition,
    ReplenishmentDefinition,
    ScalerDefinition,
    ScheduleDefinition,
    SlowdownDefinition,
    StationDefinition,
    ZonesDefinition,
)


def station_of(written: StationDefinition, directory: Path) -> StationModel:
    """`servers` of a station with a schedule is the most of all shifts, with a scaler that of its
    least nodes."""
    return StationModel(
        servers=_servers(written),
        sharing=written.sharing,
        queue_limit=written.queue_limit,
        when_full=written.when_full,
        calibrated=written.calibrated,
        priority=tuple((tier, place) for place, tier in enumerate(written.priority)),
        patience=distribution_of(written.patience, directory) if written.patience else None,
        copies=written.copies,
        chosen_by=written.chosen_by or "sku",
        slowdown=_slowdown(written.slowdown) if written.slowdown else None,
        schedule=_schedule(written.schedule) if written.schedule else None,
        scaler=_scaler(written.scaler) if written.scaler else None,
        zones=_zones(written.zones) if written.zones else None,
        cost_per_server_hour=written.cost_per_server_hour,
    )


def _servers(written: StationDefinition) -> float:
    if written.schedule:
        return float(max(each.servers for each in written.schedule.shifts))
    if written.scaler:
        return float(written.scaler.least * written.scaler.servers_per_node)
    assert written.servers is not None
    return written.servers


def _slowdown(written: SlowdownDefinition) -> Slowdown:
    return Slowdown(contention=written.contention, coherency=written.coherency)


def _schedule(written: ScheduleDefinition) -> Schedule:
    return Schedule(
        shifts=tuple(Shift(start_s=each.at, servers=each.servers) for each in written.shifts),
        repeats_every_s=written.repeats_every or UNLIMITED,
    )


def _scaler(written: ScalerDefinition) -> Scaler:
    return Scaler(
        least=written.least,
        most=written.most,
        servers_per_node=written.servers_per_node,
        target_ratio=written.target,
        tolerance=written.tolerance,
        sync_s=written.sync,
        lag_s=written.lag,
        boot_s=written.boot,
        cool_down_s=written.cool_down,
    )


def _zones(written: ZonesDefinition) -> Zones:
    return Zones(
        count=written.count,
        mean_up_s=written.mean_up,
        mean_repair_s=written.mean_repair,
        detect_s=written.detect,
    )


def bucket_of(written: BucketDefinition) -> TokenBucketModel:
    """The token bucket as written."""
    return TokenBucketModel(rate_per_s=written.rate, burst=written.burst)


def cache_of(written: CacheDefinition) -> CacheModel:
    """The cache as written."""
    return CacheModel(
        ttl_s=written.ttl or UNLIMITED,
        warm=written.warm is not False,
        hit_ratio=written.hit_ratio,
        refill_s=written.refill or 0.0,
    )


def replenishment_of(written: ReplenishmentDefinition, directory: Path) -> Replenishment:
    """The replenishment as written."""
    return Replenishment(
        reorder_point=written.reorder_point,
        order_up_to=written.order_up_to,
        lead_time=distribution_of(written.lead_time, directory),
    )


def fault_of(written: FaultDefinition) -> Fault:
    """The fault as written."""
    return Fault(
        at_s=written.at,
        for_s=written.lasts or UNLIMITED,
        station=written.station or "",
        servers=written.servers,
        slower=1.0 if written.slower is None else written.slower,
        errors=written.errors or 0.0,
        copy=None if written.copy is None else written.copy - 1,
        flushed=written.flush or "",
    )
