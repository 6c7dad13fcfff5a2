"""A phase of several shapes at once, as a campaign file writes it and as a plan plays it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reports.documents.mistake import DocumentError
from scenarios.workload.campaign import Campaign, read_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.plan import plan_visits
from scenarios.workload.visit import ORDER_STEP

MIDNIGHT = """\
campaign: midnight
seed: 11
arrivals: {process}
phases:
  - {{name: evening, duration: 100s, at: 30/s}}
  - name: midnight
    duration: 1000s
    mix: {{browser: 100 %}}
    together:
      - {{spike: {{to: 200/s, settle: 20/s, half_life: 20s}}, mix: {{buyer: 100 %}}}}
      - {{surge: {{base: 0/s, top: 60/s, peak_after: 300s}}, mix: {{buyer: 20 %, payer: 80 %}}}}
      - {{at: 5/s}}
  - {{name: night, duration: 100s, at: 10/s, mix: {{payer: 100 %}}}}
products: {{catalogue: 10}}
personas:
  - {{name: browser, share: 50 %}}
  - {{name: buyer, share: 30 %}}
  - {{name: payer, share: 20 %, keenness: 0}}
funnel:
  - {{step: open_home, continue: 50 %}}
  - {{step: place_order, think: 1s}}
"""
SERIES = """\
campaign: recorded
phases:
  - {name: calm, duration: 2m, at: 1/s}
  - {name: match, duration: 3m, series: {file: rate.csv, column: n, every: 1m}}
  - name: both
    duration: 2m
    together:
      - {at: 1/s}
      - {series: {file: rate.csv, column: n, every: 1m, from: 1m}}
products: {catalogue: 10}
personas: [{name: shopper, share: 100 %}]
funnel: [{step: open_home}]
"""


def read(tmp_path: Path, text: str, rows: str = "n\n60\n0\n120\n") -> Campaign:
    (tmp_path / "rate.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    return read_campaign(tmp_path / "c.yaml")


def mistakes(tmp_path: Path, text: str, rows: str = "n\n60\n0\n120\n") -> list[str]:
    with pytest.raises(DocumentError) as refused:
        read(tmp_path, text, rows)
    return [str(each).removeprefix(f"{tmp_path}/") for each in refused.value.mistakes]


@pytest.fixture(params=["poisson", "even"])
def plan(request: pytest.FixtureRequest, tmp_path: Path) -> CampaignPlan:
    return CampaignPlan(read(tmp_path, MIDNIGHT.format(process=request.param)))


def test_each_part_brings_its_own_shoppers(plan: CampaignPlan) -> None:
    """Within 4 standard errors; the parts are 24,842, 45,096 and 5,000 visits."""
    orders, payments, others = (
        each.total
        for each in plan.curve.pieces[1].shape.parts  # type: ignore[attr-defined]
    )
    counts = dict.fromkeys(("browser", "buyer", "payer"), 0)
    for visit in plan_visits(plan):
        if visit.phase == "midnight":
            counts[visit.persona] += 1
    expected = {
        "browser": others, "buyer": orders + 0.2 * payments, "payer": 0.8 * payments,
    }  # fmt: skip
    for name, visits in expected.items():
        assert abs(counts[name] - visits) < 4 * np.sqrt(visits), name


def test_early_visitors_are_buyers_and_later_ones_payers(plan: CampaignPlan) -> None:
    """The share of payers at t is 80 % of the surge's rate over the whole rate."""
    chunks = list(plan.chunks())
    at_s = np.concatenate([each.intended_s for each in chunks]) - 100.0
    is_payer = np.concatenate([each.persona for each in chunks]) == 2
    parts = plan.curve.pieces[1].shape.parts  # type: ignore[attr-defined]
    for from_s in (0.0, 10.0, 100.0, 300.0, 900.0):
        here = (at_s >= from_s) & (at_s < from_s + 10.0)
        visits = [
            float(np.diff(each.expected_arrivals([from_s, from_s + 10.0]))[0]) for each in parts
        ]
        share = 0.8 * visits[1] / sum(visits)
        error = np.sqrt(share * (1 - share) / here.sum())
        assert abs(is_payer[here].mean() - share) < 4 * error + 1e-3


def test_expected_orders_are_the_mean_over_the_parts(plan: CampaignPlan) -> None:
    """Half of the browsers and buyers order, a payer never does."""
    orders, payments, others = (
        each.total
        for each in plan.curve.pieces[1].shape.parts  # type: ignore[attr-defined]
    )
    midnight = 0.5 * (orders + 0.2 * payments + others)
    evening = 0.5 * 0.8 * 3_000
    assert plan.expected_actions()[ORDER_STEP] == pytest.approx(evening + midnight, rel=1e-12)
    played = sum(
        action.step == ORDER_STEP for visit in plan_visits(plan) for action in visit.actions
    )
    assert abs(played - evening - midnight) < 4 * np.sqrt(evening + midnight)


def test_a_step_at_midnight_is_exact_to_the_visit(tmp_path: Path) -> None:
    """Even arrivals stand at Lambda = 1/2, 3/2, ...: the phases have exactly their areas, no
    visit of one at an instant of the other."""
    text = MIDNIGHT.format(process="even").replace("at: 30/s", "at: 3/s")
    text = (
        text[: text.index("    mix: {browser")]
        + "    at: 300/s\n"
        + text[text.index("  - {name: night") :]
    )
    plan = CampaignPlan(read(tmp_path, text))
    chunks = list(plan.chunks())
    at_s = np.concatenate([each.intended_s for each in chunks])
    phase = np.concatenate([each.phase for each in chunks])
    assert np.bincount(phase).tolist() == [300, 300_000, 1_000]
    assert np.array_equal(phase, np.searchsorted([100.0, 1_100.0], at_s, side="right"))
    assert at_s[300] == pytest.approx(100.0 + 0.5 / 300)


def test_a_draw_of_parts_shifts_no_other_draw(tmp_path: Path) -> None:
    """The first phase has no parts: its visits are those of a campaign without any."""
    text = MIDNIGHT.format(process="even")
    parts, plain = (
        CampaignPlan(read(tmp_path, each))
        for each in (
            text,
            text.replace("    together:\n", "    at: 60/s\n#").replace("      -", "#"),
        )
    )
    visits = [
        [visit for visit in plan_visits(each) if visit.phase == "evening"]
        for each in (parts, plain)
    ]
    assert [v.persona for v in visits[0]] == [v.persona for v in visits[1]]
    assert [v.intended_s for v in visits[0]] == [v.intended_s for v in visits[1]]


def test_a_mix_in_a_part_names_personas_that_there_are(tmp_path: Path) -> None:
    text = MIDNIGHT.format(process="even").replace("payer: 80 %", "prayer: 80 %")
    assert mistakes(tmp_path, text) == [
        "c.yaml:11:86 phases[1].together[1].mix.prayer: is not a persona "
        "(known: browser, buyer, payer)"
    ]


def test_a_series_is_played_with_its_counts(tmp_path: Path) -> None:
    plan = CampaignPlan(read(tmp_path, SERIES))
    assert plan.expected_by_phase().tolist() == pytest.approx([120.0, 180.0, 240.0])
    assert plan.curve.expected_arrivals([180.0, 240.0, 300.0]).tolist() == [180.0, 180.0, 300.0]


def test_mistakes_about_a_series_name_the_campaign_and_the_file(tmp_path: Path) -> None:
    text = SERIES.replace(
        "file: rate.csv, column: n, every: 1m}", "file: rate.csv, column: m, every: 1m}", 1
    )
    assert mistakes(tmp_path, text) == [
        'c.yaml:4:66 phases[1].series.column: "m" is no column of rate.csv (columns: n)'
    ]
    assert mistakes(tmp_path, SERIES, rows="n\n60\n-1\n120\n") == [
        'rate.csv:3:1 n: must not be negative, got "-1"'
    ]
    assert mistakes(tmp_path, SERIES.replace("duration: 3m", "duration: 4m")) == [
        "c.yaml:4:48 phases[1].series.file: rate.csv holds 3 min from there, the phase lasts 4 min"
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("every: 1m}}\n  - name", "}}\n  - name",
         "phases[1].series: must have every or time_column"),
        ("from: 1m", "from: soon", 'phases[2].together[1].series.from: must be a duration such '
         'as "90m" or an instant such as "2025-11-11 20:00", got "soon"'),
        ("every: 1m}}\n  - name", "every: 1m, scale: 0}}\n  - name",
         'phases[1].series.scale: must be a factor above 0 such as 1.5 or "150 %", got 0'),
        ("  - {name: calm, duration: 2m, at: 1/s}",
         "  - {name: calm, duration: 2m, wave: {mean: 1/s, amplitude: 120 %, peak_at: 1h}}",
         "phases[0].wave.amplitude: must be from 0 to 1 (0 % to 100 %), got \"120 %\""),
        ("at: 1/s}\n  - {name: match", "slots: {base: 1/s, at: [], to: 2/s, half_life: 1s}}\n"
         "  - {name: match", "phases[0].slots.at: must"),
    ],
)  # fmt: skip
def test_mistake_in_a_shape_is_told_with_its_place(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    assert right in SERIES
    found = mistakes(tmp_path, SERIES.replace(right, wrong, 1))
    assert any(told in each for each in found), found
