"""Random numbers by name: every number that a simulation draws is a function of who draws it.

    u(key, word, k) = (mix(key ^ (word + k G)) >> 11 + 1/2) / 2^53        in (0, 1)

    mix     the finaliser of splitmix64 (Steele, Lea, Flood 2014), a bijection of 64 bits
    G       2^64 / golden ratio, odd
    key     of the task: root_key(seed_key, visit, action), or child_key(parent, word, n) of
            child n of an operation
    word    64 bits of BLAKE2b of the operation's name, such as `place_order/call/gateway/0/time`
    k       which number of the draw, from 0; only a gamma needs more than one

So neither the order of events nor another server, retry or operation shifts any other number:
variants of a model meet the same luck (common random numbers), and two engines draw alike.

All functions but `word_of` and `seed_key` take and return unsigned 64-bit words and floats and
use nothing but arithmetic and `math`, so that the compiled engine compiles these very functions.
"""

from __future__ import annotations

import hashlib
import math

GOLDEN = 0x9E3779B97F4A7C15
MASK = 0xFFFFFFFFFFFFFFFF


def word_of(name: str) -> int:
    """The 64 bits that stand for `name`."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def seed_key(seed: int, replication: int = 0) -> int:
    """The key from which all keys of a replication come."""
    assert seed >= 0
    assert replication >= 0
    return word_of(f"simulation {seed} replication {replication}")


def mix(word: int) -> int:
    """A bijection of 64 bits whose every output bit depends on every input bit."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def root_key(seed: int, visit: int, action: int) -> int:
    """The key of the root task of `action` of `visit`; `seed` is a `seed_key`."""
    return mix(mix((seed + visit * GOLDEN) & MASK) ^ ((action * GOLDEN + 1) & MASK))


def child_key(key: int, word: int, number: int) -> int:
    """The key of child `number`, from 0, of the operation `word` of the task `key`."""
    return mix(key ^ mix((word + (number + 1) * GOLDEN) & MASK))


def uniform(key: int, word: int, number: int = 0) -> float:
    """Number `number` of the draw `word` of the task `key`, in (0, 1)."""
    return ((mix(key ^ ((word + number * GOLDEN) & MASK)) >> 11) + 0.5) * 1.1102230246251565e-16


def draw(key: int, word: int, number: int, antithetic: bool) -> float:
    """The same number, or its antithetic one, 1 - u."""
    u = uniform(key, word, number)
    return 1.0 - u if antithetic else u


def exponential(u: float, mean: float) -> float:
    """The exponential duration at the upper tail `u`."""
    return -mean * math.log(u)


def normal(u: float) -> float:
    """The standard normal quantile at `u`: algorithm AS 241 (Wichura 1988), to 1e-16."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return (
            q
            * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r
                    + 67265.770927008700853) * r + 45921.953931549871457) * r
                  + 13731.693765509461125) * r + 1971.5909503065514427) * r
                + 133.14166789178437745) * r + 3.387132872796366608)
            / (((((((5226.495278852545925 * r + 28729.085735721942674) * r
                    + 39307.89580009271061) * r + 21213.794301586595867) * r
                  + 5394.1960214247511077) * r + 687.1870074920579083) * r
                + 42.313330701600911252) * r + 1.0)
        )  # fmt: skip
    r = math.sqrt(-math.log(u if q < 0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        found = (
            (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r
                  + 0.24178072517745061177) * r + 1.27045825245236838258) * r
                + 3.64784832476320460504) * r + 5.7694972214606914055) * r
              + 4.6303378461565452959) * r + 1.42343711074968357734)
            / (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r
                    + 0.0151986665636164571966) * r + 0.14810397642748007459) * r
                  + 0.68976733498510000455) * r + 1.6763848301838038494) * r
                + 2.05319162663775882187) * r + 1.0)
        )  # fmt: skip
    else:
        r -= 5.0
        found = (
            (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
                  + 0.0012426609473880784386) * r + 0.026532189526576123093) * r
                + 0.29656057182850489123) * r + 1.7848265399172913358) * r
              + 5.4637849111641143699) * r + 6.6579046435011037772)
            / (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r
                    + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r
                  + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
                + 0.59983220655588793769) * r + 1.0)
        )  # fmt: skip
    return -found if q < 0 else found


def lognormal_terms(mean: float, cv: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm; `cv` is above 0."""
    sigma2 = math.log1p(cv * cv)
    return math.log(mean) - sigma2 / 2, math.sqrt(sigma2)


def lognormal(u: float, middle: float, sigma: float) -> float:
    """The lognormal duration at `u`, with its `lognormal_terms`."""
    return math.exp(middle + sigma * normal(u))


def gamma_terms(mean: float, cv: float) -> tuple[float, float, float, float]:
    """What `gamma` draws with: 1/shape where the shape is below 1, else 0; the scale; d and c of
    Marsaglia and Tsang. `cv` is above 0."""
    shape = 1.0 / (cv * cv)
    scale, power = mean / shape, 0.0
    if shape < 1.0:
        power = 1.0 / shape
        shape += 1.0
    d = shape - 1.0 / 3.0
    return power, scale, d, 1.0 / math.sqrt(9.0 * d)


def gamma(
    key: int, word: int, power: float, scale: float, d: float, c: float, antithetic: bool = False
) -> float:
    """Marsaglia and Tsang (2000): numbers 2, 3 are its first try, 4, 5 the second, ...; for a
    shape below 1 it draws with shape + 1 and multiplies by number 1 to the power of 1/shape.
    Nearly all tries are accepted by their squeeze, without a logarithm."""
    if power != 0.0:
        scale *= math.pow(draw(key, word, 1, antithetic), power)
    number = 2
    while True:
        x = normal(draw(key, word, number, antithetic))
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            u = draw(key, word, number + 1, antithetic)
            x2 = x * x
            if u < 1.0 - 0.0331 * x2 * x2 or math.log(u) < 0.5 * x2 + d - d * v + d * math.log(v):
                return scale * d * v
        number += 2


def until_next(now: float, every: float, offset: float) -> float:
    """How long from `now` until the next multiple of `every` plus `offset`, more than 0."""
    return offset + (math.floor((now - offset) / every) + 1.0) * every - now
