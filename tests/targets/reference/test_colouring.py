from __future__ import annotations

import pytest

from targets.reference.colouring import Colouring

TRACE = b"4bf92f3577b34da6a3ce929d0e0e4736"


def test_an_answer_reports_colour_and_trace_id_of_its_request():
    asked = [
        (b"host", b"shop"),
        (b"x-colour", b"run-7"),
        (b"traceparent", b"00-" + TRACE + b"-00f067aa0ba902b7-01"),
    ]
    assert Colouring("X-Colour").reported(asked) == [
        (b"x-colour", b"run-7"),
        (b"x-trace-id", TRACE),
    ]


def test_an_uncoloured_request_gets_nothing():
    assert Colouring("X-Colour").reported([(b"host", b"shop")]) == []


@pytest.mark.parametrize(
    "written", [b"", b"00", b"00-" + TRACE, b"zz-" + TRACE + b"-00f067aa0ba902b7-01", TRACE]
)
def test_a_damaged_trace_context_is_not_reported(written):
    assert Colouring("X-Colour").reported([(b"traceparent", written)]) == []


@pytest.mark.servers
@pytest.mark.parametrize("path", ["/health", "/api/products/1", "/api/nothing"])
def test_the_shop_reports_the_colour_whatever_it_answers(web, path):
    trace = TRACE.decode()
    headers = {"X-Traffic-Colour": "run-7", "Traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    answer = web.ask("GET", path, headers=headers)
    assert answer.headers["x-traffic-colour"] == "run-7"
    assert answer.headers["x-trace-id"] == trace
