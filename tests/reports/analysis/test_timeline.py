"""A run over time adds up to the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reports.analysis.timeline import (
    MOST_WINDOWS,
    actions_by_step,
    stock_left,
    timeline_of,
    top_reasons,
    window_for,
)
from reports.record.outcome import Outcome
from tests.reports.records import manifest_of, record_of, row, shop_record


def test_the_timeline_adds_up_to_the_record(tmp_path: Path) -> None:
    record = shop_record(tmp_path)
    timeline = timeline_of(record)
    assert timeline.window_s == 1.0
    assert timeline.planned_per_s.sum() == record.manifest.plan.planned_visits
    assert timeline.started_per_s.sum() == record.first_actions()["started_s"].notna().sum()
    assert timeline.finished_per_s.sum() == record.actions["finished_s"].notna().sum()
    assert sum(each.sum() for each in timeline.outcomes.values()) == len(record.actions)


def test_percentiles_of_a_window_are_those_of_its_actions(tmp_path: Path) -> None:
    record = shop_record(tmp_path)
    timeline = timeline_of(record)
    actions = record.actions
    here = actions[(actions["intended_s"] >= 12) & (actions["intended_s"] < 13)]
    times = (here["finished_s"] - here["intended_s"]).dropna()
    for name, level in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        expected = np.quantile(times, level, method="inverted_cdf")
        assert timeline.percentiles_s[name][12] == pytest.approx(expected, rel=1e-12)


def test_a_window_without_actions_has_no_percentile(tmp_path: Path) -> None:
    timeline = timeline_of(record_of(tmp_path, [row(0, intended_s=3.0)]))
    assert np.flatnonzero(np.isfinite(timeline.percentiles_s["p99"])).tolist() == [3]


def test_an_empty_record_has_a_timeline_of_nothing(tmp_path: Path) -> None:
    timeline = timeline_of(record_of(tmp_path, []))
    assert len(timeline.middle_s) == 20
    assert not np.isfinite(timeline.percentiles_s["p50"]).any()


@pytest.mark.parametrize("duration_s", [0.5, 150, 151, 3600, 86_400, 10**7])
def test_a_long_run_has_wider_windows_not_more(duration_s: float) -> None:
    assert duration_s / window_for(duration_s) <= MOST_WINDOWS


def test_windows_of_days_are_round_as_well() -> None:
    """A week of orders is seen off within 19 days, the last parcels among them."""
    assert [window_for(86_400.0 * days) for days in (6, 7, 19, 100)] == [3600, 7200, 14_400, 86_400]


def test_stock_is_read_of_products_on_sale_only(tmp_path: Path) -> None:
    record = shop_record(tmp_path)
    [(sku, (t_s, units))] = stock_left(record).items()
    assert sku == 17
    assert units[-1] == 0
    assert len(t_s) == len(units)


def test_actions_that_were_not_sent_are_in_no_funnel(tmp_path: Path) -> None:
    record = record_of(tmp_path, [row(0), row(1, outcome=Outcome.NOT_SENT)])
    assert actions_by_step(record)["open_home"] == 1


def test_the_most_frequent_reason_stands_first(tmp_path: Path) -> None:
    rows = [row(k, outcome=Outcome.FAILED, reason="status 500") for k in range(3)]
    rows += [row(9, outcome=Outcome.REJECTED, reason="sold_out"), row(10)]
    record = record_of(tmp_path, rows, manifest=manifest_of(planned_visits=5))
    assert top_reasons(record) == [
        ("open_home", "failed", "status 500", 3),
        ("open_home", "rejected", "sold_out", 1),
    ]


def test_reasons_of_one_class_are_counted_as_one(tmp_path: Path) -> None:
    reasons = ["redirect_loop", "bad_redirect: a", "bad_redirect: b", "tls: alert", "tls: alert"]
    rows = [row(k, outcome=Outcome.FAILED, reason=reason) for k, reason in enumerate(reasons)]
    record = record_of(tmp_path, rows, manifest=manifest_of(planned_visits=5))
    assert [(reason, number) for _, _, reason, number in top_reasons(record)] == [
        ("bad_redirect", 2),
        ("tls: alert", 2),
        ("redirect_loop", 1),
    ]


def test_a_run_without_a_fault_has_no_reasons(tmp_path: Path) -> None:
    assert top_reasons(record_of(tmp_path, [row(0)])) == []
