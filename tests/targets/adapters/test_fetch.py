from __future__ import annotations

import pytest

from targets.adapters.load import load_adapter
from tests.targets.adapters.talks import action_of, page, talk


@pytest.mark.parametrize(
    ("status", "logged", "ended"),
    [
        (200, 0, ("ok", "")),
        (304, 0, ("ok", "")),
        (200, 404, ("ok", "")),
        (404, 404, ("rejected", "status 404, as logged")),
        (410, 404, ("rejected", "status 410, as logged")),
        (404, 0, ("failed", "status 404, not so in the log")),
        (404, 500, ("failed", "status 404, not so in the log")),
        (429, 0, ("rejected", "status 429")),
        (408, 408, ("failed", "status 408")),
        (500, 500, ("failed", "status 500")),
    ],
)
def test_a_reply_is_judged_against_the_log(
    status: int, logged: int, ended: tuple[str, str]
) -> None:
    action = action_of("fetch", path="/a?b=c")._replace(logged_status=logged)
    played = talk(load_adapter("fetch"), action, [page("", status)])
    assert (played.call.method, played.call.path) == ("GET", "/a?b=c")
    assert not played.call.follow, "the log has the redirect and where it led"
    assert played.ended == ended
