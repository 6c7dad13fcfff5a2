"""The error budget that is left while a run lasts, for its screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from reports.record.outcome import Outcome
from reports.slo.objective import GOOD, LEFT_OUT, Objective
from reports.slo.objective_file import parse_objectives
from scenarios.guards.standing import Budget
from scenarios.shoppers.screen import BudgetLeft


def budget_left(file: str, text: str) -> BudgetLeft:
    """The smallest share of budget left over the objectives in `text`.

    The budget of an objective is (1 - target) x its actions expected in the whole run, so it
    can be told from the first second. Response-time objectives wait for the report, and so do
    those of some phases or shoppers only: what is shown live is counted by step.
    """
    objectives = _with_live_budget(file, text)

    def left(counts: Mapping[str, Sequence[int]], expected: Mapping[str, float]) -> float | None:
        shares = [_share_left(each, counts, expected) for each in objectives]
        return min((share for share in shares if share is not None), default=None)

    return left


def error_budgets(file: str, text: str, expected: Mapping[str, float]) -> tuple[Budget, ...]:
    """The same budgets for the guards of a run with `expected` actions of each step."""
    budgets = (_budget(each, expected) for each in _with_live_budget(file, text))
    return tuple(each for each in budgets if each is not None)


def _with_live_budget(file: str, text: str) -> list[Objective]:
    return [
        each
        for each in (parse_objectives(text, file) if text else ())
        if each.indicator != "response_time" and each.target < 1 and each.scope.keys() <= {"steps"}
    ]


def _budget(objective: Objective, expected: Mapping[str, float]) -> Budget | None:
    """None where not one of the actions of `objective` is expected."""
    steps = objective.steps or tuple(expected)
    allowed = float(Fraction(1) - objective.target) * sum(expected.get(s, 0.0) for s in steps)
    if allowed <= 0:
        return None
    not_bad = GOOD[objective.indicator] | LEFT_OUT[objective.indicator]
    bad = frozenset(Outcome) - not_bad
    return Budget(objective=objective.name, allowed=allowed, bad=bad, steps=steps)


def _share_left(
    objective: Objective, counts: Mapping[str, Sequence[int]], expected: Mapping[str, float]
) -> float | None:
    budget = _budget(objective, expected)
    if budget is None:
        return None
    spent = sum(
        counts[step][code] for step in budget.steps or () if step in counts for code in budget.bad
    )
    return max(0.0, 1 - spent / budget.allowed)
