from __future__ import annotations

import pytest

from targets.adapters.load import load_adapter
from tests.targets.adapters.talks import action_of, page, talk


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        (200, ("ok", "")),
        (304, ("ok", "")),
        (404, ("rejected", "status 404")),
        (410, ("rejected", "status 410")),
        (429, ("rejected", "status 429")),
        (408, ("failed", "status 408")),
        (500, ("failed", "status 500")),
    ],
)
def test_an_address_that_the_log_had_wrong_is_no_failure(
    status: int, ended: tuple[str, str]
) -> None:
    action = action_of("fetch", path="/a?b=c")
    played = talk(load_adapter("fetch"), action, [page("", status)])
    assert (played.call.method, played.call.path) == ("GET", "/a?b=c")
    assert played.ended == ended
