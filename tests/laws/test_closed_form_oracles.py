"""Every closed form at the values of the shared table of oracles.

The table stands here too, so that a clone that is alone is checked as well.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

import pytest

from sim.closed_form.availability import k_of_n_availability
from sim.closed_form.contention import optimistic_row
from sim.closed_form.erlang import erlang_b, erlang_c, mmc, mmck
from sim.closed_form.erlang_a import Desk, erlang_a
from sim.closed_form.fork_join import fork_join_response_s
from sim.closed_form.general_service import mg1
from sim.closed_form.retry_storm import Retrying, retry_bands
from sim.closed_form.stock_buckets import bucketed_sale

SHARED = Path(__file__).parents[3] / "shared" / "oracles.csv"
ORACLES = (
    ("erlang_b", "a=10;c=10", "blocking", "0.214582"),
    ("erlang_b", "a=20;c=20", "blocking", "0.158892"),
    ("erlang_b", "a=100;c=117", "blocking", "0.009790"),
    ("erlang_c", "a=2;c=3", "wait_probability", "0.444444"),
    ("erlang_c", "a=8;c=10", "wait_probability", "0.409180"),
    ("erlang_c", "a=8;c=10", "mean_wait_over_service", "0.204590"),
    ("erlang_c", "a=90;c=100", "wait_probability", "0.216940"),
    ("erlang_a", "lambda=100;mu=1;theta=1;c=100", "wait_probability", "0.513299"),
    ("erlang_a", "lambda=100;mu=1;theta=1;c=100", "abandon_probability", "0.039861"),
    ("erlang_a", "lambda=120;mu=1;theta=0.5;c=100", "abandon_probability", "0.166791"),
    ("mmck", "lambda=8;mu=1;c=10;K=20", "blocking", "0.0091072"),
    ("mmck", "lambda=8;mu=1;c=10;K=20", "mean_wait", "0.145060"),
    ("mmck", "lambda=12;mu=1;c=10;K=20", "blocking", "0.179666"),
    ("md1", "rho=0.8;mean_service=1", "mean_wait", "2.0"),
    ("mg1", "rho=0.8;cs2=4;mean_service=1", "mean_wait", "10.0"),
    ("fork_join", "rho=0.8;mu=1;K=2", "mean_response", "7.0"),
    ("availability", "2 of 3 zones;a=0.999", "availability", "0.999997002"),
    ("occ_hot_row", "attempts_per_s=1000;window_s=0.010", "committed_per_s", "90.909"),
    (
        "bucketed_stock",
        "units=10000;buckets=16;random bucket without fallback;stop after 10000 picks",
        "stranded_units",
        "154.49",
    ),
    ("retry_storm", "mu=100;timeout_s=0.5;retries=3", "always_stable_below_per_s", "25"),
    ("retry_storm", "mu=100;timeout_s=0.5;retries=3", "self_tripping_above_per_s", "90.34"),
)
"""Case, parameters, quantity, value as rounded in the table."""


def numbers(parameters: str) -> dict[str, float]:
    """`a=2` by name, and the other numbers by the word that follows them or stands before."""
    given = {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", parameters)}
    if quorum := re.match(r"(\d+) of (\d+) ", parameters):
        given |= {"needs": float(quorum[1]), "parts": float(quorum[2])}
    if picks := re.search(r"stop after (\d+) picks", parameters):
        given["picks"] = float(picks[1])
    return given


def wait(quantity: str, given: dict[str, float]) -> float:
    state = mmc(arrival_rate_per_s=given["a"], mean_service_s=1, servers=int(given["c"]))
    return {
        "wait_probability": erlang_c(given["a"], int(given["c"])),
        "mean_wait_over_service": state.waiting_time_s,
    }[quantity]


def desk(quantity: str, given: dict[str, float]) -> float:
    state = erlang_a(
        Desk(
            arrival_rate_per_s=given["lambda"],
            mean_service_s=1 / given["mu"],
            mean_patience_s=1 / given["theta"],
            servers=int(given["c"]),
        )
    )
    return {
        "wait_probability": state.wait_ratio,
        "abandon_probability": state.abandon_ratio,
    }[quantity]


def bounded(quantity: str, given: dict[str, float]) -> float:
    state = mmck(
        arrival_rate_per_s=given["lambda"],
        mean_service_s=1 / given["mu"],
        servers=int(given["c"]),
        places=int(given["K"]),
    )
    return {"blocking": state.blocking_ratio, "mean_wait": state.waiting_time_s}[quantity]


def one_server_wait(quantity: str, given: dict[str, float]) -> float:
    return mg1(
        arrival_rate_per_s=given["rho"] / given["mean_service"],
        mean_service_s=given["mean_service"],
        service_cs2=given.get("cs2", 0.0),
    ).waiting_time_s


def fork_join(quantity: str, given: dict[str, float]) -> float:
    return fork_join_response_s(
        arrival_rate_per_s=given["rho"] * given["mu"],
        mean_service_s=1 / given["mu"],
        stations=int(given["K"]),
    )


def zones(quantity: str, given: dict[str, float]) -> float:
    return k_of_n_availability(
        needs=int(given["needs"]), parts=int(given["parts"]), availability_ratio=given["a"]
    )


def hot_row(quantity: str, given: dict[str, float]) -> float:
    row = optimistic_row(attempts_per_s=given["attempts_per_s"], window_s=given["window_s"])
    return float(getattr(row, quantity))


def buckets(quantity: str, given: dict[str, float]) -> float:
    sale = bucketed_sale(
        units=int(given["units"]), buckets=int(given["buckets"]), picks=int(given["picks"])
    )
    return float(getattr(sale, quantity))


def storm(quantity: str, given: dict[str, float]) -> float:
    bands = retry_bands(
        Retrying(
            service_rate_per_s=given["mu"],
            timeout_s=given["timeout_s"],
            retries=int(given["retries"]),
        )
    )
    return float(getattr(bands, quantity))


FORMS = {
    "erlang_b": lambda quantity, given: erlang_b(given["a"], int(given["c"])),
    "erlang_c": wait,
    "erlang_a": desk,
    "mmck": bounded,
    "md1": one_server_wait,
    "mg1": one_server_wait,
    "fork_join": fork_join,
    "availability": zones,
    "occ_hot_row": hot_row,
    "bucketed_stock": buckets,
    "retry_storm": storm,
}


@pytest.mark.parametrize(("case", "parameters", "quantity", "expected"), ORACLES)
def test_an_oracle_is_met_to_its_last_digit(case, parameters, quantity, expected):
    exponent = Decimal(expected).as_tuple().exponent
    half_a_digit = min(0.5 * 10.0**exponent, 1e-3 * float(expected))
    found = FORMS[case](quantity, numbers(parameters))
    assert found == pytest.approx(float(expected), abs=half_a_digit * (1 + 1e-9))


@pytest.mark.skipif(not SHARED.exists(), reason="the shared table of oracles is not here")
def test_no_oracle_of_the_shared_table_is_left_out():
    with SHARED.open(encoding="utf-8", newline="") as file:
        rows = [
            (row["case"], row["parameters"], row["quantity"], row["value"])
            for row in csv.DictReader(file)
        ]
    assert rows == list(ORACLES)
