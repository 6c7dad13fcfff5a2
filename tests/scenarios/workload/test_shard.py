"""A fleet's shards: chosen as columns, they hold each visit once and change nothing in it."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenarios.campaigns
from scenarios.workload import arrivals, log_replay
from scenarios.workload.campaign import read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.plan import plan_visits, visits_of
from scenarios.workload.shard import SLOTS, Shard, shard_chunks
from tests.sim.plans import HandMadePlan, action

ALL = tuple(range(SLOTS))
SAMPLE = Path(scenarios.campaigns.__file__).parent / "sample_access.log"


def hand_made(intended_s) -> HandMadePlan:
    steps = (action("look", sku=1), action("pay", 1.0, sku=2))
    return HandMadePlan(intended_s=intended_s, actions=steps, chunk=7)


def visits_in(plan, shard: Shard):
    return [visit for chunk in shard_chunks(plan, shard) for visit in visits_of(chunk, plan.tables)]


@given(
    cuts=st.sets(st.integers(1, SLOTS - 1), max_size=5),
    visits=st.integers(1, 600),
    from_index=st.integers(0, 700),
)
def test_shards_of_all_slots_hold_every_visit_once_and_as_it_was(cuts, visits, from_index):
    plan = hand_made([k * 0.5 for k in range(visits)])
    edges = [0, *sorted(cuts), SLOTS]
    parts = [
        visits_in(plan, Shard(slots=tuple(range(low, high)), from_index=from_index))
        for low, high in itertools.pairwise(edges)
    ]
    together = sorted(itertools.chain(*parts), key=lambda visit: visit.index)
    assert together == list(plan_visits(plan))[from_index:]


def test_a_shard_without_a_visit_gives_no_chunk():
    plan = hand_made([0.0, 1.0])
    assert list(shard_chunks(plan, Shard(slots=(2,)))) == []
    assert list(shard_chunks(plan, Shard(slots=ALL, from_index=2))) == []


@pytest.mark.parametrize("process", ["poisson", "even"])
def test_a_campaign_begun_late_has_the_same_visits_as_one_that_was_drawn_from_its_start(
    monkeypatch, process
):
    monkeypatch.setattr(arrivals, "SLAB_ARRIVALS", 20)
    smoke = dataclasses.replace(read_campaign(find_campaign("smoke")), arrivals=process)
    plan = CampaignPlan(smoke, seed=3)
    whole = list(plan_visits(plan))
    assert len(whole) > 60
    for index in (0, 19, 20, 21, 50, len(whole)):
        assert visits_in(plan, Shard(slots=ALL, from_index=index)) == whole[index:]
    assert next(plan.chunks_from(50)).first_index > 0


def test_a_replay_begun_late_has_the_same_visits(monkeypatch):
    monkeypatch.setattr(log_replay, "VISITS_PER_CHUNK", 4)
    plan = log_replay.read_replay(SAMPLE, amplify=3)
    whole = list(plan_visits(plan))
    assert visits_in(plan, Shard(slots=ALL, from_index=6)) == whole[6:]
