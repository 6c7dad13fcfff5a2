"""What the larger platform says of its rows, each at a hundredth of its size or in one step."""

from __future__ import annotations

import dataclasses
import math

import pytest

from reports.record.outcome import Outcome
from sim.model.call import Attempt, Choice, Hold
from sim.model.service_model import ServiceModel
from sim.model.station import Fault
from tests.sim.models.playing import model_of, plan_of, played, scaled
from tests.sim.plans import HandMadePlan, action, poisson

SMALL = 0.01


def small(*faults: Fault, **servers: float) -> ServiceModel:
    """A hundredth of the platform, without luck in its zones, with so many servers of some."""
    model = scaled(model_of("platform"), SMALL)
    stations = dict(model.stations)
    stations["application"] = dataclasses.replace(
        stations["application"], servers=64, scaler=None, zones=None
    )
    for name, count in servers.items():
        stations[name] = dataclasses.replace(stations[name], servers=count)
    return dataclasses.replace(model, stations=stations, faults=faults)


def doing(step: str, rate_per_s: float, visits: int) -> HandMadePlan:
    return HandMadePlan(
        intended_s=poisson(rate_per_s, visits, seed=5),
        actions=[action(step, sku=1)],
        stock={1: 10_000},
    )


def luck(ratio: float, n: int) -> float:
    """Four standard deviations of a share of `n`."""
    return 4 * math.sqrt(ratio * (1 - ratio) / n)


def ok_ratio(rows) -> float:
    outcomes = [outcome for block in rows.blocks for outcome in block.outcome.tolist()]
    return outcomes.count(Outcome.OK) / len(outcomes)


def test_every_paid_order_is_shipped_and_delivered_and_a_twelfth_comes_back(engine):
    totals, _ = played(engine, small(), doing("pay", 20.0, 3_000))
    marks = totals.marks
    paid = marks["paid"].count
    assert marks["shipped"].count == marks["delivered"].count == marks["notified"].count == paid
    assert marks["refunded"].count / paid == pytest.approx(0.08, abs=luck(0.08, paid))
    assert totals.stations["east_packers"].served / paid == pytest.approx(
        0.413, abs=luck(0.413, paid)
    )


def test_a_lost_callback_makes_a_payment_late_and_not_wrong(engine):
    """8 % are found by asking after a minute; e^-10 of the others take longer than 10 s."""
    totals, _ = played(engine, small(), doing("pay", 20.0, 3_000))
    paid = totals.marks["paid"]
    assert paid.in_time / paid.count == pytest.approx(0.92, abs=luck(0.08, paid.count))
    assert paid.longest_s == pytest.approx(60, abs=5)


def test_payments_succeed_as_often_as_the_platform_says(engine):
    """99.6 %: 0.38 % that no channel can help are declined, the other failures find a channel."""
    totals, rows = played(engine, small(payment_threads=50), doing("pay", 50.0, 5_000))
    assert ok_ratio(rows) == pytest.approx(0.996, abs=luck(0.004, totals.actions))


def test_a_dead_channel_costs_no_payment(engine):
    dead = Fault(at_s=0.0, station="alipay", errors=1.0)
    totals, rows = played(engine, small(dead, payment_threads=50), doing("pay", 50.0, 2_000))
    tries = {name.rpartition(" ")[2]: each for name, each in totals.attempts.items()}
    assert ok_ratio(rows) > 0.97
    assert tries["alipay"].openings >= 1
    assert tries["alipay"].refused_by_breaker > 0.8 * tries["alipay"].first_tries
    assert tries["unionpay"].openings == 0


@pytest.mark.parametrize(("threads", "documented_per_s"), [(80, 800), (350, 3_500)])
def test_payment_threads_bound_payments_as_documented(threads, documented_per_s):
    """Before and after the tuning of the thread pool: threads / time that a payment holds one."""
    model = model_of("platform")
    [hold] = [each for each in model.steps["pay"].call if isinstance(each, Hold)]
    [channel] = hold.call
    assert isinstance(channel, Choice)
    held_s = [attempt.call[0].time.mean_s for each in channel.branches for attempt in each.call]
    assert all(isinstance(each.call[0], Attempt) for each in channel.branches)
    assert threads / held_s[0] == pytest.approx(documented_per_s)
    assert len(set(held_s)) == 1
    assert model.stations["payment_threads"].servers == 350


def test_a_flush_sends_the_views_to_the_replicas(engine):
    """Ratios of the cache in the 10 s before and after: 1 % of the views miss, then most."""
    plan = HandMadePlan(intended_s=poisson(100.0, 3_000, seed=5), actions=[action("view_product")])
    flush = Fault(at_s=15.0, flushed="products")
    _, rows = played(engine, small(flush, product_replicas=16), plan, gauge_every_s=5.0)
    hits = dict(rows.level("hit_ratio:products"))
    assert min(hits[10.0], hits[15.0]) > 0.97
    assert hits[20.0] < 0.2


def test_diamond_members_go_first_where_places_are_short(engine):
    """100 orders a second for places that make 47: the others wait longer than their patience."""
    plan = plan_of("hot_sku")
    _, rows = played(engine, small(order_lane=4), plan)
    [order] = [code for code, name in enumerate(plan.tables.steps) if name == "place_order"]
    success = {}
    for tier in ("diamond", "regular"):
        code = plan.tables.tiers.index(tier)
        ends = [
            outcome == Outcome.OK
            for block in rows.blocks
            for step, member, outcome in zip(
                block.step.tolist(), block.tier.tolist(), block.outcome.tolist(), strict=True
            )
            if (step, member) == (order, code)
        ]
        success[tier] = sum(ends) / len(ends)
    assert success["diamond"] > success["regular"] + 0.2


def test_what_a_lost_shard_loses_is_not_ordered_in_time(engine):
    """Of 400 visits one in sixteen writes to shard 3, while it is lost; all were told that their
    order is accepted."""
    lost = Fault(at_s=0.0, station="order_shards", copy=2, errors=1.0)
    totals, _ = played(engine, small(lost), doing("place_order", 20.0, 400))
    ordered = totals.marks["ordered"]
    assert (ordered.count, ordered.missed, ordered.underway) == (375, 25, 0)


def test_a_slow_shard_holds_the_connections_and_delays_the_orders(engine):
    slow = Fault(at_s=5.0, for_s=10.0, station="order_shards", slower=50.0)
    plan = doing("place_order", 20.0, 400)
    calm, _ = played(engine, small(), plan)
    upset, _ = played(engine, small(slow), plan)
    assert calm.marks["ordered"].longest_s < 5 < upset.marks["ordered"].longest_s
    assert upset.stations["order_consumers"].longest_queue > 50
    assert upset.marks["ordered"].count == calm.marks["ordered"].count == 400
