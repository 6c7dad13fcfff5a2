"""The real reference shop for the contracts that need it, started once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from targets.adapters.contract import Call, Reply
from targets.probe_transport import send
from targets.target_file import PermittedTarget, permitted

SALE = b'{"items": {"1": 50}, "limit_per_user": 1}'


@pytest.fixture(scope="session")
def shop() -> Iterator[PermittedTarget]:
    """A running shop with SKU 1 on sale, which declines no payment."""
    from targets.embedded import running_reference_shop

    with (
        pytest.MonkeyPatch.context() as environment,
        tempfile.TemporaryDirectory(prefix="doorbuster-contracts-") as directory,
    ):
        environment.setenv("SHOP_PAYMENT_DECLINE_RATIO", "0")
        with running_reference_shop(Path(directory), announce=lambda _: None) as address:
            allowed = permitted(address.url, adapter=None, peak_rate_per_s=0.0)
            headers = {"Content-Type": "application/json"}
            opening = Call(method="POST", path="/admin/flash-sales", headers=headers, body=SALE)
            assert send(opening, allowed, timeout_s=10.0).status == 200
            yield allowed


@pytest.fixture
def send_to_shop(shop: PermittedTarget) -> Callable[[Call], Reply]:
    def send_after_pause(call: Call) -> Reply:
        time.sleep(call.after_s)
        return send(call, shop, timeout_s=10.0)

    return send_after_pause
