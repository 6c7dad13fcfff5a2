"""What a run shows, of runs whose figures follow from arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from sim.answers.observations import Backlog, Observations, bins_of
from sim.answers.observed_engine import ObservedEngine, observed
from sim.engine.contract import EngineOptions
from sim.engine.log_bins import bin_of
from sim.event_engine.engine import play
from sim.model.call import Demand, Mark, TakeStock
from sim.model.distribution import deterministic
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import StationModel
from tests.sim.plans import HandMadePlan, action

DEMAND = Demand(station="desk", time=deterministic(1.0))


def shop(*call, **station) -> ServiceModel:
    desk = StationModel(**{"servers": 1, **station})
    return ServiceModel(name="tiny", stations={"desk": desk}, steps={"buy": StepModel(call=call)})


def seen(model: ServiceModel, intended_s, sku: int = 0, **plan) -> Observations:
    planned = HandMadePlan(intended_s=intended_s, actions=(action("buy", sku=sku),), **plan)
    return observed(play, planned, model, EngineOptions(seed=1, timeout_s=1000.0))


def test_three_at_once_wait_none_one_and_two_services():
    """At one server of 1 s each: response times 1, 2 and 3 s."""
    figures = seen(shop(DEMAND), [0.0, 0.0, 0.0, 10.0]).figures
    assert figures["p50_s:buy"] == pytest.approx(1.0, rel=0.001)
    assert figures["p95_s:buy"] == pytest.approx(3.0, rel=0.001)
    assert figures["success_ratio:buy"] == 1
    assert figures["goodput_per_s"] == pytest.approx(4 / 10)
    assert figures["longest_queue:desk"] == 2
    assert figures["waiting_s:desk"] == pytest.approx(3 / 4)
    assert figures["waiting_ratio:desk"] == 1
    assert figures["utilisation_ratio:desk"] == pytest.approx(4 / 11)


def test_what_is_lost_beyond_shared_servers_is_waiting():
    """Three at once share one server: for 3 s two more are there than it can serve."""
    figures = seen(shop(DEMAND, sharing=True), [0.0, 0.0, 0.0, 10.0]).figures
    assert figures["waiting_s:desk"] == pytest.approx(3 * 2 / 4)
    assert figures["waiting_ratio:desk"] == 1


def test_who_gave_up_has_waited():
    """One is served for 1 s, two give up after 0.4 s."""
    figures = seen(shop(DEMAND, patience=deterministic(0.4)), [0.0, 0.0, 0.0, 5.0]).figures
    assert figures["waiting_s:desk"] == pytest.approx(2 * 0.4 / 4)


def test_who_is_refused_is_lost_and_no_success():
    figures = seen(shop(DEMAND, queue_limit=0), [0.0, 0.0, 0.0, 5.0]).figures
    assert figures["lost_ratio:desk"] == pytest.approx(2 / 4)
    assert figures["success_ratio:buy"] == pytest.approx(2 / 4)


def test_a_backlog_drains_at_the_rate_of_the_servers():
    """Twenty at once on one server of 1 s: the queue is longest at once and is gone, but for
    one, after 18 more services."""
    figures = seen(shop(DEMAND), [0.5] * 20 + [60.0]).figures
    assert figures["backlog"] == 19
    assert figures["drain_s:desk"] == pytest.approx(18, abs=1)
    assert figures["backlog_drain_s"] == figures["drain_s:desk"]


def test_units_that_are_taken_twice_are_oversold():
    sold = seen(shop(DEMAND, TakeStock()), [0.0, 1.0, 2.0], sku=7, stock={7: 2})
    assert sold.figures["oversold"] == 0
    assert sold.figures["success_ratio:buy"] == pytest.approx(2 / 3)
    assert sold.outcomes["rejected"] == 1


def test_a_promise_is_kept_by_those_who_were_in_time():
    run = seen(shop(DEMAND, Mark(name="served", within_s=2.5)), [0.0, 0.0, 0.0, 9.0])
    figures = run.figures
    assert len(run.durations("elapsed_p95_s:served")) == 4
    assert figures["in_time_ratio:served"] == pytest.approx(3 / 4)
    assert figures["elapsed_p95_s:served"] == pytest.approx(3.0, rel=0.001)


def lost_behind(*call, **station) -> ServiceModel:
    """Orders that are accepted at once and written behind the reply."""
    at_once = Demand(station="desk", time=deterministic(0.0))
    stations = {"desk": StationModel(servers=9), "writer": StationModel(servers=1, **station)}
    return ServiceModel(
        name="tiny", stations=stations, steps={"buy": StepModel(call=(at_once,), background=call)}
    )


def test_an_order_that_is_lost_behind_the_reply_is_not_in_time():
    """One is written for 1 s, two are given up after 0.4 s in the queue. No p95: it is never."""
    write = Demand(station="writer", time=deterministic(1.0))
    patience = deterministic(0.4)
    model = lost_behind(write, Mark(name="ordered", within_s=5.0), patience=patience)
    figures = seen(model, [0.0, 0.0, 0.0]).figures
    assert figures["success_ratio:buy"] == 1
    assert figures["in_time_ratio:ordered"] == pytest.approx(1 / 3)
    assert "elapsed_p95_s:ordered" not in figures


def test_the_lost_are_later_than_all_others():
    """One of 40 is lost, so that the 38th of the 39 others is the 95 % quantile of all."""
    write = Demand(station="writer", time=deterministic(1.0))
    model = lost_behind(write, Mark(name="ordered"), queue_limit=38)
    figures = seen(model, [0.0] * 40).figures
    assert figures["in_time_ratio:ordered"] == 39 / 40
    assert figures["elapsed_p95_s:ordered"] == pytest.approx(38.0, rel=0.001)


def test_who_waits_at_the_end_has_missed_a_bound_that_is_past_and_no_other():
    """Twenty orders, one a second, are written in 4 s each, promised within 10 s; the run is
    stopped at 19.5 s. Four are written, after 4, 7, 10 and 13 s. Of the others those that came
    until 9 s are late."""
    write = Demand(station="writer", time=deterministic(4.0))
    model = lost_behind(write, Mark(name="ordered", within_s=10.0))
    plan = HandMadePlan(intended_s=list(range(20)), actions=(action("buy"),))
    options = EngineOptions(seed=1, timeout_s=1000.0, drain_s=0.5)
    figures = observed(play, plan, model, options).figures
    assert figures["in_time_ratio:ordered"] == pytest.approx(3 / 10)
    assert figures["undecided_ratio:ordered"] == pytest.approx(10 / 20)


def test_servers_cost_by_the_hour_whether_they_work_or_not():
    """Two servers at 3.6 an hour for the 10 s of the plan, for four accepted orders."""
    model = shop(DEMAND, servers=2, cost_per_server_hour=3.6)
    figures = seen(model, [0.0, 0.0, 0.0, 10.0]).figures
    assert figures["cost_per_1000_orders"] == pytest.approx(1000 * 2 * 3.6 * 10 / 3600 / 4)


def test_the_vector_of_bins_is_the_bin_of_each():
    durations_s = np.array([0.0, 1e-7, 1e-6, 0.001, 0.31, 1.0, 59.0, 86400.0, 1e9])
    assert bins_of(durations_s).tolist() == [bin_of(each) for each in durations_s]


def test_a_backlog_is_gone_when_a_hundredth_is_left():
    backlog = Backlog()
    for at_s, length in enumerate([0, 50, 400, 200, 5, 4, 3, 100, 0]):
        backlog.read(float(at_s), length)
    assert (backlog.longest, backlog.drain_s) == (400, 3)


def test_a_station_that_is_full_after_the_arrivals_was_busy_at_its_own_peak():
    """Ten orders at once are picked half a minute later, one after the other for 1 s each: ten
    services are the window. Nothing else comes in a minute."""
    stations = {
        "road": StationModel(servers=float("inf")),
        "desk": StationModel(servers=9),
        "pickers": StationModel(servers=1),
    }
    late = (
        Demand(station="road", time=deterministic(30.0)),
        Demand(station="pickers", time=deterministic(1.0)),
    )
    at_once = (Demand(station="desk", time=deterministic(0.0)),)
    step = StepModel(call=at_once, background=late)
    model = ServiceModel(name="tiny", stations=stations, steps={"buy": step})
    figures = seen(model, [0.0] * 10 + [60.0]).figures
    assert figures["peak_utilisation_ratio:pickers"] == pytest.approx(1.0)
    assert figures["peak_window_s:pickers"] == 10.0
    assert figures["utilisation_ratio:pickers"] == pytest.approx(11 / 91)


def test_one_customer_alone_does_not_make_a_peak():
    """One service of 4 s: ten of them are the window, however short a twentieth of the plan is."""
    model = shop(Demand(station="desk", time=deterministic(4.0)))
    figures = seen(model, [0.0, 60.0]).figures
    assert figures["peak_utilisation_ratio:desk"] == pytest.approx(1 / 10)


def test_the_busiest_copy_is_told_beside_all_together():
    """Twenty visits to one of eight shards: it is full in its busiest 10 s, the others idle."""
    figures = seen(shop(DEMAND, copies=8), [0.0] * 20 + [60.0], sku=3).figures
    assert figures["peak_utilisation_ratio:desk"] == pytest.approx(1 / 8)
    assert figures["peak_copy_ratio:desk"] == pytest.approx(1.0)
    assert "peak_copy_ratio:desk" not in seen(shop(DEMAND), [0.0, 1.0]).figures


def test_an_observed_engine_plays_as_the_engine_does_and_tells_its_traces():
    plan = HandMadePlan(intended_s=[0.0, 0.5, 3.0], actions=(action("buy"),))
    model, options = shop(DEMAND), EngineOptions(seed=1)

    class Kept:
        def __init__(self):
            self.rows, self.events = 0, []

        def actions(self, block):
            self.rows += len(block)

        def gauges(self, at_s, values): ...
        def trace(self, event):
            self.events.append(event)

    kept = Kept()
    looked_at = ObservedEngine(play, replication=3, traced=(1, 2))
    played = looked_at(plan, model, kept, options)
    assert kept.rows == played.actions == 3
    assert {each.visit for each in looked_at.traces} == {1}
    assert looked_at.observations.figures["waiting_s:desk"] == pytest.approx(0.5 / 3)
