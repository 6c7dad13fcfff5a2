"""The full path of an order: the shipped model and campaign of the record's minute, as they are
or as a platform and a crowd of a hundredth."""

from __future__ import annotations

import dataclasses
import functools
import math

from scenarios.workload.campaign import Campaign, read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from sim.engine.contract import EngineOptions
from sim.model.model_file import find_service_model, read_service_model
from sim.model.service_model import ServiceModel
from sim.model.station import StationModel
from sim.replication.replications import plan_seed

NAME = "record_minute"
RECORD_AMPLIFY = 10_000.0
"""Of the campaign, which has a ten-thousandth of the record's 583,000 orders a second."""
SMALLER = 100
IN_FLIGHT_LIMIT = 100_000_000


def order_path() -> ServiceModel:
    return read_service_model(find_service_model(NAME))


def smaller_order_path() -> ServiceModel:
    """With a hundredth of the servers, rounded up, for a hundredth of the orders: 5,830 a second,
    as the larger platform has. Each key of the stock has its one server as before."""
    model = order_path()
    stations = {name: smaller(each) for name, each in model.stations.items()}
    return dataclasses.replace(model, stations=stations)


def smaller(station: StationModel) -> StationModel:
    if not math.isfinite(station.servers):
        return station
    return dataclasses.replace(station, servers=math.ceil(station.servers / SMALLER))


@functools.cache
def record_campaign() -> Campaign:
    return read_campaign(find_campaign(NAME))


def record_plan(amplify: float) -> CampaignPlan:
    return CampaignPlan(record_campaign(), amplify=amplify)


def smaller_plan(seconds: float, replication: int = 0) -> CampaignPlan:
    """So many seconds of a hundredth of the record."""
    asked = record_campaign()
    phases = tuple(dataclasses.replace(each, duration_s=seconds) for each in asked.phases)
    campaign = dataclasses.replace(asked, phases=phases)
    seed = plan_seed(asked.seed, replication)
    return CampaignPlan(campaign, seed, amplify=RECORD_AMPLIFY / SMALLER)


def options(replication: int = 0) -> EngineOptions:
    return EngineOptions(seed=1, replication=replication, in_flight_limit=IN_FLIGHT_LIMIT)
