"""The draws that both engines make with the same functions, to which their equality is blind."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.engine import streams


@pytest.mark.parametrize("cv", [0.01, 0.25, 0.5, 0.999, 1.5, 4.0])
def test_the_squeeze_of_a_gamma_accepts_nothing_that_the_logarithms_refuse(cv):
    """Marsaglia and Tsang prove it for every shape of at least 1."""
    *_, d, c = streams.gamma_terms(1.0, cv)
    for x in np.linspace(-3.0, 8.0, 4_401).tolist():
        v, u = (1.0 + c * x) ** 3, 1.0 - 0.0331 * x**4
        if v > 0.0 and u > 0.0:
            bound = 0.5 * x * x + d - d * v + d * math.log(v)
            assert math.log(u) <= bound + 1e-9 * max(1.0, d)


@pytest.mark.parametrize("cv", [0.25, 0.5, 2.0])
def test_gamma_and_lognormal_have_their_mean_and_their_spread(cv):
    count, mean_s = 40_000, 0.05
    of_gamma, of_lognormal = streams.gamma_terms(mean_s, cv), streams.lognormal_terms(mean_s, cv)
    word = streams.word_of("a/time")
    keys = [streams.root_key(1, visit, 0) for visit in range(count)]
    drawn = {
        "gamma": [streams.gamma(key, word, *of_gamma) for key in keys],
        "lognormal": [streams.lognormal(streams.uniform(key, word), *of_lognormal) for key in keys],
    }
    for name, values in drawn.items():
        error = cv / math.sqrt(count)
        assert np.mean(values) == pytest.approx(mean_s, rel=4 * error), name
    assert np.std(np.log(drawn["lognormal"])) == pytest.approx(
        math.sqrt(math.log1p(cv * cv)), rel=4 / math.sqrt(2 * count)
    )
    assert np.std(drawn["gamma"]) == pytest.approx(mean_s * cv, rel=0.06)
