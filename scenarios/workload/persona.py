"""Personas: kinds of shoppers, with their channels, member tiers, pace and patience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, ClassVar

import numpy as np
from pydantic import ConfigDict, Field

from reports.documents.definition import STRICT_KEYS
from reports.documents.quantity import Duration, ExactRatio
from scenarios.workload.alias_table import AliasTable
from scenarios.workload.columns import Codes
from scenarios.workload.funnel import FunnelStep
from scenarios.workload.share import Shares

Factor = Annotated[float, Field(ge=0, le=1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """`share` of the visits are this kind of shopper.

    `think` multiplies every think time, `keenness` every continue ratio below 100 % (up to
    100 %). `patience_s` is the longest response time that this shopper waits out. Without a
    `funnel` of its own a persona goes down the campaign's.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    name: Annotated[str, Field(min_length=1)]
    share: ExactRatio
    channels: Shares = field(default_factory=lambda: {"web": Fraction(1)})
    tiers: Shares = field(default_factory=lambda: {"regular": Fraction(1)})
    think: Factor = 1.0
    keenness: Factor = 1.0
    patience_s: Annotated[Duration, Field(alias="patience")] = 20.0
    funnel: tuple[FunnelStep, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The joint distribution of persona, channel and tier, as cells that are drawn at once.

    `persona`, `channel` and `tier` give the codes of each cell; `channels` and `tiers` the
    names behind the codes, in the order in which the personas first name them.
    """

    personas: tuple[Persona, ...]
    channels: tuple[str, ...]
    tiers: tuple[str, ...]
    persona: Codes
    channel: Codes
    tier: Codes

    def cells(self, mix: Mapping[str, Fraction] | None = None) -> AliasTable:
        """The table that draws cells, with `mix` in place of the personas' own shares."""
        shares = shares_of(self.personas, mix)
        weights = [
            float(shares[p] * each.channels[self.channels[c]] * each.tiers[self.tiers[t]])
            for p, c, t in self._codes()
            for each in (self.personas[p],)
        ]
        return AliasTable(weights=np.array(weights))

    def _codes(self) -> list[tuple[int, int, int]]:
        columns = self.persona.tolist(), self.channel.tolist(), self.tier.tolist()
        return list(zip(*columns, strict=True))


def shares_of(
    personas: Sequence[Persona], mix: Mapping[str, Fraction] | None
) -> tuple[Fraction, ...]:
    """Each persona's share of the visits; a persona that a `mix` leaves out has none."""
    if mix is None:
        return tuple(each.share for each in personas)
    return tuple(mix.get(each.name, Fraction()) for each in personas)


def crowd_of(personas: tuple[Persona, ...]) -> Crowd:
    """The crowd that `personas` make up."""
    channels = tuple(dict.fromkeys(name for each in personas for name in each.channels))
    tiers = tuple(dict.fromkeys(name for each in personas for name in each.tiers))
    cells = [
        (index, channels.index(channel), tiers.index(tier))
        for index, each in enumerate(personas)
        for channel in each.channels
        for tier in each.tiers
    ]
    persona, channel, tier = np.array(cells, dtype=np.int16).T.copy()
    return Crowd(
        personas=personas,
        channels=channels,
        tiers=tiers,
        persona=persona,
        channel=channel,
        tier=tier,
    )
