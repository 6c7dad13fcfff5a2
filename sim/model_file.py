"""Service model files: YAML read with line numbers, every mistake at once.

service_model: my_shop
stations:
  application: {servers: 2, queue_limit: 100, when_full: rejected}
  database: {servers: 8}
  payment: {servers: unlimited, calibrated: false}
steps:
  view_product:
    call:
      - {at: application, mean: 0.8ms}
      - {at: database, mean: 1ms, distribution: lognormal, cv: 0.5, probability: 1 %}
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, WithJsonSchema

from reports.documents.definition import STRICT_KEYS, read_document
from reports.documents.located_yaml import KeyPath
from reports.documents.mistake import mistake_on_command_line
from reports.documents.quantity import Duration, Ratio
from sim.service_model import (
    UNLIMITED,
    Demand,
    Distribution,
    Polling,
    ServiceModel,
    StationModel,
    StepModel,
    WhenFull,
)

MODELS = Path(__file__).parent / "models"
_CV_OF: Mapping[str, float] = {"exponential": 1.0, "deterministic": 0.0}


def _count(least: int) -> Any:
    def check(written: object) -> float:
        if written == "unlimited":
            return UNLIMITED
        if isinstance(written, bool) or not isinstance(written, int) or written < least:
            raise ValueError(f'must be a whole number from {least} or "unlimited"')
        return float(written)

    options = [{"type": "integer", "minimum": least}, {"const": "unlimited"}]
    return BeforeValidator(check), WithJsonSchema({"anyOf": options})


def _positive(written: object) -> float:
    if isinstance(written, bool) or not isinstance(written, int | float) or not written > 0:
        raise ValueError("must be a number > 0")
    return float(written)


Servers = Annotated[float, *_count(1)]
QueueLimit = Annotated[float, *_count(0)]
Variation = Annotated[
    float,
    BeforeValidator(_positive),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationDefinition:
    """See `StationModel`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    servers: Servers
    queue_limit: QueueLimit = UNLIMITED
    when_full: WhenFull = "failed"
    calibrated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandDefinition:
    """See `Demand`; `cv` is given for gamma and lognormal only."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    at: str
    mean: Duration
    distribution: Distribution = "exponential"
    cv: Variation | None = None
    probability: Ratio = 1.0
    takes_stock: bool = False
    cached_for: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollDefinition:
    """See `Polling`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    pauses: tuple[Duration, ...]
    call: tuple[DemandDefinition, ...]
    most: Annotated[int, WithJsonSchema({"type": "integer", "minimum": 1})] = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDefinition:
    """See `StepModel`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    call: tuple[DemandDefinition, ...]
    declined: Ratio = 0.0
    background: tuple[DemandDefinition, ...] = ()
    poll: PollDefinition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceModelDefinition:
    """A service model file. The key `service_model` holds its name and tells its kind."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    service_model: str
    stations: dict[str, StationDefinition]
    steps: dict[str, StepDefinition]
    description: str = ""


def find_service_model(name: str) -> Path:
    """The file of the model `name`: one that comes with Doorbuster, or a path.

    Raises DocumentError when there is neither.
    """
    file = Path(name)
    if file.suffix in (".yaml", ".yml") or file.is_file():
        return file
    built_in = MODELS / f"{name}.yaml"
    if not built_in.is_file():
        known = ", ".join(sorted(each.stem for each in MODELS.glob("*.yaml")))
        what = f"no such service model (known: {known}; or the path of a .yaml file)"
        raise mistake_on_command_line(name, what)
    return built_in


def read_service_model(file: Path) -> ServiceModel:
    """The service model in `file`. Raises DocumentError with every mistake at once."""
    value, located = read_document(file, ServiceModelDefinition, check=_mistakes)
    return ServiceModel(
        name=value.service_model,
        stations={
            name: StationModel(
                servers=each.servers,
                queue_limit=each.queue_limit,
                when_full=each.when_full,
                calibrated=each.calibrated,
            )
            for name, each in value.stations.items()
        },
        steps={name: _step(each) for name, each in value.steps.items()},
        text=located.text,
    )


def _step(written: StepDefinition) -> StepModel:
    return StepModel(
        call=_demands(written.call),
        declined_ratio=written.declined,
        background=_demands(written.background),
        polling=_polling(written.poll) if written.poll else None,
    )


def _polling(written: PollDefinition) -> Polling:
    return Polling(pauses_s=written.pauses, call=_demands(written.call), most=written.most)


def _demands(written: tuple[DemandDefinition, ...]) -> tuple[Demand, ...]:
    return tuple(
        Demand(
            station=each.at,
            mean_s=each.mean,
            distribution=each.distribution,
            cv=_CV_OF.get(each.distribution, each.cv or 1.0),
            probability=each.probability,
            takes_stock=each.takes_stock,
            cached_for_s=each.cached_for,
        )
        for each in written
    )


def _mistakes(model: ServiceModelDefinition) -> Iterator[tuple[KeyPath, str]]:
    for name, station in model.stations.items():
        if station.servers == UNLIMITED and station.queue_limit != UNLIMITED:
            yield ("stations", name, "queue_limit"), "nobody queues for unlimited servers"
    for name, step in model.steps.items():
        path: KeyPath = ("steps", name)
        yield from _mistakes_in_step(step, path, model)


def _mistakes_in_step(
    step: StepDefinition, path: KeyPath, model: ServiceModelDefinition
) -> Iterator[tuple[KeyPath, str]]:
    if not step.call:
        yield (*path, "call"), "must visit at least one station"
    for index, each in enumerate(step.call):
        yield from _mistakes_in_demand(each, (*path, "call", index), model)
    for index, each in enumerate(step.background):
        where = (*path, "background", index)
        yield from _mistakes_in_demand(each, where, model, stock="in the background")
        station = model.stations.get(each.at)
        if index and station and station.queue_limit != UNLIMITED:
            yield (*where, "at"), "only the first station of a background may have a queue_limit"
    if sum(each.takes_stock for each in step.call) > 1:
        yield (*path, "call"), "takes_stock may stand once in a call"
    if step.poll:
        yield from _mistakes_in_poll(step, (*path, "poll"), model)


def _mistakes_in_poll(
    step: StepDefinition, path: KeyPath, model: ServiceModelDefinition
) -> Iterator[tuple[KeyPath, str]]:
    assert step.poll
    if not step.background:
        yield path, "there is no background to poll for"
    if not step.poll.pauses:
        yield (*path, "pauses"), "must name at least one pause"
    if step.poll.most < 1:
        yield (*path, "most"), f"must be at least 1, got {step.poll.most}"
    for index, each in enumerate(step.poll.call):
        yield from _mistakes_in_demand(each, (*path, "call", index), model, stock="in a poll")


def _mistakes_in_demand(
    demand: DemandDefinition,
    path: KeyPath,
    model: ServiceModelDefinition,
    *,
    stock: Literal["", "in the background", "in a poll"] = "",
) -> Iterator[tuple[KeyPath, str]]:
    if demand.at not in model.stations:
        close = difflib.get_close_matches(demand.at, model.stations, n=1, cutoff=0.6)
        known = f'did you mean "{close[0]}"?' if close else f"known: {', '.join(model.stations)}"
        yield (*path, "at"), f'no station "{demand.at}", {known}'
    fixed = demand.distribution in _CV_OF
    if fixed and demand.cv is not None:
        yield (*path, "cv"), f"a {demand.distribution} service time has no cv of its own"
    if not fixed and demand.cv is None:
        yield path, f"a {demand.distribution} service time needs a cv"
    if demand.takes_stock and stock:
        yield (*path, "takes_stock"), f"stock cannot be taken {stock}"
    if demand.takes_stock and demand.probability < 1:
        yield (*path, "probability"), "a demand that takes stock is always made"
    if demand.takes_stock and demand.cached_for is not None:
        yield (*path, "cached_for"), "no cache can take stock"
