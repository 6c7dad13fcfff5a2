"""What the generator can send from this machine, as findings."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from reports.analysis.validity import LARGEST_LAG_P99_S
from scenarios.rehearsal.doctor.finding import Finding
from scenarios.rehearsal.doctor.responder import running_responder
from scenarios.rehearsal.doctor.trial_plan import OPEN_SHARE
from scenarios.workload.campaign import read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.plan_summary import summary_of

PROGRAM = "import locust; from scenarios.rehearsal.doctor.sending_trial import main; main()"
BOUND_S = 20.0
DEFAULT_CAMPAIGN = "flash_sale"


class MeasurementError(Exception):
    """The trial did not come to an end; the message says what was seen."""


def sending_findings(directory: Path) -> Iterator[Finding]:
    """Measures, which takes about ten seconds. Records go to `directory`."""
    try:
        figures = measured(directory)
    except (MeasurementError, OSError) as error:
        yield Finding(
            check="sending",
            found=f"could not be measured: {error}",
            verdict="problem",
            advice="mend the problems above first, then look again",
        )
        return
    yield speed_finding(figures, peak_per_s=default_peak_per_s())
    yield lag_finding(figures)


def measured(directory: Path) -> dict[str, float]:
    """The figures of `sending_trial` against a responder. Raises MeasurementError, OSError."""
    with (
        running_responder() as url,
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url, str(directory)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        ) as trial,
    ):
        try:
            said, complaints = trial.communicate(timeout=BOUND_S)
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"it did not end within {BOUND_S:g} s") from None
        finally:
            trial.kill()
    if trial.returncode:
        lines = complaints.decode("utf-8", "replace").strip().splitlines()
        raise MeasurementError(lines[-1] if lines else f"it ended with {trial.returncode}")
    try:
        said_figures = [json.loads(line) for line in said.splitlines()]
        return {name: float(value) for each in said_figures for name, value in each.items()}
    except (ValueError, AttributeError) as error:
        raise MeasurementError(f"it said {said[:80]!r}") from error


def default_peak_per_s() -> float:
    """Actions a second at the peak of the campaign that is rehearsed by default."""
    summary = summary_of(CampaignPlan(read_campaign(find_campaign(DEFAULT_CAMPAIGN))))
    actions_per_visit = sum(summary.expected_actions.values()) / summary.expected_visits
    return summary.peak_rate_per_s * actions_per_visit


def speed_finding(figures: Mapping[str, float], *, peak_per_s: float) -> Finding:
    """Judged against `peak_per_s`, the actions a second that a rehearsal asks for by default."""
    full_per_s = figures["requests_per_s"]
    found = f"{full_per_s:,.0f} requests/s at full speed ({DEFAULT_CAMPAIGN}: {peak_per_s:,.0f}/s)"
    numbers = {"requests_per_s": full_per_s, "default_peak_per_s": peak_per_s}
    if OPEN_SHARE * full_per_s >= peak_per_s:
        return Finding(check="sending", found=found, figures=numbers)
    return Finding(
        check="sending",
        found=found,
        verdict="warning",
        advice=f"plan for at most {OPEN_SHARE * full_per_s:,.0f} requests/s from here",
        figures=numbers,
    )


def lag_finding(figures: Mapping[str, float]) -> Finding:
    """Judged as a run is: one whose 99th percentile is over 50 ms would be invalid."""
    p50, p99, p999 = (figures[f"schedule_lag_{each}_s"] for each in ("p50", "p99", "p999"))
    words = ", ".join(
        f"{name} {lag_s * 1000:.2g} ms" if lag_s < 0.1 else f"{name} {lag_s * 1000:,.0f} ms"
        for name, lag_s in (("p50", p50), ("p99", p99), ("p99.9", p999))
    )
    offered_per_s = figures["offered_per_s"]
    found = f"{words} at {offered_per_s:,.0f} requests/s"
    numbers = {name: each for name, each in figures.items() if name != "requests_per_s"}
    if p99 <= LARGEST_LAG_P99_S:
        return Finding(check="schedule lag", found=found, figures=numbers)
    return Finding(
        check="schedule lag",
        found=found,
        verdict="warning",
        advice=f"plan well below {offered_per_s:,.0f} requests/s from here: a run is invalid "
        f"when p99 is over {LARGEST_LAG_P99_S * 1000:.0f} ms",
        figures=numbers,
    )
