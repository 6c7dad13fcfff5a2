"""The connection of a probe: kept, opened again when the platform has closed it, never trusted
after a failure."""

from __future__ import annotations

import socket
import threading
from contextlib import closing

import pytest

from targets.adapters.contract import Call
from targets.probe_transport import ProbeConnection, ProbeReplyError, send
from targets.target_file import PermittedTarget

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LAST = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class Platform:
    """Answers the requests of each accepted connection by the next list of `script`, and then
    closes it. `requests` holds what came, a list for each connection."""

    def __init__(self, *script: list[bytes]) -> None:
        self.requests: list[list[bytes]] = []
        self.closed = threading.Event()
        self._script = script
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> PermittedTarget:
        self._thread.start()
        host, port = self._listening.getsockname()
        return PermittedTarget(
            url=f"http://{host}:{port}/base", address=(host, port), environment="", adapter=""
        )

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)
        self._listening.close()

    def _serve(self) -> None:
        for replies in self._script:
            connection, _ = self._listening.accept()
            self.requests.append([])
            with connection:
                for reply in replies:
                    self.requests[-1].append(connection.recv(65_536))
                    connection.sendall(reply)
            self.closed.set()


@pytest.fixture
def call() -> Call:
    return Call(method="GET", path="/a?b=1")


def test_calls_share_a_connection(call: Call) -> None:
    platform = Platform([OK, OK, LAST])
    with platform as allowed, closing(ProbeConnection(allowed, timeout_s=30)) as connection:
        assert [connection.send(call).body for _ in range(3)] == [b"ok"] * 3
    (requests,) = platform.requests
    assert [each.splitlines()[0] for each in requests] == [b"GET /base/a?b=1 HTTP/1.1"] * 3


def test_a_connection_is_opened_again_after_the_platform_said_close(call: Call) -> None:
    platform = Platform([LAST], [LAST])
    with platform as allowed, closing(ProbeConnection(allowed, timeout_s=30)) as connection:
        assert [connection.send(call).status for _ in range(2)] == [200, 200]
    assert [len(each) for each in platform.requests] == [1, 1]


def test_a_connection_that_was_closed_while_idle_is_opened_again(call: Call) -> None:
    platform = Platform([OK], [LAST])
    with platform as allowed, closing(ProbeConnection(allowed, timeout_s=30)) as connection:
        connection.send(call)
        assert platform.closed.wait(30)
        assert connection.send(call).status == 200
    assert [len(each) for each in platform.requests] == [1, 1]


def test_a_connection_that_failed_is_not_used_again(call: Call) -> None:
    platform = Platform([b"SSH-2.0-nothing\r\n\r\n"], [LAST])
    with platform as allowed, closing(ProbeConnection(allowed, timeout_s=30)) as connection:
        with pytest.raises(ProbeReplyError):
            connection.send(call)
        assert connection.send(call).status == 200


def test_every_call_says_which_rehearsal_it_belongs_to() -> None:
    platform = Platform([LAST], [LAST])
    forged = Call(method="GET", path="/", headers={"X-Doorbuster-Rehearsal": "none of it"})
    with platform as allowed:
        send(forged, allowed, timeout_s=30)
        with closing(ProbeConnection(allowed, timeout_s=30, rehearsal="run-7")) as connection:
            connection.send(forged)
    first, second = (each[0] for each in platform.requests)
    assert b"\r\nX-Doorbuster-Rehearsal: probe\r\n" in first
    assert b"\r\nX-Doorbuster-Rehearsal: run-7\r\n" in second
