"""Fits a service model to this machine by what its steps take here without load.

For each step s with a measured unloaded mean request duration m_s,

    factor_s = (m_s - policy_s) / machine_s

    machine_s   mean time at calibrated stations: sum of probability x mean over the call, as its
                branches are shared out, in the needed branches of a fork, without retries, what a
                warm cache saves and what is sent, plus the polls that an idle platform needs
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
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sim.model.call import Attempt, Call, Choice, Demand, Fork, Hold, Lookup, Operation, Send
from sim.model.service_model import ServiceModel, StepModel

LEAST_FACTOR = 0.05
"""A measurement shorter than the step's policy delays contradicts the model; its demands shrink
to this and no further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnloadedDuration:
    """Mean request duration of a step on an idle platform, in its two parts."""

    machine_s: float = 0.0
    policy_s: float = 0.0

    @property
    def total_s(self) -> float:
        return self.machine_s + self.policy_s

    def times(self, ratio: float) -> UnloadedDuration:
        return UnloadedDuration(machine_s=self.machine_s * ratio, policy_s=self.policy_s * ratio)


def calibrated(model: ServiceModel, unloaded_s: Mapping[str, float]) -> ServiceModel:
    """`model` with demands such that each step in `unloaded_s` takes that long on an idle
    platform. Steps that were not measured keep their demands; measured steps that the model
    does not have are ignored."""
    steps = {
        name: _scaled_step(step, model, factor(step, model, unloaded_s[name]))
        if name in unloaded_s
        else step
        for name, step in model.steps.items()
    }
    return dataclasses.replace(model, steps=steps)


def factor(step: StepModel, model: ServiceModel, measured_s: float) -> float:
    """factor_s of the module's formula, at least `LEAST_FACTOR`; 1 for a step without any
    demand at a calibrated station."""
    assert measured_s > 0
    unloaded = unloaded_duration(step, model)
    if not unloaded.machine_s:
        return 1.0
    return max(LEAST_FACTOR, (measured_s - unloaded.policy_s) / unloaded.machine_s)


def unloaded_duration(step: StepModel, model: ServiceModel) -> UnloadedDuration:
    """How long `step` takes when nobody else is there, every service at its mean."""
    replied = _of_call(step.call, model)
    if not step.polling:
        return replied
    needed_s = _of_call(step.background, model).total_s
    asked = _of_call(step.polling.call, model)
    parts, passed_s = [replied], 0.0
    for poll in range(step.polling.most):
        pause_s = step.polling.pause_s(poll)
        parts += [UnloadedDuration(policy_s=pause_s), asked]
        passed_s += pause_s + asked.total_s
        if passed_s >= needed_s:
            break
    return _sum(parts)


def _of_call(call: Call, model: ServiceModel) -> UnloadedDuration:
    return _sum(_of_operation(each, model) for each in call)


def _of_operation(operation: Operation, model: ServiceModel) -> UnloadedDuration:
    match operation:
        case Demand():
            mean_s = operation.probability * operation.time.mean_s
            calibrates = model.stations[operation.station].calibrated
            part = "machine_s" if calibrates else "policy_s"
            return UnloadedDuration(**{part: mean_s})
        case Hold(call=call) | Attempt(call=call):
            return _of_call(call, model)
        case Choice(branches=branches):
            return _sum(_of_call(each.call, model).times(each.share) for each in branches)
        case Fork(calls=calls, needs=needs):
            together = sorted((_of_call(each, model) for each in calls), key=_total_s)
            return together[(needs or len(calls)) - 1]
        case Lookup(cache=cache, call=call):
            hit_ratio = model.caches[cache].hit_ratio
            return _of_call(call, model).times(0.0 if hit_ratio is None else 1.0 - hit_ratio)
        case _:
            return UnloadedDuration()


def _total_s(each: UnloadedDuration) -> float:
    return each.total_s


def _sum(parts: Iterable[UnloadedDuration]) -> UnloadedDuration:
    listed = list(parts)
    return UnloadedDuration(
        machine_s=math.fsum(each.machine_s for each in listed),
        policy_s=math.fsum(each.policy_s for each in listed),
    )


def _scaled_step(step: StepModel, model: ServiceModel, by: float) -> StepModel:
    polling = step.polling
    return dataclasses.replace(
        step,
        call=_scaled(step.call, model, by),
        background=_scaled(step.background, model, by),
        polling=dataclasses.replace(polling, call=_scaled(polling.call, model, by))
        if polling
        else None,
    )


def _scaled(call: Call, model: ServiceModel, by: float) -> Call:
    return tuple(_scaled_operation(each, model, by) for each in call)


def _scaled_operation(operation: Operation, model: ServiceModel, by: float) -> Operation:
    def scaled(call: Call) -> Call:
        return _scaled(call, model, by)

    match operation:
        case Demand() if model.stations[operation.station].calibrated:
            return dataclasses.replace(operation, time=operation.time.scaled(by))
        case Hold() | Lookup() | Send():
            return dataclasses.replace(operation, call=scaled(operation.call))
        case Attempt(call=call, fallback=fallback):
            return dataclasses.replace(operation, call=scaled(call), fallback=scaled(fallback))
        case Choice(branches=branches):
            changed = (dataclasses.replace(each, call=scaled(each.call)) for each in branches)
            return dataclasses.replace(operation, branches=tuple(changed))
        case Fork(calls=calls):
            return dataclasses.replace(operation, calls=tuple(map(scaled, calls)))
        case _:
            return operation
