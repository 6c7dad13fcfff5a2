"""Instants in a recorded series, as files write them: `1998-07-07 21:41:00` or a number."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

from reports.documents.quantity import seconds


def epoch_s(text: str) -> float:
    """A number is taken for seconds; an ISO 8601 instant without an offset is in UTC.

    Raises ValueError.
    """
    try:
        return float(text)
    except ValueError:
        instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()


def start_s(text: str, first_s: float) -> float:
    """Where a series begins to be played, in seconds after its first row at `first_s`.

    Raises ValueError for what is neither a duration nor an instant.
    """
    try:
        return seconds(text)
    except ValueError:
        return epoch_s(text) - first_s


def _checked(text: str) -> str:
    try:
        start_s(text, 0.0)
    except ValueError:
        what = 'must be a duration such as "90m" or an instant such as "2025-11-11 20:00"'
        raise ValueError(what) from None
    return text


SeriesStart = Annotated[str, AfterValidator(_checked)]
"""`90m` after the first row, or the instant of a row."""
