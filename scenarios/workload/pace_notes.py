"""What playing a campaign faster, or by more visitors, does to it: in figures, for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scenarios.workload.arrivals import slab_count
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.shape_in_words import duration_in_words

MOST_SLABS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Distortion:
    """What compressed time does. A visit's length counts its pauses alone, as if every reply
    came at once, so the true figures are higher.

    `outlasting_ratio` is the share of visits that end after their phase, `own_outlasting_ratio`
    the same in the campaign's own time. The visits in progress at the peak rate follow from
    Little's law, if the peak lasts: rate times mean length.
    """

    visit_s: float
    outlasting_ratio: float
    own_outlasting_ratio: float
    in_progress: float
    own_in_progress: float


def distortion_of(plan: CampaignPlan) -> Distortion:
    """The distortion of `plan`, from all of its visits or from eight slabs evenly among them."""
    slabs = slab_count(plan.curve)
    drawn = np.unique(np.linspace(0, slabs - 1, min(slabs, MOST_SLABS)).astype(int)).tolist()
    ends_s = np.array([each.end_s for each in plan.phases])
    visits, sums = 0, np.zeros(3)
    for chunk in (plan.chunk(slab, 0) for slab in drawn):
        before_s = np.concatenate([[0.0], np.cumsum(chunk.think_s)])
        lasts_s = np.diff(before_s[chunk.first_action])
        left_s = ends_s[chunk.phase] - chunk.intended_s
        late, own_late = lasts_s > left_s, lasts_s > left_s * plan.speed
        visits += len(chunk)
        sums += (lasts_s.sum(), late.sum(), own_late.sum())
    visit_s, late_ratio, own_late_ratio = (sums / max(visits, 1)).tolist()
    return Distortion(
        visit_s=visit_s,
        outlasting_ratio=late_ratio,
        own_outlasting_ratio=own_late_ratio,
        in_progress=plan.peak_rate_per_s * visit_s,
        own_in_progress=plan.peak_rate_per_s / plan.speed * visit_s,
    )


def pace_notes(plan: CampaignPlan) -> tuple[str, ...]:
    """Sentences about the speed and the amplification of `plan`; none when it has neither."""
    notes = []
    if plan.amplify != 1:
        notes.append(
            f"amplified by {plan.amplify:g}: {plan.expected_visits:,.0f} visits expected instead "
            f"of {plan.expected_visits / plan.amplify:,.0f}; the stock stays as it is"
        )
    if plan.speed != 1:
        notes += _speed_notes(plan, distortion_of(plan))
    return tuple(notes)


def _speed_notes(plan: CampaignPlan, found: Distortion) -> Iterator[str]:
    own_s = plan.curve.duration_s
    yield (
        f"time runs {plan.speed:g} times as fast as in the campaign: "
        f"{duration_in_words(plan.duration_s)} instead of {duration_in_words(own_s)}, "
        f"the same visits in every phase, at most {plan.peak_rate_per_s:,.4g} visits/s "
        f"instead of {plan.peak_rate_per_s / plan.speed:,.4g}/s"
    )
    shortest = min(plan.phases, key=lambda each: each.duration_s)
    yield (
        f"pauses and patience are not compressed: a visit's pauses last {found.visit_s:.3g} s on "
        f"average, the shortest phase ({shortest.name}) {duration_in_words(shortest.duration_s)}; "
        f"{100 * found.outlasting_ratio:.3g} % of the visits end after their phase, "
        f"{100 * found.own_outlasting_ratio:.3g} % in the campaign's own time"
    )
    yield (
        f"about {found.in_progress:,.0f} visits are in progress at once at the peak rate, if it "
        f"lasts, instead of {found.own_in_progress:,.1f} (Little's law, pauses alone)"
    )
