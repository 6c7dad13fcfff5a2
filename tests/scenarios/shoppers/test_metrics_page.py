"""The live figures as Prometheus reads them."""

from __future__ import annotations

import dataclasses
import http.client
import math
import threading
import time
from collections import Counter

import gevent
import pytest
from prometheus_client.parser import text_string_to_metric_families

from reports.record.manifest import ArmedGuard, RecordError
from reports.record.outcome import Outcome
from reports.record.planned import plan_facts
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.live_run import LiveRun
from scenarios.shoppers.metrics_page import metrics_pages, metrics_port, metrics_text
from scenarios.shoppers.player import Player, PlayerOptions
from targets.adapters.contract import Reply
from tests.reports.records import manifest_of
from tests.scenarios.shoppers.fakes import FakeAdapter, FakePlatform, KeptRows
from tests.scenarios.shoppers.still_run import StillRun
from tests.sim.plans import HandMadePlan, action

UNITS = ("_seconds", "_total", "_ratio", "_per_second", "_info", "_bucket", "_sum", "_count")
WITHOUT_UNIT = {
    "doorbuster_phase", "doorbuster_visits_planned", "doorbuster_visits_in_flight",
    "doorbuster_visits_in_flight_limit", "doorbuster_guards_armed", "doorbuster_guards_fired",
    "doorbuster_run_stopping",
}  # fmt: skip
"""Plain numbers, and truths."""


def parsed(text: str) -> dict[tuple[str, ...], float]:
    """Values by sample name and label values, in the order of the labels' names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def samples(run: StillRun) -> dict[tuple[str, ...], float]:
    return parsed(metrics_text(run.live.figures()).decode())


@pytest.fixture
def run() -> StillRun:
    return StillRun(limits_s=(0.3,))


def test_every_name_says_its_unit(run):
    run.player.tally.action_ended("look", 0.1, Outcome.OK)
    names = {name for name, *_ in samples(run)}
    assert {each for each in names if not each.endswith(UNITS)} == WITHOUT_UNIT
    assert all(each.startswith("doorbuster_") for each in names)


def test_the_figures_of_a_run_are_those_of_its_tally(run):
    tally = run.player.tally
    for _ in range(5):
        tally.visit_started(0.002)
    tally.visit_ended()
    tally.visit_not_sent("look")
    tally.guards = lambda: (ArmedGuard(condition="c", action="abort", fired_at_s=1.0),)
    tally.own_levels |= {"player_cpu_ratio": 0.5, "event_loop_busy_ratio:2": 0.25, "gc_pause_s": 9}
    told = samples(run)
    expected = {
        ("doorbuster_run_elapsed_seconds",): 4.0,
        ("doorbuster_planned_arrival_rate_per_second",): 100 / 9.9,
        ("doorbuster_phase", "all"): 1.0,
        ("doorbuster_visits_planned",): 100.0,
        ("doorbuster_visits_due_total",): 40.0,
        ("doorbuster_visits_started_total",): 5.0,
        ("doorbuster_visits_not_sent_total",): 1.0,
        ("doorbuster_visits_in_flight",): 4.0,
        ("doorbuster_visits_in_flight_limit",): 500.0,
        ("doorbuster_actions_total", "not_sent", "look"): 1.0,
        ("doorbuster_schedule_lag_seconds_count",): 5.0,
        ("doorbuster_schedule_lag_seconds_bucket", "0.001"): 0.0,
        ("doorbuster_schedule_lag_seconds_bucket", "0.0025"): 5.0,
        ("doorbuster_schedule_lag_worst_seconds",): 0.002,
        ("doorbuster_guards_fired",): 1.0,
        ("doorbuster_run_stopping",): 0.0,
        ("doorbuster_player_cpu_ratio", "0"): 0.5,
        ("doorbuster_event_loop_busy_ratio", "2"): 0.25,
    }
    assert {key: told[key] for key in expected} == expected


def test_a_histogram_has_the_objectives_limits_among_its_buckets(run):
    for seconds in (0.1, 0.3, 0.30001, 40.0):
        run.player.tally.action_ended("look", seconds, Outcome.OK)
    told = samples(run)
    name = "doorbuster_response_time_seconds"
    assert told[f"{name}_bucket", "0.3", "look"] == 2
    assert told[f"{name}_bucket", "30.0", "look"] == 3
    assert told[f"{name}_bucket", "+Inf", "look"] == told[f"{name}_count", "look"] == 4
    assert told[f"{name}_sum", "look"] == pytest.approx(40.70001)


def test_at_the_end_the_totals_are_those_of_the_record():
    """Every row is one action, by step and outcome; what was not sent took no time."""
    platform = FakePlatform(replies=[Reply(status=status) for status in (200, 500, 200, 429)])
    steps = (action("look"), action("pay", 0.001))
    plan = HandMadePlan(intended_s=[k / 1_000 for k in range(60)], actions=steps, patience_s=30.0)
    rows, clock = KeptRows(), RunClock(time.perf_counter())
    player = Player(plan, FakeAdapter(), platform, rows, clock, PlayerOptions(in_flight_limit=3))
    live = LiveRun(player, dataclasses.replace(manifest_of(), plan=plan_facts(plan)))
    player.play()
    told = parsed(metrics_text(live.figures()).decode())
    counted = Counter((Outcome(row.outcome).word, steps_of(plan, row.step)) for row in rows.actions)
    assert counted["not_sent", "look"] > 0
    assert {key: told["doorbuster_actions_total", *key] for key in counted} == counted
    assert sum(v for (name, *_), v in told.items() if name == "doorbuster_actions_total") == len(
        rows.actions
    )
    timed = told["doorbuster_response_time_seconds_count", "look"]
    assert timed == counted["ok", "look"] + counted["failed", "look"] + counted["rejected", "look"]
    assert told["doorbuster_visits_started_total",] == 60 - counted["not_sent", "look"]


def steps_of(plan: HandMadePlan, code: int) -> str:
    return plan.tables.steps[code]


def test_words_that_people_wrote_break_no_line(run):
    """A campaign's phases and a record's name may hold anything."""
    hostile = 'a"b\\c\nd{e="f"} 1'
    figures = run.live.figures()
    object.__setattr__(figures, "phase", hostile)
    told = parsed(metrics_text(figures).decode())
    assert told["doorbuster_phase", hostile] == 1.0
    assert told["doorbuster_phase", "all"] == 0.0


def test_a_run_that_has_not_begun_has_figures_too(run):
    run.now_s = -0.3
    told = samples(run)
    assert told["doorbuster_run_elapsed_seconds",] == -0.3
    assert all(math.isfinite(value) for value in told.values())


def test_the_page_is_made_outside_of_the_players_thread(run):
    """What takes milliseconds to write must not hold up pacing."""
    made_in: list[int] = []
    figures = run.live.figures

    def noted():
        made_in.append(threading.get_ident())
        return figures()

    run.live.figures = noted
    [page] = metrics_pages(run.live).values()
    answer = page(None)
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    assert made_in != [threading.get_ident()]


def test_a_port_that_was_asked_for_needs_no_token_and_serves_nothing_but_figures(run):
    def status(path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            reply.read()
            return reply.status
        finally:
            connection.close()

    with metrics_port(metrics_pages(run.live), 0) as port:
        pool = gevent.get_hub().threadpool
        assert pool.apply(status, ("/metrics",)) == 200
        assert pool.apply(status, ("/stop",)) == 404
        with pytest.raises(RecordError, match=f"--metrics: port {port}"):
            metrics_port({}, port).__enter__()
