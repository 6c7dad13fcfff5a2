"""Whether a model, under a constant rate, comes to a steady state that a run can show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reports.documents.located_yaml import KeyPath, parse_yaml
from reports.documents.mistake import Mistake
from sim.model.call import Call, Demand, Hold, Operation, Send
from sim.model.scaler_looks import too_many_looks
from sim.model.service_model import ServiceModel, StepModel, nested_calls
from sim.model.station import StationModel

FEWEST_FAILURES = 100
"""Of zones in a run whose figures speak for their failures, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """`mistakes` are why there is no steady state. `by_the_clock` are the stations whose figures
    swing with the time of day, and no reply waits for them. `warnings` say in sentences what such
    a run does not show."""

    mistakes: tuple[Mistake, ...]
    by_the_clock: frozenset[str]
    warnings: tuple[str, ...]


def steadiness(
    model: ServiceModel, steps: Iterable[str], duration_s: float, *, file: str = ""
) -> Steadiness:
    """Whether `model` is steady during a run of `duration_s` in which these `steps` are played.

    Mistakes are faults, replies that wait for shifts or for the clock (the truck at eight), and
    scalers that look too often for so long a run.
    Work that nobody waits for may go by the clock; what it meets from there on swings, too.
    `file` is the name of the model's file.
    """
    tours = {name: _Tour.of(model, model.steps[name]) for name in steps}
    swinging = frozenset().union(*(each.by_the_clock for each in tours.values()))
    waited_for = frozenset().union(*(each.waited_for for each in tours.values()))
    found = [*_faults(model, duration_s), *_felt(tours), *too_many_looks(model, duration_s)]
    located = parse_yaml(model.text, file or model.name) if model.text else None
    return Steadiness(
        mistakes=tuple(
            located.mistake(path, what, at_key=True)
            if located
            else Mistake(file=model.name, line=0, column=0, path=f"{path[-1]}", message=what)
            for path, what in found
        ),
        by_the_clock=swinging - waited_for,
        warnings=(*_shared(swinging & waited_for), *_rare_failures(model, duration_s)),
    )


@dataclass(slots=True, kw_only=True)
class _Tour:
    """A way through the operations of a step, in their order: which stations a reply waits for,
    which are met after something that is done by the clock, and the first such thing that a reply
    waits for."""

    model: ServiceModel
    waited_for: set[str] = field(default_factory=set)
    by_the_clock: set[str] = field(default_factory=set)
    felt: str = ""

    @classmethod
    def of(cls, model: ServiceModel, step: StepModel) -> _Tour:
        tour = cls(model=model)
        late = tour.call(step.call, late=False, waited=True)
        late = tour.call(step.background, late=late, waited=step.polling is not None)
        if step.polling:
            tour.call(step.polling.call, late=late, waited=True)
        return tour

    def call(self, call: Call, *, late: bool, waited: bool) -> bool:
        """Goes on; `late` is whether the clock has been waited for by now, and what it gives."""
        for each in call:
            if isinstance(each, Send):
                self.call(each.call, late=late, waited=False)
            else:
                late = self._operation(each, late=late, waited=waited)
        return late

    def _operation(self, operation: Operation, *, late: bool, waited: bool) -> bool:
        if what := self._clock_of(operation):
            late = True
            if waited:
                self.felt = self.felt or what
        ends = [self.call(each, late=late, waited=waited) for each in nested_calls(operation)]
        late = late or any(ends)
        if isinstance(operation, Demand | Hold):
            if late:
                self.by_the_clock.add(operation.station)
            if waited:
                self.waited_for.add(operation.station)
        return late

    def _clock_of(self, operation: Operation) -> str:
        """What of the operation is done by the clock; empty for none."""
        if not isinstance(operation, Demand | Hold):
            return ""
        if _has_shifts(self.model.stations[operation.station]):
            return f'"{operation.station}", which has shifts'
        is_until = isinstance(operation, Demand) and operation.time.kind == "until"
        return f'the clock at "{operation.station}"' if is_until else ""


def _has_shifts(station: StationModel) -> bool:
    shifts = station.schedule.shifts if station.schedule else ()
    return len({each.servers for each in shifts}) > 1


def _faults(model: ServiceModel, duration_s: float) -> Iterator[tuple[KeyPath, str]]:
    for number, each in enumerate(model.faults):
        if each.at_s < duration_s:
            what = f"goes wrong {each.at_s:g} s after the start: that is no steady state"
            yield ("faults", number), what


def _felt(tours: dict[str, _Tour]) -> Iterator[tuple[KeyPath, str]]:
    for step, each in tours.items():
        if each.felt:
            what = f"its reply waits for {each.felt}: that is no steady state"
            yield ("steps", step), what


def _shared(stations: frozenset[str]) -> Iterator[str]:
    for name in sorted(stations):
        yield f'"{name}", which replies wait for, also gets work that comes by the clock'


def _rare_failures(model: ServiceModel, duration_s: float) -> Iterator[str]:
    for name, each in model.stations.items():
        if each.zones is None:
            continue
        cycle_s = each.zones.mean_up_s + each.zones.mean_repair_s
        expected = each.zones.count * duration_s / cycle_s
        if expected < FEWEST_FAILURES:
            often = f'zones of "{name}" fail {expected:.2g} times in such a run on average'
            yield f"{often}: too rarely for its figures to speak for that"
