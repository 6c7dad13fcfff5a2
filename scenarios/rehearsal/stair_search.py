"""A search for the limit while it runs: judges each stair from the rows that have been written."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.record.manifest import EndReason, Manifest, Stair
from reports.record.reader import read_segments, segments_in
from reports.render.limit_wording import why_broke
from reports.slo.limit import searched_stairs
from reports.slo.objective import Objective
from reports.slo.objective_file import parse_objectives
from reports.slo.stair_counts import StairCounts, count_stairs
from reports.slo.stair_verdict import StairVerdict, judge_stairs
from scenarios.workload.plan import VisitPlan

WRITTEN_AFTER_S = 2.0
"""After its end a stair's rows may take this long to be on disk: they are written every second."""
LATE_REPLIES_S = 8.0
"""A stair at which the generator was late is given up only now: its slowest replies may yet show
that the platform had broken before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchEnd:
    """Why a search is over, in a few words."""

    reason: EndReason
    detail: str


def stair_search(
    plan: VisitPlan, directory: Path, file: str, text: str
) -> Callable[[Manifest], StairSearch] | None:
    """What begins the search of a run of `plan` into `directory` by the objectives `text`; None
    for a plan that searches for no limit."""
    if not any(each.stairs for each in plan.phases):
        return None
    objectives = parse_objectives(text, file)
    return lambda manifest: StairSearch(directory, manifest, objectives)


class StairSearch:
    """Looks on beside a player, measured or simulated. The arithmetic is that of the report, which
    judges the same rows.

    Late replies may still be missing when a stair is judged. They are no better than those that
    came, so what broke has broken; what held is judged again at every look.
    """

    def __init__(
        self, directory: Path, manifest: Manifest, objectives: Sequence[Objective]
    ) -> None:
        self._directory = directory
        self._manifest = manifest
        self._objectives = objectives
        self._stairs = searched_stairs(manifest)
        self._seen: set[Path] = set()
        self._counts: StairCounts | None = None
        self._verdicts: tuple[StairVerdict, ...] = ()

    def look(self, now_s: float) -> SearchEnd | None:
        """The end of the search when a stair that is over has broken, or when the generator was
        at its limit in it."""
        self._read_on()
        ended = [each for each in self._stairs if each.end_s + WRITTEN_AFTER_S <= now_s]
        if self._counts is None or not ended:
            return None
        self._verdicts = judge_stairs(self._counts, ended, self._objectives)
        if broke := next((each for each in self._verdicts if each.outcome == "broke"), None):
            rate = f"{broke.stair.rate_per_s:g}/s"
            return SearchEnd(reason="limit_found", detail=f"broke at {rate}: {why_broke(broke)}")
        limited = _last_ones_limited(self._verdicts)
        if limited and limited[0].end_s + LATE_REPLIES_S <= now_s:
            rate = f"{limited[0].rate_per_s:g}/s"
            detail = f"the generator, not the platform, was at its limit at {rate}"
            return SearchEnd(reason="generator_limited", detail=detail)
        return None

    def reading(self, now_s: float) -> str:
        """`180/s since 4 s · 160/s held`."""
        here = next((each for each in self._stairs if each.start_s <= now_s < each.end_s), None)
        verdicts = self._verdicts
        said = [_standing(here, now_s)] if here else []
        if verdicts:
            last = verdicts[-1]
            said.append(f"{last.stair.rate_per_s:g}/s {last.outcome.replace('_', ' ')}")
        return " · ".join(said) or "not begun"

    def _read_on(self) -> None:
        new = [each for each in segments_in(self._directory) if each not in self._seen]
        self._seen.update(new)
        part = read_segments(self._directory, self._manifest, new)
        counts = count_stairs(part, self._stairs, self._objectives)
        self._counts = counts if self._counts is None else self._counts.plus(counts)


def _last_ones_limited(verdicts: Sequence[StairVerdict]) -> list[Stair]:
    """The stairs since the last one that says something of the platform."""
    late = itertools.takewhile(lambda each: each.outcome == "generator_limited", verdicts[::-1])
    return [each.stair for each in late][::-1]


def _standing(stair: Stair, now_s: float) -> str:
    since_s = now_s - stair.start_s
    settling = ", settling" if since_s < stair.settle_s else ""
    return f"{stair.rate_per_s:g}/s since {since_s:.0f} s{settling}"
