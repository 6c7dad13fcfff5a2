"""The metastable band as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.answers.figure_wording import duration_in_words
from sim.answers.stability import Push, Stability, Trial

BARS = "▁▂▃▄▅▆▇█"


def stability_lines(found: Stability, push: Push) -> Iterator[str]:
    """The three bands, then how a load that did not recover went."""
    pulse = f"{push.pulse:g} times the load for {duration_in_words(push.pulse_s)}"
    recover = duration_in_words(push.recover_s)
    stable, vulnerable = found.highest_stable_per_s, found.lowest_vulnerable_per_s
    standing, tripping = found.highest_standing_per_s, found.lowest_tripping_per_s
    if stable is not None:
        yield f"stable         up to {_rate(stable)}: recovers within {recover} from {pulse}"
    if vulnerable is not None and standing is not None:
        to = f"from {_rate(vulnerable)} to {_rate(standing)}"
        yield f"vulnerable     {to}: does not recover by itself within {recover}"
    elif standing is not None:
        yield "vulnerable     no load that was tried: what stands the load stands the pulse"
    if tripping is not None:
        yield f"self-tripping  from {_rate(tripping)} on: goes down without a pulse"
    else:
        yield f"self-tripping  no load up to {_rate(standing or 0.0)} that was tried"
    if found.shown is not None:
        yield f"answered, of the actions due, at {_rate(found.shown.rate_per_s)} with the pulse:"
        yield f"  {sparkline(found.shown)}"


def stability_json(found: Stability, push: Push) -> dict[str, Any]:
    """Borders in visits a second, and every trial."""
    return {
        "highest_stable_per_s": found.highest_stable_per_s,
        "lowest_vulnerable_per_s": found.lowest_vulnerable_per_s,
        "highest_standing_per_s": found.highest_standing_per_s,
        "lowest_self_tripping_per_s": found.lowest_tripping_per_s,
        "pulse": push.pulse,
        "pulse_s": push.pulse_s,
        "recover_s": push.recover_s,
        "healthy_ratio": push.healthy_ratio,
        "trials": [
            {"rate_per_s": each.rate_per_s, "pulsed": each.pulsed, "healthy": each.healthy}
            for each in found.trials
        ],
    }


def sparkline(trial: Trial) -> str:
    """The share of answered actions in each window, from none to all; a blank where none was
    due."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = trial.answered_per_s / trial.due_per_s
    return "".join(_bar(each) for each in shares.tolist())


def trial_in_words(trial: Trial) -> str:
    """`48 visits/s with the pulse: stays down`."""
    pulse = " with the pulse" if trial.pulsed else ""
    healthy = "recovers" if trial.pulsed else "stands"
    down = "stays down" if trial.pulsed else "goes down"
    return f"{_rate(trial.rate_per_s)}{pulse}: {healthy if trial.healthy else down}"


def _bar(share: float) -> str:
    if not share >= 0:
        return " "
    return BARS[min(len(BARS) - 1, int(share * len(BARS)))]


def _rate(rate_per_s: float) -> str:
    return f"{rate_per_s:,.3g} visits/s" if rate_per_s < 1000 else f"{rate_per_s:,.0f} visits/s"
