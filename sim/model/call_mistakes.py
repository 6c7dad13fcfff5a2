"""What is wrong in the operations of a call, each looked at by itself."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from reports.documents.located_yaml import KeyPath
from sim.model.call_definition import (
    AdmissionDefinition,
    AttemptDefinition,
    ChoiceDefinition,
    DemandDefinition,
    ForkDefinition,
    HoldDefinition,
    LookupDefinition,
    MarkDefinition,
    OperationDefinition,
    PlayDefinition,
    ReadStockDefinition,
    TakeStockDefinition,
)
from sim.model.did_you_mean import unknown
from sim.model.duration_definition import duration_mistakes
from sim.model.model_definition import (
    Located,
    ServiceModelDefinition,
    held_calls,
    written_operations,
)
from sim.model.station import UNLIMITED

Wrong = Iterator[tuple[KeyPath, str]]


def call_mistakes(located: Located, model: ServiceModelDefinition, directory: Path) -> Wrong:
    """What is wrong in a call of `model` and in the calls that it holds."""
    path, call = located
    if not call:
        yield path, "must have at least one operation"
    for where, each in written_operations(call, path):
        if not isinstance(each, ChoiceDefinition):
            for inner, held in held_calls(each, where):
                if not held:
                    yield inner, "must have at least one operation"
        yield from _name_mistakes(each, where, model)
        if isinstance(each, DemandDefinition):
            yield from duration_mistakes(each, where, directory)
            yield from _demand_mistakes(each, where, model)
        else:
            yield from _mistakes(each, where, model)


def _name_mistakes(
    written: OperationDefinition, path: KeyPath, model: ServiceModelDefinition
) -> Wrong:
    match written:
        case DemandDefinition(at=name) if name not in model.stations:
            yield (*path, "at"), unknown("station", name, model.stations)
        case HoldDefinition(hold=name) if name not in model.stations:
            yield (*path, "hold"), unknown("station", name, model.stations)
        case AdmissionDefinition(admit=name) if name not in model.buckets:
            yield (*path, "admit"), unknown("bucket", name, model.buckets)
        case LookupDefinition(look_up=name) if name not in model.caches:
            yield (*path, "look_up"), unknown("cache", name, model.caches)
        case PlayDefinition(play=name) if name not in model.calls:
            yield (*path, "play"), unknown("call", name, model.calls)


def _demand_mistakes(
    demand: DemandDefinition, path: KeyPath, model: ServiceModelDefinition
) -> Wrong:
    if demand.until is not None:
        for key in ("per_unit", "sku_factors"):
            if getattr(demand, key):
                yield (*path, key), "changes nothing: it ends by the clock"
    station = model.stations.get(demand.at)
    if demand.queue_limit != UNLIMITED and station is not None:
        if station.servers == UNLIMITED:
            yield (*path, "queue_limit"), "nobody queues for unlimited servers"
        elif demand.queue_limit >= station.queue_limit:
            what = f"must be below the station's own, {station.queue_limit:g}, to shed it first"
            yield (*path, "queue_limit"), what
    if demand.takes_stock and demand.probability < 1:
        yield (*path, "probability"), "a demand that takes stock is always made"
    if demand.takes_stock and demand.cached_for is not None:
        yield (*path, "cached_for"), "no cache can take stock"


def _mistakes(written: OperationDefinition, path: KeyPath, model: ServiceModelDefinition) -> Wrong:
    match written:
        case HoldDefinition():
            yield from _hold_mistakes(written, path, model)
        case AttemptDefinition():
            yield from _attempt_mistakes(written, path)
        case ChoiceDefinition():
            yield from _choice_mistakes(written, path)
        case ForkDefinition():
            yield from _fork_mistakes(written, path)
        case TakeStockDefinition():
            yield from _taking_mistakes(written, path)
        case ReadStockDefinition(read_stock=False):
            yield (*path, "read_stock"), "must be yes; where nothing is read, leave it out"
        case MarkDefinition(within=within, by_day=by_day):
            if within is not None and by_day is not None:
                yield (*path, "by_day"), "says when it is in time, as within does: one is enough"


def _hold_mistakes(hold: HoldDefinition, path: KeyPath, model: ServiceModelDefinition) -> Wrong:
    station = model.stations.get(hold.hold)
    if station is not None and station.sharing:
        yield (*path, "hold"), f'"{hold.hold}" is shared: nobody can hold a server of it'
    elif station is not None and station.servers == UNLIMITED:
        yield (*path, "hold"), f'"{hold.hold}" is unlimited: to hold it holds nobody up'


def _fork_mistakes(fork: ForkDefinition, path: KeyPath) -> Wrong:
    if not fork.calls:
        yield (*path, "calls"), "must have at least one call"
    elif fork.needs is not None and fork.needs > len(fork.calls):
        yield (*path, "needs"), f"must be at most {len(fork.calls)}, the number of calls"


def _taking_mistakes(taking: TakeStockDefinition, path: KeyPath) -> Wrong:
    if taking.take_stock == "bucketed" and taking.buckets is None:
        yield path, "bucketed stock must say how many buckets"
    elif taking.take_stock != "bucketed":
        for key in ("buckets", "fallback"):
            if getattr(taking, key) is not None:
                yield (*path, key), f"belongs to bucketed, not to {taking.take_stock}"


def _attempt_mistakes(attempt: AttemptDefinition, path: KeyPath) -> Wrong:
    if not attempt.retries:
        for key in ("backoff", "backoff_factor", "jitter", "budget", "budget_burst"):
            if getattr(attempt, key):
                yield (*path, key), "belongs to retries, and there are none"
    elif attempt.backoff is None:
        for key in ("backoff_factor", "jitter"):
            if getattr(attempt, key):
                yield (*path, key), "belongs to a backoff, and there is none"
    if attempt.retries and attempt.budget is None and attempt.budget_burst is not None:
        yield (*path, "budget_burst"), "belongs to a budget, and there is none"
    if (breaker := attempt.breaker) is not None:
        if breaker.failures == 0:
            yield (*path, "breaker", "failures"), "must be > 0, or it opens without a failure"
        if breaker.least > breaker.window:
            what = f"must be at most {breaker.window}, the window, got {breaker.least}"
            yield (*path, "breaker", "least"), what


def _choice_mistakes(choice: ChoiceDefinition, path: KeyPath) -> Wrong:
    shares, rests = Fraction(), 0
    for index, each in enumerate(choice.branches):
        shares += each.share or 0
        rests += each.rest
        if (each.share is None) != each.rest:
            yield (*path, "branches", index), "must have a share or rest: yes"
    if not choice.branches:
        yield (*path, "branches"), "must have at least one branch"
    elif rests > 1:
        yield (*path, "branches"), "the rest can be had once"
    elif (rests and shares > 1) or (not rests and shares != 1):
        whole = "at most 100 %" if rests else "100 % (or leave one the rest: yes)"
        yield (
            (*path, "branches"),
            f"the shares must add up to {whole}, not {float(100 * shares):g} %",
        )
