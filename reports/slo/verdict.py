"""The verdict on one objective: integer arithmetic, and never green on too little data."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

from reports.slo.count import Count, WindowCount
from reports.slo.interval import clopper_pearson
from reports.slo.objective import Objective

VerdictOutcome = Literal["met", "violated", "inconclusive", "no_data", "run_invalid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`good` of `total` events against the objective's target, and why the outcome is not
    simply met. `n` includes actions in scope that the indicator leaves out."""

    objective: Objective
    outcome: VerdictOutcome
    n: int
    good: int
    total: int
    worst_window: WindowCount | None = None
    why: str = ""

    @property
    def achieved(self) -> Fraction | None:
        """The exact share of good events; None without data."""
        return Fraction(self.good, self.total) if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % confidence interval of the share; None without data."""
        return clopper_pearson(self.good, self.total)

    @property
    def error_budget(self) -> Fraction:
        """How many bad events the target allows among `total`."""
        return (1 - self.objective.target) * self.total

    @property
    def budget_spent_ratio(self) -> float | None:
        """Bad events over the error budget; None where there is no budget to spend."""
        bad = self.total - self.good
        return float(bad / self.error_budget) if self.error_budget else None


def is_met(good: int, total: int, target: Fraction) -> bool:
    """Whether good / total >= target, in integers."""
    return good * target.denominator >= target.numerator * total


def events_needed(target: Fraction) -> int:
    """The fewest events whose error budget is one whole event: ceil(1 / (1 - target)).

    With fewer, a single bad event would decide. A target of 100 % has no budget and asks only
    that there be an event.
    """
    return ceil(1 / (1 - target)) if target < 1 else 1


def verdict_on(
    objective: Objective, counted: Count, *, run_valid: bool = True, cut_short: str = ""
) -> Verdict:
    """The verdict on `objective`. `cut_short` says why the run did not end by itself."""
    outcome, why = _outcome(objective, counted, run_valid=run_valid, cut_short=cut_short)
    return Verdict(
        objective=objective,
        outcome=outcome,
        n=counted.n,
        good=counted.good,
        total=counted.total,
        worst_window=counted.worst_window,
        why=why,
    )


def _outcome(
    objective: Objective, counted: Count, *, run_valid: bool, cut_short: str
) -> tuple[VerdictOutcome, str]:
    if not run_valid:
        return "run_invalid", "the run is invalid, so it says nothing about the target"
    if counted.total == 0:
        return "no_data", "no action that it is about was counted"
    if not is_met(counted.good, counted.total, objective.target):
        return "violated", ""
    if cut_short:
        return "inconclusive", cut_short
    if open_question := _open_question(objective, counted):
        return "inconclusive", open_question
    return "met", ""


def _open_question(objective: Objective, counted: Count) -> str:
    """Why a target that is met so far may yet be missed; empty when it may not."""
    if counted.total < (needed := events_needed(objective.target)):
        return f"{counted.total:,} events are too few, needs {needed:,}"
    if not is_met(counted.visits - counted.unseen, counted.visits, objective.target):
        # Their actions could have spent the whole budget.
        unseen = f"{counted.unseen:,} of {counted.visits:,} visits were not sent"
        return f"{unseen}, so these steps say nothing of them"
    return ""
