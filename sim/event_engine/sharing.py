"""A station whose servers are shared by all its customers at once (processor sharing)."""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from sim.engine.contract import StationTotals
from sim.event_engine.clock import Clock
from sim.event_engine.levels import Levels
from sim.event_engine.station import Customer, error_end, full_end, is_failing, slowdown_at
from sim.model.call import OK
from sim.model.station import StationModel


class _Shared:
    """One copy. Its virtual time runs at the rate at which each customer is served, so who
    arrives at virtual time V with the service time S is done at V + S, whoever else comes."""

    __slots__ = (
        "area_s", "busy", "customers", "errors", "generation", "rate", "seen_s", "slower",
        "virtual_s",
    )  # fmt: skip

    def __init__(self) -> None:
        self.customers: list[tuple[float, int, Customer]] = []
        self.virtual_s = self.seen_s = 0.0
        self.busy, self.area_s = 0, 0.0
        self.rate = 0.0
        self.slower, self.errors = 1.0, 0.0
        self.generation = 0

    def advance(self, now_s: float) -> None:
        if self.customers:
            self.virtual_s += (now_s - self.seen_s) * self.rate
        self.seen_s = now_s


class SharedStation:
    """Each of n customers is served at the rate min(1, servers/n) / (slowdown(n) * slower)."""

    def __init__(self, clock: Clock, name: str, model: StationModel) -> None:
        self.name = name
        self.full = full_end(name, model)
        self.servers = model.servers
        self.slower = 1.0
        self.levels = Levels(model.servers * model.copies)
        self.error_ratio: Callable[[], float] | None = None
        self._clock = clock
        self._model = model
        self._error = error_end(name)
        self._copies = [_Shared() for _ in range(model.copies)]
        self._arrivals = count()

    def arrive(self, customer: Customer, copy: int, queue_limit: float) -> bool:
        shared, levels, now_s = self._copies[copy], self.levels, self._clock.now
        assert customer.service_s is not None, "nobody holds what is shared"
        levels.arrivals += 1
        customer.task.note("arrive", self.name)
        n = len(shared.customers)
        if n >= self.servers + min(queue_limit, self._model.queue_limit):
            levels.refused += 1
            customer.task.note("refuse", self.name)
            return False
        levels.look(now_s)
        shared.advance(now_s)
        customer.fails = is_failing(customer, self.error_ratio, shared.errors)
        customer.task.note("serve", self.name)
        due = shared.virtual_s + customer.service_s
        heappush(shared.customers, (due, next(self._arrivals), customer))
        self._count(shared, n, n + 1, self.servers, self.servers)
        self._reschedule(shared)
        return True

    def set_servers(self, servers: float) -> None:
        if servers == self.servers:
            return
        self.levels.look(self._clock.now)
        before, self.servers = self.servers, servers
        self.levels.servers = servers * len(self._copies)
        for shared in self._copies:
            shared.advance(self._clock.now)
            n = len(shared.customers)
            self._count(shared, n, n, before, servers)
            self._reschedule(shared)

    def set_slower(self, slower: float) -> None:
        if slower == self.slower:
            return
        self.slower = slower
        for shared in self._copies:
            shared.advance(self._clock.now)
            self._reschedule(shared)

    def set_copy(self, copy: int, *, slower: float, errors: float) -> None:
        shared = self._copies[copy]
        shared.errors = errors
        if slower == shared.slower:
            return
        shared.advance(self._clock.now)
        shared.slower = slower
        self._reschedule(shared)

    def totals(self, at_s: float) -> StationTotals:
        """At the end."""
        there = [customer for each in self._copies for _, _, customer in each.customers]
        stays_s = [at_s - each.arrived_s for each in there]
        return self.levels.totals(at_s).with_remaining((), stays_s)

    def busy_areas(self) -> list[float]:
        now_s = self._clock.now
        return [each.busy * now_s + each.area_s for each in self._copies]

    def _count(
        self, shared: _Shared, n: int, n_now: int, servers: float, servers_now: float
    ) -> None:
        """Changes the levels of a copy from n at so many servers to what holds now."""
        busy, busy_now = int(min(n, servers)), int(min(n_now, servers_now))
        self.levels.busy += busy_now - busy
        shared.busy = busy_now
        shared.area_s -= (busy_now - busy) * self._clock.now
        self.levels.queued((n_now - busy_now) - (n - busy))

    def _reschedule(self, shared: _Shared) -> None:
        """Schedules the next departure anew, since the rate has changed."""
        shared.generation += 1
        n = len(shared.customers)
        if not n:
            return
        slower = slowdown_at(self._model.slowdown, n) * self.slower * shared.slower
        shared.rate = min(1.0, self.servers / n) / slower
        if shared.rate == 0.0:
            return
        now_s, generation = self._clock.now, shared.generation
        at_s = now_s + (shared.customers[0][0] - shared.virtual_s) / shared.rate
        if math.isfinite(at_s):
            self._clock.call_at(max(now_s, at_s), lambda: self._depart(shared, generation))

    def _depart(self, shared: _Shared, generation: int) -> None:
        if generation != shared.generation:
            return
        levels, now_s, n = self.levels, self._clock.now, len(shared.customers)
        levels.look(now_s)
        shared.virtual_s, _, customer = heappop(shared.customers)
        shared.seen_s = now_s
        levels.served += 1
        levels.errors += customer.fails
        levels.stays_s += now_s - customer.arrived_s
        self._count(shared, n, n - 1, self.servers, self.servers)
        customer.task.note("done", self.name)
        self._reschedule(shared)
        if customer.fails:
            customer.task.note("error", self.name)
        customer.task.go_on(self._error if customer.fails else OK)
