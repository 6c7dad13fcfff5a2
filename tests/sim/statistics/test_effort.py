"""Seconds to a precision: variance times work."""

from __future__ import annotations

import numpy as np
import pytest

from sim.statistics.effort import seconds_to_precision
from sim.statistics.interval import Interval, TooFew

VALUES = np.random.default_rng(1).normal(1.0, 0.1, 40_000)


def _seconds(values, seconds, **given) -> float:
    found = seconds_to_precision(values, seconds, **given)
    assert isinstance(found, Interval)
    return found.estimate


def test_a_tenth_of_variation_takes_384_replications_to_one_percent() -> None:
    """(1.96 * 0.1 / 0.01)^2 = 384 of two seconds each."""
    found = _seconds(VALUES, np.full(40_000, 2.0))
    assert found == pytest.approx(768.3, rel=0.03)


def test_half_the_precision_takes_a_quarter_of_the_time() -> None:
    fine = _seconds(VALUES, np.full(40_000, 2.0))
    coarse = _seconds(VALUES, np.full(40_000, 2.0), relative=0.02)
    assert coarse == pytest.approx(fine / 4)


def test_replications_twice_as_long_with_half_the_variance_take_as_long() -> None:
    long = VALUES.reshape(20_000, 2).mean(axis=1)
    found = _seconds(long, np.full(20_000, 4.0))
    assert found == pytest.approx(_seconds(VALUES, np.full(40_000, 2.0)), rel=0.03)


def test_two_replications_are_refused() -> None:
    assert isinstance(seconds_to_precision(VALUES[:2], np.ones(2)), TooFew)
