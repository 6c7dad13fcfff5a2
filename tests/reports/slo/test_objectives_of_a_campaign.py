"""Which objectives a run takes with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.documents.mistake import DocumentError
from reports.slo.objective_file import DEFAULT_FILE, objectives_beside

OBJECTIVES = "objectives: [{name: all well, indicator: success, target: 99 %}]\n"
DEFAULT = (DEFAULT_FILE.name, DEFAULT_FILE.read_text(encoding="utf-8"))


def test_given_objectives_come_first_then_those_beside_then_the_default(tmp_path: Path) -> None:
    campaign, given = tmp_path / "sale.yaml", tmp_path / "strict.yaml"
    given.write_text(OBJECTIVES)
    assert objectives_beside(campaign) == DEFAULT
    assert objectives_beside(campaign, given) == ("strict.yaml", OBJECTIVES)
    beside = tmp_path / "sale.objectives.yaml"
    beside.write_text(OBJECTIVES.replace("99", "98"))
    assert objectives_beside(campaign) == (beside.name, OBJECTIVES.replace("99", "98"))
    assert objectives_beside(campaign, given) == ("strict.yaml", OBJECTIVES)


def test_a_log_has_no_objectives_beside_it() -> None:
    assert objectives_beside(None) == DEFAULT


@pytest.mark.parametrize("name", ["sale.objectives.yaml", "given.yaml"])
def test_a_mistake_in_them_is_told_before_the_run(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(OBJECTIVES.replace("99 %", "0"))
    given = tmp_path / name if name == "given.yaml" else None
    with pytest.raises(DocumentError, match="target"):
        objectives_beside(tmp_path / "sale.yaml", given)


def test_objectives_that_are_not_there_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        objectives_beside(None, tmp_path / "none.yaml")
