"""The alias table holds exactly the distribution that it was given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.workload.alias_table import AliasTable

weights = st.lists(st.floats(0, 1e6), min_size=1, max_size=200).filter(lambda w: sum(w) > 1e-3)


@settings(deadline=None)
@given(given_weights=weights)
def test_columns_add_up_to_the_weights(given_weights: list[float]) -> None:
    table = AliasTable(weights=np.array(given_weights))
    held = table.keep.copy()
    np.add.at(held, table.alias, 1 - table.keep)
    expected = np.array(given_weights) / sum(given_weights)
    assert held / len(held) == pytest.approx(expected, abs=1e-12)


def test_even_grid_of_uniforms_hits_each_index_by_its_weight() -> None:
    table = AliasTable(weights=np.array([0.5, 0.25, 0.125, 0.125, 0.0]))
    index = table.at((np.arange(40_000) + 0.5) / 40_000)
    assert np.bincount(index, minlength=5).tolist() == [20_000, 10_000, 5_000, 5_000, 0]


def test_largest_uniform_number_stays_inside() -> None:
    table = AliasTable(weights=np.ones(10_000))
    assert table.at(np.array([np.nextafter(1.0, 0.0)])).tolist() == [9_999]
