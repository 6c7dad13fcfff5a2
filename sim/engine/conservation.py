"""What must hold of every run, whatever is simulated, judged by the totals of an engine.

    flow    visits planned = left + not sent + in play at the end + never arrived
            of each station: arrived = served + refused + abandoned + still there
            tasks begun = ended + still there
            of each token bucket: let in <= burst + rate * time
    Little  the integral over time of how many are there = the sum of how long each was there
            (Little 1961; exact when those still there are counted up to the end), of the visits
            in play, and of each station in the queue, in service and both together
    stock   of each SKU: initial + replenished = left + accepted + stranded + in tasks

Both sides of each are counted apart: levels where something changes, times with whoever was
there, and who is still there by looking for them at the end. Counts are compared exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reports.record.manifest import Invariant
from sim.engine.contract import CrowdTotals, Played, StationTotals, StockTotals
from sim.model.service_model import ServiceModel

CLOSE = 1e-9
"""Two sums of times that differ by less of the larger one are the same."""
ROUNDING = 2.0**-53
ADDITIONS_EACH = 8
"""At most, to an area, for each who comes: an area has an error below additions * ROUNDING."""
FLOW, LITTLE, STOCK, OVERSELL = (
    "flow conservation",
    "Little's law",
    "stock conservation",
    "no oversell",
)


class ConservationError(Exception):
    """An engine has lost or made up something, so nothing that it found is to be believed."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Time spent at `where`, as an `area` under a level and as a sum of `times_s`, of which it
    may differ by `scale_s` times the rounding of as many additions as `comers` make."""

    where: str
    area: float
    times_s: float
    scale_s: float
    comers: int

    @property
    def difference(self) -> float:
        """Relative."""
        apart = abs(self.area - self.times_s)
        return apart / self.scale_s if self.scale_s else apart

    @property
    def agree(self) -> bool:
        return self.difference <= max(CLOSE, ADDITIONS_EACH * ROUNDING * self.comers)


def invariants_of(
    played: Played,
    model: ServiceModel,
    *,
    planned_visits: int | None = None,
    is_cut_short: bool = False,
) -> tuple[Invariant, ...]:
    """Each law with its evidence: the sums when it held, what broke it when it did not. Without
    `planned_visits` those that arrived are all that there are; only of a run that `is_cut_short`
    some may not arrive."""
    planned = played.visits if planned_visits is None else planned_visits
    never = planned - played.visits
    laws = [
        flow_conservation(played, model, never_arrived=never, is_cut_short=is_cut_short),
        littles_law(played, model),
    ]
    if played.stock:
        laws += [stock_conservation(played.stock), no_oversell(played.stock)]
    return tuple(laws)


def refuse_unconserved(played: Played, model: ServiceModel) -> None:
    """Raises ConservationError unless the laws held."""
    if broken := broken_laws(invariants_of(played, model)):
        raise ConservationError("; ".join(f"{each.name}: {each.evidence}" for each in broken))


def broken_laws(invariants: Iterable[Invariant]) -> tuple[Invariant, ...]:
    """The invariants that no model can break, but an engine has. To sell more than there was is
    not among them: a model may do so."""
    return tuple(each for each in invariants if not each.held and each.name != OVERSELL)


def flow_conservation(
    played: Played, model: ServiceModel, *, never_arrived: int = 0, is_cut_short: bool = False
) -> Invariant:
    is_there_all = never_arrived == 0 or (is_cut_short and never_arrived > 0)
    broken = [
        *([] if is_there_all else [_visits(played, never_arrived)]),
        *_flow_broken(played, never_arrived),
        *(
            f"{name} let in {let_in:,} with {tokens:,.1f} tokens"
            for name, let_in, tokens in _tokens(played, model)
            if let_in > tokens * (1 + CLOSE)
        ),
    ]
    told = broken or [
        _visits(played, never_arrived),
        *([_customers(played.stations)] if played.stations else []),
        _tasks(played),
        *(
            f"{name} let in {n:,} of {tokens:,.0f} tokens"
            for name, n, tokens in _tokens(played, model)
        ),
    ]
    return Invariant(name=FLOW, held=not broken, evidence="; ".join(told))


def _flow_broken(played: Played, never_arrived: int) -> Iterator[str]:
    crowd = played.crowd
    if played.visits != crowd.left + crowd.not_sent + crowd.in_play:
        yield _visits(played, never_arrived)
    for name, each in played.stations.items():
        if each.arrivals != each.served + each.refused + each.abandoned + each.remaining:
            yield f"at {name} {_customers({name: each})}"
    if played.tasks_begun != played.tasks_ended + played.unfinished:
        yield _tasks(played)


def _visits(played: Played, never_arrived: int) -> str:
    crowd = played.crowd
    parts = {
        "left": crowd.left,
        "not sent": crowd.not_sent,
        "in play at the end": crowd.in_play,
        "never arrived": never_arrived,
    }
    return f"{played.visits + never_arrived:,} visits: {_parts(parts)}"


def _customers(stations: Mapping[str, StationTotals]) -> str:
    def all_of(count: str) -> int:
        return sum(getattr(each, count) for each in stations.values())

    parts = {
        "served": all_of("served"),
        "refused": all_of("refused"),
        "out of patience": all_of("abandoned"),
        "still there": all_of("remaining"),
    }
    return f"{all_of('arrivals'):,} arrivals at stations: {_parts(parts)}"


def _tasks(played: Played) -> str:
    parts = {"ended": played.tasks_ended, "still there": played.unfinished}
    return f"{played.tasks_begun:,} tasks: {_parts(parts)}"


def _parts(parts: Mapping[str, int]) -> str:
    """`80 served, 20 refused`; what is 0 is left out, but not the first."""
    first, *others = parts.items()
    return ", ".join(f"{n:,} {what}" for what, n in (first, *(each for each in others if each[1])))


def _tokens(played: Played, model: ServiceModel) -> Iterator[tuple[str, int, float]]:
    """Of each token bucket how many it let in, and how many tokens it had at most."""
    for name, (let_in, _) in played.admissions.items():
        bucket = model.buckets[name]
        yield name, let_in, bucket.burst + bucket.rate_per_s * played.at_s


def littles_law(played: Played, model: ServiceModel) -> Invariant:
    sums = [_in_play(played.crowd, played.visits)]
    for name, each in played.stations.items():
        sums += _at_station(name, each, is_sharing=model.stations[name].sharing)
    broken = [
        f"{each.where} the area under the number there is {each.area!r} s, the sum of the times "
        f"there {each.times_s!r} s"
        for each in sums
        if not each.agree
    ]
    worst = max(sums, key=lambda each: each.difference)
    evidence = (
        f"{len(sums)} areas under a number there are the sums of the times there, of visits in "
        f"play and at each of the stations; the furthest is off by "
        f"{worst.difference:.0e} of {worst.scale_s:,.0f} s {worst.where}"
    )
    return Invariant(name=LITTLE, held=not broken, evidence="; ".join(broken) or evidence)


def _in_play(crowd: CrowdTotals, visits: int) -> Sums:
    times_s = crowd.sojourns_s + crowd.remaining_s
    return _sums("of visits in play", crowd.in_play_area, times_s, visits)


def _at_station(name: str, of: StationTotals, *, is_sharing: bool) -> Iterator[Sums]:
    """Nobody waits for shared servers, so there the queue is but a way to speak."""
    stays_s = of.stays_s + of.abandoned_waits_s + of.remaining_stays_s
    waits_s = of.waits_s + of.abandoned_waits_s + of.remaining_waits_s
    n = of.arrivals
    yield _sums(f"at {name}", of.busy_area + of.queue_area, stays_s, n)
    if not is_sharing:
        yield _sums(f"in the queue of {name}", of.queue_area, waits_s, n)
        served_s = stays_s - waits_s
        yield _sums(f"in service at {name}", of.busy_area, served_s, n, scale_s=stays_s)


def _sums(where: str, area: float, times_s: float, n: int, scale_s: float = 0.0) -> Sums:
    return Sums(where, area, times_s, max(abs(area), abs(times_s), scale_s), n)


def stock_conservation(stock: Mapping[int, StockTotals]) -> Invariant:
    broken = {
        sku: each
        for sku, each in stock.items()
        if each.initial + each.replenished
        != each.left + each.accepted + each.stranded + each.in_tasks
    }
    told = [f"SKU {sku}: {_units({sku: each})}" for sku, each in broken.items()]
    return Invariant(name=STOCK, held=not broken, evidence="; ".join(told) or _units(stock))


def no_oversell(stock: Mapping[int, StockTotals]) -> Invariant:
    oversold = {sku: -each.left for sku, each in stock.items() if each.left < 0}
    told = [f"{units:,} of SKU {sku} that were not there" for sku, units in oversold.items()]
    return Invariant(name=OVERSELL, held=not oversold, evidence="; ".join(told) or _units(stock))


def _units(stock: Mapping[int, StockTotals]) -> str:
    names = ("initial", "replenished", "accepted", "left", "stranded", "in_tasks")
    units = {name: sum(getattr(each, name) for each in stock.values()) for name in names}
    more = f" and {units['replenished']:,} replenished" if units["replenished"] else ""
    parts = {
        "in accepted orders": units["accepted"],
        "left": units["left"],
        "stranded": units["stranded"],
        "in orders not ended": units["in_tasks"],
    }
    return f"{units['initial']:,} units at the start{more}: {_parts(parts)}"
