"""Models made of anything that a model can hold, put together at random."""

from __future__ import annotations

from hypothesis import strategies as st

from reports.record.outcome import Outcome
from sim.model.call import (
    Admission,
    Attempt,
    Branch,
    Breaker,
    CallEnd,
    Choice,
    Demand,
    Fail,
    Fork,
    Hold,
    Lookup,
    Mark,
    ReadStock,
    Send,
    TakeStock,
)
from sim.model.distribution import (
    deterministic,
    empirical,
    exponential,
    gamma,
    lognormal,
    until,
)
from sim.model.service_model import Polling, ServiceModel, StepModel
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

STEPS = ("look", "order")
SERVED = ("desk", "rows", "shared", "far")
ENDS = (CallEnd(Outcome.FAILED, 500, "broken"), CallEnd(Outcome.REJECTED, 422, "refused"))
MOST = 3
"""Levels of calls within calls."""

ratios = st.sampled_from((0.0, 0.1, 0.5, 0.9, 1.0))
grid_s = st.sampled_from((0.0, 0.0625, 0.125, 0.25))
"""Times that meet each other at equal instants."""
queue_limits = st.sampled_from((0, 1, 5, 20, UNLIMITED))
slow = st.sampled_from((None, Slowdown(contention=0.1), Slowdown(contention=0.02, coherency=0.01)))
times = st.one_of(
    grid_s.map(deterministic),
    st.sampled_from(
        (exponential(0.05), gamma(0.05, cv=0.5), gamma(0.03, cv=3.0), lognormal(0.05, cv=1.0),
         empirical(0.0, 0.125, 0.02), until(0.5, offset_s=0.125))
    ),
)  # fmt: skip
demands = st.builds(
    Demand,
    station=st.sampled_from(SERVED),
    time=times,
    probability=st.sampled_from((1.0, 1.0, 0.3)),
    per_unit=st.booleans(),
    sku_factors=st.sampled_from(((), ((1, 2.0), (3, 0.25)))),
    queue_limit=queue_limits,
)
breakers = st.builds(
    Breaker,
    failure_ratio=st.sampled_from((0.2, 0.5)),
    window=st.sampled_from((5, 20)),
    least=st.sampled_from((1, 5)),
    open_s=st.sampled_from((0.25, 2.0)),
    probes=st.sampled_from((1, 3)),
)
at_once = st.one_of(
    st.just(Admission(bucket="door")),
    st.builds(
        Fail,
        name=st.just("chance"),
        end=st.sampled_from(ENDS),
        probability=st.sampled_from((0.05, 0.3)),
    ),
    st.builds(
        Mark,
        name=st.sampled_from(("here", "there")),
        within_s=st.sampled_from((0.5, UNLIMITED)),
        by_day=st.sampled_from((None, 0, 1)),
    ),
)


@st.composite
def takings(draw):
    """Reads the stock and takes of it."""
    how = draw(st.sampled_from(("atomic", "optimistic", "unchecked")))
    release_after_s = draw(st.sampled_from((0.25, UNLIMITED)))
    between = draw(st.lists(demands, max_size=1))
    return (ReadStock(), *between, TakeStock(strategy=how, release_after_s=release_after_s))


def single(operations):
    return operations.map(lambda each: (each,))


def nested(draw, depth: int, *, may_hold: bool):
    """One operation with calls in it; nobody waits for a pool while they hold a server of it."""
    kinds = ["attempt", "choice", "fork", "lookup", "send", "hold"]
    kind = draw(st.sampled_from(kinds if may_hold else kinds[:-1]))

    def call(least: int = 1):
        return draw(calls(depth=depth + 1, least=least, may_hold=may_hold and kind != "hold"))

    match kind:
        case "attempt":
            return Attempt(
                name="try",
                call=call(),
                timeout_s=draw(st.sampled_from((0.125, 0.5, UNLIMITED))),
                retries=draw(st.integers(0, 2)),
                backoff_s=draw(grid_s),
                jitter=draw(st.booleans()),
                budget_ratio=draw(st.sampled_from((None, 0.2))),
                budget_burst=2.0,
                breaker=draw(st.none() | breakers),
                fallback=call(least=0),
            )
        case "choice":
            return Choice(name="way", branches=(Branch(share=0.4, call=call(0)), Branch(share=0.6)))
        case "fork":
            parts = tuple(call() for _ in range(draw(st.integers(1, 3))))
            return Fork(name="parts", calls=parts, needs=draw(st.integers(0, len(parts))))
        case "lookup":
            cache = draw(st.sampled_from(("entries", "ratio")))
            fills = draw(st.sampled_from(("at_once", "when_done")))
            return Lookup(cache=cache, call=call(), fills=fills)
        case "send":
            return Send(name="later", call=call(), anew=draw(st.booleans()))
        case _:
            return Hold(station="threads", call=call())


@st.composite
def calls(draw, depth: int = 0, least: int = 1, *, may_hold: bool = True):
    operations: list = []
    for _ in range(draw(st.integers(least, 3))):
        kinds = ("demand", "demand", "at once", "stock", "nested")
        match draw(st.sampled_from(kinds if depth < MOST else kinds[:-1])):
            case "demand":
                operations.append(draw(demands))
            case "at once":
                operations.append(draw(at_once))
            case "stock":
                operations += draw(takings())
            case _:
                operations.append(nested(draw, depth, may_hold=may_hold))
    return tuple(operations)


@st.composite
def stations(draw):
    varying = draw(st.sampled_from(("", "schedule", "scaler", "zones")))
    shifts = (Shift(start_s=0.5, servers=3), Shift(start_s=2.5, servers=1))
    scaler = Scaler(least=1, most=4, sync_s=0.5, lag_s=0.5, boot_s=1.0, cool_down_s=1.0)
    zones = Zones(count=2, mean_up_s=3.0, mean_repair_s=1.0, detect_s=0.25)
    return StationModel(
        servers=draw(st.integers(1, 4)),
        queue_limit=draw(queue_limits),
        when_full=draw(st.sampled_from(("failed", "rejected"))),
        priority=draw(st.sampled_from(((), (("gold", 0), ("diamond", 1))))),
        patience=draw(st.none() | times.filter(lambda each: each.mean_s > 0)),
        copies=draw(st.integers(1, 3)),
        chosen_by=draw(st.sampled_from(("sku", "visit", "random"))),
        slowdown=draw(slow),
        schedule=Schedule(shifts=shifts, repeats_every_s=4.0) if varying == "schedule" else None,
        scaler=scaler if varying == "scaler" else None,
        zones=zones if varying == "zones" else None,
    )


@st.composite
def shared_stations(draw):
    return StationModel(
        servers=draw(st.integers(1, 3)),
        sharing=True,
        queue_limit=draw(queue_limits),
        copies=draw(st.integers(1, 2)),
        slowdown=draw(slow),
    )


faults = (
    st.builds(
        Fault,
        at_s=st.sampled_from((0.0, 1.0, 2.5)),
        for_s=st.sampled_from((0.5, 2.0)),
        station=st.sampled_from(("desk", "rows", "shared")),
        servers=st.sampled_from((None, 0, 1)),
        slower=st.sampled_from((1.0, 3.0)),
        errors=st.sampled_from((0.0, 0.3)),
    )
    | st.builds(
        Fault,
        at_s=st.sampled_from((0.0, 1.0, 2.5)),
        for_s=st.sampled_from((0.5, 2.0)),
        station=st.sampled_from(("desk", "rows", "shared")),
        copy=st.just(0),
        slower=st.sampled_from((1.0, 3.0)),
        errors=st.sampled_from((0.0, 0.3, 1.0)),
    )
    | st.builds(
        Fault,
        at_s=st.sampled_from((0.5, 2.0)),
        flushed=st.sampled_from(("entries", "ratio")),
    )
)


@st.composite
def steps(draw):
    background = draw(calls(least=0))
    polling = Polling(pauses_s=(0.125, 0.25), call=draw(calls(depth=MOST)), most=3)
    return StepModel(
        call=draw(calls()),
        declined_ratio=draw(ratios) / 4,
        background=background,
        polling=draw(st.sampled_from((None, polling))) if background else None,
    )


@st.composite
def models(draw) -> ServiceModel:
    """Any model of the steps `STEPS`."""
    rule = Replenishment(reorder_point=5, order_up_to=30, lead_time=exponential(0.5))
    return ServiceModel(
        name="random",
        stations={
            "desk": draw(stations()),
            "rows": draw(stations()),
            "shared": draw(shared_stations()),
            "far": StationModel(servers=UNLIMITED),
            "threads": draw(stations()),
        },
        steps={name: draw(steps()) for name in STEPS},
        buckets={"door": TokenBucketModel(rate_per_s=20.0, burst=10.0)},
        caches={
            "entries": CacheModel(ttl_s=1.0, warm=draw(st.booleans())),
            "ratio": CacheModel(hit_ratio=0.6, refill_s=0.5),
        },
        stock={3: 20},
        replenishment=draw(st.sampled_from((None, rule))),
        faults=tuple(draw(st.lists(faults, max_size=3))),
        midnight_s=draw(st.sampled_from((0.0, -1.25))),
    )
