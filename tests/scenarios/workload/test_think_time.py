"""Think times are lognormal around their median."""

from __future__ import annotations

import numpy as np
from scipy import stats

from scenarios.workload.random_streams import stream
from scenarios.workload.think_time import draw_think_times


def test_think_times_are_lognormal() -> None:
    count = 50_000
    drawn_s = draw_think_times(
        stream(1, "think"), np.full(count, 2.0), np.full(count, 0.6, dtype=np.float32)
    )
    assert stats.kstest(drawn_s, stats.lognorm(s=0.6, scale=2.0).cdf).pvalue > 0.01


def test_think_time_without_sigma_is_exactly_its_median() -> None:
    drawn_s = draw_think_times(stream(1, "think"), np.full(9, 0.1), np.zeros(9, np.float32))
    assert drawn_s.tolist() == [0.1] * 9
