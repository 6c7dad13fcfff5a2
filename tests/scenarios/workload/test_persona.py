"""The crowd draws persona, channel and tier together, by their shares."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from scenarios.workload.persona import crowd_of, shares_of
from tests.scenarios.workload.campaigns import two_personas


def weight_of_cell(mix: dict[str, Fraction] | None) -> dict[tuple[str, str, str], float]:
    crowd = crowd_of(two_personas())
    weights = crowd.cells(mix).weights
    return {
        (crowd.personas[p].name, crowd.channels[c], crowd.tiers[t]): weight
        for p, c, t, weight in zip(
            crowd.persona, crowd.channel, crowd.tier, weights.tolist(), strict=True
        )
    }


def test_cell_weighs_the_product_of_its_shares() -> None:
    weights = weight_of_cell(None)
    assert weights["keen", "app", "gold"] == pytest.approx(0.25 * 0.7 * 0.2)
    assert weights["slow", "web", "regular"] == pytest.approx(0.75)
    assert sum(weights.values()) == pytest.approx(1)


def test_mix_takes_the_place_of_the_shares() -> None:
    weights = weight_of_cell({"keen": Fraction(1)})
    assert weights["keen", "web", "regular"] == pytest.approx(0.3 * 0.8)
    assert weights["slow", "web", "regular"] == 0


def test_persona_that_a_mix_leaves_out_has_no_share() -> None:
    assert shares_of(two_personas(), {"slow": Fraction(1)}) == (0, 1)


def test_codes_of_the_crowd_are_two_bytes() -> None:
    crowd = crowd_of(two_personas())
    assert crowd.persona.dtype == crowd.channel.dtype == crowd.tier.dtype == np.int16
    assert crowd.channels == ("app", "web")
    assert crowd.tiers == ("gold", "regular")
