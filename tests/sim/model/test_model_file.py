from __future__ import annotations

import dataclasses
import json

import pytest
from jsonschema import Draft202012Validator

from reports.documents.definition import json_schema
from reports.documents.located_yaml import read_yaml
from reports.documents.mistake import DocumentError
from reports.record.outcome import Outcome
from sim.model.call import (
    Admission,
    Attempt,
    Branch,
    Breaker,
    CallEnd,
    Choice,
    Demand,
    Fail,
    Fork,
    Hold,
    Lookup,
    Mark,
    ReadStock,
    Send,
    TakeStock,
)
from sim.model.distribution import deterministic, empirical, exponential, gamma, until
from sim.model.model_definition import ServiceModelDefinition
from sim.model.model_file import MODELS, find_service_model, read_service_model
from sim.model.service_model import Polling, operations_of
from sim.model.station import (
    UNLIMITED,
    CacheModel,
    Fault,
    Replenishment,
    Scaler,
    Schedule,
    Shift,
    Slowdown,
    StationModel,
    TokenBucketModel,
    Zones,
)
from tests.sim.model.writing import written
from tests.sim.plans import FUNNEL

EVERYTHING = """
service_model: everything
midnight: 2h
stations:
  application:
    servers: 64
    sharing: yes
    queue_limit: 2048
    when_full: rejected
    slowdown: {contention: 2 %, coherency: 0.01 %}
    cost_per_server_hour: 0.4
  threads: {servers: 8, priority: [diamond, gold], patience: {mean: 60s}}
  database: {servers: 4, copies: 16, chosen_by: visit, zones: {count: 3, mean_up: 30d,
             mean_repair: 10min, detect: 5s}}
  pickers: {schedule: {repeats_every: 24h, shifts: [{at: 08:00, servers: 40}, {at: 16:30,
            servers: 10}]}}
  nodes: {scaler: {least: 2, most: 20, servers_per_node: 4, target: 70 %, sync: 15s, lag: 30s,
          boot: 90s, cool_down: 5min}}
  bank: {servers: unlimited, calibrated: no}
buckets: {front_door: {rate: 1000/s, burst: 2000}}
caches:
  product: {ttl: 60s, warm: no}
  pages: {hit_ratio: 95 %, refill: 30s}
stock: {1: 5000, 7: 3}
replenishment: {reorder_point: 20, order_up_to: 100, lead_time: {mean: 3d, distribution: gamma,
                cv: 0.3}}
faults:
  - {at: 2min, for: 30s, station: database, servers: 0}
  - {at: 3min, station: application, slower: 4, errors: 5 %}
  - {at: 4min, for: 30s, station: database, copy: 3, errors: 100 %}
  - {at: 5min, flush: product}
calls:
  page:
    - {at: application, mean: 1ms}
    - {look_up: pages, fills: when_done, call: [{at: database, mean: 2ms}]}
steps:
  look:
    call:
      - {play: page}
      - {admit: front_door}
      - hold: threads
        call:
          - {at: database, mean: 1ms, distribution: gamma, cv: 2, probability: 5 %, per_unit: yes,
             sku_factors: {1: 3, 2: 50 %}, queue_limit: 50}
      - {at: bank, values: [1ms, 3ms]}
  buy:
    declined: 0.4 %
    call:
      - try: wechat
        timeout: 500ms
        retries: 2
        backoff: 50ms
        backoff_factor: 3
        jitter: yes
        budget: 10 %
        budget_burst: 5
        breaker: {failures: 20 %, window: 50, least: 10, open: 2s, probes: 3}
        call: [{at: bank, mean: 80ms, distribution: deterministic}]
        fallback: [{at: bank, mean: 200ms}]
      - choose: channel
        branches:
          - {share: 60 %, call: [{play: page}]}
          - {rest: yes}
      - fork: parts
        needs: 1
        calls: [[{at: bank, mean: 1ms}], [{at: bank, mean: 2ms}]]
      - {read_stock: yes}
      - {take_stock: bucketed, buckets: 16, fallback: yes}
      - {fail: 1 %, as: rejected, status: 451, reason: risk}
      - {fail: 2 %, reason: bug}
      - send: logistics
        call:
          - {at: bank, until: {every: 24h, offset: 18h}}
          - {mark: shipped, within: 24h}
          - {mark: next_day, by_day: 1}
    background: [{at: bank, mean: 1s}]
    poll: {pauses: [100ms, 1s], most: 5, call: [{at: bank, mean: 1ms}]}
  reserve:
    call:
      - {take_stock: bucketed, buckets: 16, release_after: 15min}
"""
PAGE = (
    Demand(station="application", time=exponential(0.001)),
    Lookup(
        cache="pages",
        fills="when_done",
        call=(Demand(station="database", time=exponential(0.002)),),
    ),
)


@pytest.fixture
def everything(tmp_path):
    return read_service_model(written(tmp_path, EVERYTHING))


def bank(mean_s: float) -> Demand:
    return Demand(station="bank", time=exponential(mean_s))


def test_every_part_says_what_it_means(everything):
    assert everything.stations == {
        "application": StationModel(
            servers=64, sharing=True, queue_limit=2048, when_full="rejected",
            slowdown=Slowdown(contention=0.02, coherency=0.0001), cost_per_server_hour=0.4,
        ),
        "threads": StationModel(
            servers=8, priority=(("diamond", 0), ("gold", 1)), patience=exponential(60)
        ),
        "database": StationModel(
            servers=4, copies=16, chosen_by="visit",
            zones=Zones(count=3, mean_up_s=30 * 86400, mean_repair_s=600, detect_s=5),
        ),
        "pickers": StationModel(
            servers=40,
            schedule=Schedule(
                repeats_every_s=86400,
                shifts=(
                    Shift(start_s=8 * 3600, servers=40), Shift(start_s=16.5 * 3600, servers=10),
                ),
            ),
        ),
        "nodes": StationModel(
            servers=8,
            scaler=Scaler(
                least=2, most=20, servers_per_node=4, target_ratio=0.7, sync_s=15, lag_s=30,
                boot_s=90, cool_down_s=300,
            ),
        ),
        "bank": StationModel(servers=UNLIMITED, calibrated=False),
    }  # fmt: skip
    assert everything.buckets == {"front_door": TokenBucketModel(rate_per_s=1000, burst=2000)}
    assert everything.caches == {
        "product": CacheModel(ttl_s=60, warm=False),
        "pages": CacheModel(hit_ratio=0.95, refill_s=30),
    }
    assert everything.stock == {1: 5000, 7: 3}
    assert everything.replenishment == Replenishment(
        reorder_point=20, order_up_to=100, lead_time=gamma(3 * 86400, 0.3)
    )
    assert everything.faults == (
        Fault(at_s=120, for_s=30, station="database", servers=0),
        Fault(at_s=180, station="application", slower=4, errors=0.05),
        Fault(at_s=240, for_s=30, station="database", copy=2, errors=1.0),
        Fault(at_s=300, flushed="product"),
    )
    assert everything.midnight_s == 7200


def test_every_operation_says_what_it_means(everything):
    assert everything.steps["look"].call == (
        *PAGE,
        Admission(bucket="front_door"),
        Hold(
            station="threads",
            call=(
                Demand(
                    station="database", time=gamma(0.001, 2), probability=0.05, per_unit=True,
                    sku_factors=((1, 3.0), (2, 0.5)), queue_limit=50,
                ),
            ),
        ),
        Demand(station="bank", time=empirical(0.001, 0.003)),
    )  # fmt: skip
    buy = everything.steps["buy"]
    assert buy.declined_ratio == 0.004
    assert buy.call == (
        Attempt(
            name="wechat", timeout_s=0.5, retries=2, backoff_s=0.05, backoff_factor=3, jitter=True,
            budget_ratio=0.1, budget_burst=5,
            breaker=Breaker(failure_ratio=0.2, window=50, least=10, open_s=2, probes=3),
            call=(Demand(station="bank", time=deterministic(0.08)),), fallback=(bank(0.2),),
        ),
        Choice(name="channel", branches=(Branch(share=0.6, call=PAGE), Branch(share=0.4))),
        Fork(name="parts", needs=1, calls=((bank(0.001),), (bank(0.002),))),
        ReadStock(),
        TakeStock(strategy="bucketed", buckets=16, fallback=True),
        Fail(name="risk", end=CallEnd(Outcome.REJECTED, 451, "risk"), probability=0.01),
        Fail(name="bug", end=CallEnd(Outcome.FAILED, 500, "bug"), probability=0.02),
        Send(
            name="logistics",
            call=(
                Demand(station="bank", time=until(86400, 64800)),
                Mark(name="shipped", within_s=86400),
                Mark(name="next_day", by_day=1),
            ),
        ),
    )  # fmt: skip
    assert buy.background == (bank(1),)
    assert buy.polling == Polling(pauses_s=(0.1, 1), most=5, call=(bank(0.001),))
    assert everything.steps["reserve"].call == (
        TakeStock(strategy="bucketed", buckets=16, release_after_s=900),
    )


def test_a_demand_that_takes_stock_is_a_demand_and_a_taking(tmp_path):
    model = read_service_model(
        written(tmp_path, one_call("- {at: app, mean: 1ms, takes_stock: true}"))
    )
    app = Demand(station="app", time=exponential(0.001))
    assert model.steps["look"].call == (app, TakeStock())


def test_a_demand_that_is_cached_is_what_a_warm_cache_of_its_station_misses(tmp_path):
    """Another time at the same station is another cache; who makes no demand looks up nothing."""
    model = read_service_model(
        written(
            tmp_path,
            one_call(
                "- {at: app, mean: 1ms, cached_for: 60s}",
                "- {at: app, mean: 2ms, cached_for: 60s}",
                "- {at: app, mean: 1ms, cached_for: 5s}",
                "- {at: app, mean: 1ms, cached_for: 60s, probability: 25 %}",
            ),
        )
    )
    one, two = (Demand(station="app", time=exponential(mean_s)) for mean_s in (0.001, 0.002))
    rare = Branch(share=0.25, call=(Lookup(cache="app", call=(one,)),))
    assert model.steps["look"].call == (
        Lookup(cache="app", call=(one,)),
        Lookup(cache="app", call=(two,)),
        Lookup(cache="app 5s", call=(one,)),
        Choice(name="app", branches=(rare, Branch(share=0.75))),
    )
    assert model.caches == {"app": CacheModel(ttl_s=60), "app 5s": CacheModel(ttl_s=5)}


def test_values_come_from_a_column_beside_the_model(tmp_path):
    (tmp_path / "bank.csv").write_text("when,took\n1,12.5\n2,\n3,40\n", encoding="utf-8")
    column = "values_from: {file: bank.csv, column: took, unit: ms}"
    model = read_service_model(written(tmp_path, one_call(f"- {{at: app, {column}}}")))
    (demand,) = model.steps["look"].call
    assert demand.time == empirical(0.0125, 0.04)


def test_a_midnight_may_be_before_the_run(tmp_path):
    text = one_call("- {at: app, mean: 1ms}") + "midnight: -22h\n"
    assert read_service_model(written(tmp_path, text)).midnight_s == -22 * 3600


def test_a_model_may_be_edited_before_it_is_checked(tmp_path):
    """What is changed is checked like what was written."""
    file = written(tmp_path, one_call("- {at: app, mean: 1ms}"))

    def with_servers(servers: int):
        def edit(located):
            stations = {"app": {"servers": servers}}
            return dataclasses.replace(located, value={**located.value, "stations": stations})

        return edit

    assert read_service_model(file, edit=with_servers(7)).stations["app"].servers == 7
    with pytest.raises(DocumentError, match="must be a whole number"):
        read_service_model(file, edit=with_servers(0))


def one_call(*operations: str) -> str:
    lines = "".join(f"      {each}\n" for each in operations)
    head = "service_model: tiny\nstations:\n  app: {servers: 2}\n"
    return f"{head}steps:\n  look:\n    call:\n{lines}"


def test_the_reference_model_covers_the_reference_funnel():
    model = read_service_model(find_service_model("reference_shop"))
    assert set(FUNNEL) <= set(model.steps)
    assert {
        "gateway", "application", "cache", "database", "stock_lock", "order_queue", "payment",
    } <= set(model.stations)  # fmt: skip
    operations = [each for step in model.steps.values() for each in operations_of(step)]
    assert sum(isinstance(each, TakeStock) for each in operations) == 1
    assert model.caches == {"database": CacheModel(ttl_s=60)}


def test_an_unknown_model_is_told_with_the_known_ones():
    hint = 'did you mean "reference_shop"\\?.*known: .*reference_shop'
    with pytest.raises(DocumentError, match=hint):
        find_service_model("referenz_shop")


def test_a_path_is_taken_as_it_is(tmp_path):
    assert find_service_model(str(tmp_path / "mine.yaml")) == tmp_path / "mine.yaml"
    with pytest.raises(DocumentError, match="cannot be read"):
        read_service_model(tmp_path / "mine.yaml")


def test_the_schema_accepts_every_model_that_is_read_and_refuses_nonsense(tmp_path):
    schema = json.loads(json_schema(ServiceModelDefinition, title="model"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for file in (*MODELS.glob("*.yaml"), written(tmp_path, EVERYTHING)):
        value = json.loads(json.dumps(read_yaml(file).value))
        assert [each.message for each in validator.iter_errors(value)] == [], file
    nothing = {"service_model": "x", "stations": {}, "steps": {"a": {"call": [{"att": "b"}]}}}
    assert list(validator.iter_errors(nothing))
