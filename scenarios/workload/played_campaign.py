"""A campaign as it is asked to be played: with another seed, faster, by more visitors."""

from __future__ import annotations

from collections.abc import Sequence

from reports.documents.mistake import DocumentError, Mistake, mistake_on_command_line
from scenarios.workload.campaign import Campaign, read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.recorded_rate import Buckets

LARGEST_SPEED = 100_000.0
LARGEST_AMPLIFY = 100_000.0


def played_campaign(
    name: str,
    *,
    seed: int | None = None,
    speed: float = 1.0,
    amplify: float = 1.0,
    recorded: Sequence[Buckets] | None = None,
) -> CampaignPlan:
    """The plan of the campaign `name` (a name or a file); see `CampaignPlan` and `read_campaign`
    for the rest.

    Raises DocumentError for what is wrong in the campaign and in what was asked for.
    """
    campaign = read_campaign(find_campaign(name), recorded=recorded)
    wrong: list[Mistake] = []
    for option, value, largest in (
        ("--speed", speed, LARGEST_SPEED),
        ("--amplify", amplify, LARGEST_AMPLIFY),
    ):
        if not 0 < value <= largest:
            message = f"must be > 0 and at most {largest:,.0f}, got {value:g}"
            wrong += mistake_on_command_line(option, message).mistakes
    if speed != 1 and (search := _search(campaign)):
        message = f'"{search}" searches for the limit, which needs its stairs in their own time'
        wrong += mistake_on_command_line("--speed", message).mistakes
    if wrong:
        raise DocumentError(wrong)
    return CampaignPlan(campaign, seed, speed=speed, amplify=amplify)


def _search(campaign: Campaign) -> str | None:
    steps = ((each.name, each.step) for each in campaign.phases)
    return next((name for name, step in steps if step is not None and step.until), None)
