"""The short result of a simulated run, for a person and for a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from rich.table import Table

from reports.record.outcome import Outcome
from reports.record.reader import RunRecord

if TYPE_CHECKING:
    import pandas as pd

LEVELS: Mapping[str, float] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def result_facts(record: RunRecord) -> dict[str, Any]:
    """Visits, actions, outcomes and exact response-time percentiles in seconds (null without
    data) of each step, ready for JSON."""
    manifest, actions = record.manifest, record.actions
    ending = manifest.ending
    return {
        "run_id": manifest.run_id,
        "model": manifest.target.get("model", ""),
        "ending": ending.reason if ending else "killed",
        "planned_visits": manifest.plan.planned_visits,
        "actions": len(actions),
        "outcomes": _outcomes(actions),
        "invariants": {each.name: each.held for each in manifest.invariants},
        "steps": {
            str(step): _step_facts(actions[actions["step"] == step])
            for step in manifest.plan.tables["step"]
        },
    }


def result_table(record: RunRecord) -> Table:
    """A line a step: actions, those that were ok, percentiles in milliseconds."""
    facts = result_facts(record)
    outcomes = ", ".join(f"{word} {count:,}" for word, count in facts["outcomes"].items() if count)
    title = f"{facts['planned_visits']:,} visits, {facts['actions']:,} actions: {outcomes}"
    table = Table(title=title, title_justify="left", title_style="", box=None, pad_edge=False)
    table.add_column("step")
    for name in ("actions", "ok", *(f"{level} ms" for level in LEVELS)):
        table.add_column(name, justify="right")
    for step, each in facts["steps"].items():
        times = (each[level] for level in LEVELS)
        shown = ("-" if time_s is None else f"{time_s * 1000:.1f}" for time_s in times)
        table.add_row(step, f"{each['actions']:,}", f"{each['ok']:,}", *shown)
    return table


def _outcomes(actions: pd.DataFrame) -> dict[str, int]:
    counts = actions["outcome"].value_counts()
    return {each.word: int(counts.get(each.word, 0)) for each in Outcome}


def _step_facts(actions: pd.DataFrame) -> dict[str, Any]:
    times_s = (actions["finished_s"] - actions["intended_s"]).dropna().to_numpy(dtype=np.float64)
    return {
        "actions": len(actions),
        "ok": _outcomes(actions)["ok"],
        **{name: _quantile(times_s, level) for name, level in LEVELS.items()},
    }


def _quantile(times_s: npt.NDArray[np.float64], level: float) -> float | None:
    if not len(times_s):
        return None
    return float(np.quantile(times_s, level, method="inverted_cdf"))
