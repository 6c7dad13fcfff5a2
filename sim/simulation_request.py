"""What is asked of a simulation on the command line: a model, a campaign, a pace, changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from reports.documents.located_yaml import read_yaml
from reports.documents.mistake import DocumentError, Mistake, mistake_on_command_line
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.pace_notes import pace_notes
from scenarios.workload.played_campaign import played_campaign
from sim.model.model_file import find_service_model, read_service_model
from sim.model.plan_check import checked_with
from sim.model.service_model import ServiceModel
from sim.model.unknown_tiers import unknown_tiers
from sim.overrides import Override, attributed, parse_override, read_overridden
from sim.replication.replications import plan_seed

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationRequest:
    """`plan` is that of replication 0. `notes` tell what was changed, the pace and the model, and
    what is likely to go wrong; `slips` what was perhaps written by mistake, and where."""

    model: ServiceModel
    plan: CampaignPlan
    campaign_file: Path
    notes: tuple[str, ...]
    slips: tuple[Mistake, ...] = ()

    def plan_of(self, replication: int) -> CampaignPlan:
        """The plan of a replication: the same campaign, drawn from a seed of its own."""
        seed = plan_seed(self.plan.seed, replication)
        pace = {"speed": self.plan.speed, "amplify": self.plan.amplify}
        return CampaignPlan(self.plan.campaign, seed, **pace)


def read_request(
    model: str,
    campaign: str,
    *,
    overrides: Sequence[str] = (),
    look_ahead: bool = True,
    **pace: Any,
) -> SimulationRequest:
    """The request for MODEL and CAMPAIGN as typed, `pace` as for `played_campaign`. With
    `look_ahead` it is seen whether the model can bear the plan. Raises DocumentError with the
    mistakes of both files and of the options at once."""
    mistakes: list[Mistake] = []
    service = _or_mistakes(mistakes, lambda: read_model(model, overrides))
    plan = _or_mistakes(mistakes, lambda: played_campaign(campaign, **pace))
    if service is None or plan is None:
        raise DocumentError(mistakes)
    changed = [parse_override(each) for each in overrides]
    warnings = _looked_ahead(plan, service, model, changed) if look_ahead else ()
    slips = unknown_tiers(plan, service, file=str(find_service_model(model)))
    changes = tuple(f"model changed: {each}" for each in overrides)
    return SimulationRequest(
        model=service,
        plan=plan,
        campaign_file=find_campaign(campaign),
        notes=(*pace_notes(plan), *changes, *warnings),
        slips=tuple(attributed(each, changed) for each in slips),
    )


def read_model(name: str, overrides: Sequence[str] = ()) -> ServiceModel:
    """The service model `name`, changed by `overrides`. Raises DocumentError; for the name of a
    campaign it tells that the model comes first."""
    if _is_campaign(name):
        order = "the model comes first, as in: doorbuster simulate reference_shop flash_sale"
        raise mistake_on_command_line(name, f"is a campaign; {order}")
    file = find_service_model(name)
    changes = [parse_override(each) for each in overrides]
    return read_overridden(lambda edit: read_service_model(file, edit=edit), changes)


def _looked_ahead(
    plan: CampaignPlan, service: ServiceModel, name: str, changes: Sequence[Override]
) -> tuple[str, ...]:
    check = checked_with(plan, service, file=str(find_service_model(name)))
    if check.mistakes:
        raise DocumentError([attributed(each, changes) for each in check.mistakes])
    return check.warnings


def _or_mistakes(mistakes: list[Mistake], read: Callable[[], Read]) -> Read | None:
    try:
        return read()
    except DocumentError as error:
        mistakes += error.mistakes
        return None


def _is_campaign(name: str) -> bool:
    with suppress(DocumentError):
        find_service_model(name)
        with suppress(DocumentError):
            value = read_yaml(Path(name)).value
            return isinstance(value, dict) and "campaign" in value
        return False
    with suppress(DocumentError):
        return find_campaign(name).is_file()
    return False
