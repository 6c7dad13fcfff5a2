"""The error budget that is left while a run lasts, for its screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from reports.slo.objective import GOOD, LEFT_OUT, Objective
from reports.slo.objective_file import parse_objectives
from scenarios.shoppers.screen import BudgetLeft


def budget_left(file: str, text: str) -> BudgetLeft:
    """The smallest share of budget left over the objectives in `text`.

    The budget of an objective is (1 - target) x its actions expected in the whole run, so it
    can be told from the first second. Response-time objectives wait for the report, and so do
    those of some phases or shoppers only: what is shown live is counted by step.
    """
    objectives = [
        each
        for each in (parse_objectives(text, file) if text else ())
        if each.indicator != "response_time" and each.target < 1 and each.scope.keys() <= {"steps"}
    ]

    def left(counts: Mapping[str, Sequence[int]], expected: Mapping[str, float]) -> float | None:
        shares = [_share_left(each, counts, expected) for each in objectives]
        return min((share for share in shares if share is not None), default=None)

    return left


def _share_left(
    objective: Objective, counts: Mapping[str, Sequence[int]], expected: Mapping[str, float]
) -> float | None:
    steps = objective.steps or tuple(expected)
    allowed = float(Fraction(1) - objective.target) * sum(expected.get(s, 0.0) for s in steps)
    if allowed <= 0:
        return None
    not_bad = GOOD[objective.indicator] | LEFT_OUT[objective.indicator]
    bad = sum(
        count
        for step in steps
        for code, count in enumerate(counts.get(step, ()))
        if code not in not_bad
    )
    return max(0.0, 1 - bad / allowed)
