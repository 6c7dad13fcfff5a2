"""`verdict.json`: the judgement for machines. Its schema stands in verdict.schema.json."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

from reports.analysis.bottleneck import Bottleneck
from reports.analysis.full_limit import FullLimit
from reports.analysis.persona_table import persona_table
from reports.analysis.quantiles import LEVELS, Quantiles, StepTimes, times_by_step, times_of
from reports.analysis.validity import Validity
from reports.record.reader import RunRecord
from reports.render.limit_json import limit_part
from reports.slo.judgement import Judgement
from reports.slo.objective import SCOPES
from reports.slo.verdict import Verdict

SCHEMA_VERSION = 1
SCHEMA_FILE = Path(__file__).with_name("verdict.schema.json")


def verdict_document(record: RunRecord, judgement: Judgement) -> dict[str, Any]:
    """The judgement of `record` as plain values. Seconds are floats, what is not known is None."""
    manifest = record.manifest
    document = {
        "schema_version": SCHEMA_VERSION,
        "run_id": manifest.run_id,
        "origin": manifest.origin,
        "campaign": manifest.plan.name,
        "seed": manifest.plan.seed,
        "created_at": manifest.created_at,
        "outcome": judgement.overall,
        "exit_code": int(judgement.exit_code),
        "ending": dataclasses.asdict(manifest.ending) if manifest.ending else None,
        "objectives_from": judgement.objectives_from,
        "validity": _validity(judgement.validity),
        "lost_visits": [dataclasses.asdict(each) for each in manifest.lost_visits],
        "bottleneck": _bottleneck(judgement.bottleneck),
        "objectives": [_objective(each) for each in judgement.verdicts],
        "limit": limit_part(judgement.limit) if judgement.limit else None,
        "invariants": [dataclasses.asdict(each) for each in judgement.invariants],
        "quantiles": {step: _times(each) for step, each in times_by_step(record).items()},
        "quantiles_of_all_steps": _times(times_of(record.actions)),
        "outcomes": _outcomes(record),
        "personas": [dataclasses.asdict(each) for each in persona_table(record)],
        "guards": [dataclasses.asdict(each) for each in manifest.guards],
        "colouring": dataclasses.asdict(manifest.colouring) if manifest.colouring else None,
        "notes": list(manifest.notes),
    }
    plain: dict[str, Any] = finite(document)
    return plain


def verdict_text(record: RunRecord, judgement: Judgement) -> str:
    """`verdict_document` as JSON with a final newline; NaN and infinity never appear."""
    document = verdict_document(record, judgement)
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def finite(value: Any) -> Any:
    """`value` with every number that JSON cannot hold replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return value


def _validity(validity: Validity) -> dict[str, Any]:
    return {
        "valid": validity.valid,
        "reasons": list(validity.reasons),
        "planned_visits": validity.planned_visits,
        "due_visits": validity.due_visits,
        "started_visits": validity.started_visits,
        "not_sent_visits": validity.not_sent_visits,
        "missing_visits": validity.missing_visits,
        "late_visits": validity.late_visits,
        "short_visits": validity.short_visits,
        "lost_visits": validity.lost_visits,
        "own_fault_visits": validity.own_fault_visits,
        "full_limit": _full_limit(validity.full_limit),
        "largest_lag_p99_s": validity.bounds.largest_lag_p99_s,
        "largest_missing_ratio": float(validity.bounds.largest_missing),
        "schedule_lag_s": _quantiles(validity.lag_s),
        "first_action_schedule_lag_s": _quantiles(validity.first_lag_s),
    }


def _full_limit(full: FullLimit | None) -> dict[str, Any] | None:
    return {**dataclasses.asdict(full), "enough": full.enough} if full else None


def _bottleneck(found: Bottleneck) -> dict[str, Any]:
    needed = found.workers
    workers = {**dataclasses.asdict(needed), "workers": needed.workers} if needed else None
    return {
        "symptoms": [dataclasses.asdict(each) for each in found.symptoms],
        "workers_needed": workers,
        "sentences": list(found.sentences),
    }


def _objective(verdict: Verdict) -> dict[str, Any]:
    objective, achieved = verdict.objective, verdict.achieved
    return {
        "name": objective.name,
        "outcome": verdict.outcome,
        "why": verdict.why,
        "indicator": objective.indicator,
        "below_s": objective.below_s,
        **dict.fromkeys(SCOPES),
        **{key: list(words) for key, words in objective.scope.items()},
        "target": float(objective.target),
        "target_exact": f"{objective.target.numerator}/{objective.target.denominator}",
        "achieved": float(achieved) if achieved is not None else None,
        "n": verdict.n,
        "good": verdict.good,
        "total": verdict.total,
        "interval": list(verdict.interval) if verdict.interval else None,
        "error_budget": float(verdict.error_budget),
        "budget_spent_ratio": verdict.budget_spent_ratio,
        "worst_window": (
            dataclasses.asdict(verdict.worst_window) if verdict.worst_window else None
        ),
    }


def _times(times: StepTimes) -> dict[str, Any]:
    return {
        "response_time_s": _quantiles(times.response_time_s),
        "request_duration_s": _quantiles(times.request_duration_s),
    }


def _quantiles(found: Quantiles) -> dict[str, float | int | None]:
    return {name: getattr(found, name) for name in (*LEVELS, "max", "n")}


def _outcomes(record: RunRecord) -> dict[str, dict[str, int]]:
    counts = record.actions.groupby(["step", "outcome"], observed=False).size().unstack()
    return {
        str(step): {str(word): int(number) for word, number in row.items()}
        for step, row in counts.iterrows()
    }
