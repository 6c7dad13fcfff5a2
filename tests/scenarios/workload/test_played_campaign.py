"""A campaign played faster keeps its visits; one amplified has more of the same kind."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from reports.documents.mistake import DocumentError
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.pace_notes import distortion_of, pace_notes
from scenarios.workload.phase import Part, Phase
from scenarios.workload.plan import VisitChunk
from scenarios.workload.plan_summary import summary_of
from scenarios.workload.played_campaign import played_campaign
from scenarios.workload.rate_outline import rate_outline
from scenarios.workload.shape_keys import Slots, Spike, Stairs, Wave
from tests.scenarios.workload.campaigns import campaign, flat, shop_funnel, two_personas

SPIKE = Spike(to_per_s=90.0, settle_per_s=10.0, half_life_s=60.0)
DAY = (
    Phase(
        name="day",
        duration_s=86_400.0,
        wave=Wave(mean_per_s=0.3, amplitude=0.8, peak_at_s=75_600.0),
    ),
    Phase(
        name="midnight", duration_s=1_800.0, together=(Part(spike=SPIKE), Part(at_per_s=2.0)),
    ),
)  # fmt: skip


def plan(*, speed: float = 1.0, amplify: float = 1.0, **given: object) -> CampaignPlan:
    asked = {"phases": DAY, "personas": two_personas(), "funnel": shop_funnel()} | given
    return CampaignPlan(campaign(**asked), speed=speed, amplify=amplify)


def whole(plan: CampaignPlan) -> VisitChunk:
    (chunk,) = plan.chunks()
    return chunk


def test_a_day_at_720_takes_two_minutes_and_keeps_every_visit() -> None:
    own, fast = plan(), plan(speed=720.0)
    assert fast.phases[0].duration_s == 120.0
    assert fast.phases[1].start_s == 120.0
    assert fast.duration_s == pytest.approx(own.duration_s / 720)
    before, after = whole(own), whole(fast)
    assert after.intended_s == pytest.approx(before.intended_s / 720, rel=1e-15)
    for name in (each.name for each in dataclasses.fields(VisitChunk)):
        if name not in ("intended_s", "index"):
            assert np.array_equal(getattr(before, name), getattr(after, name)), name


def test_a_compressed_plan_has_the_same_counts_in_every_phase() -> None:
    own, fast = plan(), plan(speed=720.0)
    assert fast.expected_by_phase().tolist() == own.expected_by_phase().tolist()
    assert fast.expected_visits == own.expected_visits
    assert fast.expected_actions() == own.expected_actions()
    assert np.array_equal(np.bincount(whole(own).phase), np.bincount(whole(fast).phase))


def test_rates_are_as_many_times_higher_as_time_is_shorter() -> None:
    own, fast = plan(), plan(speed=720.0)
    t_s = np.array([0.0, 30_000.0, 75_600.0, 86_400.0, 87_000.0])
    assert fast.rate_at(t_s / 720) == pytest.approx(own.rate_at(t_s) * 720)
    assert fast.peak_rate_per_s == pytest.approx(92.0 * 720)
    assert fast.turns_s == pytest.approx(own.turns_s / 720)
    peaks = [each.peak_rate_per_s for each in summary_of(fast).phases]
    assert peaks == pytest.approx([0.54 * 720, 92.0 * 720])


def test_amplified_rates_and_counts_are_multiplied() -> None:
    own, more = plan(), plan(amplify=1.5)
    assert more.expected_by_phase() == pytest.approx(own.expected_by_phase() * 1.5)
    assert more.peak_rate_per_s == pytest.approx(92.0 * 1.5)
    expected = {step: 1.5 * count for step, count in own.expected_actions().items()}
    assert more.expected_actions() == pytest.approx(expected)
    visits = sum(len(each) for each in more.chunks())
    assert abs(visits - more.expected_visits) < 4 * np.sqrt(more.expected_visits)
    assert more.duration_s == own.duration_s
    assert [each.peak_rate_per_s for each in summary_of(more).phases] == pytest.approx([0.81, 138])


def test_arrivals_of_an_amplified_plan_come_where_its_rate_is() -> None:
    """Even arrivals: each phase has its area to the visit."""
    phases = (flat(rate_per_s=10.0, name="a"), flat(rate_per_s=30.0, name="b"))
    more = whole(plan(phases=phases, amplify=1.5, arrivals="even"))
    assert np.bincount(more.phase).tolist() == [150, 450]
    assert more.intended_s[[0, 149, 150]] == pytest.approx([0.5 / 15, 149.5 / 15, 10 + 0.5 / 45])


def test_amplified_stairs_say_their_own_rates() -> None:
    stairs = Stairs(from_per_s=10.0, by_per_s=5.0, every_s=10.0, until="broken")
    phase = Phase(name="up", duration_s=20.0, step=stairs)
    planned = plan(phases=(phase,), amplify=2.0).phases[0]
    assert [each.rate_per_s for each in planned.stairs] == [20.0, 30.0]
    assert plan(phases=(phase,), amplify=2.0).rate_at(np.array([5.0, 15.0])).tolist() == [20, 30]


def test_distortion_is_what_the_pauses_say() -> None:
    """Every visit pauses 2 x 3 s after its first step (slow shoppers, half of them go on)."""
    found = distortion_of(plan(phases=(flat(rate_per_s=100.0, duration_s=100.0),), speed=10.0))
    chunk = whole(plan(phases=(flat(rate_per_s=100.0, duration_s=100.0),)))
    sums = np.add.reduceat(chunk.think_s, chunk.first_action[:-1])
    assert found.visit_s == pytest.approx(sums.mean())
    assert found.own_outlasting_ratio == pytest.approx((sums > 100 - chunk.intended_s).mean())
    assert found.outlasting_ratio == pytest.approx((sums > 10 - chunk.intended_s / 10).mean())
    assert found.outlasting_ratio > found.own_outlasting_ratio > 0
    # Little's law: in progress = arrival rate x time in progress.
    assert found.in_progress == pytest.approx(1_000 * sums.mean())
    assert found.own_in_progress == pytest.approx(100 * sums.mean())


def test_notes_tell_speed_and_amplification_and_nothing_else() -> None:
    assert pace_notes(plan()) == ()
    fast, pauses, at_once = pace_notes(plan(speed=720.0))
    assert fast.startswith("time runs 720 times as fast as in the campaign: 2 min 2 s instead of")
    assert "24 h 30 min, the same visits in every phase" in fast
    assert "the shortest phase (midnight) 2.5 s" in pauses
    assert "visits are in progress at once" in at_once
    assert "the shortest phase (midnight) 10 min;" in pace_notes(plan(speed=3.0))[1]
    (amplified,) = pace_notes(plan(amplify=2.0))
    assert amplified.startswith("amplified by 2: ")


def test_a_plan_without_visits_has_notes_too() -> None:
    assert len(pace_notes(plan(phases=(flat(rate_per_s=0.0),), speed=2.0))) == 3


def test_a_search_for_the_limit_is_not_sped_up(tmp_path: Path) -> None:
    file = tmp_path / "up.yaml"
    file.write_text(
        "campaign: up\n"
        "phases:\n  - name: up\n    duration: 20s\n"
        "    step: {from: 1/s, by: 1/s, every: 5s, until: broken}\n"
        "products: {catalogue: 10}\n"
        "personas: [{name: a, share: 100 %}]\nfunnel: [{step: open_home}]\n"
    )
    assert played_campaign(str(file), amplify=2.0).peak_rate_per_s == 8.0
    with pytest.raises(DocumentError, match='--speed: "up" searches for the limit'):
        played_campaign(str(file), speed=2.0)


@pytest.mark.parametrize("speed", [3.0, 7.0, 10.0, 49.0, 720.0])
def test_rate_at_a_jump_is_the_rate_after_it_at_any_speed(speed: float) -> None:
    at_s = tuple(float(index) for index in range(1, 400))
    slots = Slots(base_per_s=0.0, at_s=at_s, to_per_s=100.0, half_life_s=1e-3)
    made = plan(phases=(Phase(name="slots", duration_s=400.0, slots=slots),), speed=speed)
    assert made.rate_at(made.turns_s) == pytest.approx(np.full(399, 100.0 * speed), rel=1e-6)


def test_outline_has_jumps_upright_and_every_peak() -> None:
    slots = Slots(base_per_s=1.0, at_s=(3.0, 7.0), to_per_s=100.0, half_life_s=1e-4)
    made = plan(phases=(Phase(name="slots", duration_s=10.0, slots=slots),), speed=2.0)
    t_s, rates = rate_outline(made, columns=50)
    assert np.all(np.diff(t_s) > 0)
    assert (rates == 200.0).sum() == 2
    at = int(np.flatnonzero(rates == 200.0)[0])
    assert t_s[at] == pytest.approx(1.5)
    assert rates[at - 1] == pytest.approx(2.0)
    assert t_s[at] - t_s[at - 1] < 1e-12


def test_outline_of_many_turns_keeps_the_largest_of_each_stretch() -> None:
    stairs = Stairs(from_per_s=1.0, by_per_s=1.0, every_s=1.0)
    made = plan(phases=(Phase(name="up", duration_s=1_000.0, step=stairs),))
    t_s, rates = rate_outline(made, columns=100)
    assert len(t_s) == 100
    assert rates.tolist() == list(range(10, 1_001, 10))
