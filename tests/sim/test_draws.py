from __future__ import annotations

import numpy as np
import pytest

from scenarios.workload.random_streams import stream
from sim.draws import BLOCK, sample_service_s, service_times
from sim.service_model import Demand


@pytest.mark.parametrize(
    ("distribution", "cv"),
    [("exponential", 1.0), ("gamma", 0.5), ("gamma", 2.0), ("lognormal", 0.5), ("lognormal", 1.5)],
)
def test_service_times_have_the_mean_and_the_variation_that_is_asked_for(distribution, cv):
    demand = Demand(station="desk", mean_s=0.02, distribution=distribution, cv=cv)
    drawn = sample_service_s(stream(1, "test"), demand, 400_000)
    assert np.mean(drawn) == pytest.approx(0.02, rel=0.02)
    assert np.std(drawn) / np.mean(drawn) == pytest.approx(cv, rel=0.05)
    assert drawn.min() > 0


def test_deterministic_service_times_are_all_the_mean():
    demand = Demand(station="desk", mean_s=0.02, distribution="deterministic", cv=0.0)
    draw = service_times(1, "test", demand)
    assert {draw() for _ in range(5)} == {0.02}


def test_numbers_go_on_across_blocks_without_repeating():
    draw = service_times(1, "test", Demand(station="desk", mean_s=1.0))
    drawn = [draw() for _ in range(3 * BLOCK)]
    assert len(set(drawn)) == len(drawn)
