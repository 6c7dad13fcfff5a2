from __future__ import annotations

import pytest

from targets.reference.settings import SettingsError, settings_from

_URLS = {
    "SHOP_POSTGRES_URL": "postgresql://p",
    "SHOP_VALKEY_URL": "valkey://v",
    "SHOP_NATS_URL": "nats://n",
}


def test_three_addresses_are_enough():
    settings = settings_from(_URLS)
    assert (settings.postgres_url, settings.nats_url) == ("postgresql://p", "nats://n")
    assert settings.payment_decline_ratio == 0.004


def test_limits_come_from_the_environment():
    settings = settings_from(
        _URLS | {"SHOP_QUEUE_LIMIT_MESSAGES": "7", "SHOP_TOKEN_SECRET": "秘密"}
    )
    assert settings.queue_limit_messages == 7
    assert settings.token_secret == "秘密".encode()


def test_all_mistakes_are_told_at_once():
    with pytest.raises(SettingsError) as told:
        settings_from(
            {
                "SHOP_NATS_URL": "nats://n",
                "SHOP_PAYMENT_DECLINE_RATIO": "1.5",
                "SHOP_PAYMENT_MEAN_S": "nan",
                "SHOP_POSTGRES_CONNECTIONS": "many",
            }
        )
    lines = str(told.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "SHOP_POSTGRES_URL",
        "SHOP_VALKEY_URL",
        "SHOP_POSTGRES_CONNECTIONS",
        "SHOP_PAYMENT_MEAN_S",
        "SHOP_PAYMENT_DECLINE_RATIO",
    ]
