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
from scenarios.workload.columns import Flags, Floats, Integers
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


def survival(funnel: Sequence[FunnelStep], keenness: float) -> Floats:
    """The probability that a visit comes by step k of `funnel`, shape (steps,).

    S[0] = 1 and S[k + 1] = S[k] min(1, continue[k] keenness). Where everybody goes on (100 %)
    nobody decides, so keenness changes nothing there.
    """
    onward = np.array([float(each.onward) for each in funnel[:-1]])
    going = np.where(onward == 1.0, 1.0, np.minimum(1.0, onward * keenness))
    return np.concatenate([np.ones(1), np.cumprod(going)])


def first_products(is_about_product: Flags, first_action: Integers) -> Flags:
    """Which actions are the first in their visit that are about a product.

    The actions of visit k are rows `first_action[k]` to `first_action[k + 1]`, at least one.
    """
    so_far = np.cumsum(is_about_product)
    starts = first_action[:-1]
    before: Integers = so_far[starts] - is_about_product[starts]
    first: Flags = so_far - np.repeat(before, np.diff(first_action)) == 1
    return first & is_about_product


def same_needs_look_back(funnel: Sequence[FunnelStep]) -> bool:
    """Whether a visit may do a `same` step without having chosen a product before."""
    for each in funnel:
        if each.product == "same":
            return True
        if each.product in ("new", "hot") and each.take == 1:
            return False
    return False
