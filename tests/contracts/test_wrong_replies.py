"""Replies that make no sense: every adapter ends the step, and none breaks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.adapters.contract import RUN, Reply
from targets.adapters.load import load_adapter
from tests.contracts.test_adapters import EXAMPLE
from tests.targets.adapters.talks import action_of, talk

NAMES = ["reference", str(EXAMPLE), "fetch"]
NESTED = b"[" * 200_000
WRONG = [
    b"",
    b"<html>",
    b"null",
    b"[]",
    b"{}",
    b'{"token": null}',
    b"\xff\xfe",
    NESTED,
    b"9" * 5_000,
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["token", "state", "order", "ticket", "code"]), inner)
    ),
    max_leaves=6,
)
REPLIES = st.builds(
    lambda status, body: Reply(status=status, body=body),
    st.sampled_from([200, 201, 302, 402, 409, 429, 500, 599, 999]),
    st.binary(max_size=20) | VALUES.map(lambda value: json.dumps(value).encode()),
)


@pytest.mark.parametrize("body", WRONG, ids=lambda body: repr(body[:12]))
@pytest.mark.parametrize("name", NAMES[:2], ids=["by_hand", "by_file"])
def test_a_200_with_the_wrong_json_fails_a_step_that_needs_it(name, body):
    played = talk(load_adapter(name), "log_in", lambda _: Reply(status=200, body=body))
    assert played.result.outcome == "failed"
    assert played.result.reason


@pytest.mark.parametrize("name", NAMES, ids=["by_hand", "by_file", "fetch"])
def test_no_reply_whatever_breaks_an_adapter(name):
    adapter = load_adapter(name)

    @settings(max_examples=60, deadline=None)
    @given(step=st.sampled_from(sorted(adapter.steps)), reply=REPLIES)
    def holds(step, reply):
        action = action_of(step, path="/a")
        played = talk(adapter, action, lambda _: reply, memory={RUN: "r", "order": 1})
        assert played.result.outcome in {"ok", "rejected", "failed"}

    holds()
