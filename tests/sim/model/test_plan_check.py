from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from scenarios.workload.campaign_file import campaign_names, find_campaign
from scenarios.workload.played_campaign import played_campaign
from sim.model.model_file import find_service_model, read_service_model
from sim.model.plan_check import checked_with, mistakes_with, servers_of
from sim.model.station import Scaler, Schedule, Shift, StationModel
from tests.sim.model.writing import written
from tests.sim.plans import HandMadePlan, action

MODEL = """service_model: tiny
stations:
  app: {servers: 8}
  bounded: {servers: 8, queue_limit: 10}
  desk: {servers: 8, patience: {mean: 60s}}
steps:
  look:
    call: [{at: app, mean: 1s}, {at: bounded, mean: 1s}, {at: desk, mean: 1s}]
  buy:
    call: [{at: app, mean: 1ms, takes_stock: true}]
"""


@pytest.fixture
def model(tmp_path):
    return read_service_model(written(tmp_path, MODEL))


def steady(rate_per_s: float, step: str = "look", sku: int = 1, **keys) -> HandMadePlan:
    """A hundred seconds of visits at one rate, each with one action."""
    intended_s = (np.arange(1, round(100 * rate_per_s) + 1) / rate_per_s).tolist()
    return HandMadePlan(intended_s=intended_s, actions=[action(step, sku=sku)], **keys)


def told(plan, model) -> list[str]:
    return [str(each) for each in mistakes_with(plan, model, file="shop.yaml")]


def test_a_steady_plan_that_offers_more_than_the_servers_is_a_mistake_at_the_station(model):
    found = told(steady(12.3), model)
    what = "offered load 12.3 of 8 servers: its queue would grow for ever"
    assert found == [f"shop.yaml:3:3 stations.app: {what}"]


def test_an_overload_that_ends_by_itself_is_a_warning(model):
    """A queue with a limit refuses, and people who wait too long go."""
    what = "is offered 12.3 erlangs on average and has 8 servers: it cannot catch up"
    warnings = checked_with(steady(12.3), model).warnings
    assert warnings == (f'"bounded" {what}', f'"desk" {what}')


def test_a_load_that_the_servers_can_do_is_no_mistake(model):
    found = checked_with(steady(7.9), model)
    assert (found.mistakes, found.warnings) == ((), ())


def test_a_sale_may_overload_a_station_for_a_while():
    shop = read_service_model(find_service_model("reference_shop"))
    crowd = played_campaign("flash_sale", amplify=4)
    found = checked_with(crowd, shop)
    assert found.mistakes == ()
    what = 'at the peak of "sale" more is offered than there are servers to "application"'
    assert found.warnings == (f"{what} (1.3 times)",)


def test_a_step_that_the_model_lacks_is_a_mistake_among_its_steps(model):
    (found,) = told(steady(1, step="lok"), model)
    where = "shop.yaml:6:1 steps"
    assert found == f'{where}: no step "lok", did you mean "look"?; "hand_made" plays it'


def test_a_model_made_in_a_program_has_mistakes_without_a_line(model):
    (found,) = mistakes_with(steady(1, step="x"), dataclasses.replace(model, text=""))
    assert (found.file, found.line, found.path) == ("tiny", 0, "steps")


def test_a_hot_product_without_stock_is_a_mistake_at_the_step_that_takes_it(model):
    (found,) = told(steady(1, step="buy", sku=7), model)
    where = 'shop.yaml:9:3 steps.buy: SKU 7 has no units, and is 100 % of "buy"'
    assert found == f"{where}, which takes stock"


@pytest.mark.parametrize("way", ["the plan's", "the model's", "to come"])
def test_a_product_may_have_units_of_the_plan_of_the_model_or_later(tmp_path, way):
    more = {
        "the plan's": "",
        "the model's": "stock: {7: 1}\n",
        "to come": "replenishment: {reorder_point: 1, order_up_to: 9, lead_time: {mean: 1s}}\n",
    }[way]
    model = read_service_model(written(tmp_path, MODEL + more))
    stock = {7: 1} if way == "the plan's" else {}
    assert told(steady(1, step="buy", sku=7, stock=stock), model) == []


def test_products_with_a_small_share_may_be_without_stock_with_a_warning(model):
    """Of 200 SKUs each has 0.5 % of the takings, half of them are on sale."""
    plan = dataclasses.replace(steady(2, step="buy"), stock=dict.fromkeys(range(1, 101), 5))
    chunks = [
        dataclasses.replace(each, sku=np.arange(1, len(each) + 1, dtype=np.int32))
        for each in plan.chunks()
    ]
    spread = _Drawn(plan, chunks)
    found = checked_with(spread, model)
    assert found.mistakes == ()
    assert found.warnings == ('50 % of "buy" are about products that are not on sale: rejected',)


class _Drawn:
    """A plan with other chunks."""

    def __init__(self, plan, chunks):
        self._plan = plan
        self.chunks = lambda: iter(chunks)

    def __getattr__(self, name):
        return getattr(self._plan, name)


def test_every_campaign_that_ships_can_be_played_on_the_reference_shop():
    shop = read_service_model(find_service_model("reference_shop"))
    for name in campaign_names():
        if "replay:" not in find_campaign(name).read_text(encoding="utf-8"):
            assert mistakes_with(played_campaign(name), shop) == (), name


def test_servers_that_vary_count_as_many_as_there_can_be_in_the_long_run():
    """Forty for 8 hours and ten for 16 are 20 on average; a scaler makes most x per node."""
    shifts = (Shift(start_s=8 * 3600, servers=40), Shift(start_s=16 * 3600, servers=10))
    repeated = Schedule(shifts=shifts, repeats_every_s=24 * 3600)
    assert servers_of(StationModel(servers=1, schedule=repeated)) == 20
    assert servers_of(StationModel(servers=1, schedule=Schedule(shifts=shifts))) == 40
    scaler = Scaler(least=1, most=5, servers_per_node=2)
    assert servers_of(StationModel(servers=1, scaler=scaler)) == 10
    assert servers_of(StationModel(servers=3, copies=4)) == 12
