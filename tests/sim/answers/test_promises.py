"""What is counted as a run goes on is what its record is judged by."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from reports.record.outcome import Outcome
from reports.record.reader import read_record
from reports.slo.count import count
from reports.slo.objective import Objective
from scenarios.rehearsal.promised import promise_of
from sim.answers.observed_engine import ObservedEngine
from sim.answers.promise_answer import promise_answers
from sim.answers.promises import Kept, Promise
from sim.run import SimulationOptions, simulate_to_record
from sim.simulation_request import read_request
from tests.sim.runs import run_with

OBJECTIVES = (
    Objective(name="success", indicator="success", target=Fraction(99, 100)),
    Objective(name="acceptance", indicator="acceptance", target=Fraction(9, 10), steps=("pay",)),
    Objective(
        name="bots", indicator="availability", target=Fraction(1, 2), personas=("bot",),
        phases=("bots_50", "bots_90"),
    ),
    Objective(
        name="in time", indicator="response_time", target=Fraction(1, 2), below_s=0.002,
        steps=("log_in", "view_product"), channels=("app",), tiers=("regular", "gold"),
    ),
    Objective(
        name="unjudged", indicator="success", target=Fraction(1, 2), phases=("warm-up", "calm")
    ),
)  # fmt: skip


def test_the_counts_are_those_of_the_record_to_the_last_action(tmp_path):
    """With visits that were not sent, too."""
    request = read_request("reference_shop", "bot_attack")
    looking = []

    def look_at(engine):
        promises = [promise_of(each) for each in OBJECTIVES]
        looking.append(ObservedEngine(engine, replication=0, traced=(0, 0), promises=promises))
        return looking[-1]

    simulate_to_record(
        request.plan, request.model, tmp_path / "run", run_id="run", look_at=look_at,
        options=SimulationOptions(in_flight_limit=60),
    )  # fmt: skip
    record = read_record(tmp_path / "run")
    kept = looking[0].observations.kept
    for objective in OBJECTIVES:
        exact = count(record, objective)
        found = Kept(good=exact.good, total=exact.total, visits=exact.visits, unseen=exact.unseen)
        assert kept[objective.name] == found
    assert kept["acceptance"].unseen > 0
    assert 0 < kept["in time"].good < kept["in time"].total


@pytest.mark.parametrize(
    ("kept", "is_met"),
    [
        ({"good": 999, "total": 1000}, True),
        ({"good": 998, "total": 1000}, False),
        ({"good": 0, "total": 0}, False),
        ({"good": 1000, "total": 1000, "visits": 1000, "unseen": 2}, False),
        ({"good": 1000, "total": 1000, "visits": 1000, "unseen": 1}, True),
    ],
)
def test_a_promise_is_met_in_whole_numbers_and_never_by_nothing_or_by_keeping_visits_out(
    kept, is_met
):
    assert Kept(**{"visits": 0, "unseen": 0, **kept}).meets(Fraction(999, 1000)) is is_met


def promise(target: Fraction) -> Promise:
    return Promise(name="all", target=target, good=frozenset({Outcome.OK}))


def runs(*good: int, total: int = 1000):
    return [
        run_with({}, kept={"all": Kept(good=each, total=total, visits=total, unseen=0)})
        for each in good
    ]


def test_the_budget_spent_is_that_of_all_replications_and_its_verdict_is_of_the_long_run():
    """9, 11, 10, 10 bad of 1,000 with a budget of 20: half of it, +- t(3) sqrt(2 / 3) / 2 / 20.
    The chance that it is more than all is that of t(3) > 10 / 0.408 = 24.5."""
    (found,) = promise_answers([promise(Fraction(98, 100))], runs(991, 989, 990, 990))
    assert found.budget_spent is not None
    assert found.budget_spent.estimate == pytest.approx(0.5)
    assert found.budget_spent.half_width == pytest.approx(3.182 * 0.408 / 20, rel=0.01)
    assert (found.outlook, found.met_in) == ("met", 4)
    assert found.confidence == pytest.approx(1 - 7.4e-5, abs=1e-5)


def test_a_verdict_that_could_go_either_way_is_undecided():
    (found,) = promise_answers([promise(Fraction(99, 100))], runs(985, 992, 994, 990))
    assert (found.outlook, found.met_in, found.confidence) == ("undecided", 3, None)


def test_a_promise_of_all_is_broken_by_one_and_has_no_budget():
    (kept,) = promise_answers([promise(Fraction(1))], runs(1000, 1000))
    (broken,) = promise_answers([promise(Fraction(1))], runs(1000, 999))
    assert (kept.outlook, kept.budget_spent, kept.never_varied) == ("met", None, True)
    assert (broken.outlook, broken.met_in, broken.confidence) == ("violated", 1, 1.0)


def test_what_was_the_same_each_time_has_no_confidence():
    (found,) = promise_answers([promise(Fraction(99, 100))], runs(1000, 1000, 1000))
    assert (found.outlook, found.confidence, found.never_varied) == ("met", None, True)


def test_no_data_is_no_verdict():
    (found,) = promise_answers([promise(Fraction(99, 100))], runs(0, 0, total=0))
    assert (found.outlook, found.share, found.met_in) == ("no data", None, 0)
    assert not np.isnan(found.as_json()["total"])
