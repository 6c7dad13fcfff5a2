"""A run travels to a worker as a message, and is the same run there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgpack
import numpy as np
import pytest

import scenarios.campaigns
from reports.documents.mistake import DocumentError
from scenarios.fleet.protocol import Job, heard, told
from scenarios.rehearsal.fleet_job import job_of, plan_digest, run_of
from scenarios.rehearsal.plan_request import RunRequest
from scenarios.rehearsal.run_request import requested_run
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.plan import plan_visits
from tests.end_to_end.command import write_workspace

SAMPLE = Path(scenarios.campaigns.__file__).parent / "sample_access.log"
HERE = "http://127.0.0.1:9"


def told_over_the_wire(job: Job) -> Job:
    """As Locust carries it: packed by msgpack, which knows no tuples."""
    return heard(Job, msgpack.loads(msgpack.dumps(told(job)), raw=False, strict_map_key=False))


def travelled(tmp_path: Path, request: RunRequest):
    run = requested_run(request)
    worker = tmp_path / "worker"
    worker.mkdir()
    return run, lambda: run_of(told_over_the_wire(job_of(request, run)), worker), worker


def request_for(tmp_path: Path, **more) -> RunRequest:
    return RunRequest(target=HERE, out=tmp_path / "out", **more)


def test_a_campaign_is_the_same_at_the_worker(tmp_path):
    request = request_for(tmp_path, campaign="smoke", seed=5, in_flight=77)
    run, there, worker = travelled(tmp_path, request)
    same = there()
    assert list(plan_visits(same.plan)) == list(plan_visits(run.plan))
    assert plan_digest(same.plan) == plan_digest(run.plan)
    assert (same.url, same.address, same.run_id) == (run.url, run.address, run.run_id)
    assert (same.options, same.colour) == (run.options, run.colour)
    assert list(worker.iterdir()) == []


def test_files_that_are_not_at_the_worker_are_carried_there(tmp_path):
    (tmp_path / "master").mkdir()
    master = write_workspace(tmp_path / "master")
    request = request_for(
        tmp_path, campaign=str(master / "short.yaml"), adapter=str(master / "mine.py")
    )
    run, _, worker = travelled(tmp_path, request)
    job = told_over_the_wire(job_of(request, run))
    shutil.rmtree(master)
    same = run_of(job, worker)
    assert list(plan_visits(same.plan)) == list(plan_visits(run.plan))
    assert same.adapter.steps == run.adapter.steps
    assert sorted(each.name for each in worker.iterdir()) == ["mine.py", "short.yaml"]


def test_a_recorded_series_travels_with_the_campaign(tmp_path):
    (tmp_path / "master").mkdir()
    master = write_workspace(tmp_path / "master")
    (master / "rate.csv").write_text("t,orders\n0,30\n1,0\n2,70\n", encoding="utf-8")
    campaign = (master / "short.yaml").read_text(encoding="utf-8")
    series = "series: {file: rate.csv, column: orders, time_column: t}}"
    phases = f"phases:\n  - {{name: as_it_was, duration: 3s, {series}\nproducts:"
    found = re.sub(r"phases:.*?\nproducts:", phases, campaign, flags=re.DOTALL)
    (master / "short.yaml").write_text(found, encoding="utf-8")
    request = request_for(
        tmp_path, campaign=str(master / "short.yaml"), adapter=str(master / "mine.py")
    )
    run, _, worker = travelled(tmp_path, request)
    job = told_over_the_wire(job_of(request, run))
    shutil.rmtree(master)
    same = run_of(job, worker)
    assert same.plan.expected_visits == 100
    assert list(plan_visits(same.plan)) == list(plan_visits(run.plan))


def test_a_file_of_the_same_name_with_another_text_is_not_taken_for_it(tmp_path):
    mine = tmp_path / "mine.yaml"
    shutil.copy(find_campaign("smoke"), mine)
    request = request_for(tmp_path, campaign=str(mine))
    run, _, worker = travelled(tmp_path, request)
    job = told_over_the_wire(job_of(request, run))
    mine.write_text(mine.read_text(encoding="utf-8").replace("seed:", "seed: 9 #"), "utf-8")
    assert plan_digest(run_of(job, worker).plan) == plan_digest(run.plan)


def test_a_replay_needs_the_very_log_at_the_worker(tmp_path):
    log = tmp_path / "access.log"
    shutil.copy(SAMPLE, log)
    request = request_for(tmp_path, campaign=None, log=log, speed=3.0)
    run, there, _ = travelled(tmp_path, request)
    assert np.array_equal(there().plan.arrival_s, run.plan.arrival_s)
    with log.open("a", encoding="utf-8") as more:
        more.write("\n")
    job = job_of(request, run)
    changed = {**job.plan, "log": {**job.plan["log"], "sha256": "0" * 64}}
    with pytest.raises(DocumentError, match="another log than the master's"):
        run_of(Job(**{**told(job), "plan": changed}), tmp_path)
    log.unlink()
    with pytest.raises(DocumentError, match="not on this machine"):
        run_of(job, tmp_path)


def test_the_digest_tells_seeds_and_campaigns_apart(tmp_path):
    plans = [
        requested_run(request_for(tmp_path, campaign=name, seed=seed)).plan
        for name, seed in (("smoke", 1), ("smoke", 2), ("flash_sale", 1))
    ]
    assert len({plan_digest(each) for each in plans}) == 3
    again = requested_run(request_for(tmp_path, campaign="smoke", seed=1)).plan
    assert plan_digest(again) == plan_digest(plans[0])
