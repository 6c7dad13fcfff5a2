"""How many servers a station has at the moment, and what ails it: shifts, zones and faults."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from sim.engine import streams
from sim.engine.agenda import NOBODY, Agenda
from sim.engine.scaler import Levels, ScalerInPlay
from sim.model.service_model import ServiceModel
from sim.model.station import Fault, Schedule, StationModel, Zones


class Served(Protocol):
    """A station whose servers come and go. `error_ratio` is asked when a service begins."""

    error_ratio: Callable[[], float] | None

    def set_servers(self, servers: float) -> None: ...
    def set_slower(self, slower: float) -> None: ...
    def set_copy(self, copy: int, *, slower: float, errors: float) -> None:
        """What ails one copy beside what ails all."""


class Conditions:
    """`set_base` is told by a schedule or scaler; zones and faults tell of themselves."""

    def __init__(self, clock: Agenda, station: Served, model: StationModel) -> None:
        self._clock = clock
        self._station = station
        self._base: float = model.servers
        self._in_force: dict[int, Fault] = {}
        self._copies: set[int] = set()
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
        if fault.copy is not None:
            self._copies.add(fault.copy)
        self.apply()

    def end(self, number: int) -> None:
        del self._in_force[number]
        self.apply()

    def apply(self) -> None:
        """Slower first, so that who begins on an added server does so at the speed that holds."""
        faults = self._faults_of(None)
        self._station.set_slower(math.prod(each.slower for each in faults))
        servers = min([self._base, *(each.servers for each in faults if each.servers is not None)])
        if self._zones:
            servers = servers * self._zones.up // self._zones.count
        self._station.set_servers(servers)
        for copy in sorted(self._copies):
            self._station.set_copy(
                copy,
                slower=math.prod(each.slower for each in self._faults_of(copy)),
                errors=sum(each.errors for each in self._faults_of(copy)),
            )

    def _faults_of(self, copy: int | None) -> list[Fault]:
        """Those in force at that copy alone, or at all copies."""
        return [each for each in self._in_force.values() if each.copy == copy]

    def error_ratio(self) -> float:
        """The share of the services beginning now, at any copy, that end as an error."""
        ratio = self.errors
        if self._zones:
            ratio += self._zones.undetected(self._clock.now) / self._zones.count
        return ratio

    @property
    def errors(self) -> float:
        """The share of the faults in force alone."""
        ratio = 0.0
        for each in self._faults_of(None):
            ratio += each.errors
        return ratio

    def undetected_until_s(self) -> tuple[float, ...]:
        """Until when nobody knows that a zone is down, for each zone that is."""
        return self._zones.undetected_until_s() if self._zones else ()


class ZonesInPlay:
    """Zones that fail and are repaired, each by itself."""

    def __init__(
        self,
        clock: Agenda,
        model: Zones,
        changed: Callable[[], None],
        *,
        seed_key: int,
        up: Callable[[int], float],
        repair: Callable[[int], float],
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
        return sum(now_s < until_s for until_s in self.undetected_until_s())

    def undetected_until_s(self) -> tuple[float, ...]:
        return tuple(each + self._model.detect_s for each in self._failed_s.values())

    def start(self) -> None:
        for zone in range(self.count):
            self._next(zone, self._up, self._model.mean_up_s, self._fail)

    def _next(
        self, zone: int, draw: Callable[[int], float], mean_s: float, then: Callable[[int], None]
    ) -> None:
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
        clock: Agenda,
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
    clock: Agenda,
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


class ServedAndRead(Served, Protocol):
    """A station that also tells how busy it is."""

    @property
    def levels(self) -> Levels: ...


def start_conditions(
    clock: Agenda,
    model: ServiceModel,
    stations: Mapping[str, ServedAndRead],
    *,
    seed_key: int,
    draw: Callable[[str], Callable[[int], float]],
    flush: Callable[[str], None],
) -> dict[str, Conditions]:
    """Begins what changes the servers of stations: shifts, scalers, zones and faults. `draw` gives
    the uniform numbers of a name."""
    conditions: dict[str, Conditions] = {}
    for name, each in model.stations.items():
        station = stations[name]
        conditions[name] = of_station = Conditions(clock, station, each)
        if each.schedule:
            ScheduleInPlay(clock, each.schedule, model.midnight_s, of_station.set_base).start()
        if each.scaler:
            ScalerInPlay(clock, each.scaler, station.levels, of_station.set_base).start()
        if each.zones:
            zones = ZonesInPlay(
                clock,
                each.zones,
                of_station.apply,
                seed_key=seed_key,
                up=draw(f"{name}/zone/up"),
                repair=draw(f"{name}/zone/repair"),
            )
            of_station.set_zones(zones)
            zones.start()
    schedule_faults(clock, model.faults, conditions, flush)
    return conditions


def varying_stations(model: ServiceModel) -> frozenset[str]:
    """The stations whose servers come and go."""
    limited = {each.station for each in model.faults if each.servers is not None}
    return frozenset(
        name
        for name, each in model.stations.items()
        if each.schedule or each.scaler or each.zones or name in limited
    )
