"""Features of stations."""

from __future__ import annotations

from sim.model.call import (
    Demand,
    Fail,
    Send,
)
from sim.model.distribution import (
    Distribution,
    deterministic,
    empirical,
    exponential,
    gamma,
    lognormal,
    until,
)
from sim.model.station import (
    UNLIMITED,
    Fault,
    Scaler,
    Schedule,
    Shift,
    Slowdown,
    StationModel,
    Zones,
)
from tests.sim.engines.crowds import crowd
from tests.sim.engines.feature import BROKEN, Feature, desk, feature, served
from tests.sim.plays import fixed


@feature
def one_queue() -> Feature:
    return Feature(desk((served(),)))


@feature
def a_tandem_of_queues() -> Feature:
    call = (served(0.1), served(0.08, "back"), served(0.01, "far"))
    return Feature(
        desk(call, back=StationModel(servers=1), far=StationModel(servers=UNLIMITED)),
        crowd(steps=("look", "look", "look")),
    )


@feature
def every_distribution() -> Feature:
    times: list[Distribution] = [
        exponential(0.05), deterministic(0.02), gamma(0.03, cv=0.5), gamma(0.03, cv=2.0),
        lognormal(0.03, cv=1.5), empirical(0.0, 0.01, 0.05, 0.1), until(0.25, offset_s=0.1),
        deterministic(0.0), gamma(0.02, cv=0.0), exponential(0.0),
    ]  # fmt: skip
    call = tuple(Demand(station="desk", time=each) for each in times)
    return Feature(desk(call, desk=StationModel(servers=8), parts={"midnight_s": 0.03}))


@feature
def equal_instants() -> Feature:
    """All times are multiples of 1/8 s, so that only the order of scheduling decides."""
    call = (
        fixed("desk", 0.125),
        Send(name="later", call=(fixed("back", 0.25),)),
        fixed("back", 0.5),
    )
    return Feature(
        desk(call, back=StationModel(servers=3)),
        crowd(grid_s=0.125, steps=("look", "look")),
        {"gauge_every_s": 0.125},
    )


@feature
def rare_and_large_demands() -> Feature:
    call = (
        served(probability=0.3),
        served(0.02, per_unit=True),
        served(0.02, sku_factors=((1, 3.0), (3, 0.5)), per_unit=True),
        Demand(station="far", time=until(0.5), per_unit=True),
    )
    return Feature(desk(call, far=StationModel(servers=4)))


@feature
def full_queues() -> Feature:
    call = (served(0.3, queue_limit=3), served(0.2))
    rejected = StationModel(servers=2, queue_limit=6, when_full="rejected")
    return Feature(desk(call, desk=rejected), crowd(steps=("look", "look")))


@feature
def impatience_in_the_queue() -> Feature:
    station = StationModel(servers=2, patience=exponential(0.3))
    return Feature(desk((served(0.3), served(0.1)), desk=station))


@feature
def impatient_and_timed_out_visits() -> Feature:
    plan = crowd(steps=("look", "look", "look"), patience_s=0.8, grid_s=0.0625)
    return Feature(desk((served(0.22),)), plan, {"timeout_s": 1.0, "in_flight_limit": 12})


@feature
def replayed_visits() -> Feature:
    call = (served(0.05), Fail(name="chance", end=BROKEN, probability=0.3))
    return Feature(desk(call), crowd(steps=("look",) * 4, replayed=True))


@feature
def priority_of_tiers() -> Feature:
    station = StationModel(servers=2, priority=(("diamond", 0), ("gold", 2)), queue_limit=30)
    return Feature(desk((served(0.2), served(0.05)), desk=station))


@feature
def copies_by_sku() -> Feature:
    return Feature(desk((served(0.2),), desk=StationModel(servers=1, copies=2, queue_limit=20)))


@feature
def copies_by_visit_and_at_random() -> Feature:
    return Feature(
        desk(
            (served(0.3), served(0.2, "rows")),
            desk=StationModel(servers=1, copies=3, chosen_by="visit"),
            rows=StationModel(servers=1, copies=5, chosen_by="random"),
        )
    )


@feature
def shared_servers() -> Feature:
    station = StationModel(servers=2, sharing=True, queue_limit=15)
    return Feature(desk((served(0.2), served(0.02)), desk=station))


@feature
def shared_copies_that_crowd() -> Feature:
    station = StationModel(
        servers=2, sharing=True, copies=3, slowdown=Slowdown(contention=0.05, coherency=0.001)
    )
    return Feature(desk((served(0.2), fixed("desk", 0.1)), desk=station), crowd(grid_s=0.125))


@feature
def slowdown_by_the_crowd() -> Feature:
    station = StationModel(servers=8, slowdown=Slowdown(contention=0.1, coherency=0.02))
    return Feature(desk((served(0.2),), desk=station))


@feature
def shifts_that_recur() -> Feature:
    shifts = (
        Shift(start_s=1.0, servers=3),
        Shift(start_s=4.0, servers=0),
        Shift(start_s=6.0, servers=1),
    )
    station = StationModel(servers=1, schedule=Schedule(shifts=shifts, repeats_every_s=8.0))
    return Feature(desk((served(0.12),), desk=station, parts={"midnight_s": 2.5}))


@feature
def shifts_that_come_once() -> Feature:
    shifts = (Shift(start_s=0.0, servers=1), Shift(start_s=10.0, servers=4))
    station = StationModel(servers=1, sharing=True, schedule=Schedule(shifts=shifts))
    return Feature(desk((served(0.12),), desk=station))


@feature
def a_scaler() -> Feature:
    scaler = Scaler(
        least=1, most=6, servers_per_node=2, target_ratio=0.5, sync_s=1.0, lag_s=1.5, boot_s=2.0,
        cool_down_s=4.0,
    )  # fmt: skip
    return Feature(
        desk((served(0.2),), desk=StationModel(servers=1, scaler=scaler)),
        crowd(steps=("look", "look")),
    )


@feature
def zones_that_fail() -> Feature:
    zones = Zones(count=3, mean_up_s=6.0, mean_repair_s=2.0, detect_s=0.5)
    return Feature(desk((served(0.2),), desk=StationModel(servers=6, zones=zones)))


@feature
def faults_of_a_station() -> Feature:
    faults = (
        Fault(at_s=5.0, for_s=5.0, station="desk", servers=1),
        Fault(at_s=8.0, for_s=10.0, station="desk", slower=2.5, errors=0.2),
        Fault(at_s=9.0, for_s=2.0, station="desk", servers=0, slower=1.1, errors=0.3),
        Fault(at_s=20.0, station="desk", servers=3),
    )
    return Feature(desk((served(0.1),), parts={"faults": faults}))


@feature
def faults_of_shared_servers() -> Feature:
    faults = (
        Fault(at_s=5.0, for_s=5.0, station="desk", servers=1),
        Fault(at_s=8.0, for_s=10.0, station="desk", slower=2.5, errors=0.2),
        Fault(at_s=9.0, for_s=2.0, station="desk", servers=0),
    )
    station = StationModel(servers=2, sharing=True, copies=2)
    return Feature(desk((served(0.2),), desk=station, parts={"faults": faults}))


@feature
def faults_of_one_copy() -> Feature:
    faults = (
        Fault(at_s=4.0, for_s=10.0, station="desk", copy=1, slower=3.0, errors=0.5),
        Fault(at_s=6.0, for_s=4.0, station="desk", slower=1.5, errors=0.1),
        Fault(at_s=8.0, station="desk", copy=2, errors=1.0),
    )
    station = StationModel(servers=1, copies=3, chosen_by="visit")
    return Feature(desk((served(0.2),), desk=station, parts={"faults": faults}))


@feature
def faults_of_one_copy_of_shared_servers() -> Feature:
    faults = (
        Fault(at_s=4.0, for_s=10.0, station="desk", copy=0, slower=3.0, errors=0.5),
        Fault(at_s=6.0, for_s=4.0, station="desk", servers=1, slower=1.5),
    )
    station = StationModel(servers=2, sharing=True, copies=2)
    return Feature(desk((served(0.2),), desk=station, parts={"faults": faults}))
