"""What went down with a worker is counted exactly."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reports.record.outcome import Outcome
from reports.record.worker_visits import LastRows
from scenarios.fleet.duty import Duties
from scenarios.fleet.lost_visits import wreck_of
from scenarios.workload.plan import plan_visits
from scenarios.workload.shard import SLOTS
from tests.sim.plans import HandMadePlan, action

PLAN = HandMadePlan(intended_s=[k * 0.1 for k in range(700)], actions=[action("look")], chunk=64)


def looked(visits: Collection[int]) -> LastRows:
    """These visits have done their one action."""
    visit = np.array(sorted(visits), dtype=np.int64)
    return LastRows(visit=visit, action=0 * visit, outcome=0 * visit)


@given(
    until=st.integers(0, 750),
    through=st.integers(-1, 750),
    recorded=st.sets(st.integers(0, 699)),
    before_s=st.sampled_from([math.inf, 31.0]),
)
def test_lost_are_the_visits_of_its_duties_without_a_row(until, through, recorded, before_s):
    duties = Duties([1, 2])
    duties.pass_on(2, [1], from_index=until)
    [duty] = duties.of(2)
    wreck = wreck_of(
        PLAN,
        [duty],
        started_through={duty.number: through},
        last=looked(recorded),
        before_s=before_s,
    )
    gone = [
        visit
        for visit in plan_visits(PLAN)
        if visit.index % SLOTS in duty.shard.slots
        and visit.index < until
        and visit.index not in recorded
        and visit.intended_s < before_s
    ]
    assert wreck.started == sum(each.index <= through for each in gone)
    assert wreck.unknown == sum(each.index > through for each in gone)
    if gone:
        assert (wreck.from_s, wreck.until_s) == (gone[0].intended_s, gone[-1].intended_s)


def test_a_worker_that_never_reported_had_started_nothing_for_certain():
    duties = Duties([1, 2])
    duties.pass_on(2, [1], from_index=100)
    wreck = wreck_of(PLAN, duties.of(2), started_through={}, last=looked(()), before_s=math.inf)
    assert (wreck.started, wreck.unknown) == (0, 50)
    assert wreck.lost_visits(2, "killed by SIGKILL").visits == 50


def test_torn_are_the_visits_whose_last_row_is_not_their_end():
    steps = (action("look"), action("pay", 1.0))
    plan = HandMadePlan(intended_s=[k * 0.1 for k in range(8)], actions=steps, chunk=3)
    ends = {0: (1, Outcome.OK), 1: (0, Outcome.OK), 2: (0, Outcome.REJECTED), 4: (0, Outcome.OK),
            5: (0, Outcome.NOT_SENT), 6: (0, Outcome.TIMED_OUT), 7: (0, Outcome.OK)}  # fmt: skip
    action_, outcome = zip(*ends.values(), strict=True)
    last = LastRows(visit=np.array(list(ends)), action=np.array(action_), outcome=np.array(outcome))
    duties = Duties([1])
    wreck = wreck_of(plan, duties.of(1), started_through={}, last=last, before_s=0.65)
    assert (wreck.torn, wreck.visits) == (2, 1)
    assert (wreck.from_s, wreck.until_s) == (plan.intended_s[1], plan.intended_s[4])
    assert wreck.lost_visits(1, "killed").in_words == "1 visit and the end of 2 more"
