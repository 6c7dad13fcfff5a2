"""The plans of the campaigns that ship stay the same visits from version to version."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from scenarios.workload.campaign import read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan

WHOLE_NUMBERS = (
    "phase", "persona", "channel", "tier", "first_action", "step", "sku", "quantity", "path",
)  # fmt: skip


def digest(plan: CampaignPlan) -> str:
    """SHA-256 over every column of whole numbers and over the arrivals in microseconds.

    The last bit of a logarithm differs between processors, so no raw float is in it.
    """
    sum_ = hashlib.sha256()
    for chunk in plan.chunks():
        for name in WHOLE_NUMBERS:
            sum_.update(getattr(chunk, name).astype("<i8").tobytes())
        sum_.update(np.rint(chunk.intended_s * 1e6).astype("<i8").tobytes())
    return sum_.hexdigest()[:16]


@pytest.mark.parametrize(
    ("name", "visits", "think_s", "kept"),
    [
        ("smoke", 97, 257.797, "db094aa8539856f2"),
        ("flash_sale", 3235, 8682.476, "f45483fdef772a44"),
    ],
)  # fmt: skip
def test_plan_of_a_shipped_campaign_keeps_its_visits(
    name: str, visits: int, think_s: float, kept: str
) -> None:
    """Whoever changes one of these files on purpose changes its figures here."""
    plan = CampaignPlan(read_campaign(find_campaign(name)))
    chunks = list(plan.chunks())
    assert sum(len(each) for each in chunks) == visits
    assert sum(float(each.think_s.sum()) for each in chunks) == pytest.approx(think_s, rel=1e-6)
    assert digest(plan) == kept
