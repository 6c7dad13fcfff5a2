"""The instants of a log."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.workload.log_instant import DATE_PARTS, instant_of, is_complete, time_pattern

LAYOUTS = (
    "%d/%b/%Y:%H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%F %T %z",
    "%a %b %e %H:%M:%S %Y %z",
    "%D %r %z",
    "%Y %j %R:%S %z",
)
instants = st.datetimes(
    min_value=datetime(1980, 1, 1),
    max_value=datetime(2060, 1, 1),
    timezones=st.integers(-14 * 4, 14 * 4).map(lambda q: timezone(timedelta(minutes=15 * q))),
).map(lambda at: at.replace(microsecond=0))


def read(layout: str, text: str) -> float | None:
    match = re.fullmatch(time_pattern(layout), text)
    if match is None:
        return None
    parts = tuple(each for each in DATE_PARTS if each in match.groupdict())
    return instant_of(match.groupdict(), parts)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(at=instants)
def test_a_written_instant_reads_back_as_the_same_second(layout, at):
    assert read(layout, at.strftime(layout)) == at.timestamp()


def test_a_stamp_without_a_zone_is_utc():
    assert (
        read("%F %T", "2015-05-20 12:53:11")
        == datetime(2015, 5, 20, 12, 53, 11, tzinfo=UTC).timestamp()
    )


def test_a_leap_second_is_the_second_after_59():
    # 2016-12-31 23:59:60 UTC was the last leap second; POSIX gives it the number of the next one.
    assert read("%F %T", "2016-12-31 23:59:60") == read("%F %T", "2017-01-01 00:00:00")


@pytest.mark.parametrize(
    "text", ["2015-02-30 00:00:00", "2015-01-01 24:00:00", "2015-13-01 00:00:00"]
)
def test_a_date_that_no_calendar_has_is_refused(text):
    with pytest.raises(ValueError):
        read("%F %T", text)


def test_a_conversion_that_cannot_be_read_back_is_named():
    with pytest.raises(ValueError, match="%U"):
        time_pattern("%Y week %U")


@pytest.mark.parametrize(
    ("parts", "complete"),
    [
        (("year", "month", "day", "hour", "minute"), True),
        (("epoch_ms",), True),
        (("year", "day_of_year", "hour_of_12", "half", "minute"), True),
        (("hour", "minute", "second"), False),
        (("year", "month", "day"), False),
        (("microsecond",), False),
    ],
)
def test_an_instant_needs_a_date_and_a_time_of_day(parts, complete):
    assert is_complete(parts) is complete
