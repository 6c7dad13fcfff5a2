"""Operations that stay at a station: to be served, or to hold a server."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sim.event_engine.clock import Clock
from sim.event_engine.draws import Duration, Uniform
from sim.event_engine.station import Customer, Served, Station
from sim.event_engine.task import Playable, Steps, Task, Waiting, played
from sim.model.call import OK, CallEnd, Demand


class Place:
    """Where an operation sends its customers: which copy, and with which draws."""

    def __init__(
        self,
        copies: int,
        chosen_by: str,
        *,
        copy: Uniform,
        error: Uniform,
        patience: Duration | None,
    ) -> None:
        self._copies = copies
        self._chosen_by = chosen_by
        self._copy = copy
        self._error = error
        self._patience = patience

    def customer(
        self, task: Task, service_s: float | None, now_s: float, by_clock: Duration | None = None
    ) -> Customer:
        return Customer(task, service_s, now_s, self._error, self._patience, by_clock)

    def copy_for(self, task: Task) -> int:
        if self._copies == 1:
            return 0
        if self._chosen_by == "random":
            return int(self._copy(task.key) * self._copies)
        chosen = task.action.sku if self._chosen_by == "sku" else task.action.visit
        return chosen % self._copies


class DemandInPlay(Waiting):
    """See `Demand`."""

    def __init__(
        self,
        clock: Clock,
        model: Demand,
        station: Served,
        place: Place,
        *,
        chance: Uniform,
        time: Duration,
    ) -> None:
        self._clock = clock
        self._station = station
        self._place = place
        self._chance = chance
        self._time = time
        self._probability = model.probability
        self._limit = model.queue_limit
        self._by_clock = time if model.time.kind == "until" else None
        self._per_unit = model.per_unit and not self._by_clock
        self._factors: Mapping[int, float] = {} if self._by_clock else dict(model.sku_factors)

    def play(self, task: Task) -> Steps:
        if self._probability < 1.0 and self._chance(task.key) >= self._probability:
            return OK
        now_s, action = self._clock.now, task.action
        service_s = self._time(task.key, now_s)
        if self._per_unit:
            service_s *= action.quantity
        if self._factors:
            service_s *= self._factors.get(action.sku, 1.0)
        customer = self._place.customer(task, service_s, now_s, self._by_clock)
        if not self._station.arrive(customer, self._place.copy_for(task), self._limit):
            return self._station.full
        end: CallEnd = yield
        return end


class HoldInPlay(Waiting):
    """See `Hold`."""

    def __init__(
        self, clock: Clock, pool: Station, place: Place, call: tuple[Playable, ...]
    ) -> None:
        self._clock = clock
        self._pool = pool
        self._place = place
        self._call = call

    def play(self, task: Task) -> Steps:
        customer, copy = (
            self._place.customer(task, None, self._clock.now),
            self._place.copy_for(task),
        )
        if not self._pool.arrive(customer, copy, math.inf):
            return self._pool.full
        if customer.begun_s is None:
            abandoned = yield
            if abandoned:
                assert isinstance(abandoned, CallEnd)
                return abandoned
        end = yield from played(self._call, task)
        self._pool.release(customer, copy)
        return end
