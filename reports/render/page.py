"""The HTML report: one self-contained file that asks nothing of the network."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.analysis.comparison import Comparison
from reports.analysis.persona_table import persona_table
from reports.analysis.quantiles import StepTimes, times_by_step, times_of
from reports.analysis.timeline import actions_by_step, top_reasons
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from reports.render import colouring_wording, limit_wording, wording, worker_wording
from reports.render.charts import Chart, run_charts
from reports.render.comparison_charts import funnel_chart, percentile_chart, tail_chart
from reports.render.limit_charts import limit_charts
from reports.render.palette import stylesheet
from reports.render.simulation_charts import station_charts
from reports.slo.judgement import Judgement

TEMPLATE = "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One line of the table of steps."""

    step: str
    started: int
    outcomes: Mapping[str, int]
    times: StepTimes


def html_page(
    record: RunRecord, judgement: Judgement, *, comparison: Comparison | None = None
) -> str:
    """The report on `record`, with `comparison` where a second run was given."""
    word, sentence = limit_wording.headline(judgement, record.manifest)
    totals = times_of(record.actions)
    objectives = [each.objective for each in judgement.verdicts]
    charts = run_charts(record, objectives)
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            record=record,
            manifest=record.manifest,
            plan=record.manifest.plan,
            judgement=judgement,
            validity=judgement.validity,
            word=word,
            sentence=sentence,
            charts=(*charts, *station_charts(record), funnel_chart(record, comparison)),
            limit_charts=limit_charts(judgement.limit, objectives) if judgement.limit else (),
            comparison=comparison,
            comparison_charts=_comparison_charts(comparison),
            steps=_step_rows(record),
            personas=persona_table(record),
            total=totals.response_time_s,
            durations=totals.request_duration_s,
            reasons=top_reasons(record),
            outcome_words=[each.word for each in Outcome],
            facts=_facts(record),
            colours=Markup(stylesheet()),
        )
    )


@functools.cache
def _environment() -> Environment:
    """Kept, for the template is compiled once in it, which takes some 0.1 s."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        seconds=wording.seconds,
        percent=wording.percent,
        number=lambda value: f"{value:,.0f}",
        svg=lambda chart: Markup(chart.svg),
    )
    environment.globals.update(
        wording=wording,
        limit_wording=limit_wording,
        colouring_wording=colouring_wording,
        worker_wording=worker_wording,
    )
    return environment


def _comparison_charts(comparison: Comparison | None) -> tuple[Chart, ...]:
    if comparison is None:
        return ()
    return percentile_chart(comparison), tail_chart(comparison)


def _step_rows(record: RunRecord) -> list[StepRow]:
    started, times = actions_by_step(record), times_by_step(record)
    counts = record.actions.groupby("step", observed=False)["outcome"].value_counts()
    rows = []
    for step in record.manifest.plan.tables["step"]:
        outcomes = {each.word: int(counts.get((step, each.word), 0)) for each in Outcome}
        if any(outcomes.values()):
            rows.append(
                StepRow(step=step, started=started[step], outcomes=outcomes, times=times[step])
            )
    return rows


def _facts(record: RunRecord) -> dict[str, Mapping[str, Any]]:
    """What the run came from, for the foot of the page."""
    manifest = record.manifest
    run = {
        "run": manifest.run_id,
        "created": manifest.created_at,
        "seed": manifest.plan.seed,
        "record": record.directory.name,
        "schema version": manifest.schema_version,
    }
    return {
        "Run": run,
        "Target": manifest.target,
        "Player": dict(_with_unit(*each) for each in manifest.options.items()),
        "Host": manifest.host,
        "Versions": manifest.versions,
    }


def _with_unit(name: str, value: Any) -> tuple[str, Any]:
    """`timeout_s` 10.0 is `timeout` `10 s`; what has no unit stays as it is."""
    if name.endswith("_s") and isinstance(value, float | int):
        return name.removesuffix("_s"), wording.seconds(value)
    return name, value
