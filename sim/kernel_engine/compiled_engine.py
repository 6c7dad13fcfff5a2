"""One run of the compiled engine: Python does what is seldom, the kernel all else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from scenarios.workload.plan import VisitChunk, VisitPlan
from sim.engine import streams
from sim.engine.conditions import start_conditions, varying_stations
from sim.engine.contract import CopySink, EngineOptions, Played, Sink, StationSink
from sim.engine.gauge_times import intervals_until_next
from sim.kernel_engine import kernel
from sim.kernel_engine.chunks import load_chunk
from sim.kernel_engine.goods import Goods
from sim.kernel_engine.parts import tables_of
from sim.kernel_engine.program import compiled_program
from sim.kernel_engine.stock import replenish
from sim.kernel_engine.surroundings import ChangingStation, PythonAgenda
from sim.kernel_engine.telling import Gauges, Teller
from sim.kernel_engine.totals import played_of, station_totals
from sim.model.service_model import ServiceModel


class CompiledRun:
    """See `sim.engine.contract.Engine`; `play` is its one use."""

    def __init__(
        self,
        plan: VisitPlan,
        model: ServiceModel,
        sink: Sink,
        options: EngineOptions,
        progress: Callable[[float], None],
        ended: Callable[[float], bool],
    ) -> None:
        units = {
            sku: plan.stock.get(sku, 0) + model.stock.get(sku, 0)
            for sku in {**plan.stock, **model.stock}
        }
        self._model, self._options, self._sink = model, options, sink
        self._progress, self._ended = progress, ended
        self._skus = list(units)
        self._program = compiled_program(model, plan.tables.steps)
        self._tables = tables_of(self._program, model, plan, options)
        warm = np.array([each.warm for each in model.caches.values()], np.bool_)
        self._goods = Goods(self._tables, units, warm)
        self._chunks: Iterator[VisitChunk] = (each for each in plan.chunks() if len(each))
        self._agenda = PythonAgenda(self._tables)
        self._stations = {
            name: ChangingStation(self._tables, number)
            for number, name in enumerate(model.stations)
        }
        self._teller = Teller(self._tables, self._program, sink)
        self._gauges = Gauges(
            self._tables, model, self._stations, varying_stations(model), self._skus
        )
        self._readings = 0
        self._is_arriving, self._is_stopped = True, False
        self._ended_s = 0.0

    def play(self) -> Played:
        tables = self._tables
        tables.run["open"] += 1
        self._agenda.call_at(0.0, self._read_gauges)
        self._start_conditions()
        self._load_chunk()
        while not self._is_stopped:
            reason = kernel.play_on(tables.world)
            if reason == kernel.OVER:
                break
            self._serve(reason)
        self._teller.hand_over()
        return played_of(tables, self._program, self._skus, self._teller.rows)

    def _serve(self, reason: int) -> None:
        """Does what the kernel has stopped for."""
        tables = self._tables
        if reason == kernel.AGENDA:
            self._agenda.play_next()
        elif reason == kernel.CHUNK:
            self._load_chunk()
        elif reason == kernel.ORDER:
            self._order()
        elif reason in (kernel.ROWS_FULL, kernel.TRACES_FULL):
            self._teller.hand_over()
        elif reason == kernel.MORE_SLOTS:
            tables.more_slots()
        elif reason == kernel.MORE_NEAR:
            tables.more_near()
        elif reason == kernel.MORE_ACTIONS:
            tables.more_actions(int(tables.run["most_actions"]))

    def _start_conditions(self) -> None:
        options, agenda = self._options, self._agenda
        seed_key = streams.seed_key(options.seed, options.replication)

        def draw(name: str) -> Callable[[int], float]:
            word = streams.word_of(name)
            return lambda key: streams.draw(key, word, 0, options.antithetic)

        conditions = start_conditions(
            agenda,
            self._model,
            self._stations,
            seed_key=seed_key,
            draw=draw,
            flush=self._flush,
        )
        for name, each in conditions.items():
            self._stations[name].conditions = each

    def _flush(self, cache: str) -> None:
        number = list(self._model.caches).index(cache)
        self._tables["fresh"][:, number] = -np.inf
        self._tables["caches"][number]["flushed"] = self._agenda.now

    def _load_chunk(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            self._end_arrivals()
        else:
            load_chunk(self._tables, self._goods, chunk)

    def _end_arrivals(self) -> None:
        run = self._tables.run
        self._is_arriving = False
        self._ended_s = self._agenda.now
        run["open"] -= 1
        run["arrival_s"] = math.inf
        if math.isfinite(self._options.drain_s):
            self._agenda.call_at(self._agenda.now + self._options.drain_s, self._stop)

    def _stop(self) -> None:
        self._is_stopped = True

    def _order(self) -> None:
        run = self._tables.run
        sku, units = int(run["ordered_sku"]), int(run["units_ordered"])
        run["units_ordered"] = 0
        self._agenda.call_at(
            float(run["ordered_for"]), lambda: replenish(self._tables.world, sku, units)
        )

    def _read_gauges(self) -> None:
        now_s = self._agenda.now
        self._teller.hand_over()
        self._sink.gauges(now_s, self._gauges.read(now_s))
        if isinstance(self._sink, StationSink):
            self._sink.stations(now_s, station_totals(self._tables, self._program, now_s))
        if isinstance(self._sink, CopySink):
            self._sink.copies(now_s, self._gauges.read_copies(now_s))
        self._progress(now_s)
        if self._is_arriving and self._ended(now_s):
            self._end_arrivals()
        every_s = self._options.gauge_every_s
        since_end_s = 0.0 if self._is_arriving else now_s - self._ended_s
        self._readings += intervals_until_next(since_end_s, every_s)
        self._agenda.call_at(self._readings * every_s, self._read_gauges)
