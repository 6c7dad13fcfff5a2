"""Two runs beside each other, the measured one first."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from reports.analysis.comparison import compare
from reports.record.reader import RunRecord
from tests.reports.records import manifest_of, record_of, row


def run(directory: Path, origin: str, time_s: float, actions: int = 200) -> RunRecord:
    rows = [row(k, response_time_s=time_s * (1 + k / 1000)) for k in range(actions)]
    manifest = manifest_of(planned_visits=actions, origin=origin)
    return record_of(directory, rows, manifest=manifest)


def test_ratios_are_simulated_over_measured_whichever_is_given_first(tmp_path: Path) -> None:
    measured, simulated = (
        run(tmp_path / "m", "measured", 0.1),
        run(tmp_path / "s", "simulated", 0.125),
    )
    for pair in ((measured, simulated), (simulated, measured)):
        found = compare(*pair)
        assert found.measured is measured
        assert (found.first, found.second) == ("measured", "simulated")
        [step] = found.steps
        assert list(step.ratios.values()) == pytest.approx([1.25] * 3)


def test_the_largest_distance_is_relative(tmp_path: Path) -> None:
    found = compare(run(tmp_path / "m", "measured", 0.1), run(tmp_path / "s", "simulated", 0.05))
    assert found.largest is not None
    assert found.largest.ratio == pytest.approx(0.5)
    assert found.largest.step == "open_home"


def test_a_percentile_of_too_few_actions_is_not_compared(tmp_path: Path) -> None:
    """p99 is more than the largest value only from 100 actions on, p95 from 20."""
    found = compare(
        run(tmp_path / "m", "measured", 0.1, 30), run(tmp_path / "s", "simulated", 0.1, 99)
    )
    ratios = found.steps[0].ratios
    assert (ratios["p95"], ratios["p99"]) == (pytest.approx(1.0, rel=0.1), None)


def test_two_runs_of_one_origin_keep_their_order(tmp_path: Path) -> None:
    one, other = run(tmp_path / "a", "measured", 0.1), run(tmp_path / "b", "measured", 0.2)
    found = compare(one, other)
    assert (found.measured, found.first, found.second) == (one, "this run", "other run")


def test_runs_that_do_not_fit_together_come_with_cautions(tmp_path: Path) -> None:
    one = run(tmp_path / "a", "measured", 0.1)
    manifest = manifest_of(planned_visits=1, host={"name": "elsewhere"})
    plan = dataclasses.replace(manifest.plan, seed=12, text="campaign: other")
    manifest = dataclasses.replace(manifest, plan=plan)
    other = record_of(tmp_path / "b", [row(0)], manifest=manifest, ending=None)
    assert compare(one, other).cautions == (
        "the two runs played different campaign texts",
        "the seeds differ: 11 and 12",
        "the two runs come from different hosts",
        f"run {manifest.run_id} did not complete",
    )
