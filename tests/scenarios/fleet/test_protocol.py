"""Messages survive the wire, and what is no message is told apart from one."""

from __future__ import annotations

import contextlib

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.fleet.fleet_tally import ended_actions
from scenarios.fleet.protocol import (
    Grant,
    Hello,
    Job,
    ProtocolError,
    Ready,
    Refusal,
    Report,
    Segment,
    heard,
    told,
)

MESSAGES = (
    Hello(version="1", name="n", host="h", pid=1, cores=2),
    Job(
        worker=1,
        run_id="r",
        plan={"seed": None, "campaign": {"path": "p", "text": "t"}},
        adapter={"name": "fetch"},
        target={"address": ("127.0.0.1", 80), "verify": True},
        options={"in_flight_limit": 5, "timeout_s": 1.5},
    ),
    Refusal(why="no"),
    Ready(digest="d", trouble=""),
    Report(beat=3, sent_at_s=1.5, started_through={0: 7, 4: 2**62}, leaving=True),
    Grant(
        echo_at_s=None,
        heard_at_s=1.0,
        sent_at_s=2.0,
        duties=((1, 0, 2**62, (0, 5)), (2, 10, 20, (7,))),
        stop=("aborted", "errors > 20 %"),
    ),
    Segment(number=1, kind="actions", content=bytes(range(256))),
)


def over_the_wire(data):
    return msgpack.loads(msgpack.dumps(data), raw=False, strict_map_key=False)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_a_message_is_the_same_at_the_other_end(message):
    there = heard(type(message), over_the_wire(told(message)))
    assert over_the_wire(told(there)) == over_the_wire(told(message))
    if not isinstance(message, Job):  # whose free values keep the wire's lists
        assert there == message


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text()
    | st.binary(),
    lambda each: st.lists(each) | st.dictionaries(st.text() | st.integers(), each),
    max_leaves=8,
)  # fmt: skip


@given(
    kind=st.sampled_from([type(each) for each in MESSAGES]),
    field=st.sampled_from(sorted({name for each in MESSAGES for name in told(each)})),
    value=anything,
)
def test_a_message_with_a_wrong_value_is_no_message_and_breaks_nothing(kind, field, value):
    [good] = [each for each in MESSAGES if type(each) is kind]
    with contextlib.suppress(ProtocolError):
        message = heard(kind, {**told(good), field: value})
        if isinstance(message, Report):
            list(ended_actions(message, ["look"]))
            assert isinstance(message.beat, int)


@given(kind=st.sampled_from([type(each) for each in MESSAGES]), data=anything)
def test_what_is_no_message_at_all_is_refused(kind, data):
    with pytest.raises(ProtocolError):
        heard(kind, data)
