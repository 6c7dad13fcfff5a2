"""Offered load: how many servers of each station a plan keeps at work, were there enough.

    a_k = sum over steps s of lambda_s D_sk              erlangs (Erlang 1917; Little 1961)

    lambda_s  actions of step s a second: visits a second times actions a visit
    D_sk      mean seconds of service at station k that an action of s asks for: its service demand

A queue is stable only while a_k is less than the servers. What is taken into account, and what
not, says `sim.model.traffic`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from scenarios.workload.columns import Floats
from scenarios.workload.plan import PlannedPhase, VisitPlan
from sim.model.service_model import ServiceModel
from sim.model.traffic import erlangs
from sim.model.wanted_products import WantedProducts, wanted_products

INSTANTS_A_PHASE = 1000
EVEN_WITHIN = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class StationLoad:
    """Erlangs offered to a station: on average over the plan's duration, and at the instant of
    `peak_phase` at which they are most."""

    average_erlangs: float
    peak_erlangs: float
    peak_phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRates:
    """Arrivals a second in a phase, and how often each visit that comes in it does each step."""

    phase: PlannedPhase
    average_per_s: float
    peak_per_s: float
    least_per_s: float
    actions_per_visit: Mapping[str, float]

    @property
    def is_even(self) -> bool:
        """Whether visits come at one rate throughout."""
        return self.peak_per_s - self.least_per_s <= EVEN_WITHIN * self.peak_per_s

    def actions_per_s(self, visits_per_s: float) -> dict[str, float]:
        """The rate of each step when so many visits come a second."""
        return {step: each * visits_per_s for step, each in self.actions_per_visit.items()}


@runtime_checkable
class TellsPhases(Protocol):
    """A plan that knows how the steps of a visit differ from phase to phase."""

    def actions_per_visit_by_phase(self) -> Floats: ...


def offered_load(plan: VisitPlan, model: ServiceModel) -> dict[str, StationLoad]:
    """The load of each station of `model`, in its order. Within a phase every visit counts as
    the phase's mean visit, and counts where it arrives, not later where its steps are done."""
    return load_of(phase_rates(plan), model, wanted_products(plan))


def load_of(
    phases: Sequence[PhaseRates], model: ServiceModel, wanted: WantedProducts
) -> dict[str, StationLoad]:
    """The same of `phases` alone; the average is over their time."""
    time_s = sum(each.phase.duration_s for each in phases)
    average = dict.fromkeys(model.stations, 0.0)
    peak = dict.fromkeys(model.stations, (0.0, ""))
    for each in phases:
        share = each.phase.duration_s / time_s if time_s else 0.0
        usual = erlangs(each.actions_per_s(each.average_per_s), model, wanted)
        most = erlangs(each.actions_per_s(each.peak_per_s), model, wanted)
        for name in model.stations:
            average[name] += share * usual[name]
            if most[name] > peak[name][0]:
                peak[name] = most[name], each.phase.name
    return {
        name: StationLoad(
            average_erlangs=average[name], peak_erlangs=peak[name][0], peak_phase=peak[name][1]
        )
        for name in model.stations
    }


def phase_rates(plan: VisitPlan) -> tuple[PhaseRates, ...]:
    """The rates of each phase of `plan`, read at `INSTANTS_A_PHASE` instants of it. A plan that
    does not tell its phases apart has the same visits in all."""
    return tuple(_phase_rates(plan))


def _phase_rates(plan: VisitPlan) -> Iterator[PhaseRates]:
    steps = plan.tables.steps
    if isinstance(plan, TellsPhases):
        per_visit = plan.actions_per_visit_by_phase().tolist()
    else:
        expected, visits = plan.expected_actions(), plan.expected_visits
        every = [expected.get(each, 0.0) / visits if visits else 0.0 for each in steps]
        per_visit = [every for _ in plan.phases]
    for phase, actions in zip(plan.phases, per_visit, strict=True):
        middles = (np.arange(INSTANTS_A_PHASE) + 0.5) / INSTANTS_A_PHASE
        rates = plan.rate_at(phase.start_s + phase.duration_s * middles)
        edges = plan.rate_at(np.array([phase.start_s]))
        yield PhaseRates(
            phase=phase,
            average_per_s=float(rates.mean()),
            peak_per_s=float(max(rates.max(), edges.max())),
            least_per_s=float(min(rates.min(), edges.min())),
            actions_per_visit=dict(zip(steps, actions, strict=True)),
        )
