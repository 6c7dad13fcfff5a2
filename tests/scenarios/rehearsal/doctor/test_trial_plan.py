"""The plan that the generator is measured with."""

from __future__ import annotations

import numpy as np

from reports.record.planned import plan_facts
from scenarios.rehearsal.doctor.trial_plan import STEP, TrialPlan, poisson_arrivals
from scenarios.workload.plan import plan_visits


def trial() -> TrialPlan:
    return TrialPlan(intended_s=np.array([0.0, 0.5, 1.5]), openings=3, think_s=0.1, duration_s=2.0)


def test_every_visit_opens_the_same_page_as_often() -> None:
    visits = list(plan_visits(trial()))
    assert [each.intended_s for each in visits] == [0.0, 0.5, 1.5]
    assert [[a.step for a in each.actions] for each in visits] == [[STEP] * 3] * 3


def test_nobody_thinks_before_the_first_action() -> None:
    for visit in plan_visits(trial()):
        assert [each.think_s for each in visit.actions] == [0.0, 0.1, 0.1]


def test_a_record_can_be_kept_of_it() -> None:
    facts = plan_facts(trial())
    assert facts.planned_visits == 3
    assert facts.arrivals_per_second == (2, 1)
    assert facts.expected_actions == {STEP: 9.0}


def test_poisson_arrivals_have_exponential_gaps() -> None:
    """Mean and standard deviation of the gaps are both 1 / rate; five standard errors of 1 %."""
    arrivals_s = poisson_arrivals(100.0, 100.0, seed=3)
    gaps_s = np.diff(arrivals_s)
    assert gaps_s.min() >= 0
    assert 0 <= arrivals_s[0] <= arrivals_s[-1] < 100
    assert abs(gaps_s.mean() - 0.01) < 0.0005
    assert abs(gaps_s.std() - 0.01) < 0.001
    assert np.array_equal(arrivals_s, poisson_arrivals(100.0, 100.0, seed=3))
