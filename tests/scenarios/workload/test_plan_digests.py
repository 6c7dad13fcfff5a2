"""Plans stay what they were: a run of last year is played again from its text and its seed."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from scenarios.workload.campaign import read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan

WHOLE = ("phase", "persona", "channel", "tier", "first_action", "step", "sku", "quantity", "path")
DIGESTS = {
    "smoke": "023ee3f05397ce51",
    "flash_sale": "e7d0e86a85e7c64a",
}
SECONDS = {
    "smoke": {
        "intended_s": (97, 2.90268708, 443.889118),
        "think_s": (543, 0.107952021, 257.797031),
    },
    "flash_sale": {
        "intended_s": (3235, 24.3899463, 101050.068),
        "think_s": (12355, 1.44823242, 8682.47564),
    },
}


def column(name: str, campaign: str) -> np.ndarray:
    plan = CampaignPlan(read_campaign(find_campaign(campaign)))
    return np.concatenate([getattr(chunk, name) for chunk in plan.chunks()])


@pytest.mark.parametrize("campaign", DIGESTS)
def test_whole_numbers_of_a_plan_keep_their_bytes(campaign: str) -> None:
    sum_ = hashlib.sha256()
    for name in WHOLE:
        sum_.update(column(name, campaign).tobytes())
    assert sum_.hexdigest()[:16] == DIGESTS[campaign]


@pytest.mark.parametrize("campaign", SECONDS)
@pytest.mark.parametrize("name", ["intended_s", "think_s"])
def test_instants_of_a_plan_keep_their_values(campaign: str, name: str) -> None:
    """The last bit of an exponential differs between processors, so no digest holds."""
    found = column(name, campaign)
    count, at_1_third, total = SECONDS[campaign][name]
    assert len(found) == count
    assert found[count // 3] == pytest.approx(at_1_third, rel=1e-6)
    assert found.sum() == pytest.approx(total, rel=1e-6)
