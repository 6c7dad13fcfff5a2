"""Redundancy, by counting every way to be up."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from sim.closed_form.availability import availability_ratio, k_of_n_availability


def test_k_of_n_is_the_sum_over_all_states():
    for index in range(200):
        random = np.random.default_rng(index)
        parts = int(random.integers(1, 9))
        needs, up = int(random.integers(0, parts + 1)), random.uniform()
        every = itertools.product((0, 1), repeat=parts)
        expected = sum(
            math.prod(up if each else 1 - up for each in state)
            for state in every
            if sum(state) >= needs
        )
        found = k_of_n_availability(needs=needs, parts=parts, availability_ratio=up)
        assert found == pytest.approx(expected, rel=1e-12)


def test_all_of_n_is_a_product_and_one_of_n_fails_only_together():
    assert k_of_n_availability(needs=4, parts=4, availability_ratio=0.9) == pytest.approx(0.9**4)
    assert k_of_n_availability(needs=1, parts=4, availability_ratio=0.9) == pytest.approx(0.9999)


def test_a_part_that_fails_monthly_and_takes_43_minutes_is_up_three_nines():
    """43.2 minutes of 30 days are 0.1 %."""
    month_s = 30 * 86_400.0
    up = availability_ratio(mean_up_s=month_s - 2_592, mean_repair_s=2_592)
    assert up == pytest.approx(0.999)
