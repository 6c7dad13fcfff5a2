"""What the doctor makes of the generator's figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.rehearsal.doctor import sending
from scenarios.rehearsal.doctor.sending import (
    MeasurementError,
    default_peak_per_s,
    lag_finding,
    measured,
    sending_findings,
    speed_finding,
)


def lags(p99_s: float) -> dict[str, float]:
    return {
        "requests_per_s": 1_000.0,
        "offered_per_s": 600.0,
        "schedule_lag_p50_s": 0.0012,
        "schedule_lag_p99_s": p99_s,
        "schedule_lag_p999_s": 0.25,
    }


@pytest.mark.parametrize(("full_per_s", "verdict"), [(1_000.0, "ok"), (999.0, "warning")])
def test_sixty_percent_of_the_full_speed_must_carry_the_peak(
    full_per_s: float, verdict: str
) -> None:
    finding = speed_finding({"requests_per_s": full_per_s}, peak_per_s=600.0)
    assert finding.verdict == verdict


@pytest.mark.parametrize(("p99_s", "verdict"), [(0.050, "ok"), (0.051, "warning")])
def test_a_lag_is_judged_as_the_validity_of_a_run_is(p99_s: float, verdict: str) -> None:
    """A run is invalid when 1 % of its actions start more than 50 ms late."""
    finding = lag_finding(lags(p99_s))
    assert finding.verdict == verdict
    assert finding.found.startswith("p50 1.2 ms, p99 5")
    assert finding.found.endswith("p99.9 250 ms at 600 requests/s")
    assert "requests_per_s" not in finding.figures


def test_the_peak_is_that_of_the_default_campaign() -> None:
    """120 visits a second at its peak, and a visit has from one to eleven actions."""
    assert 120 < default_peak_per_s() < 120 * 11


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("raise SystemExit(3)", "it ended with 3"),
        ("raise OSError('no sockets left')", "OSError: no sockets left"),
        ("print('nonsense')", "it said b'nonsense"),
    ],
)
def test_a_trial_that_fails_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, message: str
) -> None:
    monkeypatch.setattr(sending, "PROGRAM", program)
    with pytest.raises(MeasurementError, match=message):
        measured(tmp_path)


def test_a_trial_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sending, "PROGRAM", "import time; time.sleep(600)")
    monkeypatch.setattr(sending, "BOUND_S", 0.5)
    with pytest.raises(MeasurementError, match=r"did not end within 0\.5 s"):
        measured(tmp_path)


def test_a_measurement_that_fails_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sending, "PROGRAM", "raise SystemExit(3)")
    (finding,) = sending_findings(tmp_path)
    assert (finding.check, finding.verdict) == ("sending", "problem")
