"""The page on service models is true: its examples are read and played, its keys are all keys."""

from __future__ import annotations

import re
import typing
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from scenarios.workload.played_campaign import played_campaign
from sim.model import call_definition, station_definition
from sim.model.call_definition import OperationDefinition
from sim.model.duration_definition import (
    ColumnDefinition,
    DurationDefinition,
    UntilDefinition,
)
from sim.model.model_definition import (
    PollDefinition,
    ServiceModelDefinition,
    StepDefinition,
)
from sim.model.model_file import read_service_model
from sim.model.plan_check import mistakes_with
from tests.sim.model.writing import written
from tests.sim.plans import HandMadePlan, action
from tests.sim.plays import play
from tests.test_readme import commands_in, parse

PAGE = (Path(__file__).parents[3] / "docs/service_models.md").read_text(encoding="utf-8")
EXAMPLE, OPERATIONS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
OPERATION_KINDS = tuple(
    typing.get_args(each)[0] for each in typing.get_args(typing.get_args(OperationDefinition)[0])
)


def keys_of(*definitions) -> set[str]:
    return {
        key for each in definitions for key in TypeAdapter(each).json_schema().get("properties", {})
    }


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def named(text: str) -> set[str]:
    """The words of `text` that are set like code."""
    return set(re.findall(r"`(\w+)`", text))


def test_the_example_is_a_model_of_a_shop(tmp_path):
    model = read_service_model(written(tmp_path, EXAMPLE))
    assert set(model.steps) == {"view_product", "place_order", "pay"}


def test_the_other_ways_to_write_operations_are_read_too(tmp_path):
    """They take stock in another way than the example does, which a model cannot mix."""
    document = yaml.safe_load(EXAMPLE)
    document["steps"] = {"look": {"call": yaml.safe_load(OPERATIONS)}}
    model = read_service_model(written(tmp_path, yaml.safe_dump(document)))
    assert len(model.steps["look"].call) == len(yaml.safe_load(OPERATIONS))


def test_what_is_said_of_a_campaign_is_found(tmp_path):
    model = read_service_model(written(tmp_path, EXAMPLE))
    found = mistakes_with(played_campaign("flash_sale"), model)
    assert {each.path for each in found} == {"steps"}


@pytest.mark.parametrize("command", commands_in(PAGE))
def test_a_command_of_the_page_is_one(command):
    parse(command)


@pytest.mark.parametrize(
    ("title", "definitions"),
    [
        ("The whole model", [ServiceModelDefinition, station_definition.BucketDefinition,
                             station_definition.ReplenishmentDefinition]),
        ("Steps", [StepDefinition, PollDefinition]),
        ("Stations", [station_definition.StationDefinition, station_definition.ScalerDefinition,
                      station_definition.ScheduleDefinition, station_definition.ShiftDefinition,
                      station_definition.SlowdownDefinition, station_definition.ZonesDefinition]),
        ("Caches and faults", [station_definition.CacheDefinition,
                               station_definition.FaultDefinition]),
        ("Operations", [*OPERATION_KINDS, call_definition.BreakerDefinition,
                        call_definition.BranchDefinition, DurationDefinition, ColumnDefinition,
                        UntilDefinition]),
    ],
)  # fmt: skip
def test_a_table_has_every_key(title, definitions):
    assert keys_of(*definitions) - named(section(title)) == set()


@pytest.mark.parametrize("title", ["The whole model", "Steps", "Stations", "Caches and faults"])
def test_a_table_has_no_other_keys(title):
    """Of the first column, where nothing else is set like code."""
    every = keys_of(
        ServiceModelDefinition, StepDefinition, PollDefinition, *OPERATION_KINDS,
        *(each for name, each in vars(station_definition).items() if name.endswith("Definition")),
    )  # fmt: skip
    rows = re.findall(r"^\| (`.*?) \|", section(title), re.MULTILINE)
    assert rows
    assert named(" ".join(rows)) - every == set()


def test_the_example_is_played(tmp_path):
    """Two visits a second through the three steps; who gets a reply is served or declined."""
    model = read_service_model(written(tmp_path, EXAMPLE))
    steps = [action("view_product", sku=1), *(action(each, 1.0, 1) for each in ("place_order",))]
    plan = HandMadePlan(
        intended_s=[0.5 * each for each in range(1, 101)], actions=[*steps, action("pay", 1.0)]
    )
    rows, played = play(plan, model)
    assert {each.reason for each in rows.actions} <= {"", "declined"}
    assert (played.visits, played.unfinished) == (100, 0)
    assert played.stock[1].accepted == 100
    assert 0 < played.marks["shipped"].count <= 100
