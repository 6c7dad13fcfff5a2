"""Limits found by a ramp against closed forms: stations whose capacity is known.

M/M/1 with service rate mu: the response time is exponential with rate mu - lambda, so a share of
1 - exp(-(mu - lambda) d) is answered within d, and 95 % are up to lambda = mu - ln 20 / d. Its
knee is at half of mu, whatever mu is (Kleinrock 1979).
"""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import pytest

from reports.record.reader import read_record
from reports.slo.limit import Limit, limit_of
from reports.slo.objective import Objective
from reports.slo.stair_verdict import StairVerdict
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.phase import Phase, Stairs
from sim.model.call import Demand
from sim.model.distribution import exponential
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import UNLIMITED, StationModel
from sim.run import simulate_to_record
from tests.scenarios.workload.campaigns import campaign

MU_PER_S = 100.0
BY_PER_S = 10.0


def ramp(*, seed: int) -> CampaignPlan:
    """From 10/s to 130/s, a minute each."""
    shape = Stairs(
        from_per_s=BY_PER_S, by_per_s=BY_PER_S, every_s=60.0, until="broken", settle_s=10.0
    )
    phase = Phase(name="ramp", duration_s=13 * 60.0, step=shape)
    return CampaignPlan(campaign(phases=(phase,), seed=seed))


def desk(*, servers: int, queue_limit: float = UNLIMITED) -> ServiceModel:
    """`servers` that serve 100 calls a second together, with exponential service times."""
    station = StationModel(servers=servers, queue_limit=queue_limit, when_full="rejected")
    step = StepModel(call=(Demand(station="desk", time=exponential(servers / MU_PER_S)),))
    return ServiceModel(name="desk", stations={"desk": station}, steps={"open_home": step})


def within(below_s: float) -> Objective:
    return Objective(
        name="in time", indicator="response_time", target=Fraction(95, 100), below_s=below_s
    )


def searched(model: ServiceModel, objective: Objective, directory: Path, *, seed: int) -> Limit:
    simulate_to_record(ramp(seed=seed), model, directory / "run", run_id="law")
    limit = limit_of(read_record(directory / "run"), [objective])
    assert limit is not None
    return limit


def rate_per_s(verdict: StairVerdict | None) -> float:
    assert verdict is not None
    return verdict.stair.rate_per_s


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_limit_of_m_m_1_lies_in_its_interval(tmp_path: Path, seed: int) -> None:
    limit = searched(desk(servers=1), within(0.12), tmp_path, seed=seed)
    true_per_s = MU_PER_S - math.log(20) / 0.12
    assert limit.outcome == "found"
    assert limit.interval is not None
    low, high = limit.interval.lowest_per_s, limit.interval.highest_per_s
    assert low is not None
    assert high is not None
    assert low <= true_per_s <= high
    assert high - low <= 4 * BY_PER_S, "too wide to tell anything"
    assert rate_per_s(limit.held) < rate_per_s(limit.broke)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_knee_of_m_m_1_lies_in_its_interval(tmp_path: Path, seed: int) -> None:
    limit = searched(desk(servers=1), within(0.12), tmp_path, seed=seed)
    assert limit.knee is not None
    assert limit.knee.lowest_per_s <= MU_PER_S / 2 <= limit.knee.highest_per_s


def test_several_servers_break_where_their_capacity_ends(tmp_path: Path) -> None:
    """M/M/10 answers nearly all calls within 1 s until its queue grows without end: at 90/s the
    wait is longer than that with the chance 0.67 e^-10."""
    limit = searched(desk(servers=10), within(1.0), tmp_path, seed=1)
    assert rate_per_s(limit.held) <= MU_PER_S <= rate_per_s(limit.broke)
    assert rate_per_s(limit.broke) - rate_per_s(limit.held) <= 2 * BY_PER_S


def test_goodput_is_what_arrives_until_it_is_what_is_served(tmp_path: Path) -> None:
    """Flow balance: throughput is min(lambda, mu) when those who find no place are refused."""
    limit = searched(desk(servers=1, queue_limit=50), within(10.0), tmp_path, seed=1)
    assert limit.outcome == "not_reached"
    for stair in limit.stairs:
        expected = min(stair.stair.rate_per_s, MU_PER_S)
        # 5 s.d. of a Poisson count over the 50 s that are judged.
        assert stair.goodput_per_s == pytest.approx(expected, abs=5 * math.sqrt(expected / 50))
