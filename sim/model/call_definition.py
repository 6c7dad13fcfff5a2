"""The operations of a call as people write them. Each is told by its first key: `at`, `hold`, ...

Every definition has the docstring of what it stands for in `sim.model.call`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag

from reports.documents.definition import STRICT_KEYS
from reports.documents.quantity import Duration, ExactRatio, Factor, Ratio
from sim.model.call import UNLIMITED, Strategy
from sim.model.duration_definition import ColumnDefinition, Shape, UntilDefinition
from sim.model.written_values import (
    FEW,
    Few,
    Flag,
    Least0,
    Least1,
    Many,
    Name,
    Pause,
    Positive,
    QueueLimit,
    Sku,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandDefinition:
    """See `Demand`. `takes_stock` is a Demand and TakeStock; with `cached_for` the demand is what
    a warm cache misses whose entries are fresh for so long."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    at: str
    mean: Duration | None = None
    distribution: Shape | None = None
    cv: Positive | None = None
    values: tuple[Pause, ...] | None = None
    values_from: ColumnDefinition | None = None
    until: UntilDefinition | None = None
    probability: Ratio = 1.0
    per_unit: Flag = False
    sku_factors: dict[Sku, Factor] | None = None
    queue_limit: QueueLimit = UNLIMITED
    takes_stock: Flag = False
    cached_for: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldDefinition:
    """See `Hold`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    hold: str
    call: CallDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionDefinition:
    """See `Admission`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    admit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerDefinition:
    """See `Breaker`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    failures: Ratio = 0.5
    window: Many = 100
    least: Least1 = 20
    open: Duration = 5.0
    probes: Least1 = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptDefinition:
    """See `Attempt`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    name: Annotated[Name, Field(alias="try")]
    call: CallDefinition
    timeout: Duration | None = None
    retries: Annotated[int, *whole(0, FEW)] = 0
    backoff: Pause | None = None
    backoff_factor: Positive | None = None
    jitter: Flag = False
    budget: Ratio | None = None
    budget_burst: Positive | None = None
    breaker: BreakerDefinition | None = None
    fallback: CallDefinition = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchDefinition:
    """See `Branch`; with `rest` it takes what the shares of the others leave."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    share: ExactRatio | None = None
    rest: Flag = False
    call: CallDefinition = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceDefinition:
    """See `Choice`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    choose: Name
    branches: tuple[BranchDefinition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkDefinition:
    """See `Fork`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    fork: Name
    calls: tuple[CallDefinition, ...]
    needs: Least1 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupDefinition:
    """See `Lookup`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    look_up: str
    call: CallDefinition
    fills: Literal["at_once", "when_done"] = "at_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStockDefinition:
    """See `ReadStock`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    read_stock: Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeStockDefinition:
    """See `TakeStock`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    take_stock: Strategy
    buckets: Few | None = None
    fallback: Flag | None = None
    release_after: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDefinition:
    """See `Send`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    send: Name
    call: CallDefinition
    anew: Flag = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailDefinition:
    """See `Fail`; `outcome` is written `as`. The reason is its name too."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    fail: Ratio
    reason: Name
    outcome: Annotated[Literal["failed", "rejected"], Field(alias="as")] = "failed"
    status: Annotated[int, Field(ge=0, le=599)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkDefinition:
    """See `Mark`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    mark: Name
    within: Duration | None = None
    by_day: Least0 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayDefinition:
    """The call of that name among the model's `calls`, in this place."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    play: str


_TAGS: Mapping[str, str] = {
    "at": "DemandDefinition",
    "hold": "HoldDefinition",
    "admit": "AdmissionDefinition",
    "try": "AttemptDefinition",
    "choose": "ChoiceDefinition",
    "fork": "ForkDefinition",
    "look_up": "LookupDefinition",
    "read_stock": "ReadStockDefinition",
    "take_stock": "TakeStockDefinition",
    "send": "SendDefinition",
    "fail": "FailDefinition",
    "mark": "MarkDefinition",
    "play": "PlayDefinition",
}
"""What tells an operation, and the name of its definition, as the JSON Schema has it."""


def _one_operation(written: Any) -> Any:
    if not isinstance(written, Mapping):
        raise ValueError("must be an operation, a mapping such as {at: database, mean: 1ms}")
    if _tag(written) is None:
        words = [str(each) for each in written]
        close = [difflib.get_close_matches(each, _TAGS, n=1, cutoff=0.6) for each in words]
        hint = next((f', did you mean "{each[0]}"?' for each in close if each), "")
        raise ValueError(f"must have one of the keys {', '.join(_TAGS)}{hint}")
    return written


def _tag(written: Any) -> str | None:
    return next((tag for key, tag in _TAGS.items() if key in written), None)


OperationDefinition: TypeAlias = Annotated[
    Annotated[DemandDefinition, Tag("DemandDefinition")]
    | Annotated[HoldDefinition, Tag("HoldDefinition")]
    | Annotated[AdmissionDefinition, Tag("AdmissionDefinition")]
    | Annotated[AttemptDefinition, Tag("AttemptDefinition")]
    | Annotated[ChoiceDefinition, Tag("ChoiceDefinition")]
    | Annotated[ForkDefinition, Tag("ForkDefinition")]
    | Annotated[LookupDefinition, Tag("LookupDefinition")]
    | Annotated[ReadStockDefinition, Tag("ReadStockDefinition")]
    | Annotated[TakeStockDefinition, Tag("TakeStockDefinition")]
    | Annotated[SendDefinition, Tag("SendDefinition")]
    | Annotated[FailDefinition, Tag("FailDefinition")]
    | Annotated[MarkDefinition, Tag("MarkDefinition")]
    | Annotated[PlayDefinition, Tag("PlayDefinition")],
    Discriminator(_tag),
    BeforeValidator(_one_operation),
]
CallDefinition: TypeAlias = tuple[OperationDefinition, ...]
