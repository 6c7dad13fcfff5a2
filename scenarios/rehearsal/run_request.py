"""From what was typed to a load run: finds the plan, the target, the adapter, the objectives."""

from __future__ import annotations

import os
from pathlib import Path

from reports.documents.mistake import mistake_on_command_line
from reports.record.facts import RUNS, new_run_id, utc_now
from reports.slo.objective_file import objectives_beside
from scenarios.guards.audit_log import append, audit_file
from scenarios.rehearsal.open_files import require_open_files
from scenarios.rehearsal.plan_request import (
    RunRequest,
    planned,
    resolved_request,
    typed_seconds,
)
from scenarios.rehearsal.requested_metrics import response_time_limits_s, typed_metrics_port
from scenarios.rehearsal.requested_protection import requested_protection
from scenarios.rehearsal.stair_search import stair_search
from scenarios.shoppers.load_run import LoadRun
from scenarios.shoppers.player import DRAIN_S, PlayerOptions
from scenarios.transport.tls import tls_context
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.plan import VisitPlan
from targets.adapters.contract import Adapter
from targets.adapters.load import load_adapter, missing_steps
from targets.detached import is_alive, known_targets
from targets.target_file import PermittedTarget, TargetNotAllowedError, permitted

AFTER_TIMEOUT_S = 1.0
"""Until the last action that timed out has left its row."""


def requested_run(request: RunRequest) -> LoadRun:
    """What `request` asks for, found and checked, without sending anything.

    Raises DocumentError with the user's mistakes, TargetNotAllowedError, TargetUnreachableError;
    AuditError when a refusal cannot be written down.
    """
    require_open_files(request.in_flight)
    campaign_file = find_campaign(request.campaign) if request.campaign is not None else None
    request = resolved_request(request)
    plan, notes = planned(request)
    target = _target(request, plan)
    objectives = objectives_beside(campaign_file, request.objectives)
    run_id = request.run_id or new_run_id(plan.name, utc_now())
    directory = request.out or RUNS / run_id
    return LoadRun(
        plan=plan,
        adapter=_adapter(target, plan),
        adapter_name=target.adapter,
        url=target.url,
        address=target.address,
        environment=target.environment,
        directory=directory,
        run_id=run_id,
        addresses=target.addresses,
        ca_file=target.ca_file,
        verify=target.verify,
        largest_reply_bytes=target.largest_reply_bytes,
        colour=target.colour,
        verb="rehearse" if request.parent is not None else request.verb,
        protection=requested_protection(
            plan, target, directory, objectives, request.abort_if, request.kill_file
        ),
        options=_options(request),
        objectives_file=objectives[0],
        objectives_text=objectives[1],
        notes=notes,
        parent=request.parent,
        search=stair_search(plan, directory, *objectives),
        response_time_limits_s=response_time_limits_s(*objectives),
        metrics_port=typed_metrics_port(request.metrics),
    )


def _options(request: RunRequest) -> PlayerOptions:
    """The last actions may take as long as all others: who is cut off leaves no row, and it is the
    slow ones that would be missing."""
    timeout_s = typed_seconds("--timeout", request.timeout)
    drain_s = max(DRAIN_S, timeout_s + AFTER_TIMEOUT_S)
    return PlayerOptions(in_flight_limit=request.in_flight, timeout_s=timeout_s, drain_s=drain_s)


def _adapter(target: PermittedTarget, plan: VisitPlan) -> Adapter:
    """The adapter that knows every step of `plan`."""
    adapter = load_adapter(target.adapter)
    if missing := missing_steps(adapter, plan.tables.steps):
        raise mistake_on_command_line(
            "--adapter", f"{target.adapter} has no step {', '.join(missing)}"
        )
    return adapter


def _target(request: RunRequest, plan: VisitPlan) -> PermittedTarget:
    adapter = request.adapter or ("fetch" if request.log else None)
    url_or_file = request.target or _running_here()
    try:
        target = permitted(
            url_or_file,
            adapter=adapter,
            peak_rate_per_s=plan.peak_rate_per_s,
            duration_s=plan.duration_s,
            confirmed=request.yes_production,
        )
    except TargetNotAllowedError as error:
        entry = {"verb": request.verb, "campaign": plan.name, "target": url_or_file}
        append(audit_file(os.environ), "refused", {**entry, "why": str(error)})
        raise
    try:
        tls_context(ca_file=target.ca_file, verify=target.verify)
    except (OSError, ValueError) as error:
        raise mistake_on_command_line("--target", f"ca_file: {error}") from None
    return target


def _running_here() -> str:
    """The URL of the target that `doorbuster target up` keeps running in this workspace."""
    for target in known_targets(Path.cwd()):
        if is_alive(target):
            return target.url
    raise mistake_on_command_line(
        "--target", "is missing, and no target is up here (see doorbuster target up)"
    )
