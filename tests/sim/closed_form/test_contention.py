"""Lock ceilings and the universal scalability law."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.closed_form.contention import (
    optimistic_row,
    pessimistic_ceiling_per_s,
    scalability_peak,
    scalability_ratio,
)
from sim.closed_form.erlang import erlang_b


def test_a_row_with_a_commit_of_10_ms_does_100_updates_a_second():
    assert pessimistic_ceiling_per_s(hold_s=0.010) == pytest.approx(100)
    assert pessimistic_ceiling_per_s(hold_s=0.010, rows=16) == pytest.approx(1_600)


def test_optimistic_conflicts_are_the_loss_of_one_server():
    for index in range(200):
        random = np.random.default_rng(index)
        rate_per_s, window_s = random.uniform(1, 5_000), random.uniform(0.0005, 0.1)
        row = optimistic_row(attempts_per_s=rate_per_s, window_s=window_s)
        assert row.conflict_ratio == pytest.approx(erlang_b(rate_per_s * window_s, 1), rel=1e-12)
        assert row.committed_per_s == pytest.approx(rate_per_s * (1 - row.conflict_ratio))
        assert row.committed_per_s < pessimistic_ceiling_per_s(hold_s=window_s)


@pytest.mark.parametrize("attempts_per_s", [20, 100, 1_000])
def test_optimistic_commits_are_those_of_a_row_with_a_version(attempts_per_s):
    """Played: an attempt reads, and commits 10 ms later unless the version is another by then."""
    random, window_s = np.random.default_rng(5), 0.010
    reads_s = np.cumsum(random.exponential(1 / attempts_per_s, 200_000)).tolist()
    last_commit_s, commits = -math.inf, 0
    for read_s in reads_s:
        # attempts write in the order of their reads, and only a commit changes the version
        if last_commit_s <= read_s:
            last_commit_s, commits = read_s + window_s, commits + 1
    row = optimistic_row(attempts_per_s=attempts_per_s, window_s=window_s)
    assert commits / reads_s[-1] == pytest.approx(row.committed_per_s, rel=0.01)


def test_scaling_without_any_cost_is_linear_and_with_contention_amdahls():
    assert scalability_ratio(64, contention=0, coherency=0) == 64
    amdahl = 1 / (0.05 + 0.95 / 64)
    assert scalability_ratio(64, contention=0.05, coherency=0) == pytest.approx(amdahl)


def test_the_peak_is_where_more_servers_do_less():
    for index in range(200):
        random = np.random.default_rng(index)
        given = {
            "contention": random.uniform(0, 0.5),
            "coherency": 10 ** random.uniform(-6, -1),
        }
        peak = scalability_peak(**given)
        best = scalability_ratio(peak, **given)
        assert best >= scalability_ratio(max(1.0, peak * 0.99), **given)
        assert best >= scalability_ratio(peak * 1.01, **given)


def test_without_coherency_cost_there_is_no_peak():
    assert scalability_peak(contention=0.1, coherency=0) == math.inf
    assert scalability_peak(contention=1, coherency=0) == 1
