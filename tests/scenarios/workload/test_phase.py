"""A phase stands for pieces of the rate curve."""

from __future__ import annotations

import math

import pytest

from scenarios.workload.phase import Part, Phase
from scenarios.workload.phase_curve import pieces_of
from scenarios.workload.rate_curve import RateCurve
from scenarios.workload.shape_in_words import duration_in_words, rate_in_words, shape_in_words
from scenarios.workload.shape_keys import Hump, Slots, Spike, Stairs, Surge, Wave


def phase(**shape: object) -> Phase:
    return Phase(name="p", duration_s=10.0, **shape)


def stairs(from_per_s: float, by_per_s: float, every_s: float) -> Stairs:
    return Stairs(from_per_s=from_per_s, by_per_s=by_per_s, every_s=every_s)


def search() -> Stairs:
    return Stairs(from_per_s=1.0, by_per_s=1.0, every_s=5.0, until="broken")


def test_a_part_has_one_whole_shape() -> None:
    with pytest.raises(ValueError, match="series; has none of them"):
        Part()


def test_slots_jump_at_their_instants_and_decay_to_the_base() -> None:
    slots = Slots(base_per_s=10.0, at_s=(3.0, 7.0), to_per_s=90.0, half_life_s=1.0)
    curve = RateCurve(pieces=pieces_of(phase(slots=slots)))
    assert curve.rate_at([0.0, 2.999, 3.0, 4.0, 7.0, 8.0]).tolist() == [10, 10, 90, 50, 90, 50]


def test_a_slot_may_open_with_the_phase() -> None:
    slots = Slots(base_per_s=10.0, at_s=(0.0,), to_per_s=90.0, half_life_s=1.0)
    assert len(pieces_of(phase(slots=slots))) == 1


def test_a_hump_is_flat_around_its_width() -> None:
    hump = Hump(base_per_s=10.0, top_per_s=30.0, peak_at_s=5.0, width_s=4.0)
    curve = RateCurve(pieces=pieces_of(phase(hump=hump)))
    at_s = [0.0, 2.999, 3.0, 4.0, 5.0, 6.0, 7.0, 9.0]
    assert curve.rate_at(at_s) == pytest.approx([10, 10, 10, 20, 30, 20, 10, 10])


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [(0.5, "0.5 s"), (90.0, "90 s"), (450.0, "7 min 30 s"), (36_000.0, "10 h"), (86_400.0, "24 h")],
)
def test_a_long_time_is_told_in_hours(duration_s: float, words: str) -> None:
    assert duration_in_words(duration_s) == words


@pytest.mark.parametrize(
    ("rate_per_s", "words"),
    [(0.0, "0/s"), (1_500.0, "1,500/s"), (2.5, "2.5/s"), (28 / 60, "28/min"), (9 / 3600, "9/h"),
     (999_999.7, "1,000,000/s"), (1e6, "1,000,000/s")],
)  # fmt: skip
def test_a_low_rate_is_told_by_the_minute_or_hour_and_a_high_one_in_full(
    rate_per_s: float, words: str
) -> None:
    assert rate_in_words(rate_per_s) == words


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
        # A whole period has the mean.
        (
            {"wave": Wave(mean_per_s=50.0, amplitude=0.6, peak_at_s=7.0, period_s=10.0)},
            500.0,
            "50/s, wave of 60 %, peak at 7 s, period 10 s",
        ),
        # base t + (top - base) width / 2, within the phase ...
        (
            {"hump": Hump(base_per_s=10.0, top_per_s=30.0, peak_at_s=5.0, width_s=4.0)},
            100.0 + 20.0 * 2.0,
            "10/s, hump of 30/s at 5 s, 4 s wide",
        ),
        # ... and half of it with its peak at the end.
        (
            {"hump": Hump(base_per_s=10.0, top_per_s=30.0, peak_at_s=10.0, width_s=4.0)},
            100.0 + 20.0,
            "10/s, hump of 30/s at 10 s, 4 s wide",
        ),
        # base t + (top - base) e p (1 - (1 + t/p) exp(-t/p)) with t = 10, p = 5
        (
            {"surge": Surge(base_per_s=1.0, top_per_s=3.0, peak_after_s=5.0)},
            10 + 2 * math.e * 5 * (1 - 3 * math.exp(-2)),
            "1/s, surge to 3/s after 5 s",
        ),
        # Two decays from 100/s to 10/s: 10 t + 90 h / ln 2 (1 - 2^(-t/h)), 4 s and 3 s long.
        (
            {"slots": Slots(base_per_s=10.0, at_s=(3.0, 7.0), to_per_s=100.0, half_life_s=1.0)},
            100 + 90 / math.log(2) * (1 - 1 / 16 + 1 - 1 / 8),
            "10/s, slots of 100/s at 3 s, 7 s, half-life 1 s",
        ),
        (
            {"together": (Part(at_per_s=5.0), Part(from_per_s=0.0, to_per_s=2.0))},
            60.0,
            "5/s + 0/s to 2/s",
        ),
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
        (
            {"wave": Wave(mean_per_s=1.0, amplitude=0.5, peak_at_s=0.0, period_s=1e-4)},
            "at most 10000 periods",
        ),
        (
            {"slots": Slots(base_per_s=1.0, at_s=(10.0,), to_per_s=2.0, half_life_s=1.0)},
            "all its slots before its end",
        ),
        ({"together": (Part(at_per_s=1.0),)}, "at least two parts together"),
        ({"together": (), "at_per_s": 1.0}, "has at and together"),
        (
            {"together": (Part(at_per_s=1.0), Part(step=search()))},
            '"until: broken" in a part',
        ),
    ],
)
def test_phase_has_one_whole_shape(shape: dict[str, object], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        phase(**shape)


def test_spike_never_settles_above_its_jump() -> None:
    with pytest.raises(ValueError, match="at least the rate that it settles at"):
        Spike(to_per_s=10.0, settle_per_s=20.0, half_life_s=1.0)


@pytest.mark.parametrize("top_per_s", [1.0, 1.999])
def test_hump_surge_and_slots_never_go_below_their_base(top_per_s: float) -> None:
    with pytest.raises(ValueError, match="top of at least its base"):
        Hump(base_per_s=2.0, top_per_s=top_per_s, peak_at_s=1.0, width_s=1.0)
    with pytest.raises(ValueError, match="top of at least its base"):
        Surge(base_per_s=2.0, top_per_s=top_per_s, peak_after_s=1.0)
    with pytest.raises(ValueError, match="jump to at least its base"):
        Slots(base_per_s=2.0, at_s=(1.0,), to_per_s=top_per_s, half_life_s=1.0)


def test_slots_come_one_after_the_other() -> None:
    with pytest.raises(ValueError, match="ascending"):
        Slots(base_per_s=1.0, at_s=(2.0, 1.0), to_per_s=2.0, half_life_s=1.0)
