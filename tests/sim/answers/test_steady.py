"""What a steady run answers: what is left out, and what is not given and why."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.answers.steady import steady_answers
from sim.answers.steady_series import SteadySink
from sim.engine.contract import EngineOptions
from sim.event_engine import engine as event_engine
from sim.kernel_engine import engine as kernel_engine
from sim.model.call import Demand
from sim.model.distribution import exponential
from sim.model.service_model import StepModel
from sim.model.station import StationModel
from tests.sim.plans import HandMadePlan, action, poisson
from tests.sim.plays import one_desk, shop

FOREVER_S = 1e9


def played(plan, model, engine=event_engine.play, **options):
    sink = SteadySink(plan, model)
    given = {"seed": 1, "timeout_s": FOREVER_S, "in_flight_limit": 10**6, **options}
    engine(plan, model, sink, EngineOptions(**given))
    return sink.series()


def crowd(intended_s, **more) -> HandMadePlan:
    given = {"actions": [action("look")], "patience_s": FOREVER_S, **more}
    return HandMadePlan(intended_s=intended_s, **given)


def test_a_crowd_that_waits_at_the_doors_is_left_out_as_warm_up():
    """A visit each 2 s for a desk that takes 1 s finds it free. Before, 100 come at once and go
    one a second, while 1 more comes each 2 s: the queue is gone after 200 s."""
    plan = crowd([0.0] * 100 + [2.0 * k + 1.0 for k in range(2000)])
    found = steady_answers(played(plan, one_desk()), ["desk"])
    mean = found["mean_s:look"]
    assert 199 <= mean.warm_up_s <= 215
    assert mean.interval is not None
    assert mean.interval.estimate == pytest.approx(1.0)
    queue = found["queue_length:desk"]
    assert queue.interval is not None
    assert queue.interval.estimate == pytest.approx(0.0, abs=1e-9)
    busy = found["utilisation_ratio:desk"]
    assert busy.interval is not None
    assert busy.interval.estimate == pytest.approx(0.5, abs=0.001)


def test_who_was_kept_out_during_the_warm_up_is_left_out_too():
    """Of the 100 only 50 get in, and the queue is gone after 100 s."""
    plan = crowd([0.0] * 100 + [2.0 * k + 1.0 for k in range(2000)])
    found = steady_answers(played(plan, one_desk(), in_flight_limit=50), [])["success_ratio:look"]
    assert 99 <= found.warm_up_s <= 115
    assert found.interval is not None
    assert found.interval.estimate == 1.0


def test_a_queue_that_grows_is_not_given_and_says_why():
    plan = crowd([0.8 * k for k in range(2000)])
    found = steady_answers(played(plan, one_desk()), ["desk"])
    for name in ("mean_s:look", "p50_s:look", "queue_length:desk", "waiting_time_s:desk"):
        assert found[name].interval is None
        assert found[name].refused == "it has not settled in the first half of the run"
        assert found[name].needed_s > plan.duration_s
    assert found["throughput_per_s:look"].interval is not None


def test_a_p99_of_too_few_response_times_tells_how_long_a_run_would_have_to_be():
    """It takes ten times a thousand; 2,500 came in 5,000 s."""
    plan = crowd([2.0 * k for k in range(2501)])
    found = steady_answers(played(plan, one_desk()), ["desk"])["p99_s:look"]
    assert found.refused == "too few observations"
    assert found.needed_s == pytest.approx(20_000, rel=0.01)
    assert found.as_json() == {"refused": found.refused, "needed_s": found.needed_s}


def test_response_times_are_in_the_order_in_which_actions_were_due():
    """Who needs long ends after those who came later."""
    look = StepModel(call=(Demand(station="desk", time=exponential(5.0)),))
    plan = crowd(poisson(3.0, 2000, seed=3))
    step = played(plan, shop({"look": look}, desk=StationModel(servers=math.inf))).steps["look"]
    ended_s = step.due_s + step.times_s
    assert np.any(np.diff(ended_s) < 0)
    assert step.due_s.tolist() == [each for each in plan.intended_s if each < plan.duration_s]


def test_what_ends_after_the_last_arrival_is_not_counted_but_its_response_time_is():
    plan = crowd([0.0, 1.0, 10.0])
    series = played(plan, one_desk(service_s=9.5, servers=math.inf))
    assert series.steps["look"].ended.sum() == 1
    assert series.steps["look"].times_s.tolist() == [9.5, 9.5]


def test_success_is_the_share_of_all_that_were_due_sent_or_not():
    """Erlang B of one erlang at one server: half of them are kept out."""
    plan = crowd(poisson(1.0, 20_000, seed=6))
    series = played(plan, one_desk(), in_flight_limit=1)
    assert series.steps["look"].ended.sum() == pytest.approx(20_000, abs=2)
    success = steady_answers(series, [])["success_ratio:look"].interval
    assert success is not None
    assert success.contains(0.5)
    assert success.half_width < 0.015


def test_both_engines_tell_how_much_the_sums_of_a_station_grew():
    plan = crowd(poisson(0.8, 3000, seed=4))
    one, other = (played(plan, one_desk(), each.play) for each in (event_engine, kernel_engine))
    for name in ("busy_area", "server_area", "queue_area", "waits_s", "served"):
        grown = getattr(one.stations["desk"], name)
        assert grown.tolist() == getattr(other.stations["desk"], name).tolist()
    last_s = math.floor(plan.duration_s)
    assert one.stations["desk"].server_area.sum() == pytest.approx(last_s)
    assert one.stations["desk"].served.sum() == pytest.approx(0.8 * last_s, rel=0.1)


def test_actions_that_were_not_sent_have_no_response_time():
    plan = crowd([0.0, 1.0, 5.0])
    series = played(plan, one_desk(service_s=3.0), in_flight_limit=1)
    assert series.steps["look"].times_s.tolist() == [3.0]
    assert series.steps["look"].ended.sum() == 2
