"""How fast a simulation is where it matters: seconds to a precision, not events per second.

    seconds(g) = (z / g)^2  s^2 / m^2  t        replications (z s / (g m))^2, of t seconds each

m and s^2 are mean and variance of one result per replication, such as its p99; z is the normal
point of the confidence, 1.96 at 95 %. It does not depend on how long a replication is made, only
on variance times work (Glynn and Whitt, Operations Research 40, 1992), so that a faster engine and
a smaller variance count alike.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from sim.statistics.interval import CONFIDENCE, Floats, Interval, TooFew
from sim.statistics.jackknife import positive_interval, squares_without_each


def seconds_to_precision(
    values: Floats, seconds: Floats, *, relative: float = 0.01, confidence: float = CONFIDENCE
) -> Interval | TooFew:
    """The processor seconds after which the mean of `values`, one of each replication that took
    `seconds[i]`, is known to +-`relative`, with its own interval (jackknife of the logarithm).
    Not rounded to whole replications. Refused with fewer than three."""
    n = len(values)
    assert len(seconds) == n
    assert relative > 0
    if n < 3:
        return TooFew(needed=3, have=n, what="replications for an effort")
    unit = (float(ndtri((1 + confidence) / 2)) / relative) ** 2
    mean, squares = values.mean(), np.sum((values - values.mean()) ** 2)
    assert mean
    means = (values.sum() - values) / (n - 1)
    of_all = squares / (n - 1) / mean**2 * seconds.mean()
    of_rest = squares_without_each(values) / (n - 2) / means**2
    without_each = of_rest * (seconds.sum() - seconds) / (n - 1)
    return positive_interval(float(unit * of_all), unit * without_each, confidence)
