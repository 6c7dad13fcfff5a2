from __future__ import annotations

from sim.answers.visit_timeline import visit_timeline
from sim.engine.contract import TraceEvent


def told(*events: tuple[float, int, str, str]) -> list[str]:
    return list(
        visit_timeline(
            TraceEvent(at_s=at_s, visit=3, action=action, what=what, where=where)
            for at_s, action, what, where in events
        )
    )


def test_a_wait_and_a_service_are_told_with_their_lengths():
    lines = told(
        (10.0, 0, "start", "pay"),
        (10.0, 0, "arrive", "desk"),
        (10.25, 0, "serve", "desk"),
        (10.5, 0, "done", "desk"),
        (10.5, 0, "end", "pay"),
    )
    assert lines == [
        "action 0: pay, due at 10.000 s",
        "       +0.000 ms   arrives at desk",
        "     +250.000 ms   is served by desk after a wait of 250 ms",
        "     +500.000 ms   leaves desk after a service of 250 ms",
        "     +500.000 ms   pay ends, 500 ms in all",
    ]


def test_nobody_waits_for_a_free_server():
    lines = told((1.0, 0, "start", "a"), (1.0, 0, "arrive", "d"), (1.0, 0, "serve", "d"))
    assert lines[-1].endswith("is served by d at once")


def test_what_goes_wrong_is_marked():
    lines = told(
        (1.0, 0, "start", "pay"),
        (1.0, 0, "try", "wechat"),
        (1.5, 0, "timeout", "wechat"),
        (1.5, 0, "retry", "wechat"),
    )
    assert lines[2] == "     +500.000 ms ! waits no longer for wechat after 500 ms"
    assert "!" not in lines[3]


def test_work_that_outlasts_its_action_is_told_with_it():
    lines = told(
        (0.0, 0, "start", "order"),
        (0.1, 0, "end", "order"),
        (2.0, 1, "start", "pay"),
        (7200.0, 0, "mark", "shipped"),
    )
    assert [line.split(":")[0] for line in lines if line.startswith("action")] == [
        "action 0", "action 1",
    ]  # fmt: skip
    assert "is shipped" in lines[2]
