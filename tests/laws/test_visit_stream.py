"""What holds for the visit stream of every campaign, whatever its shape."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.workload.campaign import Campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.funnel import FunnelStep
from scenarios.workload.persona import Persona
from scenarios.workload.phase import Phase, Spike
from scenarios.workload.plan import plan_visits
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


@st.composite
def campaigns(draw: st.DrawFn) -> Campaign:
    first = FunnelStep(step="a", product=draw(st.sampled_from(["none", "new", "same"])))
    factors = st.floats(0, 2)
    personas = tuple(
        Persona(name=str(n), share=Fraction(1, 2), keenness=draw(factors), think=draw(factors))
        for n in range(2)
    )
    return campaign(
        phases=tuple(draw(st.lists(phases(), min_size=1, max_size=4))),
        funnel=(first, *draw(st.lists(steps, max_size=6))),
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
def test_every_visit_does_steps_in_the_order_of_the_funnel(asked: Campaign) -> None:
    names = [each.step for each in asked.funnel]
    for visit in plan_visits(CampaignPlan(asked)):
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
    choice = {}
    for each in asked.funnel:
        choice.setdefault(each.step, set()).add(each.product)
    hot = {each.sku for each in asked.products.hot}
    for visit in plan_visits(CampaignPlan(asked)):
        held = 0
        for action in visit.actions:
            kinds = choice[action.step]
            if kinds == {"none"}:
                assert action.sku == 0
            if kinds == {"hot"}:
                assert action.sku in hot
            if kinds == {"same"} and held:
                assert action.sku == held
            if "none" not in kinds:
                assert action.sku > 0
            held = action.sku or held
