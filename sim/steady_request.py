"""A request for one long steady run: a campaign at one rate, a model that can bear it for ever."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from reports.documents.located_yaml import KeyPath, parse_yaml
from reports.documents.mistake import DocumentError, mistake_on_command_line
from scenarios.workload.campaign import Campaign
from scenarios.workload.campaign_plan import CampaignPlan
from sim.answers.stability import AMPLE_UNITS
from sim.answers.steady_series import SteadySeries
from sim.model.call import TakeStock
from sim.model.model_file import find_service_model
from sim.model.offered_load import EVEN_WITHIN
from sim.model.service_model import ServiceModel, operations_of
from sim.model.steadiness import steadiness
from sim.simulation_request import SimulationRequest

BESIDE = 1e-9
"""So much of a phase lies between an instant and what is said to be just beside it."""
FOR_EVERYBODY = "steady: there is stock for everybody, for a sale that sells out is not steady"


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyRequest:
    """`request` as it is played. Nothing is said of the stations that swing `by_the_clock`."""

    request: SimulationRequest
    rate_per_s: float
    by_the_clock: frozenset[str]

    def told(self, series: SteadySeries) -> list[str]:
        """The stations of which something is said: those that somebody came to."""
        stations = series.stations.items()
        return [
            name
            for name, each in stations
            if name not in self.by_the_clock and each.busy_area.any()
        ]


def steady_request(
    request: SimulationRequest, model: str, *, duration_s: float | None = None
) -> SteadyRequest:
    """`request`, whose model is called `model`, for so long; by default for as long as its phases
    last, else each of them is stretched. There is stock for everybody, unless it is replenished.
    Raises DocumentError with every reason why this is no steady run."""
    plan = _lasting(request.plan, duration_s)
    located = parse_yaml(plan.text, str(request.campaign_file))
    mistakes = [located.mistake(path, what) for path, what in _changes(plan)]
    file = str(find_service_model(model))
    found = steadiness(request.model, plan.tables.steps, plan.duration_s, file=file)
    if every := [*mistakes, *found.mistakes]:
        raise DocumentError(every)
    notes = (*request.notes, *found.warnings)
    played = replace(request, plan=plan, notes=notes)
    if _sells(request.model):
        notes = (*notes, FOR_EVERYBODY)
        campaign = _with_ample_stock(plan.campaign)
        pace = {"speed": plan.speed, "amplify": plan.amplify}
        stock = {sku: AMPLE_UNITS if units else 0 for sku, units in request.model.stock.items()}
        played = replace(
            played,
            plan=CampaignPlan(campaign, plan.seed, **pace),
            model=replace(request.model, stock=stock),
            notes=notes,
        )
    return SteadyRequest(
        request=played, rate_per_s=plan.peak_rate_per_s, by_the_clock=found.by_the_clock
    )


def _lasting(plan: CampaignPlan, duration_s: float | None) -> CampaignPlan:
    if duration_s is None:
        return plan
    times = duration_s / plan.duration_s
    try:
        phases = tuple(
            replace(each, duration_s=each.duration_s * times) for each in plan.campaign.phases
        )
        campaign = replace(plan.campaign, phases=phases)
        return CampaignPlan(campaign, plan.seed, speed=plan.speed, amplify=plan.amplify)
    except ValueError as error:
        raise mistake_on_command_line("--for", f"does not fit the campaign: {error}") from error


def _changes(plan: CampaignPlan) -> Iterator[tuple[KeyPath, str]]:
    """Where the crowd changes, phase by phase."""
    rates, shares = _rates(plan), plan.shares_by_phase()
    first_per_s = rates[0][0]
    for number, (phase, (low, high)) in enumerate(zip(plan.phases, rates, strict=True)):
        path: KeyPath = ("phases", number)
        if not _same(low, high) or _has_moving_parts(plan.campaign, number):
            what = f'"{phase.name}" has no constant rate ({low:.4g}/s to {high:.4g}/s)'
            yield path, f"{what}: a steady run needs one rate throughout"
        elif not high:
            yield path, f'"{phase.name}" has no visits: there is nothing to observe'
        elif not _same(low, first_per_s):
            what = (
                f'"{phase.name}" has {low:.4g}/s, "{plan.phases[0].name}" has {first_per_s:.4g}/s'
            )
            yield path, f"{what}: a steady run needs one rate throughout"
        elif not np.allclose(shares[number], shares[0], rtol=0, atol=EVEN_WITHIN):
            what = f'"{phase.name}" has another mix of shoppers than "{plan.phases[0].name}"'
            yield path, f"{what}: a steady run needs one mix throughout"


def _rates(plan: CampaignPlan) -> list[tuple[float, float]]:
    """The lowest and the highest rate in each phase. It is monotone between turns, so that there
    and at the borders, from either side, is all that it can be."""
    found = []
    for phase in plan.phases:
        turns_s = plan.turns_s[(plan.turns_s > phase.start_s) & (plan.turns_s < phase.end_s)]
        borders_s = np.concatenate(([phase.start_s], turns_s, [phase.end_s]))
        inside_s = BESIDE * phase.duration_s
        rates = plan.rate_at(np.concatenate((borders_s[:-1] + inside_s, borders_s[1:] - inside_s)))
        found.append((float(rates.min()), float(rates.max())))
    return found


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=EVEN_WITHIN)


def _has_moving_parts(campaign: Campaign, number: int) -> bool:
    """Whether parts that come at once may change places though their sum stays."""
    together = campaign.phases[number].together or ()
    return any(each.at_per_s is None for each in together)


def _sells(model: ServiceModel) -> bool:
    """Whether its steps take stock that nobody replenishes."""
    every = (each for step in model.steps.values() for each in operations_of(step))
    return model.replenishment is None and any(isinstance(each, TakeStock) for each in every)


def _with_ample_stock(campaign: Campaign) -> Campaign:
    hot = tuple(
        replace(each, units=AMPLE_UNITS) if each.units else each for each in campaign.products.hot
    )
    return replace(campaign, products=replace(campaign.products, hot=hot))
