"""Draws by name, see `sim.engine.streams`: who draws gives its key."""

from __future__ import annotations

from collections.abc import Callable

from sim.engine import streams
from sim.model.distribution import Distribution

Duration = Callable[[int, float], float]
"""A duration drawn with a key, at an instant."""


class Uniform:
    """The uniform numbers of one name; with `antithetic` each u is 1 - u."""

    __slots__ = ("antithetic", "word")

    def __init__(self, name: str, *, antithetic: bool) -> None:
        self.word = streams.word_of(name)
        self.antithetic = antithetic

    def __call__(self, key: int, number: int = 0) -> float:
        return streams.draw(key, self.word, number, self.antithetic)


def durations(distribution: Distribution, draw: Uniform, midnight_s: float) -> Duration:
    """Draws from `distribution`; what is not random is not drawn."""
    mean_s, cv, values_s = distribution.mean_s, distribution.cv, distribution.values_s
    match distribution.kind:
        case "until":
            offset_s = midnight_s + distribution.offset_s
            return lambda _, now_s: streams.until_next(now_s, distribution.every_s, offset_s)
        case "empirical":
            return lambda key, _: values_s[int(draw(key) * len(values_s))]
        case "exponential" if mean_s:
            return lambda key, _: streams.exponential(draw(key), mean_s)
        case "gamma" if mean_s and cv:
            word, antithetic = draw.word, draw.antithetic
            terms = streams.gamma_terms(mean_s, cv)
            return lambda key, _: streams.gamma(key, word, *terms, antithetic)
        case "lognormal" if mean_s and cv:
            middle, sigma = streams.lognormal_terms(mean_s, cv)
            return lambda key, _: streams.lognormal(draw(key), middle, sigma)
        case _:
            return lambda _key, _now_s: mean_s
