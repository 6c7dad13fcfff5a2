"""The keys of an adapter file: one definition for values, mistakes and the JSON Schema.

What each key means stands in `adapter_file`. Short forms (`ok: 2xx`, `token: $.token`, a step
that is one call) are made long here, so that the rest sees one form only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema

from reports.documents.definition import STRICT_KEYS
from reports.documents.quantity import Duration, Instant
from targets.adapters.json_path import json_path

DEFAULT_USER: Final = "shopper-{{ visit.index }}"


class _NotGiven:
    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = _NotGiven()
"""Stands for a key that is absent where null means something."""


@dataclass(frozen=True, eq=False)
class _OrShort:
    """Tells the JSON Schema of the short form that a BeforeValidator makes long."""

    short: Mapping[str, Any]

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(core), dict(self.short)]}


class _OrOne:
    """Tells the JSON Schema that one item may stand where a list of them may."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        listed = handler(core)
        return {"anyOf": [listed, listed["items"]]}


def _word(written: object) -> object:
    """Numbers and booleans where text is meant: `X-Version: 2`."""
    if isinstance(written, bool):
        return "true" if written else "false"
    return str(written) if isinstance(written, int | float) else written


def _checked_text(check: Callable[[str], object]) -> BeforeValidator:
    def checked(written: object) -> object:
        if isinstance(written, str):
            check(written)
        return written

    return BeforeValidator(checked)


def _compile(written: str) -> None:
    try:
        re.compile(written)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from None


def _start_of_path(written: str) -> None:
    if not written.startswith(("/", "{{")):
        raise ValueError('must start with "/"')


def _method(written: object) -> object:
    return written.upper() if isinstance(written, str) else written


def _statuses(written: object) -> object:
    listed = written if isinstance(written, list) else [written]
    words = tuple(str(each) for each in listed)
    for each in words:
        if not re.fullmatch(r"[1-5](\d\d|xx)|any", each):
            raise ValueError("must be a status such as 409, 4xx or any, or a list of them")
    return words


_STATUS: Final = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
_STATUSES: Final = {"anyOf": [*_STATUS["anyOf"], {"type": "array", "items": _STATUS}]}

Word = Annotated[str, BeforeValidator(_word), _OrShort({"type": ["number", "boolean"]})]
Pattern = Annotated[str, _checked_text(_compile), WithJsonSchema({"type": "string"})]
Place = Annotated[
    str, _checked_text(json_path), WithJsonSchema({"type": "string", "pattern": r"^\$"})
]
UrlPath = Annotated[
    str, _checked_text(_start_of_path), WithJsonSchema({"type": "string", "pattern": r"^(/|\{\{)"})
]
Statuses = Annotated[tuple[str, ...], BeforeValidator(_statuses), WithJsonSchema(_STATUSES)]
Method = Annotated[
    Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], BeforeValidator(_method)
]


def _only_one(given: Mapping[str, object], *, least: int = 1) -> None:
    """Raises ValueError when more, or fewer, of these keys are given than one."""
    count = sum(each is not None and each is not NOT_GIVEN for each in given.values())
    if count > 1 or count < least:
        at = "exactly" if least else "at most"
        raise ValueError(f"must have {at} one of {', '.join(given)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionDefinition:
    """What a reply must be; every key that is given must hold."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    status: Statuses = ()
    json: Place | None = None
    header: str | None = None
    equals: Any = field(default_factory=lambda: NOT_GIVEN)
    in_: Annotated[list[Any] | None, Field(alias="in")] = None
    matches: Pattern | None = None
    exists: bool | None = None
    text: Pattern | None = None

    def __post_init__(self) -> None:
        _only_one({"json": self.json, "header": self.header}, least=0)
        tests = {"equals": self.equals, "in": self.in_, "matches": self.matches}
        _only_one({**tests, "exists": self.exists}, least=0)
        tested = any(each is not None and each is not NOT_GIVEN for each in tests.values())
        if (tested or self.exists is not None) and self.json is None and self.header is None:
            raise ValueError("has a test but no value to test: name it with json or header")
        if not (self.status or self.json or self.header or self.text):
            raise ValueError("must have at least one of status, json, header, text")


def _long_condition(written: object) -> object:
    if isinstance(written, int | str | list):
        return {"status": written}
    return written


ConditionKey = Annotated[ConditionDefinition, BeforeValidator(_long_condition), _OrShort(_STATUSES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDefinition:
    """One outcome and its condition. `reason` is a word for the record, or a JSON path."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    ok: ConditionKey | None = None
    rejected: ConditionKey | None = None
    failed: ConditionKey | None = None
    reason: Word | None = None

    def __post_init__(self) -> None:
        _only_one({"ok": self.ok, "rejected": self.rejected, "failed": self.failed})
        if self.reason is not None and self.reason.startswith("$"):
            json_path(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryDefinition:
    """Where in the reply the value stands."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    json: Place | None = None
    header: str | None = None
    cookie: str | None = None
    form_field: str | None = None
    text: Pattern | None = None
    pattern: Pattern | None = None
    required: bool = True

    def __post_init__(self) -> None:
        sources = {"json": self.json, "header": self.header, "cookie": self.cookie}
        _only_one({**sources, "form_field": self.form_field, "text": self.text})
        if self.text is not None and self.pattern is not None:
            raise ValueError("must have at most one of text, pattern: text is a pattern already")


def _long_carry(written: object) -> object:
    return {"json": written} if isinstance(written, str) else written


CarryKey = Annotated[
    CarryDefinition,
    BeforeValidator(_long_carry),
    _OrShort({"type": "string", "pattern": r"^\$"}),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphqlDefinition:
    """A GraphQL document, sent as JSON by POST. Values belong into `variables`."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation: str | None = None

    def __post_init__(self) -> None:
        if "{{ " in self.query:
            raise ValueError("must have no template in query: put the value into variables")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatDefinition:
    """Asking again: a pause before each try, doubled up to `longest_pause` when that is given."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    until: ConditionKey
    pause: Duration
    most: Annotated[int, Field(ge=1, le=1000)]
    longest_pause: Duration | None = None
    otherwise: str | None = None

    def __post_init__(self) -> None:
        if self.longest_pause is not None and self.longest_pause < self.pause:
            raise ValueError("must not have longest_pause below pause")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDefinition:
    """One HTTP request, what of its reply is carried on, and the rules that judge it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    path: UrlPath
    method: Method | None = None
    headers: dict[str, Word] = field(default_factory=dict)
    json: Any = field(default_factory=lambda: NOT_GIVEN)
    form: dict[str, Word] | None = None
    graphql: GraphqlDefinition | None = None
    body: str | None = None
    after: Instant = 0.0
    follow: bool | None = None
    needs: dict[str, str] = field(default_factory=dict)
    carry: dict[str, CarryKey] = field(default_factory=dict)
    rules: tuple[RuleDefinition, ...] = ()
    repeat: RepeatDefinition | None = None

    def __post_init__(self) -> None:
        bodies = {"json": self.json, "form": self.form, "graphql": self.graphql}
        _only_one({**bodies, "body": self.body}, least=0)


def _long_call(written: object) -> object:
    if not isinstance(written, str):
        return written
    match = re.fullmatch(r"([A-Za-z]+)\s+(\S.*)", written.strip())
    if match is None:
        raise ValueError('must be a call such as "GET /products/{{ sku }}"')
    return {"method": match[1], "path": match[2]}


def _listed(written: object) -> object:
    if isinstance(written, list) and written:
        return written
    if isinstance(written, dict | str):
        return [_long_call(written)]
    raise ValueError("must be a call or a list of calls")


_SHORT: Final = {"type": "string", "examples": ["GET /products/{{ sku }}"]}
CallKey = Annotated[CallDefinition, BeforeValidator(_long_call), _OrShort(_SHORT)]
StepKey = Annotated[tuple[CallKey, ...], BeforeValidator(_listed), _OrOne()]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsDefinition:
    """A Prometheus endpoint of the platform; see MetricsSource."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    path: UrlPath
    gauges: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PickDefinition:
    """A value from a list, always the same for the same SKU or the same visit."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    by: Literal["sku", "visit"]
    from_: Annotated[list[Any], Field(alias="from")]

    def __post_init__(self) -> None:
        if not self.from_:
            raise ValueError("must have at least one entry in from")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterDefinition:
    """A whole adapter file."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    adapter: str
    steps: dict[str, StepKey]
    user: str = DEFAULT_USER
    pick: dict[str, PickDefinition] = field(default_factory=dict)
    headers: dict[str, Word] = field(default_factory=dict)
    rules: tuple[RuleDefinition, ...] = ()
    metrics: MetricsDefinition | None = None

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("must have at least one step in steps")
