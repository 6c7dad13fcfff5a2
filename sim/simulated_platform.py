"""A service model brought to life in a SimPy environment: stations, stock and background work."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import NamedTuple

import simpy
from simpy.events import Event

from reports.record.outcome import Outcome
from sim.draws import chances, service_times
from sim.service_model import Demand, Polling, ServiceModel, WhenFull
from sim.station import Service, Station


class StepEnd(NamedTuple):
    """How a step ended: as the record wants it."""

    outcome: Outcome
    status: int
    reason: str


OK = StepEnd(Outcome.OK, 200, "")
SOLD_OUT = StepEnd(Outcome.REJECTED, 409, "sold_out")
NOT_ON_SALE = StepEnd(Outcome.REJECTED, 409, "not_on_sale")
DECLINED = StepEnd(Outcome.REJECTED, 402, "declined")
NEVER_FINISHED = StepEnd(Outcome.FAILED, 200, "never_finished")
_STATUS_WHEN_FULL: Mapping[WhenFull, tuple[Outcome, int]] = {
    "rejected": (Outcome.REJECTED, 429),
    "failed": (Outcome.FAILED, 503),
}
Steps = Generator[Event, object, StepEnd]


class StationVisit(NamedTuple):
    """A demand with its station and its random streams."""

    station: Station
    service_s: Callable[[], float]
    probability: float
    chance: Callable[[], float]
    takes_stock: bool
    when_full: StepEnd
    cached_for_s: float
    """0 for a visit that no cache saves."""
    cached_at_s: dict[int, float]


class PlayableStep(NamedTuple):
    """A step of the model with its streams."""

    call: tuple[StationVisit, ...]
    declined_ratio: float
    declined: Callable[[], float]
    background: tuple[StationVisit, ...]
    polling: Polling | None
    poll_call: tuple[StationVisit, ...]


class BackgroundJob:
    """Work that no reply waits for."""

    __slots__ = ("finished",)

    def __init__(self) -> None:
        self.finished = False


class SimulatedPlatform:
    """`call` and `start_background` are what a shopper uses. `stock` holds the units left."""

    def __init__(
        self,
        env: simpy.Environment,
        model: ServiceModel,
        *,
        steps: Sequence[str],
        stock: Mapping[int, int],
        seed: int,
    ) -> None:
        self.env = env
        self.stock = dict(stock)
        self.units_accepted = dict.fromkeys(stock, 0)
        self.jobs_in_progress = 0
        self._seed = seed
        self._cached_at_s = {name: dict.fromkeys(stock, 0.0) for name in model.stations}
        self.stations = {
            name: Station(
                env,
                name=name,
                servers=each.servers,
                queue_limit=each.queue_limit,
                when_full=each.when_full,
            )
            for name, each in model.stations.items()
        }
        self.steps = [self._playable(name, model) for name in steps]

    def call(self, visits: tuple[StationVisit, ...], sku: int, quantity: int) -> Steps:
        """Plays one call: its stations in order. Units taken come back if it fails later."""
        stock, taken = self.stock, 0
        for each in visits:
            station, service_s, probability, chance, takes_stock, when_full, *_ = each
            if probability < 1.0 and chance() >= probability:
                continue
            if each.cached_for_s and self._is_cached(each, sku):
                continue
            service = station.serve(service_s())
            if service is None:
                if taken:
                    stock[sku] += taken
                return when_full
            yield service
            if takes_stock:
                left = stock.get(sku)
                if left is None:
                    return NOT_ON_SALE
                if left < quantity:
                    return SOLD_OUT
                stock[sku] = left - quantity
                taken = quantity
        if taken:
            self.units_accepted[sku] += taken
        return OK

    def _is_cached(self, visit: StationVisit, sku: int) -> bool:
        """Whether a cache still has `sku`; if not, the visit that follows fills it."""
        now_s, cached_at_s = self.env.now, visit.cached_at_s
        if cached_at_s.get(sku, -math.inf) + visit.cached_for_s > now_s:
            return True
        cached_at_s[sku] = now_s
        return False

    def start_background(
        self, step: PlayableStep, sku: int, quantity: int
    ) -> BackgroundJob | StepEnd:
        """Hands the background of `step` over; when its first station is full, the units that
        the call took come back and the step ends."""
        first = step.background[0]
        service = first.station.serve(first.service_s())
        if service is None:
            if any(each.takes_stock for each in step.call):
                self.stock[sku] += quantity
                self.units_accepted[sku] -= quantity
            return first.when_full
        job = BackgroundJob()
        self.jobs_in_progress += 1
        self.env.process(self._work(job, service, step.background[1:]))
        return job

    def _work(
        self, job: BackgroundJob, service: Service, rest: tuple[StationVisit, ...]
    ) -> Generator[Event, object, None]:
        yield service
        ended = yield from self.call(rest, 0, 0)
        assert ended is OK, "a model file lets only the first station of a background refuse"
        job.finished = True
        self.jobs_in_progress -= 1

    def _playable(self, name: str, model: ServiceModel) -> PlayableStep:
        step = model.steps[name]
        polled = step.polling.call if step.polling else ()
        return PlayableStep(
            call=self._visits(f"{name}/call", step.call),
            declined_ratio=step.declined_ratio,
            declined=chances(self._seed, f"{name}/declined"),
            background=self._visits(f"{name}/background", step.background),
            polling=step.polling,
            poll_call=self._visits(f"{name}/poll", polled),
        )

    def _visits(self, purpose: str, demands: tuple[Demand, ...]) -> tuple[StationVisit, ...]:
        """Streams are named by purpose and station, and by the how-manieth visit to it."""
        visits, seen = [], dict.fromkeys(self.stations, 0)
        for each in demands:
            name = f"{purpose}/{each.station}/{seen[each.station]}"
            seen[each.station] += 1
            station = self.stations[each.station]
            outcome, status = _STATUS_WHEN_FULL[station.when_full]
            visits.append(
                StationVisit(
                    station=station,
                    service_s=service_times(self._seed, name, each),
                    probability=each.probability,
                    chance=chances(self._seed, name),
                    takes_stock=each.takes_stock,
                    when_full=StepEnd(outcome, status, f"{station.name}_full"),
                    cached_for_s=each.cached_for_s or 0.0,
                    cached_at_s=self._cached_at_s[each.station],
                )
            )
        return tuple(visits)
