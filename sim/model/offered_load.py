"""Offered load: how many servers of each station a plan keeps at work, were there enough.

    a   = sum over services i of lambda_i S_i                         (Erlang 1917; Little 1961)
    a_t = sum over services i of  integral over (t - S_i, t) of lambda_i(u) du
                                                              (Eick, Massey and Whitt 1993)

    a, a_t    erlangs, on average and at the instant t
    lambda_i  services of kind i that begin a second: visits a second, times actions a visit,
              times services an action
    S_i       its mean duration in seconds; the second formula is exact where all last as long

A queue is stable only while its station has more servers than erlangs. What is taken into
account, and what not, says `sim.model.traffic`. Every visit counts as the mean visit of its
phase, and its services where it arrives, not later where they come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from scenarios.workload.columns import Floats
from scenarios.workload.plan import PlannedPhase, VisitPlan
from sim.model.service_model import ServiceModel
from sim.model.traffic import Service, services
from sim.model.wanted_products import WantedProducts, wanted_products

CELLS_A_PHASE = 1000
EVEN_WITHIN = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class StationLoad:
    """Erlangs offered to a station: on average over the plan's duration, and at the instant at
    which they are most, which is in `peak_phase` ("" where there are none)."""

    average_erlangs: float
    peak_erlangs: float
    peak_phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRates:
    """Visits a second at the start of a phase and in the middle of each of `CELLS_A_PHASE` equal
    cells of it, and how often a visit that comes in it does each step."""

    phase: PlannedPhase
    at_start_per_s: float
    in_cells_per_s: Floats
    actions_per_visit: Mapping[str, float]

    @property
    def average_per_s(self) -> float:
        return float(self.in_cells_per_s.mean())

    @property
    def peak_per_s(self) -> float:
        return max(self.at_start_per_s, float(self.in_cells_per_s.max()))

    @property
    def is_even(self) -> bool:
        """Whether visits come at one rate throughout."""
        least_per_s = min(self.at_start_per_s, float(self.in_cells_per_s.min()))
        return self.peak_per_s - least_per_s <= EVEN_WITHIN * self.peak_per_s

    @property
    def instants_s(self) -> Floats:
        """When the rates are told: the start, then the middles."""
        middles = (np.arange(CELLS_A_PHASE) + 0.5) / CELLS_A_PHASE
        return self.phase.start_s + self.phase.duration_s * np.concatenate(([0.0], middles))

    def actions_per_s(self, visits_per_s: float) -> dict[str, float]:
        """The rate of each step when so many visits come a second."""
        return {step: each * visits_per_s for step, each in self.actions_per_visit.items()}

    def under_way(self, at_s: Floats, service_s: float) -> Floats:
        """Visits of this phase that came within `service_s` before each of `at_s`, divided by
        that time; of a service shorter than a cell, the rate at the instant itself."""
        start_s, end_s = self.phase.start_s, self.phase.end_s
        if service_s <= self.phase.duration_s / CELLS_A_PHASE:
            rates = np.concatenate(([self.at_start_per_s], self.in_cells_per_s))
            inside = (at_s >= start_s) & (at_s < end_s)
            return np.where(inside, np.interp(at_s, self.instants_s, rates), 0.0)
        cell_s = self.phase.duration_s / CELLS_A_PHASE
        edges_s = np.linspace(start_s, end_s, CELLS_A_PHASE + 1)
        so_far = np.concatenate(([0.0], np.cumsum(self.in_cells_per_s * cell_s)))
        came = np.interp(at_s, edges_s, so_far) - np.interp(at_s - service_s, edges_s, so_far)
        return came / service_s


@runtime_checkable
class TellsPhases(Protocol):
    """A plan that knows how the steps of a visit differ from phase to phase."""

    def actions_per_visit_by_phase(self) -> Floats:
        """How often a visit of a phase does each step, shape (phases, steps)."""


def offered_load(plan: VisitPlan, model: ServiceModel) -> dict[str, StationLoad]:
    """The load of each station of `model`, in its order."""
    return load_of(phase_rates(plan), model, wanted_products(plan))


def load_of(
    phases: Sequence[PhaseRates], model: ServiceModel, wanted: WantedProducts
) -> dict[str, StationLoad]:
    """The same of `phases` alone; the average is over their time."""
    time_s = sum(each.phase.duration_s for each in phases)
    at_s = np.concatenate([each.instants_s for each in phases])
    average = dict.fromkeys(model.stations, 0.0)
    course = {name: np.zeros(len(at_s)) for name in model.stations}
    for each in phases:
        share = each.phase.duration_s / time_s if time_s else 0.0
        for kind, per_s in _services(each, each.average_per_s, model, wanted):
            average[kind.station] += share * per_s * kind.mean_s
        for kind, per_s in _services(each, each.peak_per_s, model, wanted):
            per_visit = per_s / each.peak_per_s
            under_way = each.under_way(at_s, kind.mean_s)
            course[kind.station] += per_visit * kind.mean_s * under_way
    return {name: _station_load(average[name], course[name], phases) for name in model.stations}


def _services(
    rates: PhaseRates, visits_per_s: float, model: ServiceModel, wanted: WantedProducts
) -> Iterator[tuple[Service, float]]:
    found = services(rates.actions_per_s(visits_per_s), model, wanted) if visits_per_s else {}
    yield from ((kind, per_s) for kind, per_s in found.items() if kind.mean_s > 0)


def _station_load(average: float, course: Floats, phases: Sequence[PhaseRates]) -> StationLoad:
    at = int(course.argmax())
    peak = float(course[at])
    phase = phases[at // (CELLS_A_PHASE + 1)].phase.name if peak else ""
    return StationLoad(average_erlangs=average, peak_erlangs=peak, peak_phase=phase)


def phase_rates(plan: VisitPlan) -> tuple[PhaseRates, ...]:
    """The rates of each phase of `plan`. A plan that does not tell its phases apart has the same
    mean visit in all."""
    steps = plan.tables.steps
    if isinstance(plan, TellsPhases):
        per_visit = plan.actions_per_visit_by_phase().tolist()
    else:
        expected, visits = plan.expected_actions(), plan.expected_visits
        every = [expected.get(each, 0.0) / visits if visits else 0.0 for each in steps]
        per_visit = [every for _ in plan.phases]
    return tuple(
        _phase_rates(plan, phase, dict(zip(steps, actions, strict=True)))
        for phase, actions in zip(plan.phases, per_visit, strict=True)
    )


def _phase_rates(
    plan: VisitPlan, phase: PlannedPhase, actions_per_visit: Mapping[str, float]
) -> PhaseRates:
    middles = (np.arange(CELLS_A_PHASE) + 0.5) / CELLS_A_PHASE
    return PhaseRates(
        phase=phase,
        at_start_per_s=float(plan.rate_at(np.array([phase.start_s]))[0]),
        in_cells_per_s=plan.rate_at(phase.start_s + phase.duration_s * middles),
        actions_per_visit=actions_per_visit,
    )
