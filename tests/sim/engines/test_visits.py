"""What a visit does, second by second, on models whose services take a fixed time."""

from __future__ import annotations

import pytest

from reports.record.outcome import Outcome
from sim.engine.conservation import no_oversell, stock_conservation
from sim.model.call import TakeStock
from sim.model.service_model import Polling, StepModel
from sim.model.station import StationModel
from tests.sim.plans import HandMadePlan, action
from tests.sim.plays import fixed, one_desk, shop


def outcomes(rows) -> list[Outcome]:
    return [Outcome(each.outcome) for each in rows.actions]


def order_shop(*, queue_limit: float = 100, work_s: float = 0.25, most: int = 30):
    """A shop whose order takes 0.01 s to accept and `work_s` to write, asked for by polls."""
    return shop(
        {
            "place_order": StepModel(
                call=(fixed("lock", 0.01), TakeStock()),
                background=(fixed("queue", work_s),),
                polling=Polling(pauses_s=(0.1, 0.2, 0.4), call=(fixed("web", 0.01),), most=most),
            )
        },
        lock=StationModel(servers=1),
        web=StationModel(servers=100),
        queue=StationModel(servers=1, queue_limit=queue_limit, when_full="failed"),
    )


def test_an_action_is_intended_its_think_time_after_the_finish_of_the_one_before(play):
    plan = HandMadePlan(intended_s=[0.5], actions=[action("look"), action("look", 3.0)])
    rows, _ = play(plan, one_desk(service_s=0.25))
    instants = [(each.intended_s, each.started_s, each.finished_s) for each in rows.actions]
    assert instants == [(0.5, 0.5, 0.75), (3.75, 3.75, 4.0)]


def test_arrivals_do_not_wait_for_replies(play):
    plan = HandMadePlan(intended_s=[0.0, 1.0, 2.0], actions=[action("look")])
    rows, _ = play(plan, one_desk(service_s=10.0))
    assert [each.started_s for each in rows.actions] == [0.0, 1.0, 2.0]
    assert [each.finished_s for each in rows.actions] == [10.0, 20.0, 30.0]


@pytest.mark.parametrize(
    ("when_full", "outcome", "status"),
    [("rejected", Outcome.REJECTED, 429), ("failed", Outcome.FAILED, 503)],
)
def test_a_visit_ends_at_its_first_action_that_is_not_ok(play, when_full, outcome, status):
    plan = HandMadePlan(intended_s=[0.0, 0.1], actions=[action("look"), action("look", 1.0)])
    rows, _ = play(plan, one_desk(queue_limit=0, when_full=when_full))
    second = [each for each in rows.actions if each.visit == 1]
    assert [(each.outcome, each.status, each.reason) for each in second] == [
        (outcome, status, "desk_full")
    ]


@pytest.mark.parametrize(
    ("patience_s", "timeout_s", "outcome", "given_up_s"),
    [
        (2.0, 3.0, Outcome.ABANDONED, 3.0),
        (3.0, 2.0, Outcome.TIMED_OUT, 3.0),
        (9.0, 8.0, Outcome.OK, 6.0),
    ],
)
def test_whichever_of_patience_and_time_out_ends_first_decides(
    play, patience_s, timeout_s, outcome, given_up_s
):
    plan = HandMadePlan(intended_s=[1.0], actions=[action("look")], patience_s=patience_s)
    rows, _ = play(plan, one_desk(service_s=5.0), timeout_s=timeout_s)
    assert [(each.outcome, each.finished_s) for each in rows.actions] == [(outcome, given_up_s)]


def test_patience_counts_anew_for_each_action(play):
    five_looks = [action("look"), *[action("look", 1.5)] * 4]
    plan = HandMadePlan(intended_s=[0.0], actions=five_looks, patience_s=1.0)
    rows, _ = play(plan, one_desk(service_s=0.9))
    assert outcomes(rows) == [Outcome.OK] * 5


def test_patience_ends_a_later_action_as_it_ends_the_first(play):
    slow = shop(
        {"look": StepModel(call=(fixed("desk", 0.5),)), "buy": StepModel(call=(fixed("desk", 5),))},
        desk=StationModel(servers=1),
    )
    plan = HandMadePlan(
        intended_s=[0.0], actions=[action("look"), action("buy", 0.25)], patience_s=2.0
    )
    rows, _ = play(plan, slow)
    assert outcomes(rows) == [Outcome.OK, Outcome.ABANDONED]
    assert rows.actions[1].finished_s == 0.75 + 2.0


def test_the_platform_goes_on_for_a_shopper_who_has_left(play):
    plan = HandMadePlan(intended_s=[0.0, 0.0], actions=[action("look")], patience_s=2.0)
    rows, played = play(plan, one_desk(service_s=5.0))
    assert outcomes(rows) == [Outcome.ABANDONED] * 2
    assert played.stations["desk"].busy_area == 10.0


def test_a_visit_above_the_in_flight_limit_is_one_row_that_says_so(play):
    plan = HandMadePlan(intended_s=[0.0, 0.5], actions=[action("look"), action("look", 1.0)])
    rows, _ = play(plan, one_desk(), in_flight_limit=1)
    refused = [each for each in rows.actions if each.visit == 1]
    assert [(each.action, each.outcome, each.requests) for each in refused] == [
        (0, Outcome.NOT_SENT, 0)
    ]
    assert refused[0].started_s != refused[0].started_s
    assert refused[0].finished_s != refused[0].finished_s


def test_a_shopper_who_leaves_makes_room_at_once(play):
    plan = HandMadePlan(intended_s=[0.0, 2.5], actions=[action("look")], patience_s=2.0)
    rows, _ = play(plan, one_desk(service_s=100.0), in_flight_limit=1)
    assert outcomes(rows) == [Outcome.ABANDONED, Outcome.ABANDONED]


def test_an_order_ends_at_the_first_poll_that_finds_it_written(play):
    # Accepted at 0.01, written at 0.26; asked at 0.11 (reply 0.12: not yet) and 0.32 (0.33: yes).
    plan = HandMadePlan(intended_s=[0.0], actions=[action("place_order", sku=7)], stock={7: 1})
    rows, _ = play(plan, order_shop())
    assert outcomes(rows) == [Outcome.OK]
    assert rows.actions[0].finished_s == pytest.approx(0.33)
    assert rows.actions[0].requests == 3


def test_polling_has_an_end(play):
    plan = HandMadePlan(intended_s=[0.0], actions=[action("place_order", sku=7)], stock={7: 1})
    rows, _ = play(plan, order_shop(work_s=50.0, most=3))
    assert outcomes(rows) == [Outcome.FAILED]
    assert rows.actions[0].reason == "never_finished"
    assert rows.actions[0].requests == 4


def test_stock_is_sold_to_the_last_unit_and_never_oversold(play):
    plan = HandMadePlan(
        intended_s=[0.0] * 10, actions=[action("place_order", sku=7, quantity=2)], stock={7: 7}
    )
    rows, played = play(plan, order_shop())
    assert outcomes(rows).count(Outcome.OK) == 3
    assert [each.reason for each in rows.actions].count("sold_out") == 7
    told = no_oversell(played.stock), stock_conservation(played.stock)
    assert all(each.held for each in told)
    assert {each.evidence for each in told} == {
        "7 units at the start: 6 in accepted orders, 1 left"
    }


def test_a_product_that_is_not_on_sale_cannot_be_ordered(play):
    plan = HandMadePlan(intended_s=[0.0], actions=[action("place_order", sku=8)], stock={7: 1})
    rows, _ = play(plan, order_shop())
    assert [(each.outcome, each.reason) for each in rows.actions] == [
        (Outcome.REJECTED, "not_on_sale")
    ]


def test_units_come_back_when_the_order_queue_is_full(play):
    plan = HandMadePlan(
        intended_s=[0.0, 0.0, 0.0], actions=[action("place_order", sku=7)], stock={7: 3}
    )
    rows, played = play(plan, order_shop(queue_limit=0))
    assert sorted(each.reason for each in rows.actions) == ["", "queue_full", "queue_full"]
    told = stock_conservation(played.stock)
    assert (told.held, told.evidence) == (
        True,
        "3 units at the start: 1 in accepted orders, 2 left",
    )


def test_a_declined_payment_is_rejected(play):
    model = shop(
        {"pay": StepModel(call=(fixed("bank", 0.1),), declined_ratio=1.0)},
        bank=StationModel(servers=10),
    )
    rows, _ = play(HandMadePlan(intended_s=[0.0], actions=[action("pay")]), model)
    assert [(each.outcome, each.status, each.reason) for each in rows.actions] == [
        (Outcome.REJECTED, 402, "declined")
    ]
