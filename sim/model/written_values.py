"""Numbers as people write them in a service model, beyond those of `reports.documents.quantity`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from reports.documents.quantity import seconds
from sim.model.station import UNLIMITED

FEW, MANY, MOST = 1_000, 100_000, 1_000_000_000
"""The most of what is played one by one, of what takes up memory, and of what is counted."""
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?")
_FLAGS: dict[object, bool] = {True: True, False: False, "yes": True, "no": False}


def _count(least: int) -> Any:
    def check(written: object) -> float:
        if written == "unlimited":
            return UNLIMITED
        if isinstance(written, bool) or not isinstance(written, int) or written < least:
            raise ValueError(f'must be a whole number from {least} or "unlimited"')
        return float(written)

    options = [{"type": "integer", "minimum": least}, {"const": "unlimited"}]
    return BeforeValidator(check), WithJsonSchema({"anyOf": options})


def whole(least: int, most: int = MOST) -> Any:
    """What makes an `int` a whole number in these bounds."""

    def check(written: object) -> int:
        if isinstance(written, bool) or not isinstance(written, int) or written < least:
            raise ValueError(f"must be a whole number from {least}")
        if written > most:
            raise ValueError(f"must be at most {most:,}")
        return written

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return BeforeValidator(check), WithJsonSchema(schema)


def _positive(written: object) -> float:
    if isinstance(written, bool) or not isinstance(written, int | float) or not written > 0:
        raise ValueError("must be a number > 0")
    return float(written)


def _not_negative(written: object) -> float:
    if isinstance(written, bool) or not isinstance(written, int | float) or not written >= 0:
        raise ValueError("must be a number from 0")
    return float(written)


def _flag(written: object) -> bool:
    if not isinstance(written, bool | str) or written not in _FLAGS:
        raise ValueError("must be yes or no")
    return _FLAGS[written]


def _name(written: object) -> str:
    if not isinstance(written, str) or not written.strip() or set(written) & set("/#"):
        raise ValueError("must be a name without / and #")
    return written


def _instant(written: object) -> float:
    if isinstance(written, str) and written.strip().startswith("-"):
        raise ValueError("must not be negative")
    return seconds(written)


def clock_s(written: object) -> float:
    """`"08:00"`, or a duration such as `"32h"`, as seconds after midnight."""
    if isinstance(written, str) and (match := _CLOCK.fullmatch(written.strip())):
        return int(match[1]) * 3600.0 + int(match[2]) * 60.0 + int(match[3] or 0)
    try:
        return _instant(written)
    except ValueError:
        raise ValueError('must be a time such as "08:00", or a duration such as "32h"') from None


def before_or_after_s(written: object) -> float:
    """`"2h"` as seconds after the start, `"-22h"` before it."""
    if isinstance(written, str) and written.strip().startswith("-"):
        return -seconds(written.strip()[1:])
    return seconds(written)


_TEXT = WithJsonSchema({"type": "string"})
Servers = Annotated[float, *_count(1)]
QueueLimit = Annotated[float, *_count(0)]
Least0 = Annotated[int, *whole(0)]
Least1 = Annotated[int, *whole(1)]
Sku = Least1
Few = Annotated[int, *whole(1, FEW)]
Many = Annotated[int, *whole(1, MANY)]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"enum": [True, False, "yes", "no"]})]
Positive = Annotated[
    float, BeforeValidator(_positive), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]
NotNegative = Annotated[
    float, BeforeValidator(_not_negative), WithJsonSchema({"type": "number", "minimum": 0})
]
Pause = Annotated[float, BeforeValidator(_instant), _TEXT]
"""A duration from 0."""
Clock = Annotated[float, BeforeValidator(clock_s), _TEXT]
BeforeOrAfter = Annotated[float, BeforeValidator(before_or_after_s), _TEXT]
Name = Annotated[str, BeforeValidator(_name), WithJsonSchema({"type": "string", "minLength": 1})]
"""Without / and #, which stand between the names of operations (see `sim.model.naming`)."""
