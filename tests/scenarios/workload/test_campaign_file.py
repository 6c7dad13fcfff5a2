"""Campaigns are found by name or by path."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.documents.mistake import DocumentError
from scenarios.workload.campaign_file import CAMPAIGNS, campaign_names, find_campaign


def test_campaign_is_found_by_its_name() -> None:
    assert find_campaign("flash_sale") == CAMPAIGNS / "flash_sale.yaml"


def test_campaign_is_found_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("campaign: mine\n")
    assert find_campaign(str(file)) == file


def test_objectives_beside_a_campaign_are_none() -> None:
    assert "smoke" in campaign_names()
    assert not any("objectives" in each for each in campaign_names())
    with pytest.raises(DocumentError):
        find_campaign("smoke.objectives")


@pytest.mark.parametrize("name", ["flash_sail", "nowhere.yaml", "./flash_sale", "", ".."])
def test_unknown_campaign_is_told_with_the_known_ones(name: str) -> None:
    with pytest.raises(DocumentError, match=r"no such campaign.*known: .*\bflash_sale\b"):
        find_campaign(name)


def test_close_name_is_suggested() -> None:
    with pytest.raises(DocumentError, match='did you mean "flash_sale"'):
        find_campaign("flashsale")
