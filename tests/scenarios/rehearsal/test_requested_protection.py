"""What may stop a run: what the campaign says, what was typed, and a default for other machines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reports.documents.mistake import DocumentError
from scenarios.guards.audit_log import AUDIT_VARIABLE
from scenarios.rehearsal.requested_protection import ELSEWHERE, requested_protection
from scenarios.workload.campaign import read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.guard import Guards, condition
from targets.target_file import PermittedTarget

HERE = PermittedTarget(
    url="http://127.0.0.1:9", address=("127.0.0.1", 9), environment="local", adapter="fetch"
)
THERE = replace(
    HERE, address=("10.1.2.3", 80), largest_rate_per_s=20.0, largest_duration_s=60.0
)  # fmt: skip
ERRORS, BUDGET = "errors > 20 % for 10 s", "10 % of the error budget within 60 s"
OBJECTIVES = "objectives: [{name: a, indicator: success, target: 99 %}]"


@pytest.fixture(autouse=True)
def _in_a_workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(AUDIT_VARIABLE, raising=False)


def protection(
    guards: Guards | None = None, *, target=HERE, typed=(), objectives=OBJECTIVES, kill_file=None
):
    campaign = replace(read_campaign(find_campaign("smoke")), guards=guards)
    return requested_protection(
        CampaignPlan(campaign),
        target,
        Path("runs/r"),
        ("a.yaml", objectives),
        typed,
        kill_file,
    )


def test_a_run_on_this_machine_is_guarded_by_what_was_asked_for_only():
    assert protection().guards == Guards()
    assert protection().limits.largest_rate_per_s is None


def test_a_run_elsewhere_is_guarded_unless_somebody_has_spoken_of_guards():
    assert protection(target=THERE).guards == ELSEWHERE
    assert protection(Guards(), target=THERE).guards == Guards()
    typed = protection(target=THERE, typed=(ERRORS,)).guards
    assert typed == Guards(abort=(condition(ERRORS),))


def test_what_was_typed_comes_beside_what_the_campaign_says():
    own = Guards(abort=(condition("errors > 1 % for 5 s"),), ramp_down=(condition(BUDGET),))
    assert protection(own, typed=(ERRORS, BUDGET)).guards == Guards(
        abort=(*own.abort, condition(ERRORS), condition(BUDGET)), ramp_down=own.ramp_down
    )


def test_the_targets_limits_hold_while_running_too():
    limits = protection(target=THERE).limits
    assert (limits.largest_rate_per_s, limits.largest_duration_s) == (20.0, 60.0)


def test_a_budget_is_that_of_the_objectives_over_the_whole_run():
    plan = CampaignPlan(read_campaign(find_campaign("smoke")))
    [budget] = protection().budgets
    assert budget.allowed == pytest.approx(0.01 * sum(plan.expected_actions().values()))


def test_a_condition_on_budgets_needs_one():
    with pytest.raises(DocumentError, match="needs an objective with an error budget"):
        protection(typed=(BUDGET,), objectives="")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("errors > fast", '--abort-if: must go on after "errors >" with a share such as "20 %"'),
        ("errors of pai > 2 % for 5 s", '--abort-if: names the step "pai", which is none of'),
    ],
)
def test_a_mistake_in_a_typed_condition_is_told(typed, told):
    with pytest.raises(DocumentError) as refused:
        protection(typed=(ERRORS, typed))
    assert told in str(refused.value)


def test_a_kill_file_that_is_there_already_starts_no_run():
    Path("STOP").write_text("last week\n")
    with pytest.raises(DocumentError, match="STOP: last week: it is there already; remove it"):
        protection()
    assert protection(kill_file=Path("other")).kill_files == (Path("other"), Path("runs/r/STOP"))


def test_the_audit_log_is_beside_the_runs(monkeypatch):
    assert protection().audit_file == Path("audit.jsonl")
    monkeypatch.setenv(AUDIT_VARIABLE, "/var/log/loads.jsonl")
    assert protection().audit_file == Path("/var/log/loads.jsonl")


def test_all_mistakes_in_what_was_typed_are_told_at_once():
    typed = ("error > 20 %", ERRORS, "failed of nostep > 5 % for 1 s", "errors > 20 %")
    with pytest.raises(DocumentError) as caught:
        protection(typed=typed)
    told = [str(each) for each in caught.value.mistakes]
    assert len(told) == 3
    assert all(each.startswith("--abort-if") for each in told)
