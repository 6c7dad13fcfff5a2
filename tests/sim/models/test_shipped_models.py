"""Every model that ships is read, and played by both engines."""

from __future__ import annotations

import dataclasses
from functools import cache

import pytest

from reports.record.outcome import Outcome
from scenarios.workload.campaign_file import campaign_names
from sim.event_engine.engine import play
from sim.model.call import Demand, Hold
from sim.model.model_file import MODELS
from sim.model.service_model import ServiceModel, operations_of
from tests.sim.models.playing import model_of, plan_of, played, scaled

NAMES = sorted(file.stem for file in MODELS.glob("*.yaml"))
FUNNEL_NAMES = [each for each in NAMES if each not in ("record_minute", "reference_shop")]


def parts_used(model: ServiceModel) -> set[str]:
    operations = [each for step in model.steps.values() for each in operations_of(step)]
    return {each.station for each in operations if isinstance(each, Demand | Hold)}


@cache
def campaign_steps() -> frozenset[str]:
    names = [each for each in campaign_names() if each != "replay"]
    return frozenset(step for name in names for step in plan_of(name).tables.steps)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_is_called_as_its_file_and_says_what_it_is(name):
    model = model_of(name)
    assert model.name == name
    assert model.text.startswith("#")
    assert "description:" in model.text


@pytest.mark.parametrize("name", NAMES)
def test_no_station_stands_idle(name):
    model = model_of(name)
    assert parts_used(model) == set(model.stations)


@pytest.mark.parametrize("name", FUNNEL_NAMES)
def test_a_model_has_a_call_for_every_step_that_campaigns_play(name):
    assert campaign_steps() <= set(model_of(name).steps)


@pytest.mark.parametrize("name", FUNNEL_NAMES)
def test_smoke_goes_through_every_model(engine, name):
    plan = plan_of("smoke")
    totals, rows = played(engine, model_of(name), plan)
    outcomes = [outcome for block in rows.blocks for outcome in block.outcome.tolist()]
    assert totals.unfinished == 0
    assert len(outcomes) == totals.actions > totals.visits > 0
    assert outcomes.count(Outcome.OK) > 0.98 * len(outcomes)


def test_both_engines_say_the_same_of_the_larger_platform():
    kernel = pytest.importorskip("sim.kernel_engine.engine")
    model, plan = scaled(model_of("platform"), 0.01), plan_of("smoke")
    one, rows = played(play, model, plan)
    other, same_rows = played(kernel.play, model, plan)
    assert dataclasses.replace(one, events=0, marks={}) == dataclasses.replace(
        other, events=0, marks={}
    )
    assert [block.finished_s.tolist() for block in rows.blocks] == [
        block.finished_s.tolist() for block in same_rows.blocks
    ]
    assert {name: (each.count, each.in_time, each.sum_s) for name, each in one.marks.items()} == {
        name: (each.count, each.in_time, each.sum_s) for name, each in other.marks.items()
    }


def test_the_minute_of_the_record_holds_at_a_ten_thousandth(engine):
    totals, rows = played(engine, scaled(model_of("record_minute"), 1e-3), plan_of("record_minute"))
    outcomes = [outcome for block in rows.blocks for outcome in block.outcome.tolist()]
    assert outcomes.count(Outcome.OK) >= 0.995 * len(outcomes)
    assert totals.marks["ordered"].in_time == totals.marks["ordered"].count
