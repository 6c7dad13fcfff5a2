"""Waves, lagging surges and recorded rates against their formulae and against a quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate

from scenarios.workload.curved_shape import Cosine, Lagged
from scenarios.workload.rate_curve import Piece, RateCurve, Shape
from scenarios.workload.recorded_rate import Buckets

EPSILON = float(np.finfo(np.float64).eps)
DAY_S = 86_400.0
SHAPES = {
    "a day's wave": Cosine(
        mean_per_s=50.0, swing_per_s=30.0, period_s=DAY_S, peak_at_s=75_600.0, duration_s=DAY_S
    ),
    "a wave that dries up": Cosine(
        mean_per_s=50.0, swing_per_s=50.0, period_s=3_600.0, peak_at_s=0.0, duration_s=DAY_S
    ),
    "a surge": Lagged(base_per_s=10.0, top_per_s=300.0, peak_after_s=450.0, duration_s=DAY_S),
    "a surge from nothing": Lagged(
        base_per_s=0.0, top_per_s=300.0, peak_after_s=450.0, duration_s=3_600.0
    ),
}


def duration_of(shape: Shape) -> float:
    assert isinstance(shape, Cosine | Lagged)
    return shape.duration_s


@pytest.mark.parametrize("name", SHAPES)
def test_area_is_the_quadrature_of_the_rate(name: str) -> None:
    shape = SHAPES[name]
    for until_s in np.array([1e-3, 0.1, 0.5, 1.0]) * duration_of(shape):
        exact, _ = integrate.quad(
            lambda t_s: float(shape.rate(np.array(t_s))),
            0.0, until_s, epsabs=0, epsrel=1e-12, limit=2_000,
        )  # fmt: skip
        assert float(shape.area(np.array(until_s))) == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("name", SHAPES)
def test_area_of_the_inverse_is_exact_to_the_last_digits(name: str) -> None:
    """The residual is what the rounding of the area itself leaves."""
    shape = SHAPES[name]
    total = float(shape.area(np.array(duration_of(shape))))
    area = np.linspace(0.0, total, 10_001)
    assert np.all(np.abs(shape.area(shape.time_of(area)) - area) <= 4 * EPSILON * total)


@pytest.mark.parametrize("name", SHAPES)
def test_inverse_finds_the_instant_to_the_last_digits(name: str) -> None:
    shape = SHAPES[name]
    total = float(shape.area(np.array(duration_of(shape))))
    t_s = np.linspace(1e-4, 0.9999, 9_973) * duration_of(shape)
    # Where the rate is next to nothing the area cannot tell one instant from the next.
    allowed = 8 * EPSILON * (t_s + total / np.maximum(shape.rate(t_s), 1e-300))
    found_s = shape.time_of(shape.area(t_s))
    assert np.all(np.abs(found_s - t_s) <= np.minimum(allowed, duration_of(shape)))


def test_wave_peaks_where_it_says_and_dips_half_a_period_later() -> None:
    day = SHAPES["a day's wave"]
    at_s = np.array([75_600.0, 75_600.0 - DAY_S / 2, 75_600.0 - DAY_S / 4])
    assert day.rate(at_s) == pytest.approx([80.0, 20.0, 50.0])
    assert day.turns_s() == pytest.approx([32_400.0, 75_600.0])


def test_whole_periods_of_a_wave_have_its_mean() -> None:
    for name in ("a day's wave", "a wave that dries up"):
        assert float(SHAPES[name].area(np.array(DAY_S))) == pytest.approx(50.0 * DAY_S, rel=1e-12)


def test_a_wave_that_dries_up_is_never_below_nothing() -> None:
    dry = SHAPES["a wave that dries up"]
    troughs_s = 1_800.0 + 3_600.0 * np.arange(24)
    near = troughs_s[:, np.newaxis] + np.linspace(-1e-3, 1e-3, 101)
    assert np.all(dry.rate(near) >= 0)
    assert np.all(dry.rate(troughs_s) < 1e-20)


def test_surge_reaches_its_top_after_its_time_and_nowhere_else() -> None:
    surge = SHAPES["a surge"]
    assert float(surge.rate(np.array(450.0))) == 300.0
    elsewhere = surge.rate(np.array([0.0, 449.0, 451.0]))
    assert elsewhere[0] == 10.0
    assert np.all(elsewhere < 300.0)
    # The closed form: base t + (top - base) e p (1 - (1 + t/p) exp(-t/p)) at t = 3 p.
    exact = 10 * 1_350 + 290 * math.e * 450 * (1 - 4 * math.exp(-3))
    assert float(surge.area(np.array(1_350.0))) == pytest.approx(exact, rel=1e-14)


def recorded() -> Buckets:
    """Three arrivals in the first two seconds, none for a second, four in half of one."""
    return Buckets(edges_s=np.array([0.0, 2.0, 3.0, 3.5]), counts=np.array([3.0, 0.0, 4.0]))


def test_each_bucket_has_exactly_its_count() -> None:
    random = np.random.default_rng(1)
    edges_s = np.concatenate([[0.0], np.cumsum(random.uniform(0.5, 90.0, 100_000))])
    counts = random.poisson(30.0, 100_000).astype(float)
    curve = RateCurve(
        pieces=(
            Piece(duration_s=float(edges_s[-1]), shape=Buckets(edges_s=edges_s, counts=counts)),
        )
    )
    assert curve.total == counts.sum()
    assert np.diff(curve.expected_arrivals(edges_s)) == pytest.approx(counts, abs=1e-9)
    t_s = curve.time_of(np.arange(curve.total) + 0.5)
    # Even arrivals stand at halves, so each bucket gets its count to the arrival.
    assert np.array_equal(np.diff(np.searchsorted(t_s, edges_s)), counts)


def test_no_arrival_falls_into_an_empty_bucket() -> None:
    t_s = recorded().time_of(np.array([0.0, 1.5, 3.0, 3.0 + 1e-9, 7.0]))
    assert t_s == pytest.approx([0.0, 1.0, 2.0, 3.0, 3.5], abs=1e-9)
    assert recorded().rate(np.array([0.0, 2.0, 2.999, 3.0, 3.5])).tolist() == [1.5, 0, 0, 8, 8]


def test_a_cut_bucket_keeps_its_rate() -> None:
    cut = recorded().between(1.0, 3.25)
    assert cut.edges_s.tolist() == [0.0, 1.0, 2.0, 2.25]
    assert cut.counts.tolist() == [1.5, 0.0, 2.0]
    assert recorded().between(0.0, 3.5).counts.tolist() == [3.0, 0.0, 4.0]
