from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.answers.answer import NEVER, answers_of, bottleneck_of, refusal
from sim.answers.pooled_times import pooled_quantile, quantile_of
from sim.engine.log_bins import NEVER_S
from sim.model.call import Demand, Hold, Send
from sim.model.distribution import deterministic
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import StationModel
from sim.statistics.pooled_quantile import pooled_interval
from tests.sim.runs import run_with, times_of


def test_a_figure_has_students_interval_over_replications():
    values = [10.0, 12.0, 11.0, 13.0, 9.0]
    answer = answers_of([run_with({"goodput_per_s": each}) for each in values])["goodput_per_s"]
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    assert answer.estimate == pytest.approx(11)
    assert (answer.interval.low, answer.interval.high) == pytest.approx((low, high))


def test_one_replication_has_no_interval():
    answer = answers_of([run_with({"goodput_per_s": 10.0})])["goodput_per_s"]
    assert (answer.estimate, answer.interval) == (10.0, None)


def test_a_quantile_is_that_of_all_replications_together():
    """As the pooled quantile of the values themselves, but for what shares a bin with it: three
    or four of 6,000 values, which moves the ends of the interval a little."""
    random = np.random.default_rng(1)
    parts = [random.exponential(0.1, 300 + 40 * k) for k in range(12)]
    exact = pooled_interval(parts, 0.95)
    found = pooled_quantile([times_of(each) for each in parts], 0.95)
    assert found.estimate == pytest.approx(exact.estimate, rel=0.001)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), rel=0.01)


def test_a_p99_from_too_few_response_times_is_refused_in_words():
    runs = [run_with({"p99_s:pay": 0.3}, pay=[0.1] * 400) for _ in range(2)]
    answer = answers_of(runs)["p99_s:pay"]
    assert answer.estimate is None
    assert answer.refused == "800 of at least 1000 response times for quantile 0.99"
    assert answers_of([*runs, runs[0]])["p99_s:pay"].estimate == pytest.approx(0.1, rel=0.001)


def test_a_p95_until_a_mark_from_too_few_orders_is_refused_too():
    """Ten beyond it are 200; and it is that of all orders together: of 199 of a day and one of ten
    days, and 200 of two, it is two days, while the mean of each one's own is a day and a half."""
    day_s = 86_400.0
    one, other = [day_s] * 199 + [10 * day_s], [2 * day_s] * 200
    runs = [
        run_with({"elapsed_p95_s:shipped": 0.0}, elapsed={"shipped": each}) for each in (one, other)
    ]
    answer = answers_of(runs)["elapsed_p95_s:shipped"]
    assert answer.estimate == pytest.approx(2 * day_s, rel=0.001)
    few = run_with({"elapsed_p95_s:shipped": day_s}, elapsed={"shipped": one[:199]})
    refused = answers_of([few])["elapsed_p95_s:shipped"]
    assert refused.estimate is None
    assert refused.refused == "199 of at least 200 times until then for quantile 0.95"
    assert refusal("elapsed_p95_s:shipped", [runs[1], few]).startswith("199 of at least 200")


def test_there_is_no_p95_until_a_mark_when_more_than_one_in_twenty_never_come():
    """Of all replications together: one that lost a tenth of its orders, another that lost none."""
    never_s = 10 * NEVER_S
    lossy, whole = [1.0] * 180 + [never_s] * 20, [1.0] * 200
    of_both = {"in_time_ratio:shipped": 0.9}
    runs = [run_with(of_both, elapsed={"shipped": each}) for each in (lossy, whole)]
    name = "elapsed_p95_s:shipped"
    assert answers_of(runs[:1])[name].refused == NEVER
    assert answers_of(runs)[name].estimate == pytest.approx(1.0, rel=0.001)
    assert answers_of([runs[0], *runs])[name].refused == NEVER


def test_of_each_replication_by_itself_a_p99_needs_ten_times_beyond_it():
    runs = [run_with({}, pay=[0.1] * n) for n in (2000, 999)]
    assert "999 of at least 1000 response times of pay" in refusal("p99_s:pay", runs)
    assert not refusal("p95_s:pay", runs)
    assert not refusal("goodput_per_s", runs)


def test_a_quantile_of_one_value_is_that_value():
    assert quantile_of([times_of([0.25] * 30)], 0.5) == pytest.approx(0.25, rel=0.001)


def shop(*call, **stations) -> ServiceModel:
    made = {name: StationModel(servers=each) for name, each in stations.items()}
    return ServiceModel(name="tiny", stations=made, steps={"buy": StepModel(call=call)})


def demand(station: str) -> Demand:
    return Demand(station=station, time=deterministic(0.1))


def narrow(model: ServiceModel, queue: float = 40.0, of_replies: bool = False, **busy: float):
    figures = {}
    for name, each in busy.items():
        figures[f"peak_utilisation_ratio:{name}"] = each
        figures[f"peak_window_s:{name}"] = 5.0
        figures[f"longest_queue:{name}"] = queue
        figures[f"waiting_ratio:{name}"] = 0.5
    return bottleneck_of(model, answers_of([run_with(figures)]), of_replies=of_replies)


def test_the_bottleneck_is_the_busiest_station_that_can_be_full():
    model = shop(demand("web"), demand("bank"), web=2, bank=float("inf"))
    found = narrow(model, web=0.97)
    assert found.station == "web"
    assert found.in_words == (
        "web: 97 % busy in its busiest 5 s, up to 40 waiting, 50 % of all waiting"
    )


def test_a_pool_that_waits_for_a_full_station_stands_back_behind_it():
    model = shop(Hold(station="threads", call=(demand("database"),)), threads=50, database=4)
    found = narrow(model, threads=0.99, database=0.98)
    assert (found.station, found.held_by) == ("database", ("threads",))
    assert narrow(model, threads=0.99, database=0.4).station == "threads"


def test_nothing_is_a_bottleneck_that_is_half_idle_and_holds_nobody_up():
    assert narrow(shop(demand("web"), web=2), queue=3, web=0.3).in_words.startswith("none: ")


def test_an_idle_pool_with_a_crowd_does_not_stand_back_behind_what_is_as_idle():
    model = shop(Hold(station="threads", call=(demand("database"),)), threads=50, database=4)
    assert narrow(model, threads=0.0, database=0.0).station == "threads"


def test_a_hot_row_is_the_bottleneck_though_the_other_rows_are_idle():
    rows = {"row": StationModel(servers=1, copies=1000), "web": StationModel(servers=2)}
    steps = {"buy": StepModel(call=(demand("row"), demand("web")))}
    model = ServiceModel(name="tiny", stations=rows, steps=steps)
    figures = {
        "peak_utilisation_ratio:row": 0.001, "longest_queue:row": 65.0, "waiting_ratio:row": 0.9,
        "peak_window_s:row": 5.0, "peak_copy_ratio:row": 0.4,
        "peak_utilisation_ratio:web": 0.3, "longest_queue:web": 12.0, "waiting_ratio:web": 0.1,
    }  # fmt: skip
    found = bottleneck_of(model, answers_of([run_with(figures)]))
    assert found.in_words == (
        "row: 0 % busy in its busiest 5 s over its 1,000 copies, one of them 40 %, "
        "up to 65 waiting, 90 % of all waiting"
    )


def test_a_hot_shard_is_the_bottleneck_though_all_shards_together_are_idle():
    stations = {"shards": StationModel(servers=1, copies=8), "web": StationModel(servers=2)}
    steps = {"buy": StepModel(call=(demand("shards"), demand("web")))}
    model = ServiceModel(name="tiny", stations=stations, steps=steps)
    figures = {
        "peak_utilisation_ratio:shards": 0.125, "peak_copy_ratio:shards": 1.0,
        "peak_utilisation_ratio:web": 0.8, "longest_queue:shards": 3.0,
    }  # fmt: skip
    assert bottleneck_of(model, answers_of([run_with(figures)])).station == "shards"
    figures["peak_copy_ratio:shards"] = 0.2
    found = bottleneck_of(model, answers_of([run_with(figures)]))
    assert found.station == "web"


def test_of_those_that_are_full_the_bottleneck_has_the_most_waiting():
    model = shop(demand("web"), demand("door"), web=2, door=1)
    figures = {
        "peak_utilisation_ratio:web": 1.0, "waiting_ratio:web": 0.1,
        "peak_utilisation_ratio:door": 0.95, "waiting_ratio:door": 0.9,
    }  # fmt: skip
    assert bottleneck_of(model, answers_of([run_with(figures)])).station == "door"


def test_the_bottleneck_of_replies_is_none_of_what_is_done_behind_them():
    later = Send(name="parcel", call=(demand("warehouse"),))
    step = StepModel(
        call=(Hold(station="threads", call=(demand("web"), later)),),
        background=(demand("carrier"),),
    )
    made = {name: StationModel(servers=1) for name in ("threads", "web", "warehouse", "carrier")}
    model = ServiceModel(name="tiny", stations=made, steps={"buy": step})
    busy = {"threads": 0.5, "web": 0.7, "warehouse": 1.0, "carrier": 0.9}
    assert narrow(model, **busy).station == "warehouse"
    of_replies = narrow(model, of_replies=True, **busy)
    assert of_replies.in_words == (
        "web: 70 % busy in its busiest 5 s, up to 40 waiting, 50 % of all waiting for replies"
    )


def test_a_model_without_limits_has_no_bottleneck():
    assert narrow(shop(demand("bank"), bank=float("inf"))) is None
