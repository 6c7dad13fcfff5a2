"""What a campaign's plan amounts to, in numbers, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass

from scenarios.workload.arrivals import slab_count, slab_size
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.pace_notes import pace_notes
from scenarios.workload.phase_curve import pieces_of
from scenarios.workload.shape_in_words import shape_in_words
from scenarios.workload.visit import ORDER_STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSummary:
    """One phase. `expected_visits` is the area under its rate."""

    name: str
    start_s: float
    duration_s: float
    judged: bool
    shape: str
    expected_visits: float
    peak_rate_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """A plan in numbers. `planned_visits` are this seed's; what is expected holds for any seed.

    `expected_orders` counts the orders asked for; `stock` tells how many units there are.
    """

    campaign: str
    description: str
    seed: int
    arrivals: str
    duration_s: float
    planned_visits: int
    expected_visits: float
    expected_actions: dict[str, float]
    expected_orders: float
    peak_rate_per_s: float
    stock: dict[int, int]
    speed: float
    amplify: float
    notes: tuple[str, ...]
    """What the speed and the amplification do, in sentences."""
    phases: tuple[PhaseSummary, ...]


def summary_of(plan: CampaignPlan) -> PlanSummary:
    """The summary of `plan`. Draws how many visits there are, but no visit unless it is sped up."""
    curve, campaign = plan.curve, plan.campaign
    phases = _phases(plan)
    actions = plan.expected_actions()
    return PlanSummary(
        campaign=plan.name,
        description=campaign.description,
        seed=plan.seed,
        arrivals=campaign.arrivals,
        duration_s=plan.duration_s,
        planned_visits=sum(
            slab_size(curve, campaign.arrivals, seed=plan.seed, slab=slab)
            for slab in range(slab_count(curve))
        ),
        expected_visits=plan.expected_visits,
        expected_actions=actions,
        expected_orders=actions.get(ORDER_STEP, 0.0),
        peak_rate_per_s=plan.peak_rate_per_s,
        stock=plan.stock,
        speed=plan.speed,
        amplify=plan.amplify,
        notes=pace_notes(plan),
        phases=phases,
    )


def _phases(plan: CampaignPlan) -> tuple[PhaseSummary, ...]:
    recorded = plan.campaign.recorded
    scale = plan.speed * plan.amplify
    return tuple(
        PhaseSummary(
            name=planned.name,
            start_s=planned.start_s,
            duration_s=planned.duration_s,
            judged=planned.judged,
            shape=shape_in_words(phase),
            expected_visits=expected,
            peak_rate_per_s=scale * max(each.peak_per_s for each in pieces_of(phase, recorded)),
        )
        for planned, phase, expected in zip(
            plan.phases, plan.campaign.phases, plan.expected_by_phase().tolist(), strict=True
        )
    )
