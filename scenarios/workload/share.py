"""Shares of a whole: words with ratios that add up to exactly 100 %."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator

from reports.documents.quantity import ExactRatio

WHOLE = Fraction(1)


def percent(ratio: Fraction) -> str:
    """`90 %`, `33.3 %`."""
    return f"{float(100 * ratio):.6g} %"


def add_up(shares: Iterable[Fraction]) -> str | None:
    """What is wrong with `shares`, or None when they add up to 100 %."""
    total = sum(shares, Fraction())
    return None if total == WHOLE else f"must add up to 100 %, not to {percent(total)}"


def _whole(shares: dict[str, Fraction]) -> dict[str, Fraction]:
    if wrong := add_up(shares.values()):
        raise ValueError(wrong)
    return shares


Shares = Annotated[dict[str, ExactRatio], AfterValidator(_whole)]
"""A mapping of names to ratios, such as `{app: 70 %, web: 30 %}`."""
