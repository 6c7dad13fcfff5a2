"""The part of verdict.json that tells what a search for the limit found."""

from __future__ import annotations

import dataclasses
from typing import Any

from reports.analysis.quantiles import LEVELS, Quantiles
from reports.render.limit_wording import why_broke
from reports.slo.limit import Limit
from reports.slo.stair_verdict import StairVerdict


def limit_part(limit: Limit) -> dict[str, Any]:
    """`limit` as plain values; rates are visits a second, what is not known is None."""
    interval = limit.interval
    return {
        "outcome": limit.outcome,
        "held_per_s": limit.held.stair.rate_per_s if limit.held else None,
        "broke_per_s": limit.broke.stair.rate_per_s if limit.broke else None,
        "why": why_broke(limit.broke) if limit.broke else "",
        "interval_per_s": [interval.lowest_per_s, interval.highest_per_s] if interval else None,
        "knee": dataclasses.asdict(limit.knee) if limit.knee else None,
        "stairs": [
            _stair(each, times_s) for each, times_s in zip(limit.stairs, limit.times_s, strict=True)
        ],
    }


def _stair(verdict: StairVerdict, times_s: Quantiles) -> dict[str, Any]:
    return {
        **dataclasses.asdict(verdict.stair),
        "outcome": verdict.outcome,
        "windows": len(verdict.usable),
        "usable_windows": int(verdict.usable.sum()),
        "in_spite_of_a_late_generator": verdict.in_spite,
        "started_per_s": verdict.started_per_s,
        "goodput_per_s": verdict.goodput_per_s,
        "fell_from_per_s": verdict.fall.from_goodput_per_s if verdict.fall else None,
        "response_time_s": {name: getattr(times_s, name) for name in (*LEVELS, "max", "n")},
        "objectives": [
            {
                "name": each.objective.name,
                "good": each.good,
                "total": each.total,
                "missed": each.is_missed,
                "interval": list(each.interval) if each.interval else None,
            }
            for each in verdict.shares
        ],
    }
