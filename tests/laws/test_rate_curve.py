"""What holds for every rate curve: value, area and inverse belong together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.workload.rate_curve import Decay, Flat, Piece, Ramp, RateCurve
from scenarios.workload.recorded_rate import Buckets
from tests.laws.curves import curves, pieces

EPSILON = float(np.finfo(np.float64).eps)
places = st.lists(st.floats(0.001, 0.999), min_size=1, max_size=20)


@given(curve=curves, within=places)
def test_inverse_of_the_area_finds_the_instant(curve: RateCurve, within: list[float]) -> None:
    t_s = np.concatenate([
        start + np.array(within) * piece.duration_s
        for start, piece in zip(curve.starts_s, curve.pieces, strict=False)
    ])  # fmt: skip
    expected, rate = curve.expected_arrivals(t_s), curve.rate_at(t_s)
    finest = 16 * EPSILON * curve.total
    borders = curve.expected_arrivals(np.concatenate([curve.starts_s, curve.turns_s]))
    from_border = np.abs(expected[:, np.newaxis] - borders).min(axis=1)
    told_apart = (rate > 0) & (from_border > finest)
    t_s, rate = t_s[told_apart], rate[told_apart]
    found_s = curve.time_of(expected[told_apart])
    # 1e-9 relative, or what a double of the whole area can tell apart where the rate is low.
    allowed = 1e-9 * t_s + finest / rate
    assert np.all(np.abs(found_s - t_s) <= allowed)


@given(curve=curves, within=places)
def test_area_of_the_inverse_is_the_arrival(curve: RateCurve, within: list[float]) -> None:
    arrival = np.array(within) * curve.total
    again = curve.expected_arrivals(curve.time_of(arrival))
    assert again == pytest.approx(arrival, rel=1e-9, abs=1e-9 * curve.total)


@given(curve=curves, within=places)
def test_expected_arrivals_never_fall(curve: RateCurve, within: list[float]) -> None:
    t_s = np.sort(np.array([0.0, *within, 1.0])) * curve.duration_s
    expected = curve.expected_arrivals(t_s)
    assert expected[0] == 0
    # An instant late in a long curve tells a short time less exactly.
    finest = 4 * EPSILON * curve.duration_s * curve.peak_per_s
    assert expected[-1] == pytest.approx(curve.total, rel=1e-12, abs=finest)
    assert np.all(np.diff(expected) >= -1e-12 * curve.total)


@settings(max_examples=50, deadline=None)
@given(curve=curves)
def test_area_is_the_integral_of_the_rate(curve: RateCurve) -> None:
    nodes, weights = np.polynomial.legendre.leggauss(10)
    for index, piece in enumerate(curve.pieces):
        start_s = curve.starts_s[index]
        edges = np.union1d(np.linspace(0.0, piece.duration_s, 101), piece.shape.turns_s())
        middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
        t_s = start_s + middle[:, None] + half[:, None] * nodes
        integral = float((piece.shape.rate(t_s - start_s) * weights * half[:, None]).sum())
        ends = curve.expected_arrivals([start_s, curve.starts_s[index + 1]])
        assert ends[1] - ends[0] == pytest.approx(integral, rel=1e-9, abs=1e-9 * curve.total)


@given(first=pieces(), second=pieces())
def test_areas_of_pieces_add_up(first: Piece, second: Piece) -> None:
    alone = [RateCurve(pieces=(each,)).total for each in (first, second)]
    assert RateCurve(pieces=(first, second)).total == pytest.approx(sum(alone), rel=1e-12)


@given(curve=curves)
def test_expected_arrivals_have_no_jump_at_a_border(curve: RateCurve) -> None:
    borders_s = curve.starts_s[1:-1]
    before = curve.expected_arrivals(np.nextafter(borders_s, 0))
    after = curve.expected_arrivals(borders_s)
    peak = max(each.peak_per_s for each in curve.pieces)
    allowed = 2 * EPSILON * (curve.duration_s * peak + curve.total)
    assert np.all(np.abs(after - before) <= allowed)


@given(starts=st.floats(0.1, 1e5), within=places)
def test_rate_at_a_jump_is_the_rate_after_it(starts: float, within: list[float]) -> None:
    """However the sum of a start and an instant is rounded."""
    edges_s = np.unique([0.0, *within, 1.0])
    jumps = Buckets(edges_s=edges_s, counts=np.diff(edges_s) * np.arange(1, len(edges_s)))
    quiet = Piece(duration_s=starts, shape=Flat(rate_per_s=0.0))
    curve = RateCurve(pieces=(quiet, Piece(duration_s=1.0, shape=jumps)))
    found = curve.rate_at(curve.turns_s)
    # Edges that are closer than the last digit of their instants are one.
    told_apart = len(curve.turns_s) == len(edges_s) - 1
    assert not told_apart or found == pytest.approx(np.arange(1, len(edges_s)))


@given(curve=curves, arrivals=st.lists(st.floats(0, 1), min_size=2, max_size=50))
def test_later_arrivals_come_later(curve: RateCurve, arrivals: list[float]) -> None:
    t_s = curve.time_of(np.sort(np.array(arrivals)) * curve.total)
    assert np.all(np.diff(t_s) >= -1e-9 * curve.duration_s)
    assert np.all((t_s >= 0) & (t_s <= curve.duration_s))


@given(curve=curves, within=places)
def test_the_order_of_the_questions_changes_no_answer(
    curve: RateCurve, within: list[float]
) -> None:
    shuffled = np.random.default_rng(1).permutation(len(within))
    t_s, arrival = np.array(within) * curve.duration_s, np.array(within) * curve.total
    for of, at in (
        (curve.rate_at, t_s), (curve.expected_arrivals, t_s), (curve.time_of, arrival),
    ):  # fmt: skip
        assert of(at[shuffled]) == pytest.approx(of(at)[shuffled], rel=1e-12, abs=1e-300)


def test_rate_is_nothing_outside_of_the_curve() -> None:
    curve = RateCurve(pieces=(Piece(duration_s=2.0, shape=Flat(rate_per_s=5.0)),))
    assert curve.rate_at([-0.1, 0.0, 1.9, 2.0, 3.0]).tolist() == [0.0, 5.0, 5.0, 0.0, 0.0]


def test_no_arrival_falls_into_a_pause() -> None:
    on, off = Flat(rate_per_s=10.0), Flat(rate_per_s=0.0)
    curve = RateCurve(
        pieces=tuple(Piece(duration_s=1.0, shape=each) for each in (off, on, off, on, off))
    )
    t_s = curve.time_of(np.arange(20) + 0.5)
    assert t_s == pytest.approx(
        np.concatenate([1.05 + np.arange(10) / 10, 3.05 + np.arange(10) / 10])
    )


def test_arrival_at_a_pause_comes_before_it() -> None:
    on, off = Flat(rate_per_s=10.0), Flat(rate_per_s=0.0)
    curve = RateCurve(pieces=tuple(Piece(duration_s=1.0, shape=each) for each in (on, off, on)))
    assert float(curve.time_of(10.0)) == 1.0


def test_nearly_flat_ramp_keeps_every_digit() -> None:
    ramp = Ramp(from_per_s=1e6, to_per_s=1e6 + 1e-6, duration_s=1.0)
    t_s = np.array([1e-9, 0.5, 0.999])
    assert ramp.time_of(ramp.area(t_s)) == pytest.approx(t_s, rel=4 * EPSILON)


@pytest.mark.parametrize("settle_per_s", [0.0, 1e-6, 1.0, 999.999, 1000.0])
def test_decay_is_inverted_to_full_precision(settle_per_s: float) -> None:
    decay = Decay(to_per_s=1000.0, settle_per_s=settle_per_s, half_life_s=2.0)
    t_s = np.linspace(0.01, 20.0, 500)
    allowed = 8 * EPSILON * (t_s + decay.area(t_s) / decay.rate(t_s))
    assert np.all(np.abs(decay.time_of(decay.area(t_s)) - t_s) <= allowed)


def test_decay_is_half_way_down_after_a_half_life() -> None:
    decay = Decay(to_per_s=120.0, settle_per_s=60.0, half_life_s=6.0)
    assert decay.rate(np.array([0.0, 6.0, 12.0])).tolist() == [120.0, 90.0, 75.0]
