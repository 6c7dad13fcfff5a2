"""Named figures: what a benchmark found, as one number with a name that tells its unit.

`make bench` shows them as a table and writes them to `benchmarks/results.json`. A run of some
benchmarks replaces their figures only; each figure says when, at which commit and on which host it
was measured.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from reports.record.facts import host_facts, tool_versions, utc_now

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results.json"
SCHEMA_VERSION = 1
NOTED = pytest.StashKey[dict[str, float]]()

Note = Callable[[str, float], None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOTED] = {}


@pytest.fixture(scope="session")
def is_measuring(pytestconfig: pytest.Config) -> bool:
    """Whether this is `make bench`; the tests only see that every benchmark still works."""
    return bool(pytestconfig.getoption("benchmark_enable"))


@pytest.fixture(scope="session")
def note(pytestconfig: pytest.Config) -> Note:
    """Notes a figure: `note("plan.visits_per_s", 3.1e6)`."""

    def noted(name: str, value: float) -> None:
        assert name not in pytestconfig.stash[NOTED], f"{name} is noted twice"
        pytestconfig.stash[NOTED][name] = float(value)

    return noted


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    figures = config.stash[NOTED]
    if not config.getoption("benchmark_enable") or not figures:
        return
    write_results(RESULTS, figures)
    terminalreporter.section("figures")
    width = max(map(len, figures))
    for name, value in sorted(figures.items()):
        terminalreporter.write_line(f"{name:{width}}  {shown(value):>14}")
    terminalreporter.write_line(f"written to {RESULTS}")


def write_results(file: Path, figures: Mapping[str, float]) -> None:
    """Puts `figures` among those that `file` has."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    measured = {
        "at": utc_now().isoformat(timespec="seconds"),
        "commit": commit(),
        "host": host_facts(),
        "versions": tool_versions(),
    }
    results = {
        "schema_version": SCHEMA_VERSION,
        "figures": dict(sorted({**kept.get("figures", {}), **figures}.items())),
        "measured": {**kept.get("measured", {}), **dict.fromkeys(figures, measured)},
    }
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def commit() -> str:
    words = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(
            words, cwd=RESULTS.parents[1], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def shown(value: float) -> str:
    if value == round(value) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.4g}"
