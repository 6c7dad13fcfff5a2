"""From a run as it was typed at the master to the same run at a worker, over a message."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reports.documents.mistake import mistake_on_command_line
from scenarios.fleet.protocol import Job
from scenarios.guards.protection import Protection
from scenarios.rehearsal.plan_request import RunRequest, planned, resolved_request
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.player import PlayerOptions
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.plan import VisitPlan
from scenarios.workload.played_campaign import played_campaign
from scenarios.workload.recorded_rate import Buckets
from targets.adapters.colour import Colour
from targets.adapters.load import NAMES, load_adapter

PLAN_KEYS = ("log_format", "speed", "amplify", "duration", "keep_assets", "seed")


def job_of(request: RunRequest, run: LoadRun) -> Job:
    """What a worker must be told to play `run`, which was made from `request`."""
    request = resolved_request(request)
    plan: dict[str, Any] = {key: getattr(request, key) for key in PLAN_KEYS}
    if request.campaign is not None:
        plan["campaign"] = _document(find_campaign(request.campaign))
        assert isinstance(run.plan, CampaignPlan)
        recorded = run.plan.campaign.recorded.values()
        plan["recorded"] = [(each.edges_s.tobytes(), each.counts.tobytes()) for each in recorded]
    if request.log is not None:
        log = request.log.resolve()
        plan["log"] = {"path": str(log), "sha256": _digest_of(log)}
    named = run.adapter_name in NAMES
    return Job(
        worker=0,
        run_id=run.run_id,
        plan=plan,
        adapter={"name": run.adapter_name} if named else _document(Path(run.adapter_name)),
        target={
            "url": run.url,
            "address": run.address,
            "addresses": dict(run.addresses),
            "environment": run.environment,
            "ca_file": str(run.ca_file.resolve()) if run.ca_file else None,
            "verify": run.verify,
            "largest_reply_bytes": run.largest_reply_bytes,
            "colour": dataclasses.asdict(run.colour),
        },
        options=dataclasses.asdict(run.options),
    )


def run_of(job: Job, directory: Path) -> LoadRun:
    """The run that `job` is about, at this worker; files that it carries are put in `directory`.

    Raises DocumentError when it cannot be played here.
    """
    target = job.target
    adapter_name = job.adapter.get("name") or str(_located(job.adapter, directory))
    return LoadRun(
        plan=_plan_of(job.plan, directory),
        adapter=load_adapter(adapter_name),
        adapter_name=adapter_name,
        url=target["url"],
        address=_address(target["address"]),
        addresses={url: _address(each) for url, each in target["addresses"].items()},
        environment=target["environment"],
        ca_file=Path(target["ca_file"]) if target["ca_file"] else None,
        verify=target["verify"],
        largest_reply_bytes=target["largest_reply_bytes"],
        colour=Colour(**target["colour"]),
        directory=directory,
        run_id=job.run_id,
        options=PlayerOptions(**job.options),  # type: ignore[arg-type]
        protection=Protection(),
    )


def plan_digest(plan: VisitPlan) -> str:
    """A mark of the visits of `plan`: of the whole numbers in its first chunk. (The last bit of
    an instant may differ between processors.)"""
    mark = hashlib.sha256(f"{plan.seed} {plan.expected_visits:.3f} {plan.tables}".encode())
    if (first := next(plan.chunks(), None)) is not None:
        for column in (first.phase, first.persona, first.first_action, first.step, first.path):
            mark.update(np.ascontiguousarray(column).tobytes())
    return mark.hexdigest()


def _plan_of(told: Mapping[str, Any], directory: Path) -> VisitPlan:
    if "campaign" in told:
        return played_campaign(
            str(_located(told["campaign"], directory)),
            seed=told["seed"],
            speed=told["speed"],
            amplify=told["amplify"],
            recorded=[_buckets(*each) for each in told["recorded"]],
        )
    log = Path(told["log"]["path"])
    if not log.is_file():
        raise mistake_on_command_line(str(log), "the log to replay is not on this machine")
    if _digest_of(log) != told["log"]["sha256"]:
        raise mistake_on_command_line(str(log), "is another log than the master's")
    asked = {key: told[key] for key in PLAN_KEYS}
    plan, _ = planned(RunRequest(campaign=None, log=log, **asked))
    return plan


def _buckets(edges_s: bytes, counts: bytes) -> Buckets:
    """A recorded series, in the bytes of its values: the same visits are drawn from it."""
    return Buckets(edges_s=np.frombuffer(edges_s), counts=np.frombuffer(counts))


def _document(file: Path) -> dict[str, str]:
    return {"path": str(file.resolve()), "text": file.read_text(encoding="utf-8")}


def _located(document: Mapping[str, str], directory: Path) -> Path:
    """The file of `document`: where it is at the master if it is the same here too, since it may
    name others beside it; else a copy."""
    there = Path(document["path"])
    try:
        if there.read_text(encoding="utf-8") == document["text"]:
            return there
    except (OSError, ValueError):
        pass
    copy = directory / there.name
    copy.write_text(document["text"], encoding="utf-8")
    return copy


def _digest_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _address(told: Any) -> tuple[str, int]:
    host, port = told
    return str(host), int(port)
