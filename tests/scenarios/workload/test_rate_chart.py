"""The rate chart shows the curve, and no short peak is lost."""

from __future__ import annotations

from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.phase import Phase
from scenarios.workload.rate_chart import for_encoding, rate_chart
from scenarios.workload.shape_keys import Spike
from tests.scenarios.workload.campaigns import campaign, flat


def chart(*phases: Phase, columns: int = 20) -> list[str]:
    return rate_chart(CampaignPlan(campaign(phases=phases)), columns=columns, rows=4)


def test_chart_of_two_rates() -> None:
    assert chart(flat(rate_per_s=40.0, name="a"), flat(rate_per_s=20.0, name="销售")) == [
        "40/s ┤██████████",
        "30/s ┤██████████",
        "20/s ┤████████████████████",
        "10/s ┤████████████████████",
        "     └────a────┴───销售───",
        "      0 s      10 s      20 s",
    ]


def test_spike_shorter_than_a_column_reaches_the_top() -> None:
    spike = Spike(to_per_s=500.0, settle_per_s=100.0, half_life_s=0.001)
    lines = chart(flat(duration_s=100), Phase(name="sale", duration_s=100.0, spike=spike))
    assert lines[0] == "500/s ┤          █"


def test_chart_of_nothing_is_empty() -> None:
    bars = chart(flat(rate_per_s=0.0))[:4]
    assert all(each.endswith(" ┤") for each in bars)


def test_many_short_phases_stay_within_the_width() -> None:
    lines = chart(*(flat(name=f"phase {n}", duration_s=1) for n in range(50)), columns=30)
    assert all(len(each) <= 30 + 12 for each in lines)


def test_chart_is_readable_without_unicode() -> None:
    lines = chart(flat(rate_per_s=40.0, name="a"), flat(rate_per_s=20.0, name="销售"))
    assert [for_encoding(each, "ascii") for each in (lines[0], lines[4])] == [
        "40/s |##########",
        "     +----a----+---??---",
    ]
    assert [for_encoding(each, "utf-8") for each in lines] == lines
