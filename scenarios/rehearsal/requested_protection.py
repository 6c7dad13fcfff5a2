"""From what was typed, and what campaign and target say, to all that may stop the run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reports.documents.mistake import DocumentError, mistake_on_command_line
from scenarios.guards.admission import Limits
from scenarios.guards.audit_log import audit_file
from scenarios.guards.kill_file import kill_files, reason_to_stop
from scenarios.guards.protection import Protection
from scenarios.guards.standing import Budget
from scenarios.rehearsal.budget import error_budgets
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.guard import BudgetCondition, Condition, Guards, condition, unknown_steps
from scenarios.workload.plan import VisitPlan
from targets.target_file import PermittedTarget

ELSEWHERE = Guards(abort=(condition("errors > 50 % for 30 s"),))
"""What stops a run against another machine, when nobody has said anything about it. A campaign
with `guards: {}` says that nothing shall."""


def requested_protection(
    plan: VisitPlan,
    target: PermittedTarget,
    directory: Path,
    objectives: tuple[str, str],
    abort_if: Sequence[str],
    kill_file: Path | None,
) -> Protection:
    """Raises DocumentError for a condition that is none, or that nothing can be told of, and for
    a kill file that is there already.

    `objectives` are the name and the text of the objectives file.
    """
    budgets = error_budgets(*objectives, plan.expected_actions())
    return Protection(
        guards=_guards(plan, target, abort_if, budgets),
        budgets=budgets,
        kill_files=_kill_files(directory, kill_file),
        limits=Limits(
            largest_rate_per_s=target.largest_rate_per_s,
            largest_duration_s=target.largest_duration_s,
        ),
        audit_file=audit_file(os.environ),
    )


def _guards(
    plan: VisitPlan, target: PermittedTarget, abort_if: Sequence[str], budgets: Sequence[Budget]
) -> Guards:
    written = plan.campaign.guards if isinstance(plan, CampaignPlan) else None
    if written is None and not abort_if:
        return Guards() if target.is_on_this_machine else ELSEWHERE
    typed = Guards(abort=_typed(abort_if, plan.tables.steps))
    before = written or Guards()
    guards = replace(before, abort=(*before.abort, *typed.abort))
    on_budgets = [
        each.text
        for each in (*guards.abort, *guards.ramp_down)
        if isinstance(each, BudgetCondition)
    ]
    if on_budgets and not budgets:
        what = "needs an objective with an error budget: success or availability below 100 %"
        raise mistake_on_command_line(f'guard "{on_budgets[0]}"', what)
    return guards


def _typed(texts: Sequence[str], steps: tuple[str, ...]) -> tuple[Condition, ...]:
    found, wrong = [], []
    for text in texts:
        try:
            found.append(condition(text))
        except ValueError as error:
            wrong.append(f'{error}, got "{text}"')
    conditions = tuple(found)
    wrong += [what for _, what in unknown_steps(Guards(abort=conditions), steps)]
    if wrong:
        each_wrong = (mistake_on_command_line("--abort-if", what) for what in wrong)
        raise DocumentError([mistake for error in each_wrong for mistake in error.mistakes])
    return conditions


def _kill_files(directory: Path, given: Path | None) -> tuple[Path, ...]:
    files = kill_files(directory, given)
    if (why := reason_to_stop(files)) is not None:
        raise mistake_on_command_line("run", f"{why}: it is there already; remove it to start")
    return files
