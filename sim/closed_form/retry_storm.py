"""Retries that keep a system down after its cause has gone: metastable failure.

A server of rate mu with an unlimited queue does not notice that who waits has given up. Every try
times out after T and is repeated at once, at most r times. Symbols: first tries lambda per second,
all tries x per second, chance of a timeout f(x) = exp(-(mu - x) T), the tail of the response time
of M/M/1, and 1 when x >= mu; mean number of tries A(f) = 1 + f + ... + f^r, and with a budget of b
retries per first try at most 1 + b. The system rests where

    x = lambda A(f(x)).

    lambda = x/A |        __        stable: no rest with x >= mu, it always recovers
                 |      /    \\      vulnerable: two rests, a push leads from one to the other
                 |    /        \\__  self-tripping: the healthy rest is gone
                 |__/_________mu__ x

Sources: Bronson, Aghayev, Charapko and Zhu, Metastable Failures in Distributed Systems (2021),
for the bands; Huang et al., Metastable Failures in the Wild (2022). Tries are taken as Poisson
and independent, as by Cohen, Basic Problems of Telephone Traffic Theory (1957).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.optimize import brentq

Band = Literal["stable", "vulnerable", "self-tripping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """A server and how those who call it retry. `budget_ratio` is the retries that are allowed
    per first try in the long run; without it they are unlimited."""

    service_rate_per_s: float
    timeout_s: float
    retries: int
    budget_ratio: float = math.inf

    def __post_init__(self) -> None:
        assert self.service_rate_per_s > 0
        assert self.timeout_s > 0
        assert self.retries >= 0
        assert self.budget_ratio >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryBands:
    """Below `always_stable_below_per_s` first tries per second the server is never overloaded in
    the long run; above `self_tripping_above_per_s` it always is; in between it depends on the
    past. `tries_at_the_edge_per_s` is x where the healthy rest disappears."""

    always_stable_below_per_s: float
    self_tripping_above_per_s: float
    tries_at_the_edge_per_s: float

    def band(self, arrival_rate_per_s: float) -> Band:
        if arrival_rate_per_s < self.always_stable_below_per_s:
            return "stable"
        if arrival_rate_per_s < self.self_tripping_above_per_s:
            return "vulnerable"
        return "self-tripping"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRests:
    """Where tries per second may rest. From `healthy_per_s` the system returns unless a push
    lifts it over `tipping_per_s`; then it goes to `overloaded_per_s`. None is one that is not."""

    healthy_per_s: float | None
    tipping_per_s: float | None
    overloaded_per_s: float | None


def timeout_ratio(tries_per_s: float, given: Retrying) -> float:
    """f(x) = exp(-(mu - x) T), and 1 of an overloaded server."""
    return math.exp(min(0.0, (tries_per_s - given.service_rate_per_s) * given.timeout_s))


def mean_tries(tries_per_s: float, given: Retrying) -> float:
    """A(f(x)) = 1 + f + ... + f^r, at most 1 + b: by how much retries amplify first tries."""
    failed = timeout_ratio(tries_per_s, given)
    tries = math.fsum(failed**each for each in range(given.retries + 1))
    return min(tries, 1 + given.budget_ratio)


def retry_bands(given: Retrying) -> RetryBands:
    """The stable, vulnerable and self-tripping rates of first tries.

    Always stable below mu / (1 + min(r, b)): an overloaded server fails every try, and that many
    make it so. Self-tripping above the largest lambda(x) = x / A(f(x)) of x <= mu, a saddle-node.
    Its slope vanishes where x T sum(i f^i) / sum(f^i) = 1. The left side rises with x, from 0 to
    mu T r / 2: when that is not over 1, or the budget leaves more at mu, the edge is at mu and
    there is no vulnerable band.
    """
    mu = given.service_rate_per_s
    stable_below = mu / mean_tries(mu, given)
    edge = _saddle_per_s(given)
    trips_above = edge / mean_tries(edge, given)
    if trips_above <= stable_below:
        edge, trips_above = mu, stable_below
    return RetryBands(
        always_stable_below_per_s=stable_below,
        self_tripping_above_per_s=trips_above,
        tries_at_the_edge_per_s=edge,
    )


def retry_rests(given: Retrying, *, arrival_rate_per_s: float) -> RetryRests:
    """The solutions of x = lambda A(f(x)): the lowest, the tipping point beyond the edge, and
    lambda (1 + min(r, b)) of an overloaded server.

    With a budget a push may also leave a server that is not overloaded but on which all retries
    that are allowed are made; that is no rest of its own here.
    """
    assert arrival_rate_per_s > 0
    mu, edge = given.service_rate_per_s, _saddle_per_s(given)
    band = retry_bands(given).band(arrival_rate_per_s)

    def missing(x: float) -> float:
        return arrival_rate_per_s * mean_tries(x, given) - x

    def root(low: float, high: float) -> float:
        if missing(low) * missing(high) > 0:
            # at the edge of a band rounding may hide the root, which is then an end
            return min(low, high, key=lambda x: abs(missing(x)))
        return float(brentq(missing, low, high, xtol=1e-12 * mu))

    healthy = None
    if band != "self-tripping":
        healthy = root(0.0, edge) if missing(edge) <= 0 else root(edge, mu)
    return RetryRests(
        healthy_per_s=healthy,
        tipping_per_s=root(edge, mu) if band == "vulnerable" else None,
        overloaded_per_s=arrival_rate_per_s * mean_tries(mu, given) if band != "stable" else None,
    )


def _saddle_per_s(given: Retrying) -> float:
    """Where x / (1 + f + ... + f^r) is largest for x <= mu, the budget left aside."""
    mu = given.service_rate_per_s

    def steepness(x: float) -> float:
        failed = timeout_ratio(x, given)
        powers = [failed**each for each in range(given.retries + 1)]
        mean_power = sum(i * power for i, power in enumerate(powers)) / sum(powers)
        return x * given.timeout_s * mean_power - 1

    if steepness(mu) <= 0:
        return mu
    return float(brentq(steepness, 0.0, mu, xtol=1e-12 * mu))
