"""Whatever a model holds, and in whatever way, both engines do the same and nothing gets lost."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sim.engines import chosen_engine, is_kernel_there
from sim.model.service_model import ServiceModel
from tests.sim.engines.alike import assert_alike
from tests.sim.engines.conservation import assert_conserved
from tests.sim.engines.crowds import crowd
from tests.sim.engines.random_models import STEPS, models
from tests.sim.plays import play

OPTIONS = {"timeout_s": 3.0, "in_flight_limit": 60, "drain_s": 30.0, "gauge_every_s": 0.25}


@given(
    model=models(),
    seed=st.integers(0, 1000),
    grid_s=st.sampled_from((0.0, 0.125)),
    antithetic=st.booleans(),
)
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_random_models_are_played_alike(
    model: ServiceModel, seed: int, grid_s: float, antithetic: bool
):
    plan = crowd(
        120, rate_per_s=30.0, steps=STEPS, seed=seed, grid_s=grid_s, patience_s=1.0,
        stock={1: 60, 2: 10},
    )  # fmt: skip
    given_options = {**OPTIONS, "seed": seed, "antithetic": antithetic, "traced": (0, 10**9)}
    seen = []
    for name in ("event", "kernel") if is_kernel_there() else ("event",):
        rows, played = play(plan, model, engine=chosen_engine(name)[1], **given_options)
        assert_conserved(plan, model, rows, played)
        seen.append((rows, played))
    if len(seen) > 1:
        assert_alike(*seen)
