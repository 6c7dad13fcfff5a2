from __future__ import annotations

import pytest

from sim.engine.gauge_times import intervals_until_next


@pytest.mark.parametrize(
    ("since_end_s", "every_s", "intervals"),
    [(0.0, 1.0, 1), (100.0, 1.0, 1), (101.0, 1.0, 2), (86_400.0, 1.0, 864),
     (86_400.0, 60.0, 15)],
)  # fmt: skip
def test_a_pause_is_a_hundredth_of_the_time_since_the_arrivals(since_end_s, every_s, intervals):
    assert intervals_until_next(since_end_s, every_s) == intervals


def test_two_weeks_after_a_sale_are_a_thousand_readings():
    at_s = readings = 0
    while at_s < 14 * 86_400:
        at_s += intervals_until_next(at_s, 1.0)
        readings += 1
    assert 900 < readings < 1100
