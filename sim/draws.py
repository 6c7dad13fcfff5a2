"""Endless random numbers for a model: each purpose draws from a named stream of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from scenarios.workload.random_streams import stream
from sim.service_model import Demand

BLOCK = 1024
"""Numbers drawn at a time: one numpy call costs as much as a few hundred of its numbers."""


def service_times(seed: int, name: str, demand: Demand) -> Callable[[], float]:
    """Gives the next service time of `demand`, in seconds, at every call."""
    if demand.distribution == "deterministic":
        return lambda: demand.mean_s
    generator = stream(seed, f"sim/{name}/service")
    return _drawn(lambda: sample_service_s(generator, demand, BLOCK))


def chances(seed: int, name: str) -> Callable[[], float]:
    """Gives the next uniform number from [0, 1) at every call."""
    generator = stream(seed, f"sim/{name}/chance")
    return _drawn(lambda: generator.random(BLOCK))


def sample_service_s(
    generator: np.random.Generator, demand: Demand, size: int
) -> npt.NDArray[np.float64]:
    """`size` service times with the mean and the coefficient of variation cv of `demand`.

    gamma: shape 1/cv^2, scale mean cv^2. lognormal: sigma^2 = ln(1 + cv^2),
    mu = ln(mean) - sigma^2 / 2.
    """
    mean_s, cv2 = demand.mean_s, demand.cv**2
    match demand.distribution:
        case "exponential":
            return generator.exponential(mean_s, size)
        case "deterministic":
            return np.full(size, mean_s)
        case "gamma":
            return generator.gamma(1 / cv2, mean_s * cv2, size)
        case "lognormal":
            sigma2 = math.log1p(cv2)
            return generator.lognormal(math.log(mean_s) - sigma2 / 2, math.sqrt(sigma2), size)


def _drawn(block: Callable[[], npt.NDArray[np.float64]]) -> Callable[[], float]:
    def endless() -> Iterator[float]:
        while True:
            yield from block().tolist()

    return endless().__next__
