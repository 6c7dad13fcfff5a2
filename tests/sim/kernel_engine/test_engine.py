"""The compiled engine keeps its promises however large the run is."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

pytest.importorskip("numba")

from sim.kernel_engine.engine import play as kernel
from sim.model.call import Demand, Fork, Send, TakeStock
from sim.model.distribution import exponential
from sim.model.service_model import StepModel
from sim.model.station import UNLIMITED, StationModel
from tests.sim.engines.alike import assert_alike, facts
from tests.sim.plans import HandMadePlan, action, poisson
from tests.sim.plays import fixed, one_desk, play, shop

DELAY = StationModel(servers=UNLIMITED)


def test_a_run_is_repeated_to_the_last_bit():
    plan = HandMadePlan(intended_s=poisson(50.0, 3_000, seed=1), actions=(action("look", sku=3),))
    model = one_desk(servers=3, service_s=0.05)
    assert_alike(play(plan, model, engine=kernel), play(plan, model, engine=kernel))


@pytest.mark.parametrize("chunk", [1, 7, 4_096])
def test_chunks_of_the_plan_change_nothing(chunk):
    given = {"intended_s": poisson(5.0, 500, seed=2), "actions": (action("look"),) * 3}
    model = one_desk(servers=2, service_s=0.1)
    whole = play(HandMadePlan(**given), model, engine=kernel)
    assert_alike(whole, play(HandMadePlan(**given, chunk=chunk), model, engine=kernel))


def test_all_visits_of_a_crowd_are_in_play_at_once():
    """20,000 visits with five tasks each at one instant: tables grow as they are needed."""
    branches = tuple((fixed("delay", 1.0 + k),) for k in range(4))
    step = StepModel(call=(Fork(name="all", calls=branches),))
    model = shop({"look": step}, delay=DELAY)
    plan = HandMadePlan(intended_s=[0.0] * 20_000, actions=(action("look"),))
    rows, played = play(plan, model, engine=kernel)
    assert [row.visit for row in rows.actions] == list(range(20_000))
    assert {row.finished_s for row in rows.actions} == {4.0}
    assert played.stations["delay"].stays_s == 20_000 * (1 + 2 + 3 + 4)


def test_a_visit_of_thousands_of_actions_is_played_to_its_end():
    plan = HandMadePlan(intended_s=[0.0, 0.5], actions=(action("look", think_s=1.0),) * 9_000)
    rows, played = play(plan, shop({"look": StepModel(call=(fixed("delay", 1.0),))}, delay=DELAY),
                        engine=kernel, gauge_every_s=1e4)  # fmt: skip
    assert played.actions == 18_000
    assert rows.actions[-1].finished_s == 0.5 + 9_000 + 8_999


def test_a_long_trace_is_told_whole():
    plan = HandMadePlan(intended_s=[float(k) for k in range(3_000)], actions=(action("look"),))
    rows, _ = play(plan, one_desk(service_s=0.5), engine=kernel, traced=(0, 3_000))
    assert len(rows.traces) == 3_000 * len(("start", "arrive", "serve", "done", "end"))


@pytest.mark.parametrize("sku", [0, 1, 10**7, 2**31 - 1, -5])
def test_a_sku_may_have_any_number(sku):
    plan = HandMadePlan(
        intended_s=[0.0, 1.0, 2.0], actions=(action("order", sku=sku),), stock={sku: 2}
    )
    step = StepModel(call=(fixed("delay", 0.1), TakeStock()))
    rows, played = play(plan, shop({"order": step}, delay=DELAY), engine=kernel)
    assert [row.sku for row in rows.actions] == [sku] * 3
    assert [row.reason for row in rows.actions] == ["", "", "sold_out"]
    assert played.stock[sku].accepted == 2


def test_rows_come_in_blocks():
    plan = HandMadePlan(intended_s=[0.25] * 150_000, actions=(action("look"),), chunk=50_000)
    model = shop({"look": StepModel(call=(fixed("delay", 0.5),))}, delay=DELAY)
    rows, _ = play(plan, model, engine=kernel, in_flight_limit=200_000)
    assert len(rows.actions) == 150_000


def test_an_overloaded_station_is_as_the_event_engine_has_it():
    plan = HandMadePlan(intended_s=poisson(100.0, 3_000, seed=5), actions=(action("look"),))
    call = (
        Demand(station="desk", time=exponential(0.1)),
        Send(name="later", call=(Demand(station="delay", time=exponential(5.0)),)),
    )
    model = shop({"look": StepModel(call=call)}, desk=StationModel(servers=5), delay=DELAY)
    event, compiled = (play(plan, model, **given) for given in ({}, {"engine": kernel}))
    assert_alike(event, compiled)
    assert facts(event[1]) == facts(compiled[1])


def test_the_mean_wait_is_that_of_erlang_c():
    """M/M/2 with offered load 1.6: C = 0.7111, so the mean wait is C / (2 - 1.6) = 1.7778 mean
    service times (Erlang 1917). Four standard errors of 40 batches."""
    arrivals = poisson(1.6, 400_000, seed=3)
    step = StepModel(call=(Demand(station="desk", time=exponential(1.0)),))
    model = shop({"look": step}, desk=StationModel(servers=2))
    plan = HandMadePlan(intended_s=arrivals, actions=(action("look"),), patience_s=1e6)
    rows, _ = play(plan, model, engine=kernel, timeout_s=1e6, gauge_every_s=1e9)
    stays_s = [row.finished_s - row.intended_s for row in rows.actions]
    batches = [sum(stays_s[k : k + 10_000]) / 10_000 for k in range(0, 400_000, 10_000)]
    mean_s = sum(batches) / 40
    spread_s = math.sqrt(sum((each - mean_s) ** 2 for each in batches) / 39 / 40)
    assert abs(mean_s - (1.0 + 1.6**2 / (4 - 1.6**2))) < 4 * spread_s


def test_without_numba_it_says_what_to_install():
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'numba' else find(name, *more)\n"
        "from sim.engine.contract import EngineOptions\n"
        "from sim.kernel_engine.engine import play\n"
        "from tests.sim.plans import HandMadePlan, action\n"
        "from tests.sim.plays import KeptRows, one_desk\n"
        "plan = HandMadePlan(intended_s=[0.0], actions=(action('look'),))\n"
        "try: play(plan, one_desk(), KeptRows(), EngineOptions(seed=1))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("DocumentError")
    assert "pip install doorbuster[fast]" in done.stdout
