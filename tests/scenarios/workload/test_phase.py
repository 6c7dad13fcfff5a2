"""A phase stands for pieces of the rate curve."""

from __future__ import annotations

import pytest

from scenarios.workload.phase import Phase
from scenarios.workload.phase_curve import pieces_of
from scenarios.workload.rate_curve import RateCurve
from scenarios.workload.shape_in_words import shape_in_words
from scenarios.workload.shape_keys import Spike, Stairs


def phase(**shape: object) -> Phase:
    return Phase(name="p", duration_s=10.0, **shape)


def stairs(from_per_s: float, by_per_s: float, every_s: float) -> Stairs:
    return Stairs(from_per_s=from_per_s, by_per_s=by_per_s, every_s=every_s)


def test_stairs_rise_at_every_step() -> None:
    curve = RateCurve(pieces=pieces_of(phase(step=stairs(20.0, 10.0, 4.0))))
    assert curve.rate_at([0, 3.9, 4, 7.9, 8, 9.9]).tolist() == [20, 20, 30, 30, 40, 40]
    assert curve.duration_s == 10.0
    assert curve.total == pytest.approx(20 * 4 + 30 * 4 + 40 * 2)


def test_stairs_that_fit_have_no_sliver_at_the_end() -> None:
    assert len(pieces_of(phase(step=stairs(1.0, 1.0, 0.1)))) == 100


@pytest.mark.parametrize(
    ("shape", "visits", "words"),
    [
        ({"at_per_s": 20.0}, 200.0, "20/s"),
        ({"from_per_s": 20.0, "to_per_s": 50.0}, 350.0, "20/s to 50/s"),
        # settle t + (to - settle) h / ln 2 (1 - 2^(-t/h)) with t = 10, h = 5
        (
            {"spike": Spike(to_per_s=120.0, settle_per_s=60.0, half_life_s=5.0)},
            600 + 60 * 5 / 0.6931471805599453 * 0.75,
            "120/s to 60/s, half-life 5 s",
        ),
        ({"step": stairs(2.0, 1.0, 5.0)}, 25.0, "2/s, +1/s every 5 s"),
    ],
)
def test_each_shape_has_its_area_and_its_words(
    shape: dict[str, object], visits: float, words: str
) -> None:
    written = phase(**shape)
    assert RateCurve(pieces=pieces_of(written)).total == pytest.approx(visits)
    assert shape_in_words(written) == words


@pytest.mark.parametrize(
    ("shape", "wrong"),
    [
        ({}, "has none of them"),
        ({"at_per_s": 1.0, "from_per_s": 1.0, "to_per_s": 2.0}, "has at and from and to"),
        ({"from_per_s": 1.0}, "both from and to"),
        ({"step": stairs(1.0, 1.0, 0.0001)}, "at most 10000 steps"),
    ],
)
def test_phase_has_one_whole_shape(shape: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        phase(**shape)


def test_spike_never_settles_above_its_jump() -> None:
    with pytest.raises(ValueError, match="at least the rate that it settles at"):
        Spike(to_per_s=10.0, settle_per_s=20.0, half_life_s=1.0)
