"""A run's live figures for Prometheus: `GET /metrics` on its control port, and on a fixed port of
this machine where the user wants one.

    doorbuster_run_info{run_id, campaign, target}          1
    doorbuster_run_elapsed_seconds, doorbuster_run_duration_seconds
    doorbuster_phase{phase}                                1 for the one that it is in, else 0
    doorbuster_planned_arrival_rate_per_second             now
    doorbuster_visits_planned                              in the whole run
    doorbuster_visits_{due,started,not_sent,thinned}_total
    doorbuster_visits_in_flight, doorbuster_visits_in_flight_limit
    doorbuster_actions_total{step, outcome}
    doorbuster_response_time_seconds{step}                 a histogram, from the intended instant
    doorbuster_schedule_lag_seconds                        a histogram, of the visits that began
    doorbuster_schedule_lag_worst_seconds
    doorbuster_player_cpu_ratio{worker}, doorbuster_event_loop_busy_ratio{worker}
    doorbuster_guards_armed, doorbuster_guards_fired
    doorbuster_run_stopping                                1 once it ends early

The buckets have the objectives' limits of response time among their bounds, so that what is within
an objective can be told exactly. In a fleet these are the sums over all workers; worker 0 is the
process that serves them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import gevent
from prometheus_client import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from reports.record import player_gauge as own
from reports.record.manifest import RecordError
from reports.record.outcome import Outcome
from scenarios.guards.control_port import Answer, Request, Routes, control_port, new_token
from scenarios.shoppers.live_run import LiveFigures, LiveRun
from scenarios.shoppers.time_counts import LAG_BOUNDS_S, SHOWN_BOUNDS_S, TimeCounts

PATH = "/metrics"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
OWN_LEVELS = {
    own.PLAYER_CPU: ("player_cpu_ratio", "Processors that a player's process uses."),
    own.LOOP_BUSY: ("event_loop_busy_ratio", "Share of the last second that its loop was busy."),
}


def metrics_pages(live: LiveRun) -> Routes:
    """The page with the metrics of `live`, made in a thread so that pacing is not held up."""

    def page(_: Request) -> Answer:
        body = gevent.get_hub().threadpool.apply(lambda: metrics_text(live.figures()))
        return Answer(body=body, content_type=TEXT)

    return {("GET", PATH): page}


@contextmanager
def metrics_port(pages: Routes, port: int) -> Iterator[int]:
    """Serves `pages` on `port` of 127.0.0.1 within the block. Raises RecordError."""
    with ExitStack() as open_now:
        try:
            opened = open_now.enter_context(control_port(pages, new_token(), port=port))
        except OSError as error:
            raise RecordError(f"--metrics: port {port}: {error.strerror}") from error
        yield opened


def metrics_text(figures: LiveFigures) -> bytes:
    """`figures` in the text format of Prometheus, version 0.0.4."""
    return generate_latest(_Families((*_of_run(figures), *_of_visits(figures), *_of_all(figures))))


class _Families(Collector):
    """What generate_latest asks for; Prometheus' own global registry has no part in it."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _gauge(name: str, help_text: str, value: float | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"doorbuster_{name}", help_text, value=value)


def _of_run(of: LiveFigures) -> Iterator[Metric]:
    words = {"run_id": of.run_id, "campaign": of.campaign, "target": of.url}
    info = GaugeMetricFamily("doorbuster_run_info", "What is being played.", labels=list(words))
    info.add_metric(list(words.values()), 1)
    yield info
    yield _gauge("run_elapsed_seconds", "Seconds since instant 0 of the run.", of.now_s)
    yield _gauge("run_duration_seconds", "From instant 0 to the end of the plan.", of.duration_s)
    phase = GaugeMetricFamily(
        "doorbuster_phase", "1 for the phase that it is in.", labels=["phase"]
    )
    for name in dict.fromkeys((*of.phases, of.phase)):
        phase.add_metric([name], name == of.phase)
    yield phase
    yield _gauge(
        "planned_arrival_rate_per_second", "Planned visits a second now.", of.planned_rate_per_s
    )
    yield _gauge("run_stopping", "1 once the run ends early.", bool(of.stopping))
    yield _gauge("guards_armed", "Conditions that would stop the run.", len(of.guards))
    fired = sum(each.fired_at_s is not None for each in of.guards)
    yield _gauge("guards_fired", "Conditions that have.", fired)


def _of_visits(of: LiveFigures) -> Iterator[Metric]:
    counts = {
        "due": ("Visits that the plan wanted so far.", of.due_visits),
        "started": ("Visits that began.", of.started_visits),
        "not_sent": ("Visits for which the in-flight limit had no room.", of.not_sent_visits),
        "thinned": ("Visits left out while the run ramped down.", of.thinned_visits),
    }
    yield _gauge("visits_planned", "Visits of the whole plan.", of.planned_visits)
    for name, (words, value) in counts.items():
        yield CounterMetricFamily(f"doorbuster_visits_{name}", words, value=value)
    yield _gauge("visits_in_flight", "Visits in play.", of.in_flight)
    yield _gauge("visits_in_flight_limit", "The most that may be.", of.in_flight_limit)
    yield HistogramMetricFamily(
        "doorbuster_schedule_lag_seconds",
        "How much later than intended visits began.",
        buckets=_buckets(of.lags, LAG_BOUNDS_S),
        sum_value=of.lags.sum_s,
    )
    yield _gauge("schedule_lag_worst_seconds", "The largest of the run.", of.worst_lag_s)


def _of_all(of: LiveFigures) -> Iterator[Metric]:
    """Of all actions, and of all players."""
    actions = CounterMetricFamily(
        "doorbuster_actions", "Actions that have ended.", labels=["step", "outcome"]
    )
    times = HistogramMetricFamily(
        "doorbuster_response_time_seconds",
        "From the instant an action was intended to its end.",
        labels=["step"],
    )
    bounds_s = tuple(sorted({*SHOWN_BOUNDS_S, *of.limits_s}))
    for each in of.steps:
        for code in Outcome:
            actions.add_metric([each.step, code.word], each.outcomes[code])
        times.add_metric([each.step], _buckets(each.times, bounds_s), each.times.sum_s)
    yield actions
    yield times
    for gauge, (name, words) in OWN_LEVELS.items():
        levels = GaugeMetricFamily(f"doorbuster_{name}", words, labels=["worker"])
        for of_worker, value in of.own_levels.items():
            if (found := own.worker_of(of_worker)) and found[0] == gauge:
                levels.add_metric([str(found[1])], value)
        yield levels


def _buckets(times: TimeCounts, bounds_s: Sequence[float]) -> list[tuple[str, float]]:
    """Cumulative counts, as Prometheus wants them."""
    shown = [(repr(bound_s), float(times.up_to(bound_s))) for bound_s in bounds_s]
    return [*shown, ("+Inf", float(times.total))]
