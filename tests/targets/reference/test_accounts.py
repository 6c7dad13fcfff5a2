from __future__ import annotations

import asyncio

import pytest

from targets.reference.accounts import Accounts, Shopper
from targets.reference.refusal import Refusal

ANN = Shopper(user="安 Ann", tier="gold")


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


def _accounts(secret=b"secret", clock=None):
    return Accounts(None, secret, 60.0, clock or Clock())


def test_a_token_names_its_shopper():
    accounts = _accounts()
    assert accounts.shopper(f"Bearer {accounts.token(ANN)}") == ANN


def test_a_token_ends_with_its_life():
    clock = Clock()
    accounts = _accounts(clock=clock)
    header = f"Bearer {accounts.token(ANN)}"
    clock.now_s += 60.0
    assert accounts.shopper(header) == ANN
    clock.now_s += 1.0
    with pytest.raises(Refusal, match="expired"):
        accounts.shopper(header)


def test_a_token_of_another_shop_is_refused():
    header = f"Bearer {_accounts(b'another').token(ANN)}"
    with pytest.raises(Refusal, match="unauthenticated"):
        _accounts().shopper(header)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer x.y", "Bearer .", "Basic abc", "Bearer 令牌"]
)
def test_what_is_no_token_is_refused(header):
    with pytest.raises(Refusal) as refused:
        _accounts().shopper(header)
    assert (refused.value.status, refused.value.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("user", "tier"),
    [(None, "gold"), ("", "gold"), ("x" * 65, "gold"), (7, "gold"), ("ann", "tin"), ("ann", None)],
)
def test_a_login_needs_a_name_and_a_known_tier(user, tier):
    with pytest.raises(Refusal) as refused:
        asyncio.run(_accounts().log_in(user, tier))
    assert (refused.value.status, refused.value.code) == (400, "invalid")
