"""The levels of a run, read once a second, and the rows written on the way."""

from __future__ import annotations

import os
from itertools import pairwise

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.record.player_gauge import LOOP_BUSY, PLAYER_GAUGES
from scenarios.shoppers import sampler as sampler_module
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.player import Player, PlayerOptions
from scenarios.shoppers.sampler import Sampler, is_of_another_sale, read_gauges
from scenarios.transport.failure import TransportError
from targets.adapters.contract import MetricsSource, Reply
from tests.scenarios.shoppers.fakes import FakeAdapter, FakePlatform, KeptRows
from tests.sim.plans import HandMadePlan, action

STOCK = {"shop_stock_units": "stock_left:{{ sku }}"}
METRICS = """\
# HELP shop_stock_units Units left.
# TYPE shop_stock_units gauge
shop_stock_units{sku="1"} 969.0
shop_stock_units{sku="2",shelf="a b"} 0.0
# TYPE shop_requests counter
shop_requests_total{route="/"} 12.0
"""


def test_samples_of_the_wanted_metrics_become_gauges_named_by_their_labels():
    assert list(read_gauges(METRICS, STOCK)) == [("stock_left:1", 969.0), ("stock_left:2", 0.0)]


@pytest.mark.parametrize(
    ("text", "gauges", "found"),
    [
        ("queue_messages 7\n", {"queue_messages": "queue"}, [("queue", 7.0)]),
        ("queue_messages 7\n", {"queue": "queue"}, []),
        ("shop_stock_units 7\n", STOCK, [("stock_left:", 7.0)]),
        ('shop_stock_units{sku="1"} NaN\n', STOCK, []),
        ('shop_stock_units{sku="1"} +Inf\n', STOCK, []),
        ('shop_stock_units{sku="双十一"} 1\n', STOCK, [("stock_left:双十一", 1.0)]),
        ("", STOCK, []),
        ("<!doctype html><html>not metrics</html>", STOCK, []),
        ("shop_stock_units{sku=", STOCK, []),
        ("shop_stock_units many\n", STOCK, []),
    ],
)
def test_text_gives_the_gauges_that_are_in_it_and_no_others(text, gauges, found):
    assert list(read_gauges(text, gauges)) == found


@given(st.text(alphabet='shop_tckuni{}="\\ \n\t,1.eN#\u2028'), st.booleans())
def test_no_text_breaks_the_reading(text, prefixed):
    list(read_gauges("shop_stock_units" * prefixed + text, STOCK))


class Run:
    """A player that waits for a visit in an hour; its clock runs sixty times as fast."""

    def __init__(self, *, starts_in_s: float = 0.0) -> None:
        self.rows = KeptRows()
        began_s = gevent.get_hub().loop.now()

        def now_s() -> float:
            gevent.get_hub().loop.update_now()
            return (gevent.get_hub().loop.now() - began_s) * 60 - starts_in_s

        clock = RunClock(0.0, now=now_s, sleep=lambda left_s: gevent.sleep(left_s / 60))
        plan = HandMadePlan(intended_s=[3600.0], actions=(action("look"),))
        self.player = Player(plan, FakeAdapter(), FakePlatform(), self.rows, clock, PlayerOptions())

    def read(self, name: str) -> list[tuple[float, float]]:
        return [(each.t_s, each.value) for each in self.rows.gauges if each.name == name]

    def until(self, holds) -> None:
        while not holds():
            gevent.sleep(0.005)


@pytest.fixture
def run() -> Run:
    return Run()


def test_the_players_own_levels_are_read_and_the_rows_written_every_second(run):
    run.player.tally.visit_started(0.031)
    with Sampler(run.player, FakePlatform(), None):
        run.until(lambda: len(run.read("player_cpu_ratio")) >= 3)
    assert [value for _, value in run.read("in_flight")][:3] == [1.0, 1.0, 1.0]
    assert [value for _, value in run.read("schedule_lag_s")][:3] == [0.031, 0.0, 0.0]
    instants_s = [t_s for t_s, _ in run.read("in_flight")]
    assert all(later - earlier > 0.5 for earlier, later in pairwise(instants_s))
    assert run.rows.flushes >= 3


def test_every_gauge_of_the_player_is_read_each_second(run):
    with Sampler(run.player, FakePlatform(), None):
        run.until(lambda: len(run.read(LOOP_BUSY)) >= 2)
    assert {each.name for each in run.rows.gauges} == set(PLAYER_GAUGES)
    assert all(0 <= value <= 1 for _, value in run.read(LOOP_BUSY))


def test_what_was_before_the_run_is_no_part_of_its_account():
    run = Run(starts_in_s=60.0)
    run.player.tally.visit_started(0.031)
    with Sampler(run.player, FakePlatform(), None):
        run.until(lambda: len(run.read(LOOP_BUSY)) >= 2)
    assert min(each.t_s for each in run.rows.gauges) >= 0.5
    assert run.read("schedule_lag_s")[0][1] == 0.0


def test_the_gauges_of_a_worker_carry_its_number(run):
    with Sampler(run.player, FakePlatform(), None, worker=2):
        run.until(lambda: run.read(f"{LOOP_BUSY}:2"))
    assert {each.name for each in run.rows.gauges} == {f"{name}:2" for name in PLAYER_GAUGES}


def test_the_targets_gauges_are_kept_and_shown(run):
    platform = FakePlatform(replies=[Reply(status=200, body=METRICS.encode())])
    with Sampler(run.player, platform, MetricsSource(path="/metrics", gauges=STOCK)):
        run.until(lambda: run.read("stock_left:1"))
    assert run.read("stock_left:1")[0][1] == 969.0
    assert run.player.tally.levels["stock_left:1"] == 969.0
    assert {call.path for call in platform.calls} == {"/metrics"}


@pytest.mark.parametrize(("stock", "other"), [({1: 1000}, True), ({2: 9}, False), ({}, False)])
def test_the_stockis_of_another_sale_is_none_of_this_runs(stock, other):
    """SKU 2 is one that an earlier sale left behind; a run without stock takes what it is told."""
    assert is_of_another_sale("stock_left:2", stock) is other
    assert not is_of_another_sale("order_queue", stock)


def test_metrics_that_do_not_come_leave_a_gap_and_nothing_else(run):
    replies = [
        TransportError("reset"),
        Reply(status=500, body=b"\xff"),
        Reply(status=200, body=METRICS.encode()),
    ]
    with Sampler(run.player, FakePlatform(replies=replies), MetricsSource(path="/m", gauges=STOCK)):
        run.until(lambda: run.read("stock_left:1"))


def test_the_run_ends_when_the_process_that_started_it_is_gone(run):
    with Sampler(run.player, FakePlatform(), None, parent=os.getppid() + 1):
        run.until(run.player.stop.asked)
    assert run.player.stop.reason == "aborted"


def test_the_run_goes_on_while_its_parent_lives(run):
    with Sampler(run.player, FakePlatform(), None, parent=os.getppid()):
        run.until(lambda: len(run.read("in_flight")) >= 2)
    assert not run.player.stop.asked()


def test_a_full_disk_stops_the_run_and_not_the_readings(run):
    run.rows.full = True
    with Sampler(run.player, FakePlatform(), None):
        run.until(lambda: len(run.read("in_flight")) >= 3)
    assert run.player.stop.reason == "aborted"


def test_what_was_read_is_written_when_the_block_ends(run):
    with Sampler(run.player, FakePlatform(), None):
        pass
    assert run.rows.flushes == 1


def test_readings_are_a_second_apart():
    assert sampler_module.EVERY_S == 1.0
