"""Small campaigns for tests: everything has a default, a test names what it is about."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from scenarios.workload.campaign import Campaign
from scenarios.workload.funnel import FunnelStep
from scenarios.workload.persona import Persona
from scenarios.workload.phase import Phase
from scenarios.workload.product_mix import HotProduct, ProductMix
from scenarios.workload.think_time import ThinkTime

ONE_SHOPPER = (Persona(name="shopper", share=Fraction(1)),)
ONE_STEP = (FunnelStep(step="open_home"),)
MIX = ProductMix(catalogue=100, zipf=0.9, hot=(HotProduct(sku=7, share=Fraction(3, 10), units=50),))


def flat(*, rate_per_s: float = 100.0, duration_s: float = 10.0, name: str = "steady") -> Phase:
    return Phase(name=name, duration_s=duration_s, at_per_s=rate_per_s)


def campaign(**given: Any) -> Campaign:
    """A campaign of 1,000 expected visits that open the home page."""
    defaults: dict[str, Any] = {
        "name": "made_up",
        "description": "",
        "seed": 1,
        "arrivals": "poisson",
        "phases": (flat(),),
        "products": MIX,
        "personas": ONE_SHOPPER,
        "funnel": ONE_STEP,
        "text": "",
    }
    return Campaign(**{**defaults, **given})


def shop_funnel() -> tuple[FunnelStep, ...]:
    """Steps of every kind: passed over, left, about no, a new, a hot and the same product."""
    pause = ThinkTime(median_s=1.0, sigma=0.5)
    return (
        FunnelStep(step="open_home", onward=Fraction(9, 10)),
        FunnelStep(step="search", take=Fraction(3, 10), product="new", think=pause),
        FunnelStep(step="view_product", product="same", onward=Fraction(1, 2), think=pause),
        FunnelStep(step="view_product", product="hot", take=Fraction(1, 2), think=pause),
        FunnelStep(step="log_in", think=ThinkTime(median_s=0.25)),
        FunnelStep(step="place_order", product="same", quantity=2, think=pause),
    )


def two_personas() -> tuple[Persona, ...]:
    return (
        Persona(
            name="keen",
            share=Fraction(1, 4),
            keenness=1.5,
            think=0.5,
            channels={"app": Fraction(7, 10), "web": Fraction(3, 10)},
            tiers={"gold": Fraction(1, 5), "regular": Fraction(4, 5)},
            patience_s=5.0,
        ),
        Persona(name="slow", share=Fraction(3, 4), think=2.0, patience_s=30.0),
    )
