"""The falling line that fits shares best: how a share depends on the load, whatever its shape."""

from __future__ import annotations

import numpy as np

from reports.analysis.quantiles import Floats


def falling_fit(share: Floats, weight: Floats) -> Floats:
    """The non-increasing values closest to `share` in weighted least squares, along the last axis.

    fit_i = min over a <= i of max over b >= i of mean(a..b), where mean(a..b) is the weighted mean
    of the values from a to b (Robertson, Wright and Dykstra, Order Restricted Statistical
    Inference, 1988, section 1.4). A share that is out of order by chance, low at a small load and
    high at the next, is levelled with its neighbours. Weights are > 0.
    """
    n = share.shape[-1]
    start = np.zeros((*share.shape[:-1], 1))
    weights = np.concatenate([start, np.cumsum(weight, axis=-1)], axis=-1)
    sums = np.concatenate([start, np.cumsum(share * weight, axis=-1)], axis=-1)
    fit = np.full(share.shape, np.inf)
    for a in range(n):
        means = (sums[..., a + 1 :] - sums[..., a : a + 1]) / (
            weights[..., a + 1 :] - weights[..., a : a + 1]
        )
        # The largest mean(a..b) over b >= i, for every i >= a at once.
        largest = np.maximum.accumulate(means[..., ::-1], axis=-1)[..., ::-1]
        np.minimum(fit[..., a:], largest, out=fit[..., a:])
    return fit
