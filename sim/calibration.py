"""Fits a service model to this machine by what its steps take here without load.

For each step s with a measured unloaded mean request duration m_s,

    factor_s = (m_s - policy_s) / machine_s

    machine_s   mean time at calibrated stations: sum of probability x mean over the call, less
                what a warm cache saves, plus the polls that an idle platform needs
    policy_s    the same at stations with `calibrated: false`, plus the pauses before those polls

and the mean of every demand of s at a calibrated station, its background included, is multiplied
by factor_s. Delays that are policy (a payment channel's, a client's pauses) stay. The number of
polls is the one that the model as written needs when every service takes its mean.

A request duration also holds time in which no station of the platform works, such as the
client's own: the fit puts it where the model has its time, so the model errs towards a busier
platform.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sim.service_model import Demand, ServiceModel, StationModel, StepModel

LEAST_FACTOR = 0.05
"""A measurement shorter than the step's policy delays contradicts the model; its demands shrink
to this and no further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnloadedDuration:
    """Mean request duration of a step on an idle platform, in its two parts."""

    machine_s: float
    policy_s: float

    @property
    def total_s(self) -> float:
        return self.machine_s + self.policy_s


def calibrated(model: ServiceModel, unloaded_s: Mapping[str, float]) -> ServiceModel:
    """`model` with demands such that each step in `unloaded_s` takes that long on an idle
    platform. Steps that were not measured keep their demands; measured steps that the model
    does not have are ignored."""
    steps = {
        name: _scaled(step, model.stations, factor(step, model.stations, unloaded_s[name]))
        if name in unloaded_s
        else step
        for name, step in model.steps.items()
    }
    return dataclasses.replace(model, steps=steps)


def factor(step: StepModel, stations: Mapping[str, StationModel], measured_s: float) -> float:
    """factor_s of the module's formula, at least `LEAST_FACTOR`; 1 for a step without any
    demand at a calibrated station."""
    assert measured_s > 0
    unloaded = unloaded_duration(step, stations)
    if not unloaded.machine_s:
        return 1.0
    return max(LEAST_FACTOR, (measured_s - unloaded.policy_s) / unloaded.machine_s)


def unloaded_duration(step: StepModel, stations: Mapping[str, StationModel]) -> UnloadedDuration:
    """How long `step` takes when nobody else is there, every service at its mean."""
    machine_s = _mean_s(step.call, stations, machine=True)
    policy_s = _mean_s(step.call, stations, machine=False)
    if step.polling:
        needed_s = sum(each.probability * each.mean_s for each in step.background)
        poll_machine_s = _mean_s(step.polling.call, stations, machine=True)
        poll_policy_s = _mean_s(step.polling.call, stations, machine=False)
        passed_s = 0.0
        for poll in range(step.polling.most):
            pause_s = step.polling.pause_s(poll)
            machine_s += poll_machine_s
            policy_s += pause_s + poll_policy_s
            passed_s += pause_s + poll_machine_s + poll_policy_s
            if passed_s >= needed_s:
                break
    return UnloadedDuration(machine_s=machine_s, policy_s=policy_s)


def _mean_s(
    demands: Iterable[Demand], stations: Mapping[str, StationModel], *, machine: bool
) -> float:
    return sum(
        each.probability * each.mean_s
        for each in demands
        if stations[each.station].calibrated is machine and each.cached_for_s is None
    )


def _scaled(step: StepModel, stations: Mapping[str, StationModel], by: float) -> StepModel:
    def scaled(demands: tuple[Demand, ...]) -> tuple[Demand, ...]:
        return tuple(
            dataclasses.replace(each, mean_s=each.mean_s * by)
            if stations[each.station].calibrated
            else each
            for each in demands
        )

    polling = step.polling
    return dataclasses.replace(
        step,
        call=scaled(step.call),
        background=scaled(step.background),
        polling=dataclasses.replace(polling, call=scaled(polling.call)) if polling else None,
    )
