"""Observations made by hand, for tests of what is made of them."""

from __future__ import annotations

import numpy as np

from sim.answers.observations import Observations, Times, bins_of
from sim.engine.log_bins import BINS


def times_of(durations_s) -> Times:
    """As an observer would have counted them."""
    counts = np.bincount(bins_of(np.asarray(durations_s, float)), minlength=BINS)
    there = np.flatnonzero(counts)
    return Times(bins=there.astype(np.int32), counts=counts[there].astype(np.int64))


def run_with(figures: dict[str, float], *, kept=None, elapsed=None, **durations_s) -> Observations:
    return Observations(
        figures=figures,
        times={step: times_of(each) for step, each in durations_s.items()},
        outcomes={"ok": 1},
        goodput_per_s=np.ones(60),
        kept=kept or {},
        elapsed={mark: times_of(each) for mark, each in (elapsed or {}).items()},
    )
