"""A campaign: what is asked for, as one frozen value, read from a file and checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from reports.documents.definition import STRICT_KEYS, read_document
from reports.documents.located_yaml import KeyPath
from scenarios.workload.arrivals import ArrivalProcess
from scenarios.workload.funnel import FunnelStep
from scenarios.workload.persona import Persona, shares_of
from scenarios.workload.phase import Phase, pieces_of
from scenarios.workload.product_mix import ProductMix
from scenarios.workload.rate_curve import RateCurve
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
    funnel: tuple[FunnelStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What is asked for: phases of arrivals, shoppers, products and the funnel they go down.

    `text` is the source that the campaign was read from.
    """

    name: str
    description: str
    seed: int
    arrivals: ArrivalProcess
    phases: tuple[Phase, ...]
    products: ProductMix
    personas: tuple[Persona, ...]
    funnel: tuple[FunnelStep, ...]
    text: str

    @property
    def curve(self) -> RateCurve:
        """The planned arrival rate over the whole campaign."""
        return RateCurve(pieces=tuple(piece for each in self.phases for piece in pieces_of(each)))


def read_campaign(file: Path) -> Campaign:
    """The campaign in `file`. Raises DocumentError with every mistake."""
    written, located = read_document(file, CampaignDefinition, check=_disagreements)
    fields = {each.name: getattr(written, each.name) for each in dataclasses.fields(written)}
    return Campaign(**fields, text=located.text)


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


def _phase_disagreements(campaign: CampaignDefinition) -> Wrong:
    known = [each.name for each in campaign.personas]
    if not campaign.phases:
        yield ("phases",), "must have at least one phase"
    yield from _doubles("phases", [each.name for each in campaign.phases])
    for index, phase in enumerate(campaign.phases):
        for name in phase.mix or ():
            if name not in known:
                what = f"is not a persona (known: {', '.join(known)})"
                yield ("phases", index, "mix", name), what


def _funnel_disagreements(campaign: CampaignDefinition) -> Wrong:
    if not campaign.funnel:
        yield ("funnel",), "must have at least one step"
    elif campaign.funnel[0].take < 1:
        yield ("funnel", 0, "take"), "must be 100 % in the first step, which starts every visit"
    hot = any(each.share > 0 for each in campaign.products.hot)
    for index, each in enumerate(campaign.funnel):
        if each.product == "hot" and not hot:
            yield ("funnel", index, "product"), "needs a hot product with a share, there is none"


def _doubles(key: str, names: Sequence[str]) -> Wrong:
    for index, name in enumerate(names):
        if (first := names.index(name)) < index:
            yield (key, index, "name"), f'must be unique, but {key}[{first}] is "{name}" too'
