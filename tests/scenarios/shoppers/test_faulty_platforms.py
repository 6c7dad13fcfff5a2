"""Platforms that break in every way, played by the real player over real connections: each way
is an outcome with a class of its own in the record, and never a success."""

from __future__ import annotations

import contextlib
import gzip
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.record.outcome import Outcome
from reports.record.row import ActionRow
from scenarios.shoppers.clock import RunClock
from scenarios.shoppers.player import Player, PlayerOptions
from scenarios.transport.tls import tls_context
from targets.adapters.load import load_adapter
from tests.scenarios.shoppers.fakes import FakeAdapter, KeptRows
from tests.scenarios.transport.certificates import ca_file, over_tls
from tests.scenarios.transport.scripted_server import (
    OK,
    Peer,
    Talk,
    once,
    replying,
    serving,
    silent,
)
from tests.scenarios.transport.sending import transport_at, transport_to
from tests.scenarios.transport.test_following import redirect
from tests.sim.plans import HandMadePlan, action

ROOT = Path(__file__).parents[3]
TIMEOUT_S = 5.0


def resetting(peer: Peer) -> None:
    peer.read_request()
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Le")
    peer.ending.wait(0.05)
    peer.reset()


def hundred_megabytes(peer: Peer) -> None:
    peer.read_request()
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    for _ in range(1000):
        peer.say(bytes(100_000))


def gzip_page(body: bytes) -> bytes:
    packed = gzip.compress(body, compresslevel=1)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    return head % len(packed) + packed


def damaged(raw: bytes) -> bytes:
    """The last bytes of gzip are its checksum and size."""
    return raw[:-8] + b"!" * 8


def json_page(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@contextlib.contextmanager
def nobody() -> Iterator[str]:
    with serving(silent) as server:
        address = server.address
    yield "http://{}:{}".format(*address)


def played(
    url: str, *, adapter: object = None, step: str = "look", timeout_s: float = TIMEOUT_S, tls=None
) -> ActionRow:
    """The row of the one action that one visit at `url` came to."""
    port = int(url.rpartition(":")[2])
    plan = HandMadePlan(intended_s=[0.0], actions=(action(step),))
    rows = KeptRows()
    with transport_at(url, ("127.0.0.1", port), tls=tls) as transport:
        clock = RunClock(time.perf_counter())
        options = PlayerOptions(timeout_s=timeout_s)
        Player(plan, adapter or FakeAdapter(), transport, rows, clock, options).play()
    [row] = rows.actions
    return row


TALKS: dict[str, tuple[Talk, float, Outcome, str, int]] = {
    "closes_at_once": (once(b""), 5, Outcome.FAILED, "closed_early", 0),
    "closes_in_the_reply": (once(OK[:-1]), 5, Outcome.FAILED, "closed_early", 0),
    "resets_in_the_reply": (resetting, 5, Outcome.FAILED, "reset", 0),
    "garbage": (once(b"\x16\x03\x01\x02" * 99), 5, Outcome.FAILED, "not_http", 0),
    "another_protocol": (once(b"220 mail.example ESMTP\r\n"), 5, Outcome.FAILED, "not_http", 0),
    "no_such_status": (once(OK.replace(b"200", b"000")), 5, Outcome.FAILED, "not_http", 0),
    "a_hundred_megabytes": (hundred_megabytes, 20, Outcome.FAILED, "too_large", 0),
    "a_gzip_bomb": (once(gzip_page(bytes(30_000_000))), 20, Outcome.FAILED, "too_large", 0),
    "damaged_gzip": (once(damaged(gzip_page(b"x" * 9_999))), 5, Outcome.FAILED, "bad_encoding", 0),
    "silence": (silent, 0.2, Outcome.TIMED_OUT, "reply_timeout", 0),
    "a_redirect_loop": (replying(redirect("/")), 5, Outcome.FAILED, "redirect_loop", 302),
    "a_redirect_elsewhere": (
        replying(redirect("http://192.0.2.1/")), 5, Outcome.FAILED, "redirect_forbidden", 302,
    ),
    "a_redirect_to_nowhere": (
        replying(redirect("http://[")), 5, Outcome.FAILED, "bad_redirect", 302,
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", TALKS)
def test_a_fault_is_an_outcome_with_a_class(fault):
    talk, timeout_s, outcome, kind, status = TALKS[fault]
    with serving(talk) as server:
        row = played("http://{}:{}".format(*server.address), timeout_s=timeout_s)
    assert (Outcome(row.outcome), row.reason.partition(":")[0]) == (outcome, kind)
    assert row.status == status
    assert row.requests == (11 if kind == "redirect_loop" else 1)


def test_nobody_there_is_a_refusal():
    with nobody() as url:
        row = played(url)
    assert (Outcome(row.outcome), row.reason, row.requests) == (Outcome.FAILED, "refused", 1)


@pytest.mark.parametrize(
    ("host", "expired", "kind"),
    [
        ("127.0.0.1", True, "tls_expired"),
        ("other.example", False, "tls_wrong_host"),
        ("127.0.0.1", False, ""),
    ],
)
def test_a_bad_certificate_is_a_failure_and_a_good_one_is_not(host, expired, kind, tmp_path):
    with serving(over_tls(replying(OK), host, expired=expired)) as server:
        url = "https://{}:{}".format(*server.address)
        row = played(url, tls=tls_context(ca_file=ca_file(tmp_path)))
    assert row.reason.partition(":")[0] == kind
    assert row.outcome == (Outcome.FAILED if kind else Outcome.OK)


def test_a_certificate_of_nobody_trusted_is_a_failure():
    with serving(over_tls(replying(OK), "127.0.0.1")) as server:
        row = played("https://{}:{}".format(*server.address))
    assert (row.outcome, row.reason.partition(":")[0]) == (Outcome.FAILED, "tls_untrusted")


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"tok', b"[" * 100_000])
def test_a_200_with_the_wrong_json_is_judged_by_the_adapter(body):
    with serving(replying(json_page(body))) as server:
        url = "http://{}:{}".format(*server.address)
        row = played(url, adapter=load_adapter("reference"), step="log_in")
    assert (Outcome(row.outcome), row.status) == (Outcome.FAILED, 200)
    assert row.reason == "reply is not a JSON object"


def test_a_connection_that_was_closed_meanwhile_is_resent_and_recorded():
    def answers_once_then_hangs_up(peer: Peer) -> None:
        peer.read_request()
        peer.say(OK)
        peer.read_request()

    plan = HandMadePlan(intended_s=[0.0], actions=(action("look"), action("look", 0.01)))
    rows = KeptRows()
    with (
        serving(answers_once_then_hangs_up, replying(OK)) as server,
        transport_to(server) as transport,
    ):
        clock = RunClock(time.perf_counter())
        Player(plan, FakeAdapter(), transport, rows, clock, PlayerOptions()).play()
    assert [(row.outcome, row.requests, row.resends) for row in rows.actions] == [
        (Outcome.OK, 1, 0),
        (Outcome.OK, 1, 1),
    ]


OUT_OF_FILES = """
    import resource, sys
    from scenarios.transport.failure import TransportError
    from targets.adapters.contract import Call
    from tests.scenarios.transport.sending import transport_at

    port = int(sys.argv[1])
    with transport_at(f"http://127.0.0.1:{port}", ("127.0.0.1", port)) as to:
        call = Call(method="GET", path="/")
        to.send(call, within_s=20.0)
        to._home.pool.close()
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            to.send(call, within_s=20.0)
        except TransportError as error:
            print(error.reason)
"""


def test_no_open_files_left_is_a_class_of_its_own():
    with serving(replying(OK)) as server:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(OUT_OF_FILES), str(server.address[1])],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.stdout.strip(), done.stderr) == ("no_files", "")
