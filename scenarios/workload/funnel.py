"""The funnel: the steps of a visit, and how many shoppers get how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field

from reports.documents.definition import STRICT_KEYS
from reports.documents.quantity import ExactRatio
from scenarios.workload.columns import Flags, Floats
from scenarios.workload.persona import Persona
from scenarios.workload.think_time import ThinkTime, ThinkTimeWritten

ProductChoice = Literal["none", "new", "hot", "same"]
NO_PAUSE = ThinkTime(median_s=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep:
    """A step that a visit comes by; the same step may stand in a funnel several times.

    `take` is the share of the visits that come by which do it; the others pass it.
    `onward` (written `continue`) is the share of the visits that come by which go on to the
    next one, whether they did this one or passed it. `product` tells what the step is about:
    nothing, a newly chosen product, a new one of the hot products, or the same as before in
    this visit (a new one if there was none before).
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    step: Annotated[str, Field(min_length=1)]
    onward: Annotated[ExactRatio, Field(alias="continue")] = Fraction(1)
    take: ExactRatio = Fraction(1)
    think: ThinkTimeWritten = NO_PAUSE
    product: ProductChoice = "none"
    quantity: Annotated[int, Field(ge=1, le=1000)] = 1


def survival(personas: Sequence[Persona], funnel: Sequence[FunnelStep]) -> Floats:
    """The probability that a visit of persona p comes by step k, shape (personas, steps).

    S[p, 0] = 1 and S[p, k + 1] = S[p, k] min(1, continue[k] keenness[p]). Where everybody goes
    on (100 %) nobody decides, so keenness changes nothing there.
    """
    onward = np.array([float(each.onward) for each in funnel[:-1]])
    keenness = np.array([each.keenness for each in personas])
    keen = np.minimum(1.0, onward[np.newaxis, :] * keenness[:, np.newaxis])
    going = np.where(onward == 1.0, 1.0, keen)
    return np.concatenate([np.ones((len(personas), 1)), np.cumprod(going, axis=1)], axis=1)


def draw_done(random: np.random.Generator, reach: Floats, funnel: Sequence[FunnelStep]) -> Flags:
    """Which steps each visit does, shape (visits, steps). `reach` holds its persona's survival.

    One uniform number decides how far a visit goes: it comes by step k when U < S[k].
    """
    done: Flags = random.random(len(reach))[:, np.newaxis] < reach
    for index, each in enumerate(funnel):
        if each.take < 1:
            done[:, index] &= random.random(len(reach)) < float(each.take)
    return done


def first_products(done: Flags, funnel: Sequence[FunnelStep]) -> Flags:
    """Where a visit chooses a product: at `new` and `hot`, and at `same` with none before."""
    choices = np.zeros_like(done)
    has_one = np.zeros(len(done), dtype=np.bool_)
    for index, each in enumerate(funnel):
        if each.product == "same":
            choices[:, index] = done[:, index] & ~has_one
        elif each.product != "none":
            choices[:, index] = done[:, index]
        if each.product != "none":
            has_one |= done[:, index]
    return choices


def same_needs_look_back(funnel: Sequence[FunnelStep]) -> bool:
    """Whether a visit may do a `same` step without having chosen a product before."""
    for each in funnel:
        if each.product == "same":
            return True
        if each.product in ("new", "hot") and each.take == 1:
            return False
    return False
