from __future__ import annotations

import numpy as np
import pytest

from sim.answers.stability import Push, Trial, find_bands


def platform(stable_below: float, trips_above: float):
    """Trials of a platform whose bands are known."""
    played: list[tuple[float, bool]] = []

    def play(rate_per_s: float, pulsed: bool) -> Trial:
        played.append((rate_per_s, pulsed))
        border = stable_below if pulsed else trips_above
        nothing = np.zeros(1)
        return Trial(
            rate_per_s=rate_per_s, pulsed=pulsed, healthy=rate_per_s < border, width_s=1.0,
            due_per_s=nothing, answered_per_s=nothing,
        )  # fmt: skip

    return play, played


@pytest.mark.parametrize("start_per_s", [1.0, 30.0, 500.0])
def test_both_borders_are_found_to_the_precision_from_any_start(start_per_s):
    play, played = platform(25.0, 90.34)
    found = find_bands(play, start_per_s=start_per_s, precision=0.02)
    assert found.highest_stable_per_s < 25 <= found.lowest_vulnerable_per_s
    assert found.highest_standing_per_s < 90.34 <= found.lowest_tripping_per_s
    assert found.lowest_vulnerable_per_s - found.highest_stable_per_s <= 0.02 * 25.5
    assert found.lowest_tripping_per_s - found.highest_standing_per_s <= 0.02 * 92.2
    assert len(played) < 40
    bands = [found.band(rate) for rate in (10, 50, 100)]
    assert bands == ["stable", "vulnerable", "self-tripping"]


def test_a_border_itself_belongs_to_no_band():
    found = find_bands(platform(25.0, 90.0)[0], start_per_s=10, precision=0.1)
    between = (found.highest_stable_per_s + found.lowest_vulnerable_per_s) / 2
    assert found.band(between) is None


def test_a_platform_that_always_recovers_has_no_vulnerable_load():
    found = find_bands(platform(90.0, 90.0)[0], start_per_s=10)
    assert found.lowest_vulnerable_per_s is None
    assert found.highest_stable_per_s == found.highest_standing_per_s
    assert found.shown is None


def test_a_platform_that_no_load_trips_is_left_alone_in_the_end():
    play, played = platform(1e12, 1e12)
    found = find_bands(play, start_per_s=1.0)
    assert found.lowest_tripping_per_s is None
    assert len(played) < 40


def test_the_trial_that_is_shown_is_one_that_did_not_recover():
    found = find_bands(platform(25.0, 90.34)[0], start_per_s=10)
    assert found.shown is not None
    assert found.shown.pulsed
    assert not found.shown.healthy
    assert 25 <= found.shown.rate_per_s <= 90.34


def test_a_push_lasts_as_long_as_its_parts():
    assert Push(settle_s=10, pulse_s=5, recover_s=20).duration_s == 35
