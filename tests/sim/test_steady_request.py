"""Which campaigns are steady, and how they are played for longer."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.documents.mistake import DocumentError
from scenarios.workload.campaign_file import find_campaign
from sim.answers.stability import AMPLE_UNITS
from sim.simulation_request import read_request
from sim.steady_request import FOR_EVERYBODY, steady_request

SMOKE = find_campaign("smoke").read_text(encoding="utf-8")
BEGIN, END = SMOKE.index("phases:"), SMOKE.index("products:")


def asked(tmp_path: Path, phases: list[str], *, duration_s: float | None = None, **pace):
    lines = "\n".join(f"  - {{{each}}}" for each in phases)
    file = tmp_path / "steady.yaml"
    file.write_text(f"{SMOKE[:BEGIN]}phases:\n{lines}\n\n{SMOKE[END:]}", encoding="utf-8")
    request = read_request("reference_shop", str(file), **pace)
    return steady_request(request, "reference_shop", duration_s=duration_s)


def refused(tmp_path: Path, *phases: str) -> list[str]:
    with pytest.raises(DocumentError) as error:
        asked(tmp_path, list(phases))
    return [str(each).partition("steady.yaml:")[2] for each in error.value.mistakes]


def test_a_phase_whose_rate_changes_is_named_with_its_line(tmp_path):
    first_line = SMOKE[:BEGIN].count("\n") + 2
    (found,) = refused(
        tmp_path,
        "name: calm, duration: 1m, at: 20/s",
        "name: rush, duration: 1m, from: 20/s, to: 80/s",
    )
    assert found.startswith(f'{first_line + 1}:5 phases[1]: "rush" has no constant rate (20/s to')


def test_a_pulse_that_is_shorter_than_any_raster_is_seen(tmp_path):
    slots = "{at: [30m], to: 40/s, base: 20/s, half_life: 1ms}"
    (found,) = refused(tmp_path, f"name: all, duration: 1h, slots: {slots}")
    assert "no constant rate (20/s to" in found


def test_two_phases_with_other_rates_are_no_steady_campaign(tmp_path):
    (found,) = refused(
        tmp_path, "name: calm, duration: 1m, at: 20/s", "name: rush, duration: 1m, at: 30/s"
    )
    assert '"rush" has 30/s, "calm" has 20/s: a steady run needs one rate throughout' in found


def test_a_pause_is_nothing_to_observe(tmp_path):
    assert "no visits" in refused(tmp_path, "name: pause, duration: 1m, at: 0/s")[0]


def test_a_steady_campaign_is_played_for_as_long_as_is_asked_by_stretching_its_phases(tmp_path):
    phases = ["name: first, duration: 1m, at: 20/s", "name: rest, duration: 3m, at: 20/s"]
    found = asked(tmp_path, phases, duration_s=3600.0)
    spans = [(each.name, each.start_s, each.duration_s) for each in found.request.plan.phases]
    assert spans == [("first", 0.0, 900.0), ("rest", 900.0, 2700.0)]
    assert found.rate_per_s == pytest.approx(20.0)
    fast = asked(tmp_path, phases, duration_s=60.0, speed=2.0, amplify=3.0)
    assert fast.request.plan.duration_s == pytest.approx(60.0)
    assert fast.rate_per_s == pytest.approx(120.0)


def test_nothing_sells_out_in_the_long_run(tmp_path):
    found = asked(tmp_path, ["name: all, duration: 1m, at: 20/s"]).request
    assert set(found.plan.stock.values()) == {AMPLE_UNITS}
    assert FOR_EVERYBODY in found.notes


def test_another_mix_of_shoppers_is_another_crowd(tmp_path):
    text = find_campaign("bot_attack").read_text(encoding="utf-8")
    begin, end = text.index("phases:"), text.index("products:")
    phases = (
        "phases:\n  - {name: people, duration: 20s, at: 20/s}\n"
        "  - {name: bots, duration: 20s, at: 20/s, mix: {human: 80 %, bot: 20 %}}\n\n"
    )
    file = tmp_path / "mixed.yaml"
    file.write_text(text[:begin] + phases + text[end:], encoding="utf-8")
    request = read_request("reference_shop", str(file))
    with pytest.raises(DocumentError, match='"bots" has another mix of shoppers than "people"'):
        steady_request(request, "reference_shop")
