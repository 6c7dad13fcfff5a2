"""Customers for a station by itself, without a platform around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sim.engine.streams import root_key
from sim.event_engine.clock import Clock
from sim.event_engine.draws import Duration, Uniform
from sim.event_engine.station import Customer, Served
from sim.event_engine.task import Action, Task
from sim.model.call import OK, CallEnd


@dataclass
class Nobody:
    """Who counts tasks and owns no stock."""

    begun: int = 0
    ended: int = 0
    alive: set[Task] = field(default_factory=set)

    def settle(self, task: Task, end: CallEnd) -> None:
        assert not task.units, end


@dataclass
class Stay:
    """How and when a customer left a station."""

    clock: Clock
    ended: list[tuple[float, CallEnd]] = field(default_factory=list)

    def steps(self, station: Served, customer: Customer, copy: int):
        if not station.arrive(customer, copy, float("inf")):
            end = station.full
        elif customer.service_s is None and customer.begun_s is not None:
            end = OK
        else:
            end = (yield) or OK
        self.ended.append((self.clock.now, end))
        return end


def come(
    clock: Clock,
    station: Served,
    service_s: float | None,
    *,
    stay: Stay | None = None,
    tier: int = 0,
    copy: int = 0,
    visit: int = 0,
    patience: Duration | None = None,
) -> Callable[[], None]:
    """What to call when the customer comes."""

    def arrive() -> None:
        action = Action(visit, 0, sku=0, quantity=1, tier=tier, note=None)
        task = Task(Nobody(), action, root_key(1, visit, 0), clock.now)
        error = Uniform("error", antithetic=False)
        customer = Customer(task, service_s, clock.now, error, patience)
        task.begin((stay or Stay(clock)).steps(station, customer, copy))

    return arrive
