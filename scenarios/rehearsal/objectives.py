"""Which objectives belong to a campaign."""

from __future__ import annotations

from pathlib import Path

from reports.slo.objective_file import DEFAULT_FILE


def objectives_beside(campaign_file: Path) -> Path:
    """`NAME.objectives.yaml` beside the campaign, or the defaults where there is none."""
    beside = campaign_file.with_suffix(".objectives.yaml")
    return beside if beside.exists() else DEFAULT_FILE
