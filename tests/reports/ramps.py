"""Synthetic records of searches for the limit, with a known limit."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.record.manifest import Ending, Manifest, PhaseSpan, Stair
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from reports.record.row import ActionRow
from tests.reports.records import manifest_of, record_of, row

EVERY_S, SETTLE_S = 10.0, 2.0
FAST_S, SLOW_S = 0.1, 2.0


@dataclass(frozen=True, kw_only=True)
class Level:
    """How a stair fares: which of its seconds answer slowly, which fail, in which the generator
    is late. Seconds count from the start of the stair."""

    rate_per_s: int
    slow: Sequence[int] = ()
    failing: Sequence[int] = ()
    late: Sequence[int] = ()
    lag_s: float = 0.2
    slow_s: float = SLOW_S


ALL = tuple(range(10))
HELD = tuple(Level(rate_per_s=rate) for rate in (20, 40, 60))
BROKEN = Level(rate_per_s=80, slow=ALL)


def stairs_of(levels: Sequence[Level], *, settle_s: float = SETTLE_S) -> tuple[Stair, ...]:
    return tuple(
        Stair(
            rate_per_s=float(each.rate_per_s),
            start_s=index * EVERY_S,
            duration_s=EVERY_S,
            settle_s=settle_s,
        )
        for index, each in enumerate(levels)
    )


def ramp_manifest(levels: Sequence[Level]) -> Manifest:
    """A plan that is one search over `levels`; the rates are even."""
    stairs = stairs_of(levels)
    span = PhaseSpan(
        name="ramp", start_s=0.0, duration_s=len(levels) * EVERY_S, judged=True, stairs=stairs
    )
    arrivals = [each.rate_per_s for each in levels for _ in range(int(EVERY_S))]
    manifest = manifest_of(arrivals_per_second=arrivals, phases=(span,))
    plan = dataclasses.replace(manifest.plan, duration_s=span.duration_s, name="ramp")
    return dataclasses.replace(manifest, plan=plan)


def rows_of(levels: Sequence[Level]) -> list[ActionRow]:
    rows: list[ActionRow] = []
    for number, level in enumerate(levels):
        for second in range(int(EVERY_S)):
            for k in range(level.rate_per_s):
                at_s = number * EVERY_S + second + (k + 0.5) / level.rate_per_s
                failing = second in level.failing
                rows.append(
                    row(
                        len(rows),
                        phase=0,
                        intended_s=at_s,
                        lag_s=level.lag_s if second in level.late else 0.0,
                        response_time_s=level.slow_s if second in level.slow else FAST_S,
                        outcome=Outcome.FAILED if failing else Outcome.OK,
                    )
                )
    return rows


def ramp_record(
    directory: Path, levels: Sequence[Level], *, ending: Ending | None = None
) -> RunRecord:
    """The record of a search that played `levels` to their end, by default completed."""
    ending = ending or Ending(reason="completed", at_s=len(levels) * EVERY_S)
    return record_of(directory, rows_of(levels), manifest=ramp_manifest(levels), ending=ending)
