"""Think time: the pause before an action, lognormal around its median."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, ConfigDict, Field

from reports.documents.definition import STRICT_KEYS
from reports.documents.quantity import Duration
from scenarios.workload.columns import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkTime:
    """`median` exp(`sigma` Z) with Z standard normal. Without `sigma` it is always the median."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    median_s: Annotated[Duration, Field(alias="median")]
    sigma: Annotated[float, Field(ge=0, le=5)] = 0.0


def _short_form(written: object) -> object:
    return {"median": written} if isinstance(written, str | int | float) else written


ThinkTimeWritten = Annotated[
    ThinkTime, BeforeValidator(_short_form, json_schema_input_type=ThinkTime | Duration)
]
"""A think time as people write it: `2s`, or `{median: 2s, sigma: 0.6}`."""


def draw_think_times(
    random: np.random.Generator, median_s: Floats, sigma: npt.NDArray[np.float32]
) -> Floats:
    """One think time in seconds for each pair of `median_s` and `sigma`.

    Single precision carries the random factor: its step of 1e-7 is a microsecond in ten
    seconds. The median stays double, so that a constant think time is exact.
    """
    if not sigma.any():
        return median_s.copy()
    factor = random.standard_normal(len(median_s), dtype=np.float32)
    factor *= sigma
    np.exp(factor, out=factor)
    return median_s * factor
