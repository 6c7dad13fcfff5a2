"""What a feature is: a model in which one thing happens, with a crowd that makes it happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reports.record.outcome import Outcome
from scenarios.workload.plan import VisitPlan
from sim.model.call import (
    Call,
    CallEnd,
    Demand,
)
from sim.model.distribution import (
    exponential,
)
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import (
    StationModel,
)
from tests.sim.engines.crowds import crowd
from tests.sim.plays import shop

BROKEN = CallEnd(Outcome.FAILED, 500, "broken")
REFUSED = CallEnd(Outcome.REJECTED, 422, "refused")
PLENTY = {1: 10_000, 2: 10_000, 3: 10_000}


@dataclass(frozen=True)
class Feature:
    """A model, a plan and options under which something happens."""

    model: ServiceModel
    plan: VisitPlan = field(default_factory=crowd)
    options: dict[str, Any] = field(default_factory=dict)


FEATURES: dict[str, Callable[[], Feature]] = {}


def feature(make: Callable[[], Feature]) -> Callable[[], Feature]:
    FEATURES[make.__name__] = make
    return make


def desk(call: Call, *, parts: dict | None = None, **stations: StationModel) -> ServiceModel:
    """A model of the step `look`, with the station `desk` of two servers unless it is given."""
    given = {"desk": StationModel(servers=2), **stations}
    return shop({"look": StepModel(call=call)}, parts=parts, **given)


def served(mean_s: float = 0.15, station: str = "desk", **more) -> Demand:
    return Demand(station=station, time=exponential(mean_s), **more)
