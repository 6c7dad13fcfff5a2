"""Once a second: writes the rows so far, and reads the levels that a report draws."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping

import gevent
from prometheus_client.parser import text_string_to_metric_families

from reports.record import player_gauge as own
from reports.record.row import GaugeRow
from scenarios.shoppers.event_loop_watch import EventLoopWatch, GarbageWatch
from scenarios.shoppers.playing import Playing
from scenarios.shoppers.processor_watch import ProcessorWatch
from scenarios.transport.channel import Sender
from scenarios.transport.failure import TransportError
from targets.adapters.contract import Call, MetricsSource

EVERY_S = 1.0
METRICS_WITHIN_S = 2.0
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Sampler:
    """Two greenlets beside a player: one for its own levels, one for the target's gauges.

    A target that does not answer its metrics in time only leaves a gap in the gauges. When the
    process `parent` has started this one and is gone, the run is aborted. In a fleet, the
    player's own gauges carry the number of its `worker`.
    """

    def __init__(
        self,
        player: Playing,
        sender: Sender,
        metrics: MetricsSource | None,
        *,
        parent: int | None = None,
        worker: int = 0,
    ) -> None:
        self._worker = worker
        self._parent = parent
        self._player = player
        self._sender = sender
        self._metrics = metrics
        self._greenlets: list[gevent.Greenlet[..., None]] = []

    def __enter__(self) -> Sampler:
        self._greenlets = [gevent.spawn(self._sample_player)]
        if self._metrics:
            self._greenlets.append(gevent.spawn(self._sample_target, self._metrics))
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the readings and waits until what was read is written."""
        gevent.killall(self._greenlets, block=True, timeout=METRICS_WITHIN_S)
        self._player.flush()

    def _sample_player(self) -> None:
        with EventLoopWatch() as loop, GarbageWatch() as garbage:
            processors = ProcessorWatch()
            for second in _seconds(self._player):
                levels = list(self._own_levels(loop, garbage, processors))
                # What was before instant 0 is how the run was made ready, and no part of it.
                self._player.tally.second_passed(second)
                for name, value in levels if second >= EVERY_S / 2 else ():
                    named = own.of_worker(name, self._worker)
                    self._player.tally.own_levels[named] = value
                    self._gauge(second, named, value)
                self._player.flush()
                if self._parent is not None and os.getppid() != self._parent:
                    detail = "the rehearsal that started this run is gone"
                    self._player.stop.ask("aborted", detail)

    def _own_levels(
        self, loop: EventLoopWatch, garbage: GarbageWatch, processors: ProcessorWatch
    ) -> Iterator[tuple[str, float]]:
        """Names and values of the player's own gauges, since the last reading or as of now."""
        tally, use, turns = self._player.tally, processors.take(), loop.take()
        pause_s, longest_pause_s = garbage.take()
        yield own.IN_FLIGHT, tally.in_flight
        yield own.SCHEDULE_LAG, tally.take_worst_lag_s()
        yield own.LOOP_BUSY, min(1.0, turns.busy_s / use.elapsed_s)
        yield own.LOOP_CPU, use.loop_ratio
        yield own.LONGEST_TURN, turns.longest_s
        yield own.GC_PAUSE, pause_s
        yield own.GC_LONGEST, longest_pause_s
        yield own.PLAYER_CPU, use.player_ratio
        yield own.OTHERS_CPU, use.others_ratio

    def _sample_target(self, metrics: MetricsSource) -> None:
        for second in _seconds(self._player):
            try:
                reply = self._sender.send(
                    Call(method="GET", path=metrics.path), cookies=None, within_s=METRICS_WITHIN_S
                )
            except TransportError:
                continue
            text = reply.body.decode("utf-8", "replace")
            for name, value in read_gauges(text, metrics.gauges):
                if is_of_another_sale(name, self._player.plan.stock):
                    continue
                self._player.tally.levels[name] = value
                self._gauge(second, name, value)

    def _gauge(self, t_s: float, name: str, value: float) -> None:
        self._player.writer.gauge(GaugeRow(t_s, name, float(value)))


def read_gauges(text: str, gauges: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """`(gauge name, value)` for each sample in Prometheus `text` whose metric is in `gauges`.

    `gauges` is that of a MetricsSource. Text that is not Prometheus gives nothing.
    """
    wanted = "\n".join(
        line for line in text.splitlines() if line.partition("{")[0].partition(" ")[0] in gauges
    )
    try:
        for family in text_string_to_metric_families(wanted):
            for sample in family.samples:
                if sample.name in gauges and math.isfinite(sample.value):
                    yield _named(gauges[sample.name], sample.labels), sample.value
    except ValueError:
        return


def is_of_another_sale(gauge: str, stock: Mapping[int, int]) -> bool:
    """Whether `gauge` is the stock of a SKU that this run has not put on sale."""
    kind, _, sku = gauge.partition(":")
    return bool(stock) and kind == "stock_left" and sku not in map(str, stock)


def _named(template: str, labels: Mapping[str, str]) -> str:
    return _LABEL.sub(lambda found: labels.get(found[1], ""), template)


def _seconds(player: Playing) -> Iterator[float]:
    """The run's whole seconds as they come; none is made up for when one was missed."""
    while True:
        now_s = player.clock.now_s()
        next_s = max(0.0, math.floor(now_s / EVERY_S + 1) * EVERY_S)
        player.clock.sleep_until(next_s)
        yield player.clock.now_s()
