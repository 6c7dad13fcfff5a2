"""Features of calls."""

from __future__ import annotations

from sim.model.call import (
    Admission,
    Attempt,
    Branch,
    Breaker,
    Choice,
    Demand,
    Fail,
    Fork,
    Hold,
    Lookup,
    Mark,
    Send,
    TakeStock,
)
from sim.model.distribution import (
    exponential,
    gamma,
)
from sim.model.service_model import Polling, StepModel
from sim.model.station import (
    UNLIMITED,
    CacheModel,
    Fault,
    StationModel,
    TokenBucketModel,
)
from tests.sim.engines.crowds import crowd
from tests.sim.engines.feature import BROKEN, PLENTY, REFUSED, Feature, desk, feature, served
from tests.sim.plays import fixed, shop


@feature
def held_servers() -> Feature:
    call = (Hold(station="threads", call=(served(0.1), served(0.05, "back"))), served(0.01, "back"))
    threads = StationModel(
        servers=3, queue_limit=10, patience=exponential(1.0), priority=(("gold", 0),)
    )
    return Feature(desk(call, threads=threads, back=StationModel(servers=1)))


@feature
def servers_held_within_others() -> Feature:
    """Three deep, and each is given back after what came before it, on failure too."""
    inner = Hold(
        station="lock",
        call=(served(0.05), Fail(name="deadlock", end=BROKEN, probability=0.2)),
    )
    middle = Hold(station="connections", call=(served(0.02, "back"), inner, served(0.03)))
    call = (Hold(station="threads", call=(served(0.01, "back"), middle, served(0.02, "back"))),)
    stations = {
        "threads": StationModel(servers=4),
        "connections": StationModel(servers=2, queue_limit=1, patience=exponential(0.5)),
        "lock": StationModel(servers=1),
        "back": StationModel(servers=1),
    }
    return Feature(desk(call, **stations))


@feature
def held_for_no_time() -> Feature:
    call = (
        Hold(station="threads", call=(fixed("far", 0.25), Mark(name="out"))),
        Mark(name="after"),
    )
    return Feature(
        desk(call, threads=StationModel(servers=2), far=StationModel(servers=UNLIMITED)),
        crowd(grid_s=0.5),
    )


@feature
def token_buckets() -> Feature:
    bucket = TokenBucketModel(rate_per_s=6.0, burst=5.0)
    call = (Admission(bucket="door"), served(0.1))
    return Feature(desk(call, parts={"buckets": {"door": bucket}}))


@feature
def tries_with_a_time_limit() -> Feature:
    attempt = Attempt(
        name="bank",
        call=(served(0.25), Fail(name="bank", end=BROKEN, probability=0.2)),
        timeout_s=0.4,
        retries=3,
        backoff_s=0.05,
        backoff_factor=1.7,
        jitter=True,
        fallback=(served(0.01, "spare"), Fail(name="spare", end=REFUSED, probability=0.3)),
    )
    return Feature(
        desk((attempt, served(0.01)), spare=StationModel(servers=1)),
        crowd(rate_per_s=7.0, steps=("look", "look")),
    )


@feature
def retries_within_a_budget() -> Feature:
    attempt = Attempt(
        name="bank",
        call=(Fail(name="before", end=BROKEN, probability=0.2), served(0.1),
              Fail(name="after", end=BROKEN, probability=0.3)),
        retries=2,
        budget_ratio=0.25,
        budget_burst=3.0,
    )  # fmt: skip
    return Feature(desk((attempt,)))


@feature
def a_breaker() -> Feature:
    attempt = Attempt(
        name="bank",
        call=(served(0.2), Fail(name="bank", end=BROKEN, probability=0.25)),
        timeout_s=0.5,
        retries=1,
        breaker=Breaker(failure_ratio=0.4, window=12, least=6, open_s=1.5, probes=3),
        fallback=(served(0.02, "spare"),),
    )
    faults = (Fault(at_s=8.0, for_s=6.0, station="desk", slower=4.0),)
    return Feature(
        desk((attempt,), spare=StationModel(servers=1), parts={"faults": faults}),
        crowd(rate_per_s=9.0),
    )


@feature
def nested_tries() -> Feature:
    inner = Attempt(name="inner", call=(served(0.2),), timeout_s=0.3, retries=1)
    outer = Attempt(
        name="outer", call=(inner, served(0.05)), timeout_s=0.5, retries=1, backoff_s=0.1
    )
    return Feature(desk((outer,), desk=StationModel(servers=4)))


@feature
def marks_that_are_missed() -> Feature:
    """Before the reply and behind it, in tries, branches and forks, by those who are refused, are
    rejected, lose patience or have failed; and by those who are still on their way at the end."""
    no, broken = (
        Fail(name=name, end=end, probability=0.2)
        for name, end in (("no", REFUSED), ("broken", BROKEN))
    )
    tried = Attempt(
        name="bank", call=(served(0.05), broken, Mark(name="paid")), timeout_s=0.5, retries=1
    )
    way = Choice(
        name="way",
        branches=(
            Branch(share=0.5, call=(served(0.3, "road"), Mark(name="home", within_s=2.0))),
            Branch(share=0.5, call=(broken, served(3.0, "road"), Mark(name="home", by_day=0))),
        ),
    )
    both = Fork(name="both", calls=((served(0.1), broken, Mark(name="left")), (no,)), needs=1)
    later = Send(name="later", call=(broken, Mark(name="sent", within_s=1.0)))
    step = StepModel(
        call=(served(0.02), no, broken, Mark(name="answered", within_s=0.1)),
        background=(Hold(station="writer", call=(tried, no)), both, later, way),
    )
    stations = {
        "desk": StationModel(servers=3, queue_limit=20),
        "writer": StationModel(servers=2, queue_limit=6, patience=exponential(1.0)),
        "road": StationModel(servers=UNLIMITED),
    }
    return Feature(
        shop({"look": step}, parts={"midnight_s": 20.0}, **stations),
        crowd(rate_per_s=12.0),
        {"drain_s": 1.0},
    )


@feature
def choices() -> Feature:
    other = (served(0.1, "back"), Fail(name="no", end=REFUSED, probability=0.5))
    choice = Choice(
        name="way",
        branches=(
            Branch(share=0.5, call=(served(),)),
            Branch(share=0.3, call=other),
            Branch(share=0.2),
        ),
    )
    return Feature(desk((choice, choice), back=StationModel(servers=1)))


@feature
def forks() -> Feature:
    ways = (
        (served(0.1), Fail(name="no", end=BROKEN, probability=0.2)),
        (served(0.05, "back"),),
        (Fail(name="at once", end=REFUSED, probability=0.3), served(0.02, "back")),
    )
    call = (
        Fork(name="two of three", calls=ways, needs=2),
        Fork(name="all", calls=(ways[1], (served(0.01),))),
        Fork(name="any", calls=ways, needs=1),
    )
    return Feature(desk(call, back=StationModel(servers=2)))


@feature
def lookups() -> Feature:
    call = (
        Lookup(cache="pages", call=(served(0.1),)),
        Lookup(cache="details", call=(served(0.2, "back"),), fills="when_done"),
        Lookup(cache="edge", call=(served(0.05, "back"),)),
    )
    caches = {
        "pages": CacheModel(ttl_s=2.0, warm=False),
        "details": CacheModel(ttl_s=5.0),
        "edge": CacheModel(hit_ratio=0.7, refill_s=3.0),
    }
    faults = (Fault(at_s=12.0, flushed="details"), Fault(at_s=15.0, flushed="edge"))
    return Feature(
        desk(call, back=StationModel(servers=2), parts={"caches": caches, "faults": faults}),
        crowd(stock={1: 1, 2: 1}, skus=(1, 2, 3, 4)),
    )


@feature
def work_that_is_sent() -> Feature:
    late = Send(name="late", call=(served(0.1, "back"), Mark(name="done", within_s=1.0)), anew=True)
    call = (
        served(0.05),
        Send(name="queue", call=(served(0.15, "queue"), late, Mark(name="stored", by_day=0))),
        Mark(name="replied", within_s=0.2),
    )
    return Feature(
        desk(
            call,
            queue=StationModel(servers=2, queue_limit=8, when_full="rejected"),
            back=StationModel(servers=1),
            parts={"midnight_s": 12.0 - 86_400.0},
        )
    )


@feature
def background_and_polls() -> Feature:
    order = StepModel(
        call=(served(0.05), TakeStock()),
        declined_ratio=0.1,
        background=(served(0.15, "queue"), Fail(name="lost", end=BROKEN, probability=0.1)),
        polling=Polling(pauses_s=(0.05, 0.1, 0.0), call=(served(0.02, "web"),), most=4),
    )
    pay = StepModel(call=(served(0.02),), declined_ratio=0.05, background=(served(0.1, "web"),))
    model = shop(
        {"place_order": order, "pay": pay},
        desk=StationModel(servers=2),
        queue=StationModel(servers=2, queue_limit=12),
        web=StationModel(servers=2, queue_limit=20),
    )
    plan = crowd(steps=("place_order", "pay"), stock={1: 200, 2: 300, 3: 150}, patience_s=0.6)
    return Feature(model, plan, {"timeout_s": 0.9})


@feature
def a_drain_that_ends() -> Feature:
    call = (served(0.5), Send(name="later", call=(served(2.0, "back"),)))
    return Feature(desk(call, back=StationModel(servers=1)), options={"drain_s": 3.0})


@feature
def antithetic_numbers() -> Feature:
    call = (served(0.1), Demand(station="desk", time=gamma(0.05, cv=2.0)), served(probability=0.5))
    return Feature(desk(call), options={"antithetic": True, "replication": 3})


@feature
def a_whole_shop() -> Feature:
    """Most of the above in one call."""
    pay = Attempt(
        name="bank",
        call=(served(0.08, "bank"), Fail(name="bank", end=BROKEN, probability=0.1)),
        timeout_s=0.3,
        retries=2,
        backoff_s=0.05,
        breaker=Breaker(window=20, least=10, open_s=2.0),
    )
    call = (
        Admission(bucket="door"),
        served(0.01, "gateway"),
        Hold(
            station="threads",
            call=(
                served(0.02),
                Lookup(cache="pages", call=(served(0.05, "rows"),), fills="when_done"),
                TakeStock(),
            ),
        ),
        Send(name="queue", call=(served(0.05, "queue"), Mark(name="stored", within_s=1.0))),
        pay,
    )
    stations = {
        "gateway": StationModel(servers=2, sharing=True, queue_limit=50),
        "threads": StationModel(servers=6, queue_limit=20, when_full="rejected"),
        "rows": StationModel(servers=1, copies=4),
        "queue": StationModel(servers=1, queue_limit=100),
        "bank": StationModel(servers=2),
    }
    parts = {
        "buckets": {"door": TokenBucketModel(rate_per_s=15.0, burst=30.0)},
        "caches": {"pages": CacheModel(ttl_s=3.0, warm=False)},
        "faults": (
            Fault(at_s=10.0, for_s=8.0, station="bank", slower=5.0),
            Fault(at_s=14.0, flushed="pages"),
        ),
    }
    plan = crowd(
        800, rate_per_s=20.0, steps=("look", "look"), stock=PLENTY, patience_s=2.0,
        skus=tuple(range(1, 9)),
    )  # fmt: skip
    return Feature(desk(call, parts=parts, **stations), plan, {"timeout_s": 3.0})
