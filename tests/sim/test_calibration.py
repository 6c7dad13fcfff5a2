from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.calibration import LEAST_FACTOR, calibrated, unloaded_duration
from sim.model.call import Branch, Choice, Demand, Fork, Hold, Lookup, Send
from sim.model.distribution import exponential
from sim.model.model_file import find_service_model, read_service_model
from sim.model.service_model import StepModel
from sim.model.station import CacheModel, StationModel
from tests.sim.plans import HandMadePlan, funnel
from tests.sim.plays import fixed, play, shop

MEASURED_S = {
    "open_home": 0.004, "browse_category": 0.005, "search": 0.009, "view_product": 0.003,
    "log_in": 0.003, "add_to_cart": 0.004, "check_out": 0.004, "place_order": 0.110,
    "pay": 0.037, "track_order": 0.003,
}  # fmt: skip


@pytest.fixture(scope="module")
def reference_shop():
    return read_service_model(find_service_model("reference_shop"))


def test_every_step_takes_what_was_measured_when_nobody_else_is_there(reference_shop):
    model = calibrated(reference_shop, MEASURED_S)
    for name, measured_s in MEASURED_S.items():
        unloaded = unloaded_duration(model.steps[name], model)
        assert unloaded.total_s == pytest.approx(measured_s)


def with_caches_that_stay_warm(model):
    """As they are on the idle platform, where the same product is asked for again and again."""

    caches = {name: replace(each, ttl_s=1e9) for name, each in model.caches.items()}
    return replace(model, caches=caches)


def test_lonely_shoppers_take_the_measured_durations_in_the_simulation(reference_shop):
    model = with_caches_that_stay_warm(calibrated(reference_shop, MEASURED_S))
    plan = HandMadePlan(
        intended_s=[100.0 * k for k in range(300)], actions=funnel(), stock={1: 1_000}
    )
    rows, _ = play(plan, model)
    for code, name in enumerate(plan.tables.steps):
        took_s = [each.finished_s - each.started_s for each in rows.actions if each.step == code]
        error_s = np.std(took_s) / np.sqrt(len(took_s))
        assert abs(np.mean(took_s) - MEASURED_S[name]) < 4 * error_s, name


def test_policy_delays_stay_and_steps_that_were_not_measured_too(reference_shop):
    model = calibrated(reference_shop, {"pay": 0.060})
    assert model.steps["open_home"] == reference_shop.steps["open_home"]
    bank = [each.time.mean_s for each in model.steps["pay"].call if each.station == "payment"]
    assert bank == [0.030]


def test_a_rare_visit_counts_with_its_probability():
    step = StepModel(
        call=(fixed("app", 0.002), Demand(station="app", time=exponential(0.1), probability=0.01))
    )
    model = shop({"look": step}, app=StationModel(servers=1))
    assert unloaded_duration(step, model).machine_s == pytest.approx(0.003)
    scaled = calibrated(model, {"look": 0.006}).steps["look"]
    assert [each.time.mean_s for each in scaled.call] == pytest.approx([0.004, 0.2])


def test_a_measurement_below_the_policy_delays_shrinks_demands_to_the_least():
    step = StepModel(call=(fixed("app", 0.01), fixed("bank", 0.03)))
    model = shop(
        {"pay": step}, app=StationModel(servers=1), bank=StationModel(servers=1, calibrated=False)
    )
    scaled = calibrated(model, {"pay": 0.02}).steps["pay"]
    assert [each.time.mean_s for each in scaled.call] == pytest.approx([0.01 * LEAST_FACTOR, 0.03])


def test_nested_calls_count_as_they_are_played_on_an_idle_platform():
    """2 ms + 1 ms held + half of 4 ms + the slower of 3 and 5 ms + nothing cached or sent."""
    app = fixed("app", 0.002)
    step = StepModel(
        call=(
            app,
            Hold(station="pool", call=(fixed("app", 0.001),)),
            Choice(
                name="way",
                branches=(Branch(share=0.5, call=(fixed("app", 0.004),)), Branch(share=0.5)),
            ),
            Fork(name="parts", calls=((fixed("app", 0.003),), (fixed("app", 0.005),))),
            Lookup(cache="warm", call=(fixed("app", 1.0),)),
            Lookup(cache="cold", call=(fixed("app", 0.001),)),
            Send(name="later", call=(fixed("app", 1.0),)),
        )
    )
    model = shop(
        {"look": step},
        parts={"caches": {"warm": CacheModel(), "cold": CacheModel(hit_ratio=0.0)}},
        app=StationModel(servers=1),
        pool=StationModel(servers=1),
    )
    assert unloaded_duration(step, model).machine_s == pytest.approx(0.011)
    scaled = calibrated(model, {"look": 0.022})
    assert unloaded_duration(scaled.steps["look"], scaled).machine_s == pytest.approx(0.022)
