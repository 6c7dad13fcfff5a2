"""A station: c servers on one bounded queue, first come first served, and its statistics."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import simpy
from simpy.events import Event

from sim.service_model import UNLIMITED, WhenFull


@dataclass(frozen=True, slots=True, kw_only=True)
class StationStatistics:
    """What a station has seen since the start of the run, until `at_s`.

    Areas are integrals over time of the number busy and the number waiting; `stays_s` and
    `waits_s` are sums over the served. When the station is empty, Little's law holds exactly:
    busy_area + queue_area = stays_s.
    """

    at_s: float
    servers: float
    arrivals: int
    served: int
    refused: int
    busy_area: float
    queue_area: float
    stays_s: float
    waits_s: float

    @property
    def utilisation_ratio(self) -> float:
        """Mean share of the servers at work; 0 for unlimited servers."""
        return self.busy_area / (self.at_s * self.servers) if self.at_s else 0.0

    @property
    def queue_length(self) -> float:
        """Mean number waiting."""
        return self.queue_area / self.at_s if self.at_s else 0.0


class Service(Event):
    """One service at a station, which happens when it ends. Made by `Station.serve`."""

    def __init__(self, station: Station, service_s: float, now_s: float) -> None:
        # Like simpy.Timeout, it sets the fields of Event itself: this is the inner loop.
        self.env = station.env
        self.callbacks = [station.end]
        self._ok = True
        self._value = None
        self.service_s = service_s
        self.arrived_s = now_s


class Station:
    """`serve` is all that a caller needs; the rest is called back by the simulation."""

    def __init__(
        self,
        env: simpy.Environment,
        *,
        name: str,
        servers: float,
        queue_limit: float = UNLIMITED,
        when_full: WhenFull = "failed",
    ) -> None:
        assert servers >= 1
        self.env = env
        self.name = name
        self.servers = servers
        self.queue_limit = queue_limit
        self.when_full: WhenFull = when_full
        self.busy = 0
        self.queue: deque[Service] = deque()
        self._arrivals = self._served = self._refused = 0
        self._busy_area = self._queue_area = self._stays_s = self._waits_s = 0.0
        self._seen_s = env.now

    def serve(self, service_s: float) -> Service | None:
        """Asks for a service; what it returns happens when the service ends. None: full."""
        self._arrivals += 1
        now_s = self.env.now
        if self.busy < self.servers:
            self._look(now_s)
            self.busy += 1
            service = Service(self, service_s, now_s)
            self.env.schedule(service, delay=service_s)
            return service
        if len(self.queue) >= self.queue_limit:
            self._refused += 1
            return None
        self._look(now_s)
        service = Service(self, service_s, now_s)
        self.queue.append(service)
        return service

    def end(self, service: Event) -> None:
        """The simulation's callback at the end of `service`: its server takes the next."""
        assert isinstance(service, Service)
        now_s = self.env.now
        self._look(now_s)
        self._served += 1
        self._stays_s += now_s - service.arrived_s
        if self.queue:
            following = self.queue.popleft()
            self._waits_s += now_s - following.arrived_s
            self.env.schedule(following, delay=following.service_s)
        else:
            self.busy -= 1

    def statistics(self) -> StationStatistics:
        """What has been seen until now."""
        self._look(self.env.now)
        return StationStatistics(
            at_s=self._seen_s,
            servers=self.servers,
            arrivals=self._arrivals,
            served=self._served,
            refused=self._refused,
            busy_area=self._busy_area,
            queue_area=self._queue_area,
            stays_s=self._stays_s,
            waits_s=self._waits_s,
        )

    def _look(self, now_s: float) -> None:
        """Adds the time since the last change to the areas; called before each change."""
        passed_s = now_s - self._seen_s
        if passed_s > 0:
            self._busy_area += passed_s * self.busy
            self._queue_area += passed_s * len(self.queue)
            self._seen_s = now_s
