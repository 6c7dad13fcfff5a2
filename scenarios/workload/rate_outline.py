"""The planned arrival rate as a line to be drawn, with every jump upright."""

from __future__ import annotations

import numpy as np

from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.columns import Floats

COLUMNS = 2_000


def rate_outline(plan: CampaignPlan, *, columns: int = COLUMNS) -> tuple[Floats, Floats]:
    """Instants in seconds, ascending, and the rate a second at each, on the clock of the run.

    Where the rate jumps there is a point just before. A rate with more turns than `columns`, such
    as a recorded one, is told by the largest of each of so many stretches of time.
    """
    end_s, turns_s = plan.duration_s, plan.turns_s
    edges_s = np.linspace(0.0, end_s, columns + 1)
    at_s = np.union1d(np.append(edges_s[:-1], np.nextafter(end_s, 0.0)), turns_s)
    if len(turns_s) <= columns:
        at_s = np.union1d(at_s, np.nextafter(turns_s, 0.0))
        return at_s, plan.rate_at(at_s)
    largest = np.zeros(columns)
    column = np.minimum(np.searchsorted(edges_s, at_s, side="right") - 1, columns - 1)
    np.maximum.at(largest, column, plan.rate_at(at_s))
    return 0.5 * (edges_s[1:] + edges_s[:-1]), largest
