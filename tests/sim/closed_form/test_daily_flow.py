"""Days of orders and capacity, against a queue of single orders."""

from __future__ import annotations

import numpy as np
import pytest

from sim.closed_form.daily_flow import daily_flow


def handled_days(orders: list[int], capacity: list[int], late: list[int]) -> list[tuple[int, int]]:
    """(day of the order, day it is handled) order by order; the last `late` of a day wait for the
    next one."""
    queue = [
        (day, day + (number >= count - late[day]))
        for day, count in enumerate(orders)
        for number in range(count)
    ]
    done, day = [], 0
    while queue:
        able = capacity[min(day, len(capacity) - 1)]
        while queue and able and queue[0][1] <= day:
            done.append((queue.pop(0)[0], day))
            able -= 1
        day += 1
    return done


@pytest.mark.parametrize("promise_days", [0, 1, 3])
def test_the_in_time_ratio_is_that_of_orders_handled_one_by_one(promise_days):
    for index in range(200):
        random = np.random.default_rng([promise_days, index])
        orders = (2 * random.integers(0, 40, 7)).tolist()
        capacity = random.integers(1, 60, 7).tolist()
        same_day_ratio = float(random.choice([0.5, 1.0]))
        late = [round(each * (1 - same_day_ratio)) for each in orders]
        done = handled_days(orders, capacity, late)
        flow = daily_flow(
            orders, capacity, promise_days=promise_days, same_day_ratio=same_day_ratio
        )
        in_time = sum(day - came <= promise_days for came, day in done)
        assert flow.in_time_ratio == pytest.approx(in_time / len(done) if done else 1.0)
        by_day = [sum(day == each for _, day in done) for each in range(len(flow.handled))]
        assert list(flow.handled) == pytest.approx(by_day)
        assert flow.backlog[-1] == 0
        assert sum(flow.handled) == pytest.approx(sum(orders))


def test_a_peak_of_three_days_of_capacity_is_in_time_for_two_thirds():
    flow = daily_flow([300, 0, 0], [100, 100, 100], promise_days=1)
    assert flow.in_time_ratio == pytest.approx(2 / 3)
    assert flow.backlog == (200, 100, 0)


def test_orders_after_the_cut_off_wait_for_the_next_day():
    flow = daily_flow([100], [100], promise_days=0, same_day_ratio=0.6)
    assert flow.in_time_ratio == pytest.approx(0.6)
    assert flow.handled == pytest.approx((60, 40))


def test_no_orders_are_all_in_time():
    assert daily_flow([0, 0], [10, 10]).in_time_ratio == 1


def test_work_without_capacity_never_drains():
    with pytest.raises(ValueError, match="never drains"):
        daily_flow([10], [0])
