"""The simulated player: plays a plan of visits through a service model in virtual time.

It writes the record that the measured player writes. The plan's intended instants are exact
here: a simulation has no schedule lag.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass

import simpy
from simpy.events import Event

from reports.documents.mistake import DocumentError, Mistake
from reports.record.manifest import Invariant
from reports.record.outcome import Outcome
from reports.record.row import NOT_YET, ActionRow, GaugeRow
from reports.record.writer import RecordWriter
from scenarios.workload.plan import VisitChunk, VisitPlan
from sim.service_model import ServiceModel
from sim.shopper import Actions, Shopper, VisitColumns
from sim.simulated_platform import SimulatedPlatform
from sim.station import Station, StationStatistics

ROWS_A_SEGMENT = 50_000
VISITS_A_SLICE = 4_096
GAUGE_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What the simulation knows beside its record. `at_s` is when the last visit and the last
    background work ended."""

    at_s: float
    visits: int
    actions: int
    stations: Mapping[str, StationStatistics]
    invariants: tuple[Invariant, ...]


def never(_: float) -> bool:
    """A plan that is played to its end."""
    return False


def refuse_unrepresentable(plan: VisitPlan, model: ServiceModel) -> None:
    """Raises DocumentError unless every step of `plan` has a demand in `model`."""
    missing = [each for each in plan.tables.steps if each not in model.steps]
    if missing:
        what = f"no demand for {', '.join(missing)}, which {plan.name} plays"
        known = f"(known: {', '.join(model.steps)})"
        place = Mistake(
            file=f"service model {model.name}",
            line=1,
            column=1,
            path="steps",
            message=f"{what} {known}",
        )
        raise DocumentError([place])


def simulate(
    plan: VisitPlan,
    model: ServiceModel,
    writer: RecordWriter,
    *,
    seed: int,
    in_flight_limit: int,
    timeout_s: float,
    progress: Callable[[float], None],
    ended: Callable[[float], bool] = never,
) -> Played:
    """Plays every visit of `plan` and writes its rows and a gauge reading each second.

    `progress` is told the virtual time every simulated second; when `ended` is true of it, no
    further visit arrives. The same arguments give the same
    rows. Memory holds the visits in play, a chunk of the plan and a segment of the record. Raises
    DocumentError before anything is played when `model` lacks a step of the plan.
    """
    assert in_flight_limit >= 1
    assert timeout_s > 0
    refuse_unrepresentable(plan, model)
    playing = _Simulation(plan, model, writer, seed=seed, timeout_s=timeout_s)
    return playing.run(in_flight_limit, progress, ended)


class _Simulation:
    """One simulation: the crowd of `Shopper` and what is counted of it."""

    def __init__(
        self,
        plan: VisitPlan,
        model: ServiceModel,
        writer: RecordWriter,
        *,
        seed: int,
        timeout_s: float,
    ) -> None:
        self.env = simpy.Environment()
        self.timeout_s = timeout_s
        self.platform = SimulatedPlatform(
            self.env, model, steps=plan.tables.steps, stock=plan.stock, seed=seed
        )
        self._plan = plan
        self._writer = writer
        self._in_flight = 0
        self._playing = 0
        self._visits = 0
        self._actions = 0
        self._unflushed = 0
        self._ended = False

    def run(
        self,
        in_flight_limit: int,
        progress: Callable[[float], None],
        ended: Callable[[float], bool],
    ) -> Played:
        arrivals = self.env.process(self._arrivals(in_flight_limit))
        self.env.process(self._gauges(progress, ended))
        self.env.run(until=arrivals)
        while self._playing or self.platform.jobs_in_progress:
            self.env.step()
        return Played(
            at_s=self.env.now,
            visits=self._visits,
            actions=self._actions,
            stations={name: each.statistics() for name, each in self.platform.stations.items()},
            invariants=_invariants(self._plan.stock, self.platform),
        )

    def write(self, row: ActionRow) -> None:
        self._actions += 1
        self._unflushed += 1
        self._writer.action(row)

    def left(self) -> None:
        """A shopper is no longer in flight, though the platform may still work for them."""
        self._in_flight -= 1

    def idle(self) -> None:
        """The platform has finished with a shopper's last call."""
        self._playing -= 1

    def _arrivals(self, in_flight_limit: int) -> Generator[Event, object, None]:
        env = self.env
        for chunk in self._plan.chunks():
            for visit in _visits_in(chunk):
                wait_s = visit.intended_s - env.now
                if wait_s > 0:
                    yield env.timeout(wait_s)
                if self._ended:
                    return
                self._visits += 1
                if self._in_flight >= in_flight_limit:
                    self.write(_not_sent(visit))
                else:
                    self._in_flight += 1
                    self._playing += 1
                    env.process(Shopper(self, visit).play())

    def _gauges(
        self, progress: Callable[[float], None], ended: Callable[[float], bool]
    ) -> Generator[Event, object, None]:
        stations = [each for each in self.platform.stations.values() if math.isfinite(each.servers)]
        busy_areas = dict.fromkeys(self.platform.stations, 0.0)
        for second in range(1_000_000_000):
            self._read_gauges(float(second), stations, busy_areas)
            if self._unflushed >= ROWS_A_SEGMENT:
                self._writer.flush()
                self._unflushed = 0
            progress(float(second))
            self._ended = self._ended or ended(float(second))
            yield self.env.timeout(second + GAUGE_EVERY_S - self.env.now)

    def _read_gauges(
        self, at_s: float, stations: list[Station], busy_areas: dict[str, float]
    ) -> None:
        """Levels at this instant; the utilisation is the mean of the second before it."""
        gauge = self._writer.gauge
        gauge(GaugeRow(at_s, "in_flight", float(self._in_flight)))
        for sku, units in self.platform.stock.items():
            gauge(GaugeRow(at_s, f"stock_left:{sku}", float(units)))
        for station in stations:
            area = station.statistics().busy_area
            busy = (area - busy_areas[station.name]) / (GAUGE_EVERY_S * station.servers)
            busy_areas[station.name] = area
            gauge(GaugeRow(at_s, f"queue_length:{station.name}", float(len(station.queue))))
            gauge(GaugeRow(at_s, f"utilisation_ratio:{station.name}", busy))


def _visits_in(chunk: VisitChunk) -> Iterator[VisitColumns]:
    """The visits of `chunk` as plain values, a slice at a time: lists of Python numbers take
    several times the memory of the chunk's arrays."""
    for start in range(0, len(chunk), VISITS_A_SLICE):
        part = slice(start, min(start + VISITS_A_SLICE, len(chunk)))
        first_action = chunk.first_action[part.start : part.stop + 1]
        rows = slice(int(first_action[0]), int(first_action[-1]))
        bounds = (first_action - rows.start).tolist()
        actions = Actions(
            chunk.step[rows].tolist(),
            chunk.think_s[rows].tolist(),
            chunk.sku[rows].tolist(),
            chunk.quantity[rows].tolist(),
            (chunk.path[rows] >= 0).tolist(),
        )
        columns = zip(
            chunk.intended_s[part].tolist(), chunk.phase[part].tolist(),
            chunk.persona[part].tolist(), chunk.channel[part].tolist(),
            chunk.tier[part].tolist(), chunk.patience_s[part].tolist(),
            bounds[:-1], bounds[1:], strict=True,
        )  # fmt: skip
        for number, columns_of_visit in enumerate(columns, start=chunk.first_index + start):
            yield VisitColumns(number, actions, *columns_of_visit)


def _not_sent(visit: VisitColumns) -> ActionRow:
    actions, row = visit.actions, visit.first
    return ActionRow(
        visit=visit.number,
        action=0,
        phase=visit.phase,
        persona=visit.persona,
        channel=visit.channel,
        tier=visit.tier,
        step=actions.step[row],
        sku=actions.sku[row],
        quantity=actions.quantity[row],
        intended_s=visit.intended_s,
        started_s=NOT_YET,
        finished_s=NOT_YET,
        outcome=int(Outcome.NOT_SENT),
        requests=0,
        status=0,
        reason="in-flight limit",
    )


def _invariants(initial: Mapping[int, int], platform: SimulatedPlatform) -> tuple[Invariant, ...]:
    if not initial:
        return ()
    units, left = sum(initial.values()), sum(platform.stock.values())
    accepted = sum(platform.units_accepted.values())
    exact = all(
        platform.stock[sku] >= 0 and platform.stock[sku] + platform.units_accepted[sku] == each
        for sku, each in initial.items()
    )
    return (
        Invariant(
            name="no oversell",
            held=exact,
            evidence=f"{units} units at the start, {accepted} in accepted orders, {left} left",
        ),
    )
