"""How fast visits are planned by the shape of their arrival rate, beside a flat one.

Nothing here fails for being slow: `pytest tests/benchmarks/test_shapes.py` prints the figures.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from scenarios.workload.campaign import read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.phase import Part, Phase
from scenarios.workload.recorded_rate import Buckets
from scenarios.workload.shape_keys import Hump, Series, Slots, Spike, Surge, Wave
from tests.benchmarks.conftest import Note

VISITS = 500_000
DURATION_S = 1_000.0
RATE_PER_S = VISITS / DURATION_S
MINUTES = 100_000
SERIES = Series(file="rate.csv", column="n", every_s=60.0)
SPIKE = Spike(to_per_s=10 * RATE_PER_S, settle_per_s=RATE_PER_S / 2, half_life_s=30.0)
SURGE = Surge(base_per_s=0.0, top_per_s=RATE_PER_S, peak_after_s=300.0)
SHAPES: dict[str, dict[str, Any]] = {
    "flat": {"at_per_s": RATE_PER_S},
    "spike": {"spike": SPIKE},
    "wave": {
        "wave": Wave(mean_per_s=RATE_PER_S, amplitude=0.8, peak_at_s=700.0, period_s=DURATION_S)
    },
    "hump": {"hump": Hump(base_per_s=100.0, top_per_s=1_000.0, peak_at_s=500.0, width_s=600.0)},
    "surge": {"surge": SURGE},
    "slots": {
        "slots": Slots(base_per_s=100.0, at_s=(100.0, 500.0), to_per_s=3_000.0, half_life_s=60.0)
    },
    "series": {"series": SERIES},
    "together": {"together": (Part(spike=SPIKE), Part(surge=SURGE))},
}


def recorded() -> Buckets:
    """A hundred thousand stretches of time."""
    counts = np.random.default_rng(1).poisson(VISITS / MINUTES, MINUTES).astype(float)
    return Buckets(edges_s=np.linspace(0.0, DURATION_S, MINUTES + 1), counts=counts)


@pytest.mark.benchmark(group="plan: columns by shape, visits_per_s")
@pytest.mark.parametrize("shape", SHAPES)
def test_shape_is_planned(benchmark: BenchmarkFixture, shape: str, note: Note) -> None:
    phase = Phase(name=shape, duration_s=DURATION_S, **SHAPES[shape])
    asked = dataclasses.replace(
        read_campaign(find_campaign("flash_sale")), phases=(phase,), recorded={SERIES: recorded()}
    )
    plan = CampaignPlan(asked)

    def drain() -> int:
        return sum(len(each) for each in plan.chunks())

    visits = benchmark.pedantic(drain, rounds=3, warmup_rounds=0)
    if benchmark.stats is not None:
        visits_per_s = visits / benchmark.stats.stats.min
        benchmark.extra_info["visits_per_s"] = round(visits_per_s)
        note(f"plan.{shape}_visits_per_s", visits_per_s)
    assert abs(visits - plan.expected_visits) < 5 * plan.expected_visits**0.5
