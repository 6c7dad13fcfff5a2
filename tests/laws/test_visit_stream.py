"""What holds for the visit stream of every campaign, whatever its shape."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.workload.campaign import Campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.funnel import FunnelStep
from scenarios.workload.persona import Persona
from scenarios.workload.phase import Phase
from scenarios.workload.plan import plan_visits
from scenarios.workload.shape_keys import Spike
from scenarios.workload.think_time import ThinkTime
from tests.scenarios.workload.campaigns import campaign

ratios = st.integers(0, 20).map(lambda twentieths: Fraction(twentieths, 20))


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    duration_s = draw(st.floats(0.1, 20.0))
    low, high = sorted([draw(st.floats(0, 100)), draw(st.floats(0, 100))])
    shape = draw(
        st.sampled_from(
            [
                {"at_per_s": low},
                {"from_per_s": low, "to_per_s": high},
                {"spike": Spike(to_per_s=high, settle_per_s=low, half_life_s=duration_s / 3)},
            ]
        )
    )
    return Phase(name=draw(st.uuids()).hex, duration_s=duration_s, **shape)


steps = st.builds(
    FunnelStep,
    step=st.sampled_from("abcd"),
    onward=ratios,
    take=ratios,
    product=st.sampled_from(["none", "new", "hot", "same"]),
    think=st.builds(ThinkTime, median_s=st.floats(0.01, 5.0), sigma=st.floats(0, 1)),
    quantity=st.integers(1, 5),
)


funnels = st.builds(
    lambda product, rest: (FunnelStep(step="a", product=product), *rest),
    st.sampled_from(["none", "new", "same"]),
    st.lists(steps, max_size=6),
)


@st.composite
def campaigns(draw: st.DrawFn) -> Campaign:
    factors = st.floats(0, 2)
    personas = tuple(
        Persona(
            name=str(n),
            share=Fraction(1, 2),
            keenness=draw(factors),
            think=draw(factors),
            funnel=draw(st.none() | funnels),
        )
        for n in range(2)
    )
    return campaign(
        phases=tuple(draw(st.lists(phases(), min_size=1, max_size=4))),
        funnel=draw(funnels),
        personas=personas,
        arrivals=draw(st.sampled_from(["poisson", "even"])),
        seed=draw(st.integers(0, 2**64)),
    )


@given(asked=campaigns())
def test_visits_arrive_in_order_within_their_phase(asked: Campaign) -> None:
    plan = CampaignPlan(asked)
    for chunk in plan.chunks():
        assert np.all(np.diff(chunk.intended_s) >= 0)
        starts_s = np.array([each.start_s for each in plan.phases])[chunk.phase]
        ends_s = np.array([each.end_s for each in plan.phases])[chunk.phase]
        assert np.all(chunk.intended_s >= starts_s)
        assert np.all(chunk.intended_s <= ends_s + 1e-9)


@given(asked=campaigns())
def test_every_visit_does_steps_in_the_order_of_its_persona_s_funnel(asked: Campaign) -> None:
    for visit in plan_visits(CampaignPlan(asked)):
        names = [each.step for each in asked.funnels[int(visit.persona)]]
        assert visit.actions[0].step == names[0]
        assert visit.actions[0].think_s == 0
        rest = iter(names)
        assert all(action.step in rest for action in visit.actions)


@given(asked=campaigns())
def test_columns_of_a_chunk_fit_together(asked: Campaign) -> None:
    plan = CampaignPlan(asked)
    for chunk in plan.chunks():
        actions = len(chunk.step)
        assert chunk.first_action.tolist() == sorted(set(chunk.first_action.tolist()))
        assert chunk.first_action[0] == 0
        assert chunk.first_action[-1] == actions
        columns = (chunk.think_s, chunk.sku, chunk.quantity, chunk.path)
        assert all(len(each) == actions for each in columns)
        dtypes = [each.dtype.str for each in (chunk.intended_s, chunk.phase, chunk.step, *columns)]
        assert dtypes == ["<f8", "<i2", "<i2", "<f8", "<i4", "<i2", "<i4"]
        assert np.all(chunk.think_s >= 0)
        assert np.array_equal(chunk.sku > 0, chunk.quantity > 0)
        assert np.all(chunk.sku <= asked.products.catalogue)
        assert np.all(chunk.path == -1)


@settings(max_examples=30, deadline=None)
@given(asked=campaigns())
def test_stream_is_the_same_every_time(asked: Campaign) -> None:
    assert list(plan_visits(CampaignPlan(asked))) == list(plan_visits(CampaignPlan(asked)))


@given(asked=campaigns())
def test_same_product_stays_the_same(asked: Campaign) -> None:
    """Each visit is walked through by hand: a product step may only bring what it may."""
    choices: list[dict[str, set[str]]] = [{} for _ in asked.funnels]
    for choice, funnel in zip(choices, asked.funnels, strict=True):
        for each in funnel:
            choice.setdefault(each.step, set()).add(each.product)
    hot = {each.sku for each in asked.products.hot}
    for visit in plan_visits(CampaignPlan(asked)):
        held = 0
        for action in visit.actions:
            kinds = choices[int(visit.persona)][action.step]
            if kinds == {"none"}:
                assert action.sku == 0
            if kinds == {"hot"}:
                assert action.sku in hot
            if kinds == {"same"} and held:
                assert action.sku == held
            if "none" not in kinds:
                assert action.sku > 0
            held = action.sku or held


@given(asked=campaigns(), own=funnels)
def test_a_funnel_of_its_own_moves_nobody_else(
    asked: Campaign, own: tuple[FunnelStep, ...]
) -> None:
    """The other persona's visits come when they came, and get as far as they got."""
    one, other = asked.personas
    before = dataclasses.replace(
        asked, personas=(one, dataclasses.replace(other, funnel=taken_by_all(asked.funnels[1])))
    )
    changed = dataclasses.replace(one, funnel=taken_by_all(own))
    after = dataclasses.replace(before, personas=(changed, before.personas[1]))
    for old, new in zip(
        plan_visits(CampaignPlan(before)), plan_visits(CampaignPlan(after)), strict=True
    ):
        assert (old.intended_s, old.persona) == (new.intended_s, new.persona)
        if old.persona == other.name:
            assert [each.step for each in old.actions] == [each.step for each in new.actions]


def taken_by_all(funnel: tuple[FunnelStep, ...]) -> tuple[FunnelStep, ...]:
    return tuple(dataclasses.replace(each, take=Fraction(1)) for each in funnel)
