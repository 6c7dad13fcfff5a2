"""What keeps a model from a steady state, and what a steady run does not show of it."""

from __future__ import annotations

import pytest

from sim.model.call import Demand, Hold, Send
from sim.model.distribution import exponential, until
from sim.model.service_model import Polling, StepModel
from sim.model.station import Fault, Schedule, Shift, StationModel, Zones
from sim.model.steadiness import steadiness
from tests.sim.plays import fixed, shop

SHIFTS = Schedule(shifts=(Shift(start_s=0.0, servers=1), Shift(start_s=60.0, servers=2)))
EVEN = Schedule(shifts=(Shift(start_s=0.0, servers=1), Shift(start_s=60.0, servers=1)))
TRUCK = Demand(station="truck", time=until(3600.0))
STATIONS = {
    "desk": StationModel(servers=1),
    "store": StationModel(servers=1, schedule=SHIFTS),
    "truck": StationModel(servers=9),
    "late": StationModel(servers=1),
}


def judged(step: StepModel, *, parts=None, **stations):
    model = shop({"look": step}, parts=parts, **{**STATIONS, **stations})
    return steadiness(model, ["look"], 600.0)


def reply(*operations) -> StepModel:
    return StepModel(call=operations)


def test_a_model_that_does_the_same_at_all_times_is_steady():
    found = judged(reply(fixed("desk", 1.0)))
    assert (found.mistakes, found.by_the_clock, found.warnings) == ((), frozenset(), ())


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (reply(fixed("store", 1.0)), '"store", which has shifts'),
        (reply(TRUCK), 'the clock at "truck"'),
        (reply(Hold(station="desk", call=(TRUCK,))), 'the clock at "truck"'),
        (
            StepModel(
                call=(fixed("desk", 1.0),), background=(TRUCK,),
                polling=Polling(pauses_s=(1.0,), call=(fixed("desk", 0.1),)),
            ),
            'the clock at "truck"',
        ),
    ],
)  # fmt: skip
def test_a_reply_that_waits_for_shifts_or_the_clock_is_not_steady(step, why):
    (mistake,) = judged(step).mistakes
    assert mistake.message == f"its reply waits for {why}: that is no steady state"


def test_what_nobody_waits_for_may_go_by_the_clock_and_is_not_given():
    step = StepModel(
        call=(fixed("desk", 1.0),),
        background=(TRUCK, fixed("late", 1.0), Send(name="more", call=(fixed("store", 1.0),))),
    )
    found = judged(step)
    assert found.mistakes == ()
    assert found.by_the_clock == {"truck", "late", "store"}


def test_who_is_held_until_the_clock_swings_with_it_and_so_does_what_follows():
    held = Hold(station="pool", call=(TRUCK,))
    step = StepModel(call=(fixed("desk", 1.0),), background=(held, fixed("late", 1.0)))
    assert judged(step, pool=StationModel(servers=3)).by_the_clock == {"pool", "truck", "late"}


def test_what_comes_before_the_clock_does_not_swing_with_it():
    step = StepModel(call=(fixed("desk", 1.0),), background=(fixed("late", 1.0), TRUCK))
    assert judged(step).by_the_clock == {"truck"}


def test_a_station_that_replies_share_with_the_clock_is_given_with_a_warning():
    step = StepModel(call=(fixed("desk", 1.0),), background=(TRUCK, fixed("desk", 1.0)))
    found = judged(step)
    assert found.by_the_clock == {"truck"}
    assert found.warnings == (
        '"desk", which replies wait for, also gets work that comes by the clock',
    )


def test_steps_that_are_not_played_do_not_matter():
    model = shop({"look": reply(fixed("desk", 1.0)), "wait": reply(TRUCK)}, **STATIONS)
    assert steadiness(model, ["look"], 600.0).mistakes == ()
    assert len(steadiness(model, ["look", "wait"], 600.0).mistakes) == 1


def test_shifts_that_change_nothing_are_steady():
    assert judged(reply(fixed("even", 1.0)), even=StationModel(servers=1, schedule=EVEN)) == (
        judged(reply(fixed("desk", 1.0)))
    )


def test_a_fault_during_the_run_is_a_mistake_and_one_after_it_is_not():
    def at(at_s: float):
        fault = Fault(at_s=at_s, for_s=1.0, station="desk", slower=2.0)
        return judged(reply(fixed("desk", 1.0)), parts={"faults": (fault,)}).mistakes

    assert [each.message for each in at(599.0)] == [
        "goes wrong 599 s after the start: that is no steady state"
    ]
    assert at(600.0) == ()


def test_zones_that_fail_too_rarely_are_told():
    """2 zones with a cycle of 100 s fail 12 times in 600 s; with one of 10 s 120 times."""

    def warned(mean_up_s: float):
        zones = Zones(count=2, mean_up_s=mean_up_s, mean_repair_s=1.0)
        desk = StationModel(servers=2, zones=zones)
        step = reply(Demand(station="zoned", time=exponential(1.0)))
        return judged(step, zoned=desk).warnings

    (warning,) = warned(99.0)
    assert "fail 12 times in such a run" in warning
    assert warned(9.0) == ()
