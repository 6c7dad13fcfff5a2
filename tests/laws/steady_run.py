"""A steady stream against a server that stalls, from the command line to the record."""

from __future__ import annotations

from pathlib import Path

from reports.record.reader import RunRecord, read_record
from tests.end_to_end.command import doorbuster
from tests.laws.stalls import Stalls, stalling_server

CAMPAIGN = """\
campaign: steady
description: One request a visit, evenly spread over whole periods of the stall.
seed: 1
arrivals: even
phases:
  - {{name: steady, duration: {duration_s:g}s, at: {rate_per_s:.6f}/s}}
products: {{catalogue: 1}}
personas:
  - {{name: shopper, share: 100 %, channels: {{web: 100 %}}, patience: 60s}}
funnel:
  - {{step: look}}
"""
ADAPTER = "adapter: plain\nsteps:\n  look: GET /\n"
STALLS = Stalls(freeze_s=1.0, period_s=4.0)
PERIODS = 2
DURATION_S = PERIODS * STALLS.period_s
RATE_PER_S = 100 + 1 / DURATION_S
"""Half a visit more in each period, so that the arrivals of one fall between those of the other."""


def steady_run(workspace: Path, out: str) -> RunRecord:
    """The record, in `workspace / out`, of two periods of a server that stalls."""
    campaign = CAMPAIGN.format(duration_s=DURATION_S, rate_per_s=RATE_PER_S)
    (workspace / "steady.yaml").write_text(campaign)
    (workspace / "plain.yaml").write_text(ADAPTER)
    with stalling_server(STALLS) as url:
        done = doorbuster(
            workspace, "run", "steady.yaml", "--target", url, "--adapter", "plain.yaml",
            "--out", out,
        )  # fmt: skip
    assert done.code == 0, done.said
    return read_record(workspace / out)
