"""Quantities as people write them: `5s`, `200/s`, `16MB`, `12.5 %`, `99.9 %`.

Each type is an annotated plain number with its own check, message and JSON Schema, for use in
the frozen dataclasses that define a document.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_NUMBER = r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(rf"{_NUMBER}\s*(ms|s|min|m|h|d)")
_RATE = re.compile(rf"{_NUMBER}\s*/\s*(s|min|m|h|d)")
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_SIZE = re.compile(rf"{_NUMBER}\s*([kKMG]?i?B)")
_PERCENT = re.compile(rf"{_NUMBER}\s*%")


def seconds(written: object) -> float:
    """`"90s"`, `"1m 30s"`, `"250ms"` as seconds. A bare number has no unit and is refused."""
    text = str(written).strip() if isinstance(written, str) else ""
    parts = list(_DURATION.finditer(text))
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError('must be a duration such as "30s", "5m" or "1m 30s"')
    return sum(float(each[1]) * _SECONDS[each[2]] for each in parts)


def positive_seconds(written: object) -> float:
    """A duration longer than nothing, in seconds."""
    if isinstance(written, str) and written.strip().startswith("-"):
        raise ValueError("must be > 0")
    if (value := seconds(written)) <= 0:
        raise ValueError("must be > 0")
    return value


def rate_per_s(written: object) -> float:
    """`"200/s"`, `"90/min"` as a rate a second."""
    if isinstance(written, str) and written.strip().startswith("-"):
        raise ValueError("must not be negative")
    match = _RATE.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None:
        raise ValueError('must be a rate such as "200/s" or "90/min"')
    return float(match[1]) / _SECONDS[match[2]]


def size_bytes(written: object) -> int:
    """`"500kB"`, `"16MB"` (powers of 1000) or `"16MiB"` (of 1024) as a number of bytes above 0."""
    match = _SIZE.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None or match[2] not in _BYTES:
        raise ValueError('must be a size such as "16MB"')
    if (value := int(Fraction(match[1]) * _BYTES[match[2]])) == 0:
        raise ValueError("must be at least 1B")
    return value


def exact_ratio(written: object) -> Fraction:
    """`"99.9 %"`, `"999/1000"` or `0.999` as an exact fraction from 0 to 1."""
    value: Fraction | None = None
    if isinstance(written, bool):
        value = None
    elif isinstance(written, int | float) and math.isfinite(written):
        value = Fraction(str(written))
    elif isinstance(written, str) and (match := _PERCENT.fullmatch(written.strip())):
        value = Fraction(match[1]) / 100
    elif isinstance(written, str) and re.fullmatch(r"\s*\d+\s*/\s*0*[1-9]\d*\s*", written):
        value = Fraction(written.replace(" ", ""))
    if value is None:
        raise ValueError('must be a ratio such as "12.5 %" or 0.125')
    if not 0 <= value <= 1:
        raise ValueError("must be from 0 to 1 (0 % to 100 %)")
    return value


def ratio(written: object) -> float:
    """A ratio from 0 to 1 as a float."""
    return float(exact_ratio(written))


def factor(written: object) -> float:
    """`"150 %"`, `"0.1 %"` or `3` as a plain number above 0."""
    value = 0.0
    if isinstance(written, int | float) and not isinstance(written, bool):
        value = float(written)
    elif isinstance(written, str) and (match := _PERCENT.fullmatch(written.strip())):
        value = float(Fraction(match[1]) / 100)
    if not 0 < value < math.inf:
        raise ValueError('must be a factor above 0 such as 1.5 or "150 %"')
    return value


def _schema(pattern: str, example: str, *, number: bool = False) -> WithJsonSchema:
    text: dict[str, Any] = {"type": "string", "pattern": pattern, "examples": [example]}
    if not number:
        return WithJsonSchema(text)
    return WithJsonSchema({"anyOf": [text, {"type": "number", "minimum": 0, "maximum": 1}]})


_DURATION_PATTERN = r"^\s*([0-9.]+\s*(ms|s|min|m|h|d)\s*)+$"
_RATIO_PATTERN = r"^\s*([0-9.]+\s*%|[0-9]+\s*/\s*[0-9]+)\s*$"

Duration = Annotated[float, BeforeValidator(positive_seconds), _schema(_DURATION_PATTERN, "30s")]
Instant = Annotated[float, BeforeValidator(seconds), _schema(_DURATION_PATTERN, "0s")]
Rate = Annotated[
    float, BeforeValidator(rate_per_s), _schema(r"^\s*[0-9.]+\s*/\s*(s|min|m|h|d)\s*$", "200/s")
]
Size = Annotated[
    int, BeforeValidator(size_bytes), _schema(r"^\s*[0-9.]+\s*(B|kB|[KMG]i?B)\s*$", "16MB")
]
Ratio = Annotated[float, BeforeValidator(ratio), _schema(_RATIO_PATTERN, "12.5 %", number=True)]
Factor = Annotated[
    float,
    BeforeValidator(factor),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\s*[0-9.]+\s*%\s*$", "examples": ["150 %"]},
                {"type": "number", "exclusiveMinimum": 0},
            ]
        }
    ),
]
ExactRatio = Annotated[
    Fraction,
    BeforeValidator(exact_ratio),
    PlainSerializer(lambda value: f"{value.numerator}/{value.denominator}", return_type=str),
    _schema(_RATIO_PATTERN, "99.9 %", number=True),
]
