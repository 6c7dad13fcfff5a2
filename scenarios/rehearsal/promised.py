"""A campaign's objectives as promises that a simulation counts as it goes."""

from __future__ import annotations

from pathlib import Path

from reports.documents.mistake import DocumentError
from reports.record.planned import plan_facts
from reports.slo.judgement import unknown_words
from reports.slo.objective import GOOD, LEFT_OUT, SCOPES, Objective
from reports.slo.objective_file import beside, read_objectives
from scenarios.workload.plan import VisitPlan
from sim.answers.promises import Promise


def promises_of(
    plan: VisitPlan, campaign_file: Path, given: Path | None = None
) -> tuple[Promise, ...]:
    """What is promised in the objectives file `given`, else in the one beside the campaign; nothing
    where there is none. Raises DocumentError, also for a word that `plan` does not know."""
    file = given or beside(campaign_file)
    objectives = read_objectives(file) if file else ()
    if mistakes := list(unknown_words(plan_facts(plan).tables, objectives)):
        raise DocumentError(mistakes)
    return tuple(promise_of(each) for each in objectives)


def promise_of(objective: Objective) -> Promise:
    """The same in the words of `sim`, which does not know objectives."""
    return Promise(
        name=objective.name,
        target=objective.target,
        good=GOOD[objective.indicator],
        left_out=LEFT_OUT[objective.indicator],
        below_s=objective.below_s,
        scope={SCOPES[key]: words for key, words in objective.scope.items()},
    )
