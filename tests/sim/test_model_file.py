from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from reports.documents.located_yaml import read_yaml
from reports.documents.mistake import DocumentError
from scenarios.rehearsal.document_kind import schema_of
from sim.model_file import (
    MODELS,
    find_service_model,
    read_service_model,
)
from sim.service_model import UNLIMITED
from tests.sim.plans import FUNNEL


def written(tmp_path, text: str):
    file = tmp_path / "shop.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def mistakes(tmp_path, text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read_service_model(written(tmp_path, text))
    return [
        f"{each.line}:{each.column} {each.path}: {each.message}" for each in caught.value.mistakes
    ]


def test_the_reference_model_covers_the_reference_funnel():
    model = read_service_model(find_service_model("reference_shop"))
    assert set(FUNNEL) <= set(model.steps)
    assert {
        "gateway", "application", "cache", "database", "stock_lock", "order_queue", "payment",
    } <= set(model.stations)  # fmt: skip


def test_a_model_file_says_what_it_means(tmp_path):
    model = read_service_model(
        written(
            tmp_path,
            """
service_model: tiny
stations:
  app: {servers: 2, queue_limit: 5, when_full: rejected}
  bank: {servers: unlimited, calibrated: false}
steps:
  pay:
    declined: 1 %
    call:
      - {at: app, mean: 0.5ms}
      - {at: bank, mean: 30ms, distribution: gamma, cv: 0.5, probability: 25 %}
""",
        )
    )
    assert model.name == "tiny"
    assert model.stations["app"].queue_limit == 5
    assert model.stations["bank"].servers == UNLIMITED
    app, bank = model.steps["pay"].call
    assert (app.mean_s, app.cv, app.probability) == (0.0005, 1.0, 1.0)
    assert (bank.mean_s, bank.cv, bank.probability) == (0.03, 0.5, 0.25)
    assert model.steps["pay"].declined_ratio == 0.01


def test_mistakes_of_shape_are_told_all_at_once_with_their_places(tmp_path):
    told = mistakes(
        tmp_path,
        """service_model: tiny
stations:
  app: {servers: 0, queue_limt: 5}
steps:
  look:
    call:
      - {at: app, mean: 5}
      - {at: app, mean: 5ms, distribution: normal}
""",
    )
    assert told[0].startswith('3:18 stations.app.servers: must be a whole number from 1 or "unl')
    assert told[1] == '3:21 stations.app.queue_limt: unknown key, did you mean "queue_limit"?'
    assert told[2].startswith('7:25 steps.look.call[0].mean: must be a duration such as "30s"')
    assert told[3].startswith("8:44 steps.look.call[1].distribution: must be")
    assert len(told) == 4


def test_mistakes_of_sense_are_told_all_at_once_with_their_places(tmp_path):
    told = mistakes(
        tmp_path,
        """service_model: tiny
stations:
  app: {servers: unlimited, queue_limit: 3}
  lock: {servers: 1}
  queue: {servers: 1, queue_limit: 3}
steps:
  look:
    call: []
  buy:
    call:
      - {at: ap, mean: 5ms}
      - {at: app, mean: 5ms, cv: 2}
      - {at: app, mean: 5ms, distribution: gamma}
      - {at: lock, mean: 5ms, takes_stock: true}
      - {at: lock, mean: 5ms, takes_stock: true, probability: 5 %}
    background:
      - {at: lock, mean: 5ms, takes_stock: true}
      - {at: queue, mean: 5ms}
  ask:
    call:
      - {at: app, mean: 5ms}
    poll: {pauses: [], most: 0, call: []}
""",
    )
    paths = [each.split(": ")[0].split(" ")[1] for each in told]
    assert sorted(paths) == sorted(
        [
            "stations.app.queue_limit",
            "steps.look.call",
            "steps.buy.call[0].at",
            "steps.buy.call[1].cv",
            "steps.buy.call[2]",
            "steps.buy.call",
            "steps.buy.call[4].probability",
            "steps.buy.background[0].takes_stock",
            "steps.buy.background[1].at",
            "steps.ask.poll",
            "steps.ask.poll.pauses",
            "steps.ask.poll.most",
        ]
    )
    assert '11:14 steps.buy.call[0].at: no station "ap", did you mean "app"?' in told


def test_an_unknown_model_is_told_with_the_known_ones():
    with pytest.raises(DocumentError, match="known: reference_shop"):
        find_service_model("referenz_shop")


def test_a_path_is_taken_as_it_is(tmp_path):
    assert find_service_model(str(tmp_path / "mine.yaml")) == tmp_path / "mine.yaml"
    with pytest.raises(DocumentError, match="cannot be read"):
        read_service_model(tmp_path / "mine.yaml")


def test_the_schema_accepts_every_model_that_ships_and_refuses_nonsense():
    schema = json.loads(schema_of("service_model"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for file in MODELS.glob("*.yaml"):
        assert not list(validator.iter_errors(read_yaml(file).value)), file
    assert list(validator.iter_errors({"service_model": "x", "stations": {"a": {"servers": 0}}}))
