"""A session that breaks in the middle leaves nothing open, and is in the audit log."""

from __future__ import annotations

import dataclasses

import pytest

from scenarios.shoppers.load_session import LoadSession
from tests.scenarios.shoppers.test_audited import lines, run_in
from tests.scenarios.transport.scripted_server import OK, replying, serving
from tests.scenarios.transport.sending import until


def test_a_session_that_breaks_is_closed_and_written_down_as_lost(tmp_path):
    with serving(replying(OK)) as server:
        run = dataclasses.replace(
            run_in(tmp_path),
            url="http://{}:{}".format(*server.address),
            address=server.address,
        )
        with pytest.raises(ZeroDivisionError), LoadSession(run):
            1 / 0  # noqa: B018
        assert not (run.directory / "control.json").exists()
        until(lambda: all(each.hung_up.is_set() for each in server.peers))
    _, end = lines(tmp_path)
    assert (end["event"], end["reason"]) == ("ended", "lost")
    assert end["detail"] == "ZeroDivisionError: division by zero"
