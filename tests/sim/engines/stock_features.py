"""Features of the stock."""

from __future__ import annotations

from sim.model.call import (
    Attempt,
    Fail,
    Fork,
    ReadStock,
    Send,
    TakeStock,
)
from sim.model.distribution import (
    exponential,
    gamma,
)
from sim.model.station import (
    Replenishment,
    StationModel,
)
from tests.sim.engines.crowds import crowd
from tests.sim.engines.feature import BROKEN, REFUSED, Feature, desk, feature, served


@feature
def stock_under_a_lock() -> Feature:
    call = (served(0.1), TakeStock(), served(0.05), Fail(name="no", end=BROKEN, probability=0.2))
    plan = crowd(stock={1: 100, 2: 1000, 4: 0}, skus=(1, 2, 3, 4), patience_s=0.4)
    return Feature(desk(call, parts={"stock": {1: 20}}), plan)


@feature
def stock_by_version() -> Feature:
    take = Attempt(
        name="order",
        call=(ReadStock(), served(0.1), TakeStock(strategy="optimistic")),
        retries=3,
    )
    return Feature(desk((take, served(0.02))), crowd(stock={1: 150, 2: 100, 3: 50}))


@feature
def stock_sold_unseen() -> Feature:
    call = (ReadStock(), served(0.6), TakeStock(strategy="unchecked"))
    return Feature(desk(call, desk=StationModel(servers=9)), crowd(stock={1: 100, 2: 80, 3: 41}))


@feature
def stock_in_buckets() -> Feature:
    take = TakeStock(strategy="bucketed", buckets=4)
    return Feature(desk((served(0.1), take)), crowd(stock={1: 130, 2: 81, 3: 60}))


@feature
def stock_in_buckets_that_help_out() -> Feature:
    take = TakeStock(strategy="bucketed", buckets=4, fallback=True)
    call = (served(0.1), take, Fail(name="no", end=REFUSED, probability=0.2))
    rule = Replenishment(reorder_point=10, order_up_to=70, lead_time=gamma(2.0, cv=0.5))
    return Feature(desk(call, parts={"replenishment": rule}), crowd(stock={1: 130, 2: 81, 3: 60}))


@feature
def units_ordered_twice_within_an_event() -> Feature:
    """Each of two takings, one after the other, brings the stock to where one unit is ordered."""
    rule = Replenishment(reorder_point=69, order_up_to=70, lead_time=gamma(0.5, cv=0.5))
    call = (served(0.1), TakeStock(), TakeStock())
    return Feature(desk(call, parts={"replenishment": rule}), crowd(stock={1: 70, 2: 70, 3: 70}))


@feature
def stranded_units_that_are_released() -> Feature:
    take = (served(0.1), TakeStock(release_after_s=2.5), served(0.3, "back"))
    tried = Attempt(name="order", call=take, timeout_s=0.5, retries=1)
    return Feature(
        desk((tried, served(0.05)), back=StationModel(servers=3)),
        crowd(stock={1: 120, 2: 90, 3: 60}, patience_s=0.9),
    )


@feature
def units_of_forks_and_sent_work() -> Feature:
    take = TakeStock(release_after_s=1.0)
    call = (
        Fork(name="any", calls=((served(0.1), take), (served(0.1), take)), needs=1),
        Send(name="later", call=(take, served(0.1, "back"))),
    )
    return Feature(
        desk(call, back=StationModel(servers=1, queue_limit=5)),
        crowd(stock={1: 300, 2: 200, 3: 90}),
    )


@feature
def replenishment() -> Feature:
    rule = Replenishment(reorder_point=15, order_up_to=60, lead_time=exponential(3.0))
    call = (served(0.1), TakeStock())
    return Feature(desk(call, parts={"replenishment": rule}), crowd(stock={1: 40, 2: 30, 3: 0}))
