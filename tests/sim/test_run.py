from __future__ import annotations

import pandas as pd
import pytest

from reports.documents.mistake import DocumentError
from reports.record.manifest import RecordError, read_manifest
from reports.record.reader import read_record
from sim.model.model_file import find_service_model, read_service_model
from sim.run import SimulationOptions, simulate_to_record
from tests.sim.plans import HandMadePlan, action, funnel, poisson
from tests.sim.plays import one_desk


@pytest.fixture
def plan() -> HandMadePlan:
    return HandMadePlan(intended_s=poisson(20.0, 100, seed=2), actions=funnel(), stock={1: 30})


@pytest.fixture(scope="module")
def reference_shop():
    return read_service_model(find_service_model("reference_shop"))


def test_a_simulated_record_reads_like_a_measured_one(tmp_path, plan, reference_shop):
    manifest = simulate_to_record(
        plan, reference_shop, tmp_path / "run", run_id="r1", objectives_text="objectives: []"
    )
    record = read_record(tmp_path / "run")
    assert record.manifest == manifest
    assert (manifest.origin, manifest.target) == ("simulated", {"model": "reference_shop"})
    assert manifest.options["seed"] == plan.seed
    assert manifest.ending is not None
    assert manifest.ending.reason == "completed"
    assert manifest.ending.at_s >= record.actions["finished_s"].max()
    assert len(record.first_actions()) == manifest.plan.planned_visits == 100
    assert (record.actions["started_s"] == record.actions["intended_s"]).all()
    assert {"in_flight", "stock_left:1", "queue_length:application"} <= set(record.gauges["name"])
    assert {each.name: each.held for each in manifest.invariants} == {
        "flow conservation": True,
        "Little's law": True,
        "stock conservation": True,
        "no oversell": True,
    }


def test_the_same_seed_gives_the_same_record(tmp_path, plan, reference_shop):
    for name in ("once", "again"):
        simulate_to_record(plan, reference_shop, tmp_path / name, run_id=name, seed=9)
    once, again = (read_record(tmp_path / name) for name in ("once", "again"))
    pd.testing.assert_frame_equal(once.actions, again.actions, check_exact=True)
    pd.testing.assert_frame_equal(once.gauges, again.gauges, check_exact=True)


def test_an_interrupted_simulation_keeps_what_it_has(tmp_path, plan, reference_shop):
    def stop_at_3(at_s: float) -> None:
        if at_s >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_to_record(plan, reference_shop, tmp_path / "run", run_id="r1", progress=stop_at_3)
    ending = read_manifest(tmp_path / "run").ending
    assert ending is not None
    assert (ending.reason, ending.at_s) == ("interrupted", 3.0)
    assert read_record(tmp_path / "run").actions["finished_s"].max() <= 3.0


def test_a_directory_in_use_is_refused(tmp_path, plan, reference_shop):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(RecordError, match="is not empty"):
        simulate_to_record(plan, reference_shop, tmp_path, run_id="r1")


def test_a_refused_plan_leaves_no_directory(tmp_path):
    plan = HandMadePlan(intended_s=[0.0], actions=[action("haggle")])
    with pytest.raises(DocumentError):
        simulate_to_record(plan, one_desk(), tmp_path / "run", run_id="r1")
    assert not (tmp_path / "run").exists()


def test_options_reach_the_player(tmp_path):
    plan = HandMadePlan(intended_s=[0.0, 0.1, 0.2], actions=[action("look")])
    simulate_to_record(
        plan,
        one_desk(service_s=9.0),
        tmp_path / "run",
        run_id="r1",
        options=SimulationOptions(in_flight_limit=2, timeout_s=5.0),
    )
    outcomes = read_record(tmp_path / "run").actions["outcome"].tolist()
    assert outcomes == ["timed_out", "timed_out", "not_sent"]
