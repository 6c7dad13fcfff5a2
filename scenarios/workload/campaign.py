"""A campaign: what is asked for, as one frozen value, read from a file and checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from reports.documents.definition import STRICT_KEYS, checked
from reports.documents.located_yaml import KeyPath, read_yaml
from reports.documents.mistake import DocumentError
from scenarios.workload.arrivals import ArrivalProcess
from scenarios.workload.funnel import FunnelStep
from scenarios.workload.guard import Guards, unknown_steps
from scenarios.workload.persona import Persona, shares_of
from scenarios.workload.phase import Phase
from scenarios.workload.phase_curve import Recorded, pieces_of
from scenarios.workload.product_mix import ProductMix
from scenarios.workload.rate_curve import RateCurve
from scenarios.workload.recorded_rate import Buckets
from scenarios.workload.recorded_series import recorded_elsewhere, recorded_series
from scenarios.workload.share import add_up

Wrong = Iterator[tuple[KeyPath, str]]
MOST_CODES = 2**15


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDefinition:
    """The keys of a campaign file."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    name: Annotated[str, Field(alias="campaign", min_length=1)]
    description: str = ""
    seed: Annotated[int, Field(ge=0)] = 1
    arrivals: ArrivalProcess = "poisson"
    phases: tuple[Phase, ...]
    products: ProductMix
    personas: tuple[Persona, ...]
    funnel: tuple[FunnelStep, ...] = ()
    guards: Guards | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What is asked for: phases of arrivals, shoppers, products and the funnel they go down.

    `funnel` is empty when every persona has its own. `text` is the source that the campaign was
    read from. Without `guards` nothing was said about what is to stop a run.
    """

    name: str
    description: str
    seed: int
    arrivals: ArrivalProcess
    phases: tuple[Phase, ...]
    products: ProductMix
    personas: tuple[Persona, ...]
    funnel: tuple[FunnelStep, ...]
    guards: Guards | None = None
    text: str
    recorded: Recorded = field(default_factory=dict)
    """The counts of the series that phases name."""

    @property
    def curve(self) -> RateCurve:
        """The planned arrival rate over the whole campaign."""
        pieces = (pieces_of(each, self.recorded) for each in self.phases)
        return RateCurve(pieces=tuple(piece for each in pieces for piece in each))

    @property
    def funnels(self) -> tuple[tuple[FunnelStep, ...], ...]:
        """The funnel of each persona: its own, else the campaign's."""
        return tuple(self.funnel if each.funnel is None else each.funnel for each in self.personas)

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of all steps, those of the campaign's own funnel first."""
        every = (self.funnel, *self.funnels)
        return tuple(dict.fromkeys(each.step for funnel in every for each in funnel))


def read_campaign(file: Path, *, recorded: Sequence[Buckets] | None = None) -> Campaign:
    """The campaign in `file`. With `recorded` the files of its series need not be here: these are
    the values of its series as they were read elsewhere. Raises DocumentError with every mistake.
    """
    located = read_yaml(file)
    if isinstance(located.value, dict) and "replay" in located.value:
        what = "is a log to replay with `doorbuster run`; there is no campaign in this file"
        raise DocumentError([located.mistake(("replay",), what)])
    written = checked(located, CampaignDefinition, check=_disagreements)
    fields = {each.name: getattr(written, each.name) for each in dataclasses.fields(written)}
    if recorded is None:
        held = recorded_series(written.phases, located)
    else:
        held = recorded_elsewhere(written.phases, recorded)
    return Campaign(**fields, text=located.text, recorded=held)


def _disagreements(campaign: CampaignDefinition) -> Wrong:
    """What no single entry shows: entries that are missing, double or do not add up."""
    yield from _phase_disagreements(campaign)
    yield from _doubles("personas", [each.name for each in campaign.personas])
    if not campaign.personas:
        yield ("personas",), "must have at least one persona"
    elif wrong := add_up(shares_of(campaign.personas, None)):
        yield ("personas",), f"the shares {wrong}"
    cells = sum(len(each.channels) * len(each.tiers) for each in campaign.personas)
    if cells > MOST_CODES:
        yield ("personas",), f"must have at most {MOST_CODES} kinds of shoppers, has {cells}"
    yield from _funnel_disagreements(campaign)
    yield from _guard_disagreements(campaign)


def _guard_disagreements(campaign: CampaignDefinition) -> Wrong:
    funnels = (campaign.funnel, *(each.funnel or () for each in campaign.personas))
    steps = tuple(dict.fromkeys(each.step for funnel in funnels for each in funnel))
    for path, what in unknown_steps(campaign.guards or Guards(), steps):
        yield ("guards", *path), what


def _phase_disagreements(campaign: CampaignDefinition) -> Wrong:
    known = [each.name for each in campaign.personas]
    if not campaign.phases:
        yield ("phases",), "must have at least one phase"
    yield from _doubles("phases", [each.name for each in campaign.phases])
    for index, phase in enumerate(campaign.phases):
        mixes: dict[KeyPath, Iterable[str]] = {("mix",): phase.mix or ()}
        for number, part in enumerate(phase.together or ()):
            mixes["together", number, "mix"] = part.mix or ()
        for path, names in mixes.items():
            for name in names:
                if name not in known:
                    what = f"is not a persona (known: {', '.join(known)})"
                    yield ("phases", index, *path, name), what
        yield from _search_disagreements(campaign, index, phase)


def _search_disagreements(campaign: CampaignDefinition, index: int, phase: Phase) -> Wrong:
    if phase.step is None or phase.step.until is None:
        return
    path: KeyPath = ("phases", index, "step", "until")
    if index + 1 < len(campaign.phases):
        yield path, "must be in the last phase: the run ends when the limit is found"
    if not phase.judged:
        yield path, "needs a judged phase: each step of it is judged by the objectives"


def _funnel_disagreements(campaign: CampaignDefinition) -> Wrong:
    without = [each.name for each in campaign.personas if each.funnel is None]
    if without and not campaign.funnel:
        whom = f"for {', '.join(without)}, without a funnel of their own"
        yield ("funnel",), f"must have at least one step {whom}"
    if campaign.funnel and campaign.personas and not without:
        yield ("funnel",), "nobody goes down it: every persona has a funnel of its own"
    yield from _step_disagreements(campaign, ("funnel",), campaign.funnel)
    for index, each in enumerate(campaign.personas):
        path = ("personas", index, "funnel")
        if each.funnel == ():
            yield path, "must have at least one step; leave the key out for the campaign's funnel"
        yield from _step_disagreements(campaign, path, each.funnel or ())


def _step_disagreements(
    campaign: CampaignDefinition, path: KeyPath, funnel: Sequence[FunnelStep]
) -> Wrong:
    if funnel and funnel[0].take < 1:
        yield (*path, 0, "take"), "must be 100 % in the first step, which starts every visit"
    hot = any(each.share > 0 for each in campaign.products.hot)
    for index, each in enumerate(funnel):
        if each.product == "hot" and not hot:
            yield (*path, index, "product"), "needs a hot product with a share, there is none"


def _doubles(key: str, names: Sequence[str]) -> Wrong:
    for index, name in enumerate(names):
        if (first := names.index(name)) < index:
            yield (key, index, "name"), f'must be unique, but {key}[{first}] is "{name}" too'
