"""Payment: three simulated channels, and the ledger that says an order is paid once."""

from __future__ import annotations

import math
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from targets.reference.refusal import Refusal

# Relative service times; an even channel mix has the mean that the settings ask for.
_CHANNEL_FACTORS = {"wechat": 0.8, "alipay": 0.9, "unionpay": 1.3}
_SIGMA = 0.5

# The conditional UPDATE decides who pays, the ledger line belongs to the same statement.
_PAY = """
WITH paid AS (
    UPDATE orders SET state = 'paid', paid_at = now()
    WHERE order_id = $1 AND state = 'awaiting_payment' RETURNING order_id, total_cents)
INSERT INTO payments (order_id, channel, state, amount_cents)
SELECT order_id, $2, 'succeeded', total_cents FROM paid
"""
_DECLINE = """
INSERT INTO payments (order_id, channel, state, amount_cents)
SELECT order_id, $2, 'declined', total_cents FROM orders WHERE order_id = $1
"""
_STATE = "SELECT state FROM orders WHERE order_id = $1 AND user_name = $2"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChannel:
    """A payment provider as the shop feels it.

    The service time is log-normal with mean `mean_s` (mu = ln(mean_s) - sigma**2 / 2). A charge
    is named by its order, so a provider never takes the money of one order twice.
    """

    mean_s: float
    decline_ratio: float
    stream: random.Random
    sleep: Callable[[float], Awaitable[None]]

    async def charge(self) -> bool:
        """Whether the provider accepts, after its service time."""
        accepted = self.stream.random() >= self.decline_ratio
        if self.mean_s > 0:
            mu = math.log(self.mean_s) - _SIGMA**2 / 2
            await self.sleep(self.stream.lognormvariate(mu, _SIGMA))
        return accepted


def simulated_channels(
    mean_s: float, decline_ratio: float, seed: int, sleep: Callable[[float], Awaitable[None]]
) -> dict[str, PaymentChannel]:
    """WeChat, Alipay and UnionPay, each with its own random stream."""
    return {
        name: PaymentChannel(
            mean_s=mean_s * factor,
            decline_ratio=decline_ratio,
            stream=random.Random(f"payment/{name}/{seed}"),
            sleep=sleep,
        )
        for name, factor in _CHANNEL_FACTORS.items()
    }


async def pay(
    postgres: Any, channels: Mapping[str, PaymentChannel], user: str, order: str, channel: object
) -> dict[str, str]:
    """Pays an order; paying a paid order answers the same.

    Refuses with 400 an unknown channel, 404 an order that the user does not have, 402 a declined
    charge (the order still awaits payment), 409 an order that can no more be paid.
    """
    if not isinstance(channel, str) or channel not in channels:
        raise Refusal(400, "invalid", f"channel: must be one of {', '.join(channels)}")
    state = await postgres.fetchval(_STATE, order, user)
    if state is None:
        raise Refusal(404, "not_found", f"no order {order}")
    if state == "awaiting_payment":
        if not await channels[channel].charge():
            await postgres.execute(_DECLINE, order, channel)
            raise Refusal(402, "declined", f"{channel} declined the payment")
        await postgres.execute(_PAY, order, channel)
        state = await postgres.fetchval(_STATE, order, user)
    if state != "paid":
        raise Refusal(409, "not_payable", f"the order is {state}")
    return {"order": order, "state": state}
