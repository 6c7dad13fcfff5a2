"""How sure a share is: the exact binomial confidence interval."""

from __future__ import annotations

from scipy.special import betaincinv

CONFIDENCE = 0.95


def clopper_pearson(
    good: int, total: int, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """Lower and upper bound of the true share, given `good` of `total`; None for no data.

    The bounds are quantiles of the beta distribution: B(a/2; k, n-k+1) and B(1-a/2; k+1, n-k)
    with a = 1 - confidence, the lower one 0 for k = 0 and the upper one 1 for k = n
    (Clopper and Pearson, Biometrika 26, 1934). The events are taken to be independent.
    """
    assert 0 <= good <= total, (good, total)
    if total == 0:
        return None
    tail = (1.0 - confidence) / 2.0
    lower = float(betaincinv(good, total - good + 1, tail)) if good else 0.0
    upper = float(betaincinv(good + 1, total - good, 1.0 - tail)) if good < total else 1.0
    return lower, upper
