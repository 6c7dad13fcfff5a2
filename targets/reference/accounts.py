"""Shoppers and their bearer tokens, which any process verifies without a look-up."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from targets.reference.refusal import Refusal

TIERS = ("diamond", "gold", "silver", "regular")
_LONGEST_USER = 64

_LOGIN = """
INSERT INTO accounts (user_name, tier) VALUES ($1, $2)
ON CONFLICT (user_name) DO UPDATE SET tier = excluded.tier, last_login_at = now()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopper:
    """Who is asking."""

    user: str
    tier: str


class Accounts:
    """Logs shoppers in and knows them again; `clock` gives seconds since the epoch."""

    def __init__(
        self, postgres: Any, secret: bytes, life_s: float, clock: Callable[[], float]
    ) -> None:
        self._postgres = postgres
        self._secret = secret
        self._life_s = life_s
        self._clock = clock

    def _signature(self, payload: bytes) -> bytes:
        return urlsafe_b64encode(hmac.digest(self._secret, payload, "sha256"))

    def token(self, shopper: Shopper) -> str:
        """A token for this shopper, valid for the life given."""
        fields = [shopper.user, shopper.tier, int(self._clock() + self._life_s)]
        payload = urlsafe_b64encode(json.dumps(fields, ensure_ascii=False).encode())
        return (payload + b"." + self._signature(payload)).decode()

    def shopper(self, authorization: str | None) -> Shopper:
        """Whom an Authorization header names; refuses with 401 unless it is genuine and fresh."""
        scheme, _, token = (authorization or "").partition(" ")
        payload, _, signature = token.encode("latin-1", "replace").partition(b".")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            signature, self._signature(payload)
        ):
            raise Refusal(401, "unauthenticated", "a valid bearer token is needed, see /api/login")
        try:
            user, tier, expires_s = json.loads(urlsafe_b64decode(payload))
        except (ValueError, Base64Error) as error:
            raise Refusal(401, "unauthenticated", "the token cannot be read") from error
        if expires_s < self._clock():
            raise Refusal(401, "unauthenticated", "the token has expired")
        return Shopper(user=user, tier=tier)

    async def log_in(self, user: object, tier: object) -> dict[str, str]:
        """Records the login and answers with a token; refuses with 400 a wrong name or tier."""
        if not isinstance(user, str) or not 1 <= len(user) <= _LONGEST_USER or "\0" in user:
            raise Refusal(400, "invalid", f"user: must be a name of 1 to {_LONGEST_USER} letters")
        if not isinstance(tier, str) or tier not in TIERS:
            raise Refusal(400, "invalid", f"tier: must be one of {', '.join(TIERS)}")
        await self._postgres.execute(_LOGIN, user, tier)
        return {"token": self.token(Shopper(user=user, tier=tier)), "user": user, "tier": tier}
