"""M(t)/M/c: an arrival rate that changes while the queue lives.

Both approximations put a load of each instant into Erlang C. The pointwise one takes
lambda(t) s: good when the rate changes slowly against the service time. The modified one takes
m(t), the mean number in a station of unlimited servers, which lags behind the rate and is damped.
Symbols: arrival rate lambda(t), mean service time s, mu = 1/s, offered load m(t) in erlangs.
Sources: Green and Kolesar, The Pointwise Stationary Approximation (1991); Jagerman (1975);
Eick, Massey and Whitt, The Physics of the M(t)/G/inf Queue (1993); Massey and Whitt (1994).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.closed_form.erlang import erlang_c

Floats: TypeAlias = NDArray[np.float64]


def pointwise_loads(rates_per_s: Floats, *, mean_service_s: float) -> Floats:
    """lambda(t) s at each instant, in erlangs."""
    assert mean_service_s >= 0
    return np.asarray(rates_per_s) * mean_service_s


def modified_offered_loads(
    times_s: Floats, rates_per_s: Floats, *, mean_service_s: float, at_first: float | None = None
) -> Floats:
    """m(t) at `times_s` in erlangs: dm/dt = lambda(t) - mu m, for exponential service.

    The rate is a line between two instants (an instant given twice is a step), for which the
    equation is solved exactly: m(t+h) = q(t+h) + (m(t) - q(t)) exp(-mu h), where
    q = s lambda - s^2 lambda'. `at_first` is m at the first instant; without it the first rate
    has lasted for ever: s lambda.
    """
    assert mean_service_s > 0
    assert len(times_s) == len(rates_per_s)
    assert np.all(np.diff(times_s) >= 0)
    rates = np.asarray(rates_per_s).tolist()
    loads = [mean_service_s * rates[0] if at_first is None else at_first]
    for h_s, (before, after) in zip(np.diff(times_s).tolist(), pairwise(rates), strict=True):
        loads.append(_followed(loads[-1], h_s, before, after, mean_service_s))
    return np.array(loads)


def deterministic_offered_loads(
    times_s: Floats, expected_arrivals: Floats, *, service_s: float
) -> Floats:
    """m(t) in erlangs when every service takes `service_s`: Lambda(t) - Lambda(t - s), with
    Lambda the expected arrivals until t, a line between `times_s` and none before the first."""
    assert service_s > 0
    earlier = np.interp(times_s - service_s, times_s, expected_arrivals)
    return np.asarray(expected_arrivals) - earlier


def wait_ratios(loads: Floats, *, servers: int) -> Floats:
    """The chance to wait at each instant, Erlang C of its load. Where the load is not below
    `servers` the approximation has no steady state and everybody waits: 1."""
    return np.array([erlang_c(load, servers) if load < servers else 1.0 for load in loads.tolist()])


def _followed(load: float, h_s: float, before: float, after: float, service_s: float) -> float:
    """m after `h_s` in which the rate went in a line from `before` to `after`."""
    if h_s == 0:
        return load
    lag = service_s**2 * (after - before) / h_s
    gone = math.exp(-h_s / service_s)
    return service_s * after - lag + (load - service_s * before + lag) * gone
