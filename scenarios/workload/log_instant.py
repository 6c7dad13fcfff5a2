"""The instants of a web server's log: a time layout as a pattern, its parts as epoch seconds."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

_WORD = r"[A-Za-z]+"
_TWO = r"\d{2}"
_CONVERSIONS = {
    "Y": r"(?P<year>\d{4})",
    "y": rf"(?P<short_year>{_TWO})",
    "m": rf"(?P<month>{_TWO})",
    "b": rf"(?P<month_name>{_WORD})",
    "d": rf"(?P<day>{_TWO})",
    "e": r"(?P<day>[ \d]\d)",
    "j": r"(?P<day_of_year>\d{3})",
    "H": rf"(?P<hour>{_TWO})",
    "I": rf"(?P<hour_of_12>{_TWO})",
    "p": r"(?P<half>[AaPp][Mm])",
    "M": rf"(?P<minute>{_TWO})",
    "S": rf"(?P<second>{_TWO})",
    "z": r"(?P<zone>[+-]\d{2}:?\d{2}|Z)",
    "s": r"(?P<epoch_s>\d+)",
    "a": _WORD,
    "A": _WORD,
    "Z": _WORD,
    "n": r"\s+",
    "t": r"\s+",
    "%": "%",
}
_SHORTHANDS = {
    "T": "%H:%M:%S",
    "F": "%Y-%m-%d",
    "D": "%m/%d/%y",
    "R": "%H:%M",
    "r": "%I:%M:%S %p",
    "c": "%a %b %e %H:%M:%S %Y",
    "B": "%b",
    "h": "%b",
}
_CONVERSION = re.compile(r"%([EO_-]?)(.?)", re.DOTALL)

LOCAL_TIME = "%d/%b/%Y:%H:%M:%S %z"
"""The layout of Apache's `%t`, without its brackets, and of nginx's `$time_local`."""
ISO_TIME = "%Y-%m-%dT%H:%M:%S%z"

DATE_PARTS = (
    "year", "short_year", "month", "month_name", "day", "day_of_year",
    "hour", "hour_of_12", "half", "minute", "second", "zone",
)  # fmt: skip
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}


def time_pattern(layout: str) -> str:
    """The regular expression of a strftime layout, with a named group for each part.

    Raises ValueError that names the conversion which cannot be read back.
    """
    pattern, end = "", 0
    for match in _CONVERSION.finditer(layout):
        pattern += re.escape(layout[end : match.start()])
        end = match.end()
        letter = match[2]
        if letter in _SHORTHANDS:
            pattern += time_pattern(_SHORTHANDS[letter])
        elif letter in _CONVERSIONS:
            pattern += _CONVERSIONS[letter]
        else:
            raise ValueError(f"the time layout has {match[0]}, which cannot be read back")
    return pattern + re.escape(layout[end:])


def is_complete(parts: Sequence[str]) -> bool:
    """Whether the named `parts` of a layout fix an instant to the minute at least."""
    has = set(parts)
    if has & {"epoch_s", "epoch_ms", "epoch_us"}:
        return True
    day = ({"day"} <= has and bool(has & {"month", "month_name"})) or "day_of_year" in has
    hour = "hour" in has or {"hour_of_12", "half"} <= has
    return bool(has & {"year", "short_year"}) and day and hour and "minute" in has


def instant_of(found: Mapping[str, str | None], date_parts: tuple[str, ...]) -> float:
    """The instant in epoch seconds. Without a zone it is read as UTC.

    `date_parts` are the members of DATE_PARTS that the layout has. Raises ValueError for a date
    that no calendar has. A leap second is the second after 59.
    """
    for name, per_s in (("epoch_us", 1e6), ("epoch_ms", 1e3), ("epoch_s", 1.0)):
        if text := found.get(name):
            return float(text) / per_s + _fraction_s(found)
    second = _whole_second(date_parts, tuple(found[name] or "" for name in date_parts))
    return second + _fraction_s(found)


def _fraction_s(found: Mapping[str, str | None]) -> float:
    text = found.get("microsecond") or found.get("millisecond")
    return float(f"0.{text}") if text else 0.0


@lru_cache(maxsize=4096)
def _whole_second(names: tuple[str, ...], values: tuple[str, ...]) -> float:
    """Neighbouring lines share their second, so most calls are answered from the cache."""
    part = dict(zip(names, values, strict=True))
    day = _day(part)
    hour, minute, second = _hour(part), int(part["minute"]), int(part.get("second", "0"))
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError("no such time of day")
    days = (day - date(1970, 1, 1)).days
    return float(days * 86400 + hour * 3600 + minute * 60 + second - _zone_s(part))


def _day(part: Mapping[str, str]) -> date:
    if "year" in part:
        year = int(part["year"])
    else:
        # POSIX: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068
        year = int(part["short_year"]) + (1900 if part["short_year"] >= "69" else 2000)
    if "day" not in part:
        return date(year, 1, 1) + timedelta(days=int(part["day_of_year"]) - 1)
    if "month" in part:
        return date(year, int(part["month"]), int(part["day"]))
    month = _MONTHS.get(part["month_name"][:3].lower())
    if month is None:
        raise ValueError("no such month")
    return date(year, month, int(part["day"]))


def _hour(part: Mapping[str, str]) -> int:
    if "hour" in part:
        return int(part["hour"])
    hour = int(part["hour_of_12"])
    if not 1 <= hour <= 12:
        raise ValueError("no such hour")
    return hour % 12 + (12 if part["half"].lower() == "pm" else 0)


def _zone_s(part: Mapping[str, str]) -> int:
    zone = part.get("zone", "Z")
    if zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -seconds if zone[0] == "-" else seconds
