"""One station against an independent calculation of the same queue."""

from __future__ import annotations

import heapq

import pytest
import simpy
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.service_model import UNLIMITED
from sim.station import Station

INSTANTS = st.lists(
    st.tuples(
        st.floats(min_value=0.001, max_value=10, allow_nan=False),
        st.floats(min_value=0.001, max_value=10, allow_nan=False),
    ),
    min_size=1,
    max_size=40,
)


def finishes(customers, *, servers, queue_limit=UNLIMITED) -> list[float | None]:
    """When each of the `(gap_s, service_s)` customers finished; None for who was refused."""
    env = simpy.Environment()
    station = Station(env, name="desk", servers=servers, queue_limit=queue_limit)
    done: list[float | None] = [None] * len(customers)

    def customer(index, service_s):
        service = station.serve(service_s)
        if service is not None:
            yield service
            done[index] = env.now

    def arrivals():
        for index, (gap_s, service_s) in enumerate(customers):
            yield env.timeout(gap_s)
            env.process(customer(index, service_s))

    env.process(arrivals())
    env.run()
    return done


@given(customers=INSTANTS, servers=st.integers(min_value=1, max_value=4))
def test_finishes_are_those_of_the_kiefer_wolfowitz_recursion(customers, servers):
    """First come first served: each takes the server that is free first (Kiefer and Wolfowitz,
    1955)."""
    free_s = [0.0] * servers
    now_s, expected = 0.0, []
    for gap_s, service_s in customers:
        now_s += gap_s
        begun_s = max(now_s, heapq.heappop(free_s))
        heapq.heappush(free_s, begun_s + service_s)
        expected.append(begun_s + service_s)
    assert finishes(customers, servers=servers) == expected


@given(customers=INSTANTS, queue_limit=st.integers(min_value=0, max_value=3))
def test_a_full_station_refuses_exactly_those_who_find_it_full(customers, queue_limit):
    done = finishes(customers, servers=1, queue_limit=queue_limit)
    now_s, ends_s = 0.0, []
    for (gap_s, _), end_s in zip(customers, done, strict=True):
        now_s += gap_s
        assume(now_s not in ends_s)
        inside = sum(each > now_s for each in ends_s)
        assert (end_s is None) == (inside > queue_limit)
        ends_s += [end_s] if end_s is not None else []


def test_unlimited_servers_are_a_pure_delay():
    assert finishes([(1.0, 5.0), (1.0, 5.0), (1.0, 5.0)], servers=UNLIMITED) == [6.0, 7.0, 8.0]


def test_statistics_count_time_busy_and_time_waiting():
    env = simpy.Environment()
    station = Station(env, name="desk", servers=1, queue_limit=1)
    for _ in range(3):
        station.serve(2.0)
    env.run()
    seen = station.statistics()
    assert (seen.arrivals, seen.served, seen.refused) == (3, 2, 1)
    assert (seen.busy_area, seen.queue_area, seen.waits_s, seen.stays_s) == (4.0, 2.0, 2.0, 6.0)
    assert (seen.utilisation_ratio, seen.queue_length) == (1.0, pytest.approx(0.5))
