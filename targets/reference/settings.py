"""What the shop is told by its environment, read once when a process starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


class SettingsError(Exception):
    """The environment does not describe a shop; the message has one line for each mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the backing services are, and how large the shop's own limits are.

    `queue_limit_messages` bounds the orders waiting for the consumer; above it a buyer is told
    `queue_full`. `payment_mean_s` is the mean service time of a payment channel over an even
    channel mix, `payment_decline_ratio` the share of charges that a channel declines.
    `colour_header` is the request header that colours traffic; answers report it.
    """

    postgres_url: str
    valkey_url: str
    nats_url: str
    token_secret: bytes = b"a rehearsal has no secrets"
    token_life_s: float = 86_400.0
    product_cache_life_s: int = 60
    queue_limit_messages: int = 100_000
    postgres_connections: int = 16
    payment_mean_s: float = 0.030
    payment_decline_ratio: float = 0.004
    payment_seed: int = 11
    colour_header: str = "X-Traffic-Colour"

    def __post_init__(self) -> None:
        assert self.queue_limit_messages > 0
        assert self.postgres_connections > 0
        assert self.payment_mean_s >= 0
        assert 0 <= self.payment_decline_ratio <= 1


_REQUIRED = {
    "postgres_url": "SHOP_POSTGRES_URL",
    "valkey_url": "SHOP_VALKEY_URL",
    "nats_url": "SHOP_NATS_URL",
}

_Reader = Callable[[str], object]


def _at_least(lowest: float, read: Callable[[str], float]) -> _Reader:
    def read_bounded(text: str) -> float:
        value = read(text)
        if not value >= lowest:
            raise ValueError(f"must be >= {lowest:g}")
        return value

    return read_bounded


def _ratio(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError("must be between 0 and 1")
    return value


_OPTIONAL: dict[str, tuple[str, _Reader]] = {
    "token_secret": ("SHOP_TOKEN_SECRET", str.encode),
    "token_life_s": ("SHOP_TOKEN_LIFE_S", _at_least(1, float)),
    "product_cache_life_s": ("SHOP_PRODUCT_CACHE_LIFE_S", _at_least(1, int)),
    "queue_limit_messages": ("SHOP_QUEUE_LIMIT_MESSAGES", _at_least(1, int)),
    "postgres_connections": ("SHOP_POSTGRES_CONNECTIONS", _at_least(1, int)),
    "payment_mean_s": ("SHOP_PAYMENT_MEAN_S", _at_least(0, float)),
    "payment_decline_ratio": ("SHOP_PAYMENT_DECLINE_RATIO", _ratio),
    "payment_seed": ("SHOP_PAYMENT_SEED", int),
    "colour_header": ("SHOP_COLOUR_HEADER", str),
}


def settings_from(environment: Mapping[str, str]) -> Settings:
    """The settings that `environment` describes; raises SettingsError with every mistake."""
    mistakes: list[str] = []
    found: dict[str, object] = {}
    for field, variable in _REQUIRED.items():
        found[field] = environment.get(variable, "")
        if not found[field]:
            mistakes.append(f"{variable}: is not set")
    for field, (variable, read) in _OPTIONAL.items():
        text = environment.get(variable)
        if text is None:
            continue
        try:
            found[field] = read(text)
        except ValueError as error:
            mistakes.append(f'{variable}: {error}, got "{text}"')
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return Settings(**found)  # type: ignore[arg-type]
