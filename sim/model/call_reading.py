"""Written calls as calls: named calls are put in where they are played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from reports.record.outcome import Outcome
from sim.model.call import (
    UNLIMITED,
    Admission,
    Attempt,
    Branch,
    Breaker,
    Call,
    CallEnd,
    Choice,
    Demand,
    Fail,
    Fork,
    Hold,
    Lookup,
    Mark,
    Operation,
    ReadStock,
    Send,
    TakeStock,
)
from sim.model.call_definition import (
    AdmissionDefinition,
    AttemptDefinition,
    BranchDefinition,
    BreakerDefinition,
    CallDefinition,
    ChoiceDefinition,
    DemandDefinition,
    FailDefinition,
    ForkDefinition,
    HoldDefinition,
    LookupDefinition,
    MarkDefinition,
    OperationDefinition,
    PlayDefinition,
    ReadStockDefinition,
    SendDefinition,
    TakeStockDefinition,
)
from sim.model.duration_definition import distribution_of
from sim.model.station import CacheModel

_STATUS_OF = {"failed": 500, "rejected": 403}


@dataclass(slots=True, kw_only=True)
class CallReader:
    """Makes calls of what is written without mistakes. `caches` grows by those that `cached_for`
    stands for: one of each station, and of each further time."""

    named: Mapping[str, CallDefinition]
    directory: Path
    caches: dict[str, CacheModel] = field(default_factory=dict)
    _cache_of: dict[tuple[str, float], str] = field(default_factory=dict)

    def call(self, written: CallDefinition) -> Call:
        """`written` as a call."""
        return tuple(operation for each in written for operation in self._operations(each))

    def _operations(self, written: OperationDefinition) -> Iterator[Operation]:
        match written:
            case PlayDefinition(play=name):
                yield from self.call(self.named[name])
            case DemandDefinition():
                yield from self._demand(written)
            case ReadStockDefinition():
                yield ReadStock()
            case AttemptDefinition():
                yield self._attempt(written)
            case ChoiceDefinition():
                yield self._choice(written)
            case HoldDefinition() | LookupDefinition() | SendDefinition() | ForkDefinition():
                yield self._holding(written)
            case _:
                yield _plain(written)

    def _demand(self, written: DemandDefinition) -> Iterator[Operation]:
        demand = Demand(
            station=written.at,
            time=distribution_of(written, self.directory),
            probability=written.probability,
            per_unit=written.per_unit,
            sku_factors=tuple((written.sku_factors or {}).items()),
            queue_limit=written.queue_limit,
        )
        if written.cached_for is None:
            yield demand
        else:
            yield self._cached(demand, written.cached_for)
        if written.takes_stock:
            yield TakeStock()

    def _cached(self, demand: Demand, ttl_s: float) -> Operation:
        """Who makes no demand does not look into the cache either."""
        chance = demand.probability
        station = demand.station
        always = Demand(
            station=station,
            time=demand.time,
            per_unit=demand.per_unit,
            sku_factors=demand.sku_factors,
            queue_limit=demand.queue_limit,
        )
        lookup = Lookup(cache=self._cache(station, ttl_s), call=(always,))
        if chance == 1:
            return lookup
        branches = (Branch(share=chance, call=(lookup,)), Branch(share=1 - chance))
        return Choice(name=station, branches=branches)

    def _cache(self, station: str, ttl_s: float) -> str:
        if (station, ttl_s) not in self._cache_of:
            name = station if station not in self.caches else f"{station} {ttl_s:g}s"
            self.caches[name] = CacheModel(ttl_s=ttl_s)
            self._cache_of[station, ttl_s] = name
        return self._cache_of[station, ttl_s]

    def _attempt(self, written: AttemptDefinition) -> Attempt:
        return Attempt(
            name=written.name,
            call=self.call(written.call),
            timeout_s=UNLIMITED if written.timeout is None else written.timeout,
            retries=written.retries,
            backoff_s=written.backoff or 0.0,
            backoff_factor=2.0 if written.backoff_factor is None else written.backoff_factor,
            jitter=written.jitter,
            budget_ratio=written.budget,
            budget_burst=10.0 if written.budget_burst is None else written.budget_burst,
            breaker=_breaker(written.breaker) if written.breaker else None,
            fallback=self.call(written.fallback),
        )

    def _choice(self, written: ChoiceDefinition) -> Choice:
        shares = shares_of(written.branches)
        branches = zip(shares, written.branches, strict=True)
        return Choice(
            name=written.choose,
            branches=tuple(
                Branch(share=float(share), call=self.call(each.call)) for share, each in branches
            ),
        )

    def _holding(
        self, written: HoldDefinition | LookupDefinition | SendDefinition | ForkDefinition
    ) -> Operation:
        match written:
            case HoldDefinition():
                return Hold(station=written.hold, call=self.call(written.call))
            case LookupDefinition():
                call = self.call(written.call)
                return Lookup(cache=written.look_up, call=call, fills=written.fills)
            case SendDefinition():
                call = self.call(written.call)
                return Send(name=written.send, call=call, anew=written.anew)
            case ForkDefinition():
                calls = tuple(self.call(each) for each in written.calls)
                return Fork(name=written.fork, calls=calls, needs=written.needs or 0)


def shares_of(branches: tuple[BranchDefinition, ...]) -> tuple[Fraction, ...]:
    """The share of each of `branches`; that with `rest` has what the others leave."""
    left = 1 - sum((each.share or Fraction() for each in branches), Fraction())
    return tuple(left if each.share is None else each.share for each in branches)


def _breaker(written: BreakerDefinition) -> Breaker:
    return Breaker(
        failure_ratio=written.failures,
        window=written.window,
        least=written.least,
        open_s=written.open,
        probes=written.probes,
    )


def _plain(
    written: AdmissionDefinition | TakeStockDefinition | FailDefinition | MarkDefinition,
) -> Operation:
    match written:
        case AdmissionDefinition():
            return Admission(bucket=written.admit)
        case TakeStockDefinition():
            after_s = written.release_after
            return TakeStock(
                strategy=written.take_stock,
                buckets=written.buckets or 1,
                fallback=bool(written.fallback),
                release_after_s=UNLIMITED if after_s is None else after_s,
            )
        case FailDefinition():
            status = _STATUS_OF[written.outcome] if written.status is None else written.status
            end = CallEnd(Outcome[written.outcome.upper()], status, written.reason)
            return Fail(name=written.reason, end=end, probability=written.fail)
        case MarkDefinition():
            within_s = UNLIMITED if written.within is None else written.within
            return Mark(name=written.mark, within_s=within_s, by_day=written.by_day)
