"""The plan's side of a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reports.record.facts import host_facts, new_run_id, tool_versions, utc_now
from reports.record.planned import plan_facts
from tests.reports.records import PHASES, STEPS


@dataclass
class Plan:
    """A plan of visits that arrive at the given instants, in chunks of two."""

    instants_s: list[float]
    duration_s: float = 4.5
    name: str = "tiny"
    text: str = "campaign: tiny"
    seed: int = 1
    phases: tuple[Any, ...] = PHASES
    stock: dict[int, int] = field(default_factory=dict)
    tables: Any = field(
        default_factory=lambda: SimpleNamespace(
            phases=("a",), personas=("b",), channels=("c",), tiers=("d",), steps=STEPS
        )
    )

    def expected_actions(self) -> dict[str, float]:
        return {"open_home": 1.5}

    def chunks(self) -> Iterator[Any]:
        for first in range(0, len(self.instants_s), 2):
            yield SimpleNamespace(intended_s=np.array(self.instants_s[first : first + 2]))


@pytest.mark.parametrize(
    ("instants_s", "arrivals"),
    [
        ([], (0, 0, 0, 0, 0)),
        ([0.0, 0.999, 1.0, 4.4], (2, 1, 0, 0, 1)),
        ([4.999, 4.5], (0, 0, 0, 0, 2)),
    ],
)
def test_arrivals_are_counted_by_the_second(
    instants_s: list[float], arrivals: tuple[int, ...]
) -> None:
    facts = plan_facts(Plan(instants_s))
    assert facts.arrivals_per_second == arrivals
    assert facts.planned_visits == sum(arrivals) == len(instants_s)


def test_phases_keep_whether_they_are_judged() -> None:
    assert plan_facts(Plan([])).phases == PHASES


def test_run_names_sort_by_time() -> None:
    now = utc_now()
    assert new_run_id("flash_sale", now).startswith(f"{now:%Y%m%dT%H%M%S}-flash_sale-")


def test_a_missing_library_is_a_fact_too() -> None:
    versions = tool_versions()
    assert versions["numpy"] == np.__version__
    assert set(versions) >= {"python", "doorbuster", "locust"}


def test_a_host_has_at_least_one_core() -> None:
    assert int(host_facts()["cores"]) >= 1
