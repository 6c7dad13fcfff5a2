"""Objectives as people write them: exact targets, and every mistake with its line."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest

from reports.analysis.validity import ValidityBounds
from reports.documents.definition import json_schema
from reports.documents.located_yaml import read_yaml
from reports.documents.mistake import DocumentError
from reports.slo.objective_file import (
    DEFAULT_FILE,
    ObjectivesDefinition,
    bounds_for,
    objectives_for,
    parse_objectives,
    read_objectives,
)
from tests.reports.records import manifest_of

CAMPAIGNS = Path("scenarios/campaigns")
SHIPPED = (DEFAULT_FILE, *sorted(CAMPAIGNS.glob("*.objectives.yaml")))

ONE = """\
objectives:
  - name: orders
    indicator: response_time
    below: 1.2s
    target: 99.9 %
    steps: [place_order]
    phases: [burst]
    window: 10s
"""


def test_an_objective_keeps_its_target_exactly() -> None:
    [objective] = parse_objectives(ONE, "a.yaml")
    assert objective.target == Fraction(999, 1000)
    assert objective.below_s == 1.2
    assert objective.window_s == 10.0
    assert (objective.steps, objective.phases) == (("place_order",), ("burst",))
    assert objective.places["steps", "place_order"] == ("a.yaml", 6, 13, "objectives[0].steps[0]")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("    below: 1.2s\n", ""),
         'a.yaml:2:5 objectives[0]: needs "below", such as below: 1.2s, for the indicator '
         "response_time"),
        (("response_time", "success"),
         "a.yaml:4:12 objectives[0].below: belongs to the indicator response_time, not to success"),
        (("99.9 %", "0 %"),
         "a.yaml:5:13 objectives[0].target: must be > 0 %: any run at all would meet it"),
        (("99.9 %", "99.9"),
         "a.yaml:5:13 objectives[0].target: must be from 0 to 1 (0 % to 100 %), got 99.9"),
        (("[burst]", "[]"),
         "a.yaml:7:13 objectives[0].phases: must name at least one; leave the key out for all of "
         "them"),
        (("    window", "    tiers: []\n    window"),
         "a.yaml:8:12 objectives[0].tiers: must name at least one; leave the key out for all of "
         "them"),
        (("window", "windows"),
         'a.yaml:8:5 objectives[0].windows: unknown key, did you mean "window"?'),
        (("orders", "''"), "a.yaml:2:11 objectives[0].name: must not be empty"),
        (("10s", "10"),
         'a.yaml:8:13 objectives[0].window: must be a duration such as "30s", "5m" or "1m 30s", '
         "got 10"),
    ],
)  # fmt: skip
def test_a_mistake_says_where_and_what(change: tuple[str, str], message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_objectives(ONE.replace(*change), "a.yaml")
    assert str(caught.value) == message


def test_a_name_stands_for_one_objective_only() -> None:
    with pytest.raises(DocumentError, match=r'a\.yaml:9:11 .* is given twice: "orders"'):
        parse_objectives(ONE + ONE.removeprefix("objectives:\n"), "a.yaml")


def test_a_file_may_hold_no_objectives() -> None:
    assert parse_objectives("objectives: []", "a.yaml") == ()


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_shipped_objectives_can_be_read_and_fit_their_schema(file: Path) -> None:
    assert read_objectives(file)
    schema = json.loads((CAMPAIGNS / "objectives.schema.json").read_text())
    jsonschema.validate(read_yaml(file).value, schema)


def test_the_schema_for_editors_is_that_of_the_definition() -> None:
    written = (CAMPAIGNS / "objectives.schema.json").read_text()
    assert written == json_schema(ObjectivesDefinition, title="Doorbuster objectives")


def test_a_run_is_judged_by_the_file_given_else_its_own_else_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(ONE.replace("orders", "from the file"))
    own = manifest_of(
        objectives_text=ONE.replace("orders", "its own"), objectives_file="sale.objectives.yaml"
    )
    [by_file], said = objectives_for(own, file)
    assert (by_file.name, said) == ("from the file", str(file))
    [by_itself], said = objectives_for(own)
    assert (by_itself.name, said) == ("its own", "sale.objectives.yaml")
    by_default, said = objectives_for(manifest_of())
    assert by_default == read_objectives(DEFAULT_FILE)
    assert said.startswith("the defaults")


def test_a_run_is_valid_within_the_bounds_that_its_objectives_ask_for(tmp_path: Path) -> None:
    asked = ONE + "validity: {largest_lag_p99: 80ms, largest_missing: 1 %}\n"
    own = manifest_of(objectives_text=asked, objectives_file="sale.objectives.yaml")
    wide = ValidityBounds(largest_lag_p99_s=0.08, largest_missing=Fraction(1, 100))
    assert bounds_for(own) == wide
    file = tmp_path / "mine.yaml"
    file.write_text(ONE + "validity: {largest_missing: 0 %}\n")
    assert bounds_for(own, file) == ValidityBounds(largest_missing=Fraction(0))
    assert bounds_for(manifest_of(objectives_text=ONE)) == ValidityBounds()
    assert bounds_for(manifest_of()) == ValidityBounds()


def test_a_bound_of_validity_that_is_none_is_a_mistake() -> None:
    with pytest.raises(DocumentError) as mistakes:
        parse_objectives("objectives: []\nvalidity: {largest_lag_p99: 0s, lag: 1s}\n", "a.yaml")
    assert "a.yaml:2" in str(mistakes.value)
    assert "validity.largest_lag_p99" in str(mistakes.value)
    assert "validity.lag" in str(mistakes.value)
