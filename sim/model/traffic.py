"""How often each operation of a model is done, and what that asks of the stations, on average.

Counted are the chances of demands and branches, hits of caches, buckets that let in what they
have tokens for, failures that a model tells of, fallbacks after them, quantities and SKU factors.
A held server is at work as long as the services of the call that it is held for. Not counted are
retries, breakers, refusals by full queues, units that sell out, slowdowns and faults: what they do
depends on how busy the platform is. An `until` at a station with limited servers counts a whole
period: a server that is always wanted is kept as long.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import mul
from typing import NamedTuple

from reports.record.outcome import Outcome
from sim.model.call import (
    Admission,
    Attempt,
    Call,
    Choice,
    Demand,
    Fail,
    Fork,
    Hold,
    Lookup,
    Operation,
    Send,
)
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import UNLIMITED
from sim.model.wanted_products import NOTHING, Wanted, WantedProducts, miss_ratio


class Service(NamedTuple):
    """A kind of service at a station, which takes `mean_s` on average."""

    station: str
    mean_s: float


class Ending(NamedTuple):
    """Of a call: the share that ends ok, the share that fails (the rest is rejected), and the
    mean seconds of service that it takes, one after the other."""

    ok: float = 1.0
    failed: float = 0.0
    service_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class _Traffic:
    """What goes through a model. `let_in` and `missed` are shares by token bucket and cache."""

    model: ServiceModel
    let_in: Mapping[str, float] = field(default_factory=dict)
    missed: Mapping[str, float] = field(default_factory=dict)
    services: defaultdict[Service, float] = field(default_factory=lambda: defaultdict(float))
    asked: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    lookups: defaultdict[str, list[tuple[float, Wanted]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    wanted: Wanted = NOTHING

    def step(self, step: StepModel, per_s: float, wanted: Wanted) -> None:
        """Adds an action of `step` a second, times `per_s`."""
        self.wanted = wanted
        reply = self.call(step.call, per_s)
        per_s *= reply.ok * (1 - step.declined_ratio)
        background = self.call(step.background, per_s)
        if step.polling is None:
            return
        polls, passed_s = 1, step.polling.pause_s(0)
        while passed_s < background.service_s and polls < step.polling.most:
            passed_s += step.polling.pause_s(polls)
            polls += 1
        self.call(step.polling.call, per_s * polls)

    def call(self, call: Call, per_s: float) -> Ending:
        ok, failed, service_s = 1.0, 0.0, 0.0
        for each in call:
            end = self.operation(each, per_s * ok)
            service_s += ok * end.service_s
            failed += ok * end.failed
            ok *= end.ok
        return Ending(ok, failed, service_s)

    def operation(self, operation: Operation, per_s: float) -> Ending:
        match operation:
            case Demand():
                return self.demand(operation, per_s)
            case Lookup():
                return self.lookup(operation, per_s)
            case Admission() | Fail():
                return self.gate(operation, per_s)
            case Hold() | Send():
                return self.holding(operation, per_s)
            case _:
                return self.parts(operation, per_s)

    def gate(self, gate: Admission | Fail, per_s: float) -> Ending:
        if isinstance(gate, Admission):
            self.asked[gate.bucket] += per_s
            return Ending(ok=self.let_in.get(gate.bucket, 1.0))
        is_failed = gate.end.outcome is Outcome.FAILED
        return Ending(1 - gate.probability, gate.probability if is_failed else 0.0)

    def holding(self, holding: Hold | Send, per_s: float) -> Ending:
        end = self.call(holding.call, per_s)
        if isinstance(holding, Send):
            return Ending()
        self.services[Service(holding.station, end.service_s)] += per_s
        return end

    def parts(self, operation: Operation, per_s: float) -> Ending:
        """Operations with several calls; all others end ok at once."""
        match operation:
            case Attempt(call=call, fallback=fallback, timeout_s=timeout_s):
                tried = self.call(call, per_s)
                tried_s = min(tried.service_s, timeout_s)
                if not fallback:
                    return tried._replace(service_s=tried_s)
                then = self.call(fallback, per_s * tried.failed)
                return Ending(
                    tried.ok + tried.failed * then.ok,
                    tried.failed * then.failed,
                    tried_s + tried.failed * then.service_s,
                )
            case Choice(branches=branches):
                shares = [each.share for each in branches]
                ends = [self.call(each.call, per_s * each.share) for each in branches]
                columns = zip(*ends, strict=True)
                return Ending(*(math.fsum(map(mul, shares, each)) for each in columns))
            case Fork(calls=calls, needs=needs):
                ends = [self.call(each, per_s) for each in calls]
                ok = at_least(needs or len(calls), [each.ok for each in ends])
                return Ending(ok, 1 - ok, max(each.service_s for each in ends))
            case _:
                return Ending()

    def demand(self, demand: Demand, per_s: float) -> Ending:
        time = demand.time
        limited = self.model.stations[demand.station].servers != UNLIMITED
        mean_s = time.every_s if limited and time.kind == "until" else time.mean_s
        if time.kind != "until" and (demand.per_unit or demand.sku_factors):
            mean_s *= self.wanted.mean_factor(
                per_unit=demand.per_unit, sku_factors=demand.sku_factors
            )
        self.services[Service(demand.station, mean_s)] += per_s * demand.probability
        return Ending(service_s=demand.probability * mean_s)

    def lookup(self, lookup: Lookup, per_s: float) -> Ending:
        self.lookups[lookup.cache].append((per_s, self.wanted))
        missed = self.missed.get(lookup.cache, 1.0)
        end = self.call(lookup.call, per_s * missed)
        return Ending(1 - missed * (1 - end.ok), missed * end.failed, missed * end.service_s)


def services(
    actions_per_s: Mapping[str, float], model: ServiceModel, wanted: WantedProducts
) -> dict[Service, float]:
    """How often a second each service begins when the steps have these rates; steps that `model`
    lacks ask for none. Twice through: once to see what buckets and caches are asked for."""
    first = _passed(_Traffic(model=model), actions_per_s, wanted)
    let_in = {
        name: min(1.0, model.buckets[name].rate_per_s / asked) if asked else 1.0
        for name, asked in first.asked.items()
    }
    missed = {name: _missed(model, name, each) for name, each in first.lookups.items()}
    second = _Traffic(model=model, let_in=let_in, missed=missed)
    return dict(_passed(second, actions_per_s, wanted).services)


def _passed(
    traffic: _Traffic, actions_per_s: Mapping[str, float], wanted: WantedProducts
) -> _Traffic:
    for name, step in traffic.model.steps.items():
        if per_s := actions_per_s.get(name, 0.0):
            traffic.step(step, per_s, wanted.get(name, NOTHING))
    return traffic


def _missed(model: ServiceModel, cache: str, lookups: list[tuple[float, Wanted]]) -> float:
    held = model.caches[cache]
    if held.hit_ratio is not None:
        return 1 - held.hit_ratio
    return miss_ratio(lookups, held.ttl_s)


def at_least(needs: int, chances: list[float]) -> float:
    """The chance that at least `needs` of independent events happen, each with its own chance."""
    counts = [1.0]
    for chance in chances:
        without = [each * (1 - chance) for each in counts] + [0.0]
        counts = [
            stays + comes
            for stays, comes in zip(
                without, [0.0, *(each * chance for each in counts)], strict=True
            )
        ]
    return math.fsum(counts[needs:])
