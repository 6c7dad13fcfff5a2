"""Quantities carry their unit, ratios are exact."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reports.documents.quantity import (
    exact_ratio,
    positive_seconds,
    rate_per_s,
    ratio,
    seconds,
    size_bytes,
)


@pytest.mark.parametrize(
    ("written", "value_s"),
    [("90s", 90), ("1m 30s", 90), ("250ms", 0.25), ("2h", 7200), ("1d", 86400), ("1.5 min", 90),
     ("0s", 0)],
)  # fmt: skip
def test_a_duration_is_read_in_seconds(written: str, value_s: float) -> None:
    assert seconds(written) == pytest.approx(value_s, rel=1e-12)


@pytest.mark.parametrize("written", ["30", 30, 1.5, "", "5 parsecs", "s", "1:30", None, "5s x"])
def test_a_duration_without_its_unit_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        seconds(written)


@pytest.mark.parametrize("written", ["0s", "-5s", "0ms"])
def test_a_duration_of_nothing_or_less_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="must be > 0"):
        positive_seconds(written)


@pytest.mark.parametrize(
    ("written", "value"), [("200/s", 200), ("90/min", 1.5), ("3600 / h", 1), ("0/s", 0)]
)
def test_a_rate_is_read_a_second(written: str, value: float) -> None:
    assert rate_per_s(written) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("written", ["200", 200, "200/x", "/s", "-1/s"])
def test_a_rate_without_its_unit_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="must"):
        rate_per_s(written)


@pytest.mark.parametrize(
    ("written", "value"),
    [("1B", 1), ("1.5 kB", 1500), ("16MB", 16_000_000), ("16MiB", 16 << 20), ("1GB", 10**9)],
)
def test_a_size_is_read_in_bytes(written: str, value: int) -> None:
    assert size_bytes(written) == value


@pytest.mark.parametrize("written", ["16", 16, "16M", "16 KB", "iB", "0B", "0.1B", "-1B", None])
def test_what_is_no_size_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        size_bytes(written)


@pytest.mark.parametrize("written", ["99.9 %", "99.9%", "999/1000", 0.999, "99.900 %"])
def test_a_ratio_is_exact_however_it_is_written(written: object) -> None:
    assert exact_ratio(written) == Fraction(999, 1000)


@pytest.mark.parametrize(
    "written", ["99.9", "101 %", 1.5, -0.1, True, "1/0", "2/1", None, float("nan"), float("inf")]
)
def test_what_is_no_ratio_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        exact_ratio(written)


def test_a_share_is_a_plain_float() -> None:
    assert ratio("12.5 %") == 0.125
