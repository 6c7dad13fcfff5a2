"""Comparisons: the soporific drugs of Student (1908), paired and as if they were not."""

from __future__ import annotations

import numpy as np
import pytest

from sim.statistics.interval import Interval, TooFew, mean_interval
from sim.statistics.paired import Paired, correlation, paired_interval, unpaired_interval

FIRST = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SECOND = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
"""Additional hours of sleep of ten patients with two drugs, Biometrika 6 (1908)."""


def test_the_second_drug_is_better_when_patients_are_compared_with_themselves() -> None:
    """R's t.test on this data: 0.7001142 to 2.4598858."""
    found = paired_interval(FIRST, SECOND)
    assert isinstance(found, Paired)
    assert found.difference.low == pytest.approx(0.7001142, abs=1e-6)
    assert found.difference.high == pytest.approx(2.4598858, abs=1e-6)


def test_it_could_be_worse_when_they_are_not() -> None:
    """R's t.test(paired = FALSE): -0.2054832 to 3.3654832, 17.776 degrees of freedom."""
    found = unpaired_interval(FIRST, SECOND)
    assert isinstance(found, Interval)
    assert found.low == pytest.approx(-0.2054832, abs=1e-6)
    assert found.high == pytest.approx(3.3654832, abs=1e-6)


def test_a_pair_reports_its_correlation_and_what_it_saves() -> None:
    found = paired_interval(FIRST, SECOND)
    assert isinstance(found, Paired)
    assert found.correlation == pytest.approx(0.7951702, abs=1e-6)
    assert found.variance_ratio is not None
    apart = np.var(FIRST) + np.var(SECOND)
    assert found.variance_ratio.estimate == pytest.approx(np.var(SECOND - FIRST) / apart)
    # Fisher: atanh 0.7951702 = 1.0854, -+ 1.96 / sqrt 7 = 0.7408, so tanh 0.3446 to tanh 1.8262
    k = 2 * np.std(FIRST) * np.std(SECOND) / apart
    assert found.variance_ratio.high == pytest.approx(1 - k * 0.3316, abs=1e-3)
    assert found.variance_ratio.low == pytest.approx(1 - k * 0.9494, abs=1e-3)


def test_a_difference_leans_if_asked_to() -> None:
    found = paired_interval(FIRST, SECOND, skewed=True)
    assert isinstance(found, Paired)
    assert found.difference == mean_interval(SECOND - FIRST, skewed=True)


def test_a_constant_difference_is_certain() -> None:
    found = paired_interval(FIRST, FIRST + 1.0)
    assert isinstance(found, Paired)
    assert found.difference.low == pytest.approx(1.0)
    assert found.difference.high == pytest.approx(1.0)
    assert found.variance_ratio is not None
    assert found.variance_ratio.high == pytest.approx(0.0, abs=1e-9)


def test_what_never_varies_has_no_correlation() -> None:
    found = paired_interval(np.zeros(10), SECOND)
    assert isinstance(found, Paired)
    assert (found.correlation, found.variance_ratio) == (None, None)
    assert correlation(FIRST, FIRST) == pytest.approx(1.0)


def test_one_pair_is_refused() -> None:
    assert isinstance(paired_interval(FIRST[:1], SECOND[:1]), TooFew)
    assert isinstance(unpaired_interval(FIRST[:1], SECOND), TooFew)
