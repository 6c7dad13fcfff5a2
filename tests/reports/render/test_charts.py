"""Charts of runs over days, and of stocks that need many digits."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from reports.analysis.timeline import timeline_of
from reports.record.reader import RunRecord
from reports.record.row import GaugeRow
from reports.render.charts import run_charts, stock_chart
from reports.render.figure import LETTER_PT, SMALL_PT, TYPE_PT, WIDTH_PT
from tests.reports.records import manifest_of, record_of, row

HUGE = {100_000_001: 104_494_312, 2: 5_000_000_000, 3: 950}


def days(directory: Path) -> RunRecord:
    manifest = manifest_of(planned_visits=2)
    phase = dataclasses.replace(manifest.plan.phases[1], start_s=0.0, duration_s=439_200.0)
    tables = {**manifest.plan.tables, "phase": (phase.name,)}
    plan = dataclasses.replace(
        manifest.plan, phases=(phase,), tables=tables, duration_s=439_200.0, stock=HUGE,
        arrivals_per_second=(0,) * 439_200,
    )  # fmt: skip
    gauges = [GaugeRow(60.0, f"stock_left:{sku}", units) for sku, units in HUGE.items()]
    gauges += [GaugeRow(86_400.0, "stock_left:3", 0.0)]
    rows = [row(k, phase=0, intended_s=k * 200_000.0) for k in range(2)]
    return record_of(
        directory, rows, gauges=gauges, manifest=dataclasses.replace(manifest, plan=plan)
    )


def test_the_labels_of_a_very_large_stock_are_short_and_within_the_picture(tmp_path: Path) -> None:
    record = days(tmp_path)
    svg = stock_chart(record, timeline_of(record)).svg
    for name in ("SKU 100000001: 104.5 M", "SKU 2: 5,000 M", "SKU 3: none", "1,500 M"):
        assert f">{name}<" in svg
    [x] = re.findall(r'x="([0-9.]+)"[^>]*>SKU 100000001', svg)
    assert float(x) + len("SKU 100000001: 104.5 M") * LETTER_PT * TYPE_PT / SMALL_PT <= WIDTH_PT


def test_windows_and_instants_of_a_run_over_days_are_ones_that_people_count_in(
    tmp_path: Path,
) -> None:
    captions = [each.caption for each in run_charts(days(tmp_path), ())]
    assert "Windows of 1 h." in captions[0]
    assert "windows of 1 h;" in captions[1]
    assert "Sold out: SKU 3 at 24:00:00." in captions[3]


def test_a_stock_that_the_model_has_made_larger_is_within_the_picture(tmp_path: Path) -> None:
    record = days(tmp_path)
    small = dataclasses.replace(record.manifest.plan, stock=dict.fromkeys(HUGE, 1_000))
    manifest = dataclasses.replace(record.manifest, plan=small)
    drawn = stock_chart(dataclasses.replace(record, manifest=manifest), timeline_of(record)).svg
    assert ">4,500 M<" in drawn
