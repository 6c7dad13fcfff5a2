"""What is wrong between a plan and a service model, found before the plan is played."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.documents.located_yaml import KeyPath, LocatedYaml, parse_yaml
from reports.documents.mistake import Mistake
from scenarios.workload.plan import VisitPlan
from sim.model.call import TakeStock
from sim.model.did_you_mean import unknown
from sim.model.offered_load import PhaseRates, StationLoad, load_of, phase_rates
from sim.model.scaler_looks import too_many_looks
from sim.model.service_model import ServiceModel, operations_of
from sim.model.station import UNLIMITED, Schedule, StationModel
from sim.model.wanted_products import NOTHING, WantedProducts, wanted_products

HOT_SHARE = 0.01
"""A product with so much of a step is one that the plan is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCheck:
    """`mistakes` are why the model cannot play the plan, each at its place in the text that the
    model was read from. `warnings` are what a rehearsal may well be about, in sentences."""

    mistakes: tuple[Mistake, ...]
    warnings: tuple[str, ...]


def mistakes_with(plan: VisitPlan, model: ServiceModel, *, file: str = "") -> tuple[Mistake, ...]:
    """The mistakes that `checked_with` finds."""
    return checked_with(plan, model, file=file).mistakes


def checked_with(plan: VisitPlan, model: ServiceModel, *, file: str = "") -> PlanCheck:
    """What is wrong with `plan` for `model`; `file` is the name of the model's file.

    Mistakes are a step that the model lacks, a hot product without units where a step takes
    stock, a station that a steady plan asks for more than its servers can ever do, and a scaler
    that looks too often. Warnings are stations that are overloaded for a while, and products that
    are asked for and not on sale.
    """
    located = parse_yaml(model.text, file or model.name) if model.text else None
    phases, wanted = phase_rates(plan), wanted_products(plan)
    unsold = list(_without_stock(plan, model, wanted))
    unstable = _unstable(phases, model, wanted)
    found = [
        *_missing_steps(plan, model),
        *_hot_without_stock(unsold),
        *_unstable_stations(unstable, model),
        *too_many_looks(model, plan.duration_s),
    ]
    loads = load_of(phases, model, wanted)
    return PlanCheck(
        mistakes=tuple(_mistake(located, model, path, what) for path, what in found),
        warnings=(*_overloads(loads, unstable, model), *_not_on_sale(unsold)),
    )


def servers_of(station: StationModel) -> float:
    """The servers of all copies of `station`: the most that a scaler makes, the mean over the
    repeated shifts of a schedule, the most of shifts that do not repeat."""
    if station.scaler is not None:
        return float(station.scaler.most * station.scaler.servers_per_node * station.copies)
    if station.schedule is not None:
        return _mean_servers(station.schedule) * station.copies
    return station.servers * station.copies


def _mean_servers(schedule: Schedule) -> float:
    shifts, period_s = schedule.shifts, schedule.repeats_every_s
    if period_s == UNLIMITED:
        return float(max(each.servers for each in shifts))
    ends = [*(each.start_s for each in shifts[1:]), shifts[0].start_s + period_s]
    area = sum(
        each.servers * (end_s - each.start_s) for each, end_s in zip(shifts, ends, strict=True)
    )
    return area / period_s


def _missing_steps(plan: VisitPlan, model: ServiceModel) -> Iterator[tuple[KeyPath, str]]:
    for step in plan.tables.steps:
        if step not in model.steps:
            yield ("steps",), f'{unknown("step", step, model.steps)}; "{plan.name}" plays it'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unsold:
    """`share` of the actions of `step`, which takes stock, is about `sku`, which has no units."""

    step: str
    sku: int
    share: float


def _without_stock(
    plan: VisitPlan, model: ServiceModel, wanted: WantedProducts
) -> Iterator[_Unsold]:
    if model.replenishment is not None:
        return
    on_sale = {sku for units in (plan.stock, model.stock) for sku in units if units[sku] > 0}
    for name, step in model.steps.items():
        if any(isinstance(each, TakeStock) for each in operations_of(step)):
            for sku, share in wanted.get(name, NOTHING).share_of_skus().items():
                if sku not in on_sale:
                    yield _Unsold(step=name, sku=sku, share=share)


def _hot_without_stock(unsold: Sequence[_Unsold]) -> Iterator[tuple[KeyPath, str]]:
    for each in unsold:
        if each.share >= HOT_SHARE:
            what = f"SKU {each.sku} has no units" if each.sku else "no product has no units"
            share = f'{100 * each.share:.3g} % of "{each.step}", which takes stock'
            yield ("steps", each.step), f"{what}, and is {share}"


def _not_on_sale(unsold: Sequence[_Unsold]) -> Iterator[str]:
    shares: dict[str, float] = {}
    for each in unsold:
        if each.share < HOT_SHARE:
            shares[each.step] = shares.get(each.step, 0.0) + each.share
    for step, share in shares.items():
        yield f'{100 * share:.3g} % of "{step}" are about products that are not on sale: rejected'


def _unstable(
    phases: Sequence[PhaseRates], model: ServiceModel, wanted: WantedProducts
) -> dict[str, StationLoad]:
    """Stations of a steady plan whose queue grows as long as the run lasts, so that what is
    measured there is how long that was. A plan is steady when every judged phase has one and the
    same rate; a queue with a limit does not grow, nor does one of people without endless
    patience."""
    judged = [each for each in phases if each.phase.judged]
    if not all(each.is_even for each in judged) or len({each.peak_per_s for each in judged}) != 1:
        return {}
    return {
        name: load
        for name, load in load_of(judged, model, wanted).items()
        if (station := model.stations[name]).queue_limit == UNLIMITED
        and station.patience is None
        and load.average_erlangs >= servers_of(station)
    }


def _unstable_stations(
    unstable: dict[str, StationLoad], model: ServiceModel
) -> Iterator[tuple[KeyPath, str]]:
    for name, load in unstable.items():
        servers = _words(servers_of(model.stations[name]))
        what = f"offered load {load.average_erlangs:,.3g} of {servers}"
        yield ("stations", name), f"{what}: its queue would grow for ever"


def _overloads(
    loads: dict[str, StationLoad], unstable: dict[str, StationLoad], model: ServiceModel
) -> Iterator[str]:
    """Of each station that cannot catch up before the plan ends; and in one sentence for each
    phase of those that fall behind at its peak."""
    behind: dict[str, list[str]] = {}
    for name, load in loads.items():
        servers = servers_of(model.stations[name])
        if name in unstable or load.peak_erlangs < servers:
            continue
        if load.average_erlangs >= servers:
            offered = f"{load.average_erlangs:,.3g} erlangs on average"
            yield f'"{name}" is offered {offered} and has {_words(servers)}: it cannot catch up'
        else:
            times = f"{load.peak_erlangs / servers:.1f} times" if servers else "no servers"
            behind.setdefault(load.peak_phase, []).append(f'"{name}" ({times})')
    for phase, names in behind.items():
        yield f'at the peak of "{phase}" more is offered than there are servers to {_and(names)}'


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _words(servers: float) -> str:
    return "1 server" if servers == 1 else f"{servers:,.4g} servers"


def _mistake(located: LocatedYaml | None, model: ServiceModel, path: KeyPath, what: str) -> Mistake:
    if located is not None:
        return located.mistake(path, what, at_key=True)
    place = ".".join(str(each) for each in path)
    return Mistake(file=model.name, line=0, column=0, path=place, message=what)
