"""Steady runs against the closed forms: the intervals hold as often as is promised.

Of n runs the number whose interval holds is binomial with 95 %; it must be within four standard
deviations of that, for each figure by itself.
"""

from __future__ import annotations

import math
from collections import Counter

import pytest

from sim.answers.steady import SteadyAnswer, steady_answers
from sim.answers.steady_series import SteadySink
from sim.closed_form.erlang import mmc, response_quantile_s
from sim.closed_form.general_service import mg1
from sim.closed_form.steady_state import SteadyState
from sim.engine.contract import EngineOptions
from sim.engines import chosen_engine
from sim.model.call import Demand
from sim.model.distribution import Distribution, exponential, gamma
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import StationModel
from tests.sim.plans import HandMadePlan, action, poisson

RUNS = 40
FOREVER_S = 1e9


def steady_run(
    servers: int, rate_per_s: float, service: Distribution, *, visits: int, seed: int, most=10**6
) -> dict[str, SteadyAnswer]:
    model = ServiceModel(
        name="desk",
        stations={"desk": StationModel(servers=servers)},
        steps={"look": StepModel(call=(Demand(station="desk", time=service),))},
    )
    plan = HandMadePlan(
        intended_s=poisson(rate_per_s, visits, seed=seed), actions=[action("look")],
        patience_s=FOREVER_S, chunk=visits,
    )  # fmt: skip
    sink = SteadySink(plan, model, most=most)
    options = EngineOptions(
        seed=seed, in_flight_limit=visits, timeout_s=FOREVER_S,
        gauge_every_s=plan.duration_s / 3000,
    )  # fmt: skip
    chosen_engine("auto")[1](plan, model, sink, options)
    return steady_answers(sink.series(), ["desk"])


def expected(state: SteadyState, rate_per_s: float) -> dict[str, float]:
    return {
        "mean_s:look": state.response_time_s,
        "throughput_per_s:look": rate_per_s,
        "utilisation_ratio:desk": state.utilisation_ratio,
        "queue_length:desk": state.queue_length,
        "waiting_time_s:desk": state.waiting_time_s,
        "served_per_s:desk": rate_per_s,
    }


def four_servers() -> tuple[int, float, Distribution, dict[str, float]]:
    """M/M/4 at 65 %, the quantiles too."""
    asked = {"arrival_rate_per_s": 2.6, "mean_service_s": 1.0, "servers": 4}
    true = expected(mmc(**asked), 2.6)
    for kind, level in (("p50_s", 0.5), ("p95_s", 0.95), ("p99_s", 0.99)):
        true[f"{kind}:look"] = response_quantile_s(level, **asked)
    return 4, 2.6, exponential(1.0), true


def any_service() -> tuple[int, float, Distribution, dict[str, float]]:
    """M/G/1 at 60 % with a cv of 1.4."""
    state = mg1(arrival_rate_per_s=0.6, mean_service_s=1.0, service_cs2=1.4**2)
    return 1, 0.6, gamma(1.0, 1.4), expected(state, 0.6)


@pytest.mark.parametrize("law", [four_servers, any_service])
def test_the_closed_form_lies_in_the_interval_as_often_as_is_promised(law):
    servers, rate_per_s, service, true = law()
    held: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for seed in range(RUNS):
        found = steady_run(servers, rate_per_s, service, visits=60_000, seed=seed)
        for name, value in true.items():
            if (interval := found[name].interval) is not None:
                given[name] += 1
                held[name] += interval.contains(value)
    for name in true:
        n = given[name]
        assert n >= 0.9 * RUNS, name
        assert held[name] >= 0.95 * n - 4 * math.sqrt(0.05 * 0.95 * n), (name, held[name], n)


def test_response_times_of_every_third_visit_say_the_same_and_are_a_third():
    servers, rate_per_s, service, true = four_servers()
    given = {"visits": 30_000, "seed": 5}
    few = steady_run(servers, rate_per_s, service, **given, most=10_000)["mean_s:look"].interval
    all_of = steady_run(servers, rate_per_s, service, **given)["mean_s:look"].interval
    assert few is not None
    assert all_of is not None
    assert few.n * 3 == pytest.approx(all_of.n, rel=0.05)
    assert few.contains(true["mean_s:look"])
