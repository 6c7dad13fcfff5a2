"""What the doctor makes of the figures of a machine."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from scenarios.rehearsal.doctor.finding import Finding
from scenarios.rehearsal.doctor.machine import (
    cores_finding,
    disk_finding,
    machine_findings,
    memory_finding,
    open_files_finding,
    ports_finding,
    python_finding,
    terminal_finding,
)


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [
        (python_finding((3, 11, 0), "CPython"), "ok"),
        (python_finding((3, 10, 14), "CPython"), "problem"),
        (ports_finding(3, 28_232), "ok"),
        (ports_finding(3, None), "ok"),
        (ports_finding(3, 9_999), "warning"),
        (ports_finding(0, 28_232), "problem"),
        (open_files_finding(resource.RLIM_INFINITY), "ok"),
        (open_files_finding(5_100), "ok"),
        (open_files_finding(5_099), "warning"),
        (open_files_finding(199), "problem"),
        (cores_finding(2.0, 2.0), "ok"),
        (cores_finding(1.5, 0.0), "warning"),
        (cores_finding(4.0, 4.1), "warning"),
        (memory_finding(1e9), "ok"),
        (memory_finding(0.99e9), "warning"),
        (memory_finding(0.2e9), "problem"),
        (disk_finding(1e9, is_writable=True), "ok"),
        (disk_finding(0.99e9, is_writable=True), "warning"),
        (disk_finding(0.2e9, is_writable=True), "problem"),
        (disk_finding(1e12, is_writable=False), "problem"),
        (terminal_finding(None, is_coloured=True), "ok"),
        (terminal_finding(80, is_coloured=False), "ok"),
        (terminal_finding(79, is_coloured=True), "warning"),
    ],
)
def test_a_figure_is_judged_by_what_a_rehearsal_needs(finding: Finding, verdict: str) -> None:
    assert finding.verdict == verdict
    assert bool(finding.advice) == (verdict != "ok")


def test_open_files_tell_how_many_visits_may_be_in_flight() -> None:
    """A visit in flight holds one connection; a hundred files are kept for the run itself."""
    finding = open_files_finding(1_024)
    assert finding.found == "1,024, so at most 924 visits in flight"
    assert finding.figures["largest_in_flight_visits"] == 924
    assert "--in-flight 924" in finding.advice


def test_a_finding_without_advice_is_no_warning() -> None:
    with pytest.raises(AssertionError):
        Finding(check="disk", found="full", verdict="problem")


def test_every_part_of_this_machine_is_looked_at(tmp_path: Path) -> None:
    checks = [each.check for each in machine_findings(tmp_path)]
    assert checks == ["Python", "ports", "open files", "cores", "memory", "disk", "terminal"]
