"""How many servers a station has at the moment, and what ails it: shifts, zones and faults."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from sim.engine import streams
from sim.event_engine.clock import NOBODY, Clock
from sim.event_engine.draws import Uniform
from sim.event_engine.station import Served
from sim.model.station import Fault, Schedule, StationModel, Zones


class Conditions:
    """`set_base` is told by a schedule or scaler; zones and faults tell of themselves."""

    def __init__(self, clock: Clock, station: Served, model: StationModel) -> None:
        self._clock = clock
        self._station = station
        self._base: float = model.servers
        self._in_force: dict[int, Fault] = {}
        self._zones: ZonesInPlay | None = None

    def set_base(self, servers: float) -> None:
        self._base = servers
        self.apply()

    def set_zones(self, zones: ZonesInPlay) -> None:
        self._zones = zones
        self._station.error_ratio = self.error_ratio

    def begin(self, number: int, fault: Fault) -> None:
        """Fault `number` of the model is in force."""
        self._in_force[number] = fault
        self._in_force = dict(sorted(self._in_force.items()))
        self._station.error_ratio = self.error_ratio
        self.apply()

    def end(self, number: int) -> None:
        del self._in_force[number]
        self.apply()

    def apply(self) -> None:
        """Slower first, so that who begins on an added server does so at the speed that holds."""
        faults = self._in_force.values()
        self._station.set_slower(math.prod(each.slower for each in faults))
        servers = min([self._base, *(each.servers for each in faults if each.servers is not None)])
        if self._zones:
            servers = servers * self._zones.up // self._zones.count
        self._station.set_servers(servers)

    def error_ratio(self) -> float:
        """The share of the services beginning now that end as an error."""
        ratio = 0.0
        for each in self._in_force.values():
            ratio += each.errors
        if self._zones:
            ratio += self._zones.undetected(self._clock.now) / self._zones.count
        return ratio


class ZonesInPlay:
    """Zones that fail and are repaired, each by itself."""

    def __init__(
        self,
        clock: Clock,
        model: Zones,
        changed: Callable[[], None],
        *,
        seed_key: int,
        up: Uniform,
        repair: Uniform,
    ) -> None:
        self._clock = clock
        self._model = model
        self._changed = changed
        self._seed_key = seed_key
        self._up = up
        self._repair = repair
        self._failures = [0] * model.count
        self._failed_s: dict[int, float] = {}
        self.count = model.count

    @property
    def up(self) -> int:
        return self.count - len(self._failed_s)

    def undetected(self, now_s: float) -> int:
        """Zones that are down without anybody knowing."""
        detect_s = self._model.detect_s
        return sum(now_s < failed_s + detect_s for failed_s in self._failed_s.values())

    def start(self) -> None:
        for zone in range(self.count):
            self._next(zone, self._up, self._model.mean_up_s, self._fail)

    def _next(self, zone: int, draw: Uniform, mean_s: float, then: Callable[[int], None]) -> None:
        key = streams.root_key(self._seed_key, zone, self._failures[zone])
        at_s = self._clock.now + streams.exponential(draw(key), mean_s)
        if math.isfinite(at_s):
            self._clock.call_at(at_s, lambda: then(zone), NOBODY)

    def _fail(self, zone: int) -> None:
        self._failed_s[zone] = self._clock.now
        self._changed()
        self._next(zone, self._repair, self._model.mean_repair_s, self._mend)

    def _mend(self, zone: int) -> None:
        del self._failed_s[zone]
        self._failures[zone] += 1
        self._changed()
        self._next(zone, self._up, self._model.mean_up_s, self._fail)


def shifts(schedule: Schedule, midnight_s: float) -> Iterator[tuple[float, int]]:
    """Instants and server counts from then on; the first is the one in force at 0."""
    starts = ((at_s, each) for at_s, each in _starts(schedule, midnight_s))
    in_force = schedule.shifts[-1].servers
    for at_s, servers in starts:
        if at_s > 0:
            yield 0.0, in_force
            yield at_s, servers
            break
        in_force = servers
    else:
        yield 0.0, in_force
    yield from starts


def _starts(schedule: Schedule, midnight_s: float) -> Iterator[tuple[float, int]]:
    every_s = schedule.repeats_every_s
    if math.isinf(every_s):
        yield from ((each.start_s, each.servers) for each in schedule.shifts)
        return
    cycle = math.floor((0.0 - midnight_s) / every_s) - 1
    while True:
        for each in schedule.shifts:
            yield (midnight_s + cycle * every_s) + each.start_s, each.servers
        cycle += 1


class ScheduleInPlay:
    """Sets the servers of each shift as it begins."""

    def __init__(
        self,
        clock: Clock,
        schedule: Schedule,
        midnight_s: float,
        set_base: Callable[[float], None],
    ) -> None:
        self._clock = clock
        self._shifts = shifts(schedule, midnight_s)
        self._set_base = set_base

    def start(self) -> None:
        _, servers = next(self._shifts)
        self._set_base(servers)
        self._next()

    def _next(self) -> None:
        following = next(self._shifts, None)
        if following:
            at_s, servers = following
            self._clock.call_at(at_s, lambda: self._change(servers), NOBODY)

    def _change(self, servers: int) -> None:
        self._set_base(servers)
        self._next()


def schedule_faults(
    clock: Clock,
    faults: Sequence[Fault],
    conditions: dict[str, Conditions],
    flush: Callable[[str], None],
) -> None:
    """Begins and ends of all faults."""

    def schedule(number: int, fault: Fault) -> None:
        if fault.flushed:
            clock.call_at(fault.at_s, lambda: flush(fault.flushed), NOBODY)
            return
        station = conditions[fault.station]
        clock.call_at(fault.at_s, lambda: station.begin(number, fault), NOBODY)
        if math.isfinite(fault.for_s):
            clock.call_at(fault.at_s + fault.for_s, lambda: station.end(number), NOBODY)

    for number, fault in enumerate(faults):
        schedule(number, fault)
