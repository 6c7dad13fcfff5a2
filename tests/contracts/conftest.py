"""The real reference shop for the contracts that need it, started once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenarios.transport.transport import Transport, one_by_one
from targets.adapters.contract import Call
from targets.adapters.conversation import Send
from targets.target_file import permitted

SALE = b'{"items": {"1": 50}, "limit_per_user": 1}'


@pytest.fixture(scope="session")
def send_to_shop() -> Iterator[Send]:
    """Sends to a running shop with SKU 1 on sale, which declines no payment."""
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
            with Transport(allowed.url, address=allowed.address, run_id="contracts") as transport:
                send = one_by_one(transport, within_s=10.0)
                assert send(opening).status == 200
                yield send
