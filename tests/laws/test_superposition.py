"""What holds for several rate curves at once: they add up, and every arrival is one of theirs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from scenarios.workload.arrivals import ArrivalProcess, slab_arrivals, slab_count
from scenarios.workload.curved_shape import Lagged
from scenarios.workload.rate_curve import Decay, Flat, Piece, Ramp, RateCurve, Shape
from scenarios.workload.superposition import Superposition
from tests.laws.curves import superpositions

EPSILON = float(np.finfo(np.float64).eps)
places = st.lists(st.floats(0.001, 0.999), min_size=1, max_size=20)


def whole(shape: Shape, duration_s: float = 1_800.0) -> RateCurve:
    return RateCurve(pieces=(Piece(duration_s=duration_s, shape=shape),))


ORDERS = whole(Decay(to_per_s=500.0, settle_per_s=20.0, half_life_s=60.0))
PAYMENTS = whole(Lagged(base_per_s=0.0, top_per_s=150.0, peak_after_s=450.0, duration_s=1_800.0))
MIDNIGHT = Superposition(parts=(ORDERS, PAYMENTS))


@settings(max_examples=40)
@given(both=superpositions(), within=places)
def test_rates_and_areas_add_up(both: Superposition, within: list[float]) -> None:
    t_s = np.array(within) * both.duration_s
    assert both.rate(t_s) == pytest.approx(sum(each.rate_at(t_s) for each in both.parts))
    areas = sum(each.expected_arrivals(t_s) for each in both.parts)
    assert both.area(t_s) == pytest.approx(areas)


@settings(max_examples=40)
@given(both=superpositions(), within=places)
def test_inverse_of_the_area_finds_the_instant(both: Superposition, within: list[float]) -> None:
    """To 1e-9, or to what a double of the whole area can tell apart where the rate is low."""
    t_s = np.array(within) * both.duration_s
    area, rate = both.area(t_s), both.rate(t_s)
    finest = 16 * EPSILON * float(both.area(np.array(both.duration_s)))
    turns = both.area(both.turns_s())
    from_turn = np.abs(area[:, np.newaxis] - turns).min(axis=1, initial=np.inf)
    told_apart = (rate > 0) & (from_turn > finest)
    t_s, area, rate = t_s[told_apart], area[told_apart], rate[told_apart]
    assert np.all(np.abs(both.time_of(area) - t_s) <= 1e-9 * t_s + finest / rate)


@settings(max_examples=40)
@given(both=superpositions())
def test_no_rate_is_above_the_peak(both: Superposition) -> None:
    peak_per_s = Piece(duration_s=both.duration_s, shape=both).peak_per_s
    t_s = np.linspace(0.0, both.duration_s, 2_001)[:-1]
    assert np.all(both.rate(t_s) <= peak_per_s * (1 + 1e-8))
    assert peak_per_s <= sum(each.peak_per_s for each in both.parts) * (1 + 1e-12)


def test_peak_of_a_sum_is_found_between_the_peaks_of_its_parts() -> None:
    """60 e^(-t/40) + 100 (t/60) e^(1 - t/60) has its largest value near t = 46.5."""
    duration_s, half_life_s = 300.0, 40.0 * np.log(2.0)
    fading = whole(Decay(to_per_s=60.0, settle_per_s=0.0, half_life_s=half_life_s), duration_s)
    lagged = Lagged(base_per_s=0.0, top_per_s=100.0, peak_after_s=60.0, duration_s=duration_s)
    both = Superposition(parts=(fading, whole(lagged, duration_s)))
    t_s = np.linspace(40.0, 60.0, 2_000_001)
    exact = 60 * np.exp(-t_s / 40) + 100 * (t_s / 60) * np.exp(1 - t_s / 60)
    found = Piece(duration_s=duration_s, shape=both).peak_per_s
    assert 0 < exact.argmax() < len(t_s) - 1
    assert found == pytest.approx(exact.max(), rel=1e-8)


def test_peak_of_a_sum_that_is_flat_is_found_too() -> None:
    up = Ramp(from_per_s=10.0, to_per_s=30.0, duration_s=60.0)
    down = Ramp(from_per_s=30.0, to_per_s=10.0, duration_s=60.0)
    both = Superposition(parts=(whole(up, 60.0), whole(down, 60.0)))
    assert Piece(duration_s=60.0, shape=both).peak_per_s == pytest.approx(40.0)


def test_peak_just_before_a_jump_down_is_found() -> None:
    rise = RateCurve(
        pieces=(
            Piece(duration_s=1.0, shape=Ramp(from_per_s=0.0, to_per_s=10.0, duration_s=1.0)),
            Piece(duration_s=1.0, shape=Flat(rate_per_s=1.0)),
        )
    )
    both = Superposition(parts=(rise, whole(Flat(rate_per_s=5.0), 2.0)))
    assert Piece(duration_s=2.0, shape=both).peak_per_s == pytest.approx(15.0)


@pytest.mark.parametrize("process", ["poisson", "even"])
def test_each_part_has_the_arrivals_of_its_own_curve(process: ArrivalProcess) -> None:
    """By the time transform of a Poisson process the places Lambda_j(t) / Lambda_j of part j's
    arrivals are uniform, and their number is Lambda_j on average."""
    curve = whole(MIDNIGHT)
    slabs = range(slab_count(curve))
    t_s = np.concatenate([slab_arrivals(curve, process, seed=3, slab=each) for each in slabs])
    part = MIDNIGHT.part_at(t_s, np.random.default_rng(4).random(len(t_s)))
    for index, each in enumerate(MIDNIGHT.parts):
        mine = t_s[part == index]
        assert abs(len(mine) - each.total) < 4 * np.sqrt(each.total)
        assert stats.kstest(each.expected_arrivals(mine) / each.total, "uniform").pvalue > 0.01


def test_a_part_without_a_rate_gets_no_arrival() -> None:
    t_s = np.linspace(0.0, 2.0, 1_001)
    halves = [(3.0, 0.0), (0.0, 3.0)]
    parts = tuple(
        RateCurve(pieces=tuple(Piece(duration_s=1.0, shape=Flat(rate_per_s=rate)) for rate in half))
        for half in halves
    )
    part = Superposition(parts=parts).part_at(t_s, np.random.default_rng(5).random(len(t_s)))
    assert np.array_equal(part, (t_s >= 1.0).astype(int))


def test_an_arrival_that_is_rounded_to_the_end_is_one_of_a_part_with_a_rate() -> None:
    quiet, busy = whole(Flat(rate_per_s=0.0), 2.0), whole(Flat(rate_per_s=3.0), 2.0)
    both = Superposition(parts=(busy, quiet))
    assert both.part_at(np.array([2.0]), np.array([0.5])).tolist() == [0]


def test_payments_of_midnight_lag_as_two_stages_of_delay_do() -> None:
    """Orders of one instant, each paid after an Erlang-2 time of mean 2 x 450 s: the rate is
    their number times the density of that time."""
    delay = stats.erlang(2, scale=450.0)
    t_s = np.linspace(0.0, 1_700.0, 50)
    orders = 150.0 * np.e * 450.0
    assert PAYMENTS.rate_at(t_s) == pytest.approx(orders * delay.pdf(t_s))
    assert PAYMENTS.expected_arrivals(t_s) == pytest.approx(orders * delay.cdf(t_s))


def test_area_is_the_integral_of_the_rate() -> None:
    exact, _ = integrate.quad(
        lambda t_s: float(MIDNIGHT.rate(np.array([t_s]))[0]),
        0.0, 1_800.0, epsabs=0, epsrel=1e-12, limit=500,
    )  # fmt: skip
    assert float(MIDNIGHT.area(np.array(1_800.0))) == pytest.approx(exact, rel=1e-11)
