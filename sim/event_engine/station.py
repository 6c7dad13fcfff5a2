"""A station: copies of c servers on one bounded queue each, first come first served by class."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from reports.record.outcome import Outcome
from sim.engine.contract import StationTotals
from sim.event_engine.clock import Clock
from sim.event_engine.draws import Duration, Uniform
from sim.event_engine.levels import Levels
from sim.event_engine.task import Task
from sim.model.call import OK, CallEnd
from sim.model.station import Slowdown, StationModel

_WHEN_FULL = {"rejected": (Outcome.REJECTED, 429), "failed": (Outcome.FAILED, 503)}


class Customer:
    """One stay of a task at a station. `service_s` is None for who holds a server; with
    `by_clock` it is known when the service begins, and nothing stretches it. `error` and
    `patience` are the draws of the operation that sent it."""

    __slots__ = (
        "arrived_s", "begun_s", "by_clock", "error", "fails", "has_left", "patience", "service_s",
        "task",
    )  # fmt: skip

    def __init__(
        self,
        task: Task,
        service_s: float | None,
        now_s: float,
        error: Uniform,
        patience: Duration | None,
        by_clock: Duration | None = None,
    ) -> None:
        self.task = task
        self.by_clock = by_clock
        self.service_s = service_s
        self.arrived_s = now_s
        self.begun_s: float | None = None
        self.error = error
        self.patience = patience
        self.fails = self.has_left = False


class Served(Protocol):
    """A station of either kind. `arrive` is false when it is full; otherwise the customer's task
    goes on with the end of the service, or at once when it got a server to hold."""

    levels: Levels
    full: CallEnd
    error_ratio: Callable[[], float] | None

    def arrive(self, customer: Customer, copy: int, queue_limit: float) -> bool: ...
    def set_servers(self, servers: float) -> None: ...
    def set_slower(self, slower: float) -> None: ...
    def set_copy(self, copy: int, *, slower: float, errors: float) -> None: ...
    def totals(self, at_s: float) -> StationTotals: ...
    def busy_areas(self) -> list[float]:
        """Of each copy, up to now."""


def full_end(name: str, model: StationModel) -> CallEnd:
    """How a demand ends for which there was no place."""
    outcome, status = _WHEN_FULL[model.when_full]
    return CallEnd(outcome, status, f"{name}_full")


def error_end(name: str) -> CallEnd:
    """How a demand ends whose service was an error."""
    return CallEnd(Outcome.FAILED, 500, f"{name}_error")


def slowdown_at(slowdown: Slowdown | None, n: int) -> float:
    """How many times as long services take with `n` customers in service."""
    if slowdown is None:
        return 1.0
    return 1.0 + slowdown.contention * (n - 1) + slowdown.coherency * n * (n - 1)


def is_failing(
    customer: Customer, error_ratio: Callable[[], float] | None, errors_of_copy: float
) -> bool:
    """Whether the service that begins now will end as an error."""
    if error_ratio is None or customer.service_s is None:
        return False
    ratio = error_ratio() + errors_of_copy
    return ratio > 0 and customer.error(customer.task.key) < ratio


def class_of(model: StationModel, tiers: Sequence[str]) -> tuple[int, ...]:
    """The class of each tier; tiers that are not named come after all others."""
    named = dict(model.priority)
    last = max(named.values(), default=-1) + 1
    return tuple(named.get(tier, last) for tier in tiers)


class _Desk:
    """One copy."""

    __slots__ = ("area_s", "busy", "classes", "errors", "slower", "waiting")

    def __init__(self, classes: int) -> None:
        self.busy = self.waiting = 0
        self.area_s = 0.0
        self.slower, self.errors = 1.0, 0.0
        self.classes: list[deque[Customer]] = [deque() for _ in range(classes)]

    def take(self) -> Customer:
        """The next who still waits; somebody does."""
        self.waiting -= 1
        for each in self.classes:
            while each:
                customer = each.popleft()
                if not customer.has_left:
                    return customer
        raise AssertionError("nobody waits")


class Station:
    """Servers that serve one customer after the other. Also a pool whose servers are held."""

    def __init__(self, clock: Clock, name: str, model: StationModel, tiers: Sequence[str]) -> None:
        self.name = name
        self.full = full_end(name, model)
        self.servers = model.servers
        self.slower = 1.0
        self.levels = Levels(model.servers * model.copies)
        self.error_ratio: Callable[[], float] | None = None
        self._clock = clock
        self._model = model
        self._error = error_end(name)
        self._abandoned = CallEnd(Outcome.FAILED, 503, f"{name}_abandoned")
        self._class_of = class_of(model, tiers)
        classes = max(self._class_of, default=0) + 1
        self._desks = [_Desk(classes) for _ in range(model.copies)]
        self._there: set[Customer] = set()

    def arrive(self, customer: Customer, copy: int, queue_limit: float) -> bool:
        desk, levels, task = self._desks[copy], self.levels, customer.task
        levels.arrivals += 1
        task.note("arrive", self.name)
        if desk.busy < self.servers:
            levels.look(self._clock.now)
            self._there.add(customer)
            self._begin(desk, customer)
            return True
        if desk.waiting >= min(queue_limit, self._model.queue_limit):
            levels.refused += 1
            task.note("refuse", self.name)
            return False
        levels.look(self._clock.now)
        self._there.add(customer)
        desk.waiting += 1
        levels.queued(+1)
        desk.classes[self._class_of[task.action.tier]].append(customer)
        if customer.patience:
            now_s = self._clock.now
            until_s = now_s + customer.patience(task.key, now_s)
            self._clock.call_at(until_s, lambda: self._lose_patience(desk, customer))
        return True

    def release(self, customer: Customer, copy: int) -> None:
        """A server that was held is free again."""
        self._end(self._desks[copy], customer)

    def set_servers(self, servers: float) -> None:
        """Who is served stays; servers that are added take from the queue."""
        if servers == self.servers:
            return
        self.levels.look(self._clock.now)
        self.servers = servers
        self.levels.servers = servers * len(self._desks)
        for desk in self._desks:
            self._fill(desk)

    def set_slower(self, slower: float) -> None:
        self.slower = slower

    def set_copy(self, copy: int, *, slower: float, errors: float) -> None:
        self._desks[copy].slower, self._desks[copy].errors = slower, errors

    def totals(self, at_s: float) -> StationTotals:
        """At the end."""
        waits_s = [
            (at_s if each.begun_s is None else each.begun_s) - each.arrived_s
            for each in self._there
        ]
        stays_s = [at_s - each.arrived_s for each in self._there]
        return self.levels.totals(at_s).with_remaining(waits_s, stays_s)

    def busy_areas(self) -> list[float]:
        now_s = self._clock.now
        return [each.busy * now_s + each.area_s for each in self._desks]

    def _begin(self, desk: _Desk, customer: Customer) -> None:
        clock = self._clock
        desk.busy += 1
        desk.area_s -= clock.now
        self.levels.busy += 1
        customer.begun_s = clock.now
        customer.task.note("serve", self.name)
        if customer.service_s is None:
            return
        customer.fails = is_failing(customer, self.error_ratio, desk.errors)
        if customer.by_clock:
            service_s = customer.by_clock(customer.task.key, clock.now)
        else:
            slowdown = slowdown_at(self._model.slowdown, desk.busy)
            service_s = customer.service_s * slowdown * self.slower * desk.slower
        clock.call_at(clock.now + service_s, lambda: self._served(desk, customer))

    def _fill(self, desk: _Desk) -> None:
        """Free servers take the next from the queue."""
        while desk.waiting and desk.busy < self.servers:
            following = desk.take()
            self.levels.queued(-1)
            self._begin(desk, following)
            if following.service_s is None:
                self._clock.freed.append(following.task)

    def _end(self, desk: _Desk, customer: Customer) -> None:
        levels, now_s = self.levels, self._clock.now
        assert customer.begun_s is not None
        levels.look(now_s)
        self._there.remove(customer)
        levels.served += 1
        levels.waits_s += customer.begun_s - customer.arrived_s
        levels.stays_s += now_s - customer.arrived_s
        levels.busy -= 1
        desk.busy -= 1
        desk.area_s += now_s
        customer.task.note("done", self.name)
        self._fill(desk)

    def _served(self, desk: _Desk, customer: Customer) -> None:
        if customer.fails:
            self.levels.errors += 1
        self._end(desk, customer)
        if customer.fails:
            customer.task.note("error", self.name)
        customer.task.go_on(self._error if customer.fails else OK)

    def _lose_patience(self, desk: _Desk, customer: Customer) -> None:
        if customer.begun_s is not None:
            return
        self.levels.look(self._clock.now)
        self._there.remove(customer)
        customer.has_left = True
        desk.waiting -= 1
        self.levels.queued(-1)
        self.levels.abandoned += 1
        self.levels.abandoned_waits_s += self._clock.now - customer.arrived_s
        customer.task.note("abandon", self.name)
        customer.task.go_on(self._abandoned)
