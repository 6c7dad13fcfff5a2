"""`doorbuster target probe` against a small server on the loopback."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reports.documents.mistake import DocumentError
from reports.slo.exit_code import ExitCode
from targets.backing.port import free_port
from targets.probe_command import probe
from targets.target_file import TargetNotAllowedError, TargetUnreachableError

ADAPTER = """
adapter: small
steps:
  log_in:
    path: /login
    json: {name: "{{ user }}"}
    carry: {token: $.token}
  view: {path: "/base?sku={{ sku }}", headers: {X-Token: "{{ token }}", X-Name: 手机}}
  buy:
    path: /buy
    method: POST
    rules: [{rejected: {json: $.code, equals: 7}}]
  thank: GET /thanks
"""


class _Shop(BaseHTTPRequestHandler):
    """Answers the steps above; `seen` keeps the requests."""

    seen: list[tuple[str, str, dict[str, str]]]

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        self.seen.append((self.command, self.path, dict(self.headers)))
        body = {"/login": '{"token": "t-1"}', "/buy": '{"code": 7}'}.get(self.path, "a\nb\n" * 9)
        self.send_response(200)
        self.send_header("Set-Cookie", "sid=s-1; Path=/; HttpOnly")
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def seen() -> list[tuple[str, str, dict[str, str]]]:
    return []


@pytest.fixture
def url(seen: list[tuple[str, str, dict[str, str]]]) -> Iterator[str]:
    handler = type("Shop", (_Shop,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def adapter(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(ADAPTER, encoding="utf-8")
    return str(file)


def probed(*words: str) -> Result:
    return CliRunner().invoke(probe, words)


def test_a_probe_shows_every_call_its_reply_and_what_decided(url: str, adapter: str) -> None:
    shown = probed("--target", url, "--adapter", adapter, "--sku", "5")
    assert shown.exit_code == ExitCode.VIOLATED
    for told in (
        "POST /login  ->  200", 'sent     {"name":"shopper-1000000000"}', '| {"token": "t-1"}',
        "carried  token = t-1", "carried  cookie sid = s-1", "GET /base?sku=5  ->  200",
        "... 36 bytes", "rule     default 2xx, 3xx", "rule     buy[0].rules[0] rejected",
        "rejected: 7", "3 of 4 steps walked",
    ):  # fmt: skip
        assert told in shown.output
    assert "/thanks" not in shown.output


def test_every_request_of_a_probe_says_that_it_is_one(
    url: str, adapter: str, seen: list[tuple[str, str, dict[str, str]]]
) -> None:
    probed("--target", f"{url}/under/", "--adapter", adapter)
    assert seen[0][:2] == ("POST", "/under/login")
    assert {headers["X-Doorbuster-Rehearsal"] for *_, headers in seen} == {"probe"}
    assert seen[0][2]["Host"] == url.removeprefix("http://")


def test_a_probe_sends_carried_values_and_cookies(
    url: str, adapter: str, seen: list[tuple[str, str, dict[str, str]]]
) -> None:
    probed("--target", url, "--adapter", adapter)
    _, _, headers = seen[1]
    assert headers["X-Token"] == "t-1"
    assert headers["Cookie"] == "sid=s-1"
    assert headers["X-Name"].encode("latin-1").decode() == "手机"


def test_a_probe_prints_one_json_document(url: str, adapter: str) -> None:
    shown = probed("--target", url, "--adapter", adapter, "--json", "--visit", "3")
    document = json.loads(shown.output)
    assert (document["steps"], document["steps_walked"]) == (4, 3)
    assert [each["step"] for each in document["calls"]] == ["log_in", "view", "buy"]
    assert document["calls"][0]["sent"] == '{"name":"shopper-3"}'
    assert document["calls"][2]["outcome"] == "rejected"


def test_a_funnel_that_ends_ok_exits_with_zero(url: str, tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text("adapter: a\nsteps: {view: GET /}", encoding="utf-8")
    assert probed("--target", url, "--adapter", str(file)).exit_code == ExitCode.MET
    assert probed("--target", url, "--adapter", "fetch").exit_code == ExitCode.MET


def test_a_platform_that_is_down_is_told_with_its_address(adapter: str) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = probed("--target", url, "--adapter", adapter)
    assert isinstance(result.exception, TargetUnreachableError)
    assert f"{url}: POST /login: " in str(result.exception)


@pytest.mark.parametrize("host", ["192.0.2.1", "[2001:db8::1]", "0.0.0.0", "10.0.0.1"])
def test_only_this_machine_is_probed_without_a_target_file(host: str, adapter: str) -> None:
    """The addresses are of RFC 5737 and RFC 3849, for documentation: nobody answers there."""
    result = probed("--target", f"http://{host}:9", "--adapter", adapter)
    assert isinstance(result.exception, TargetNotAllowedError)


def test_a_bad_adapter_file_is_told_before_anything_is_sent(
    url: str, tmp_path: Path, seen: list[tuple[str, str, dict[str, str]]]
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("adapter: a\nsteps: {view: GET}", encoding="utf-8")
    result = probed("--target", url, "--adapter", str(file))
    assert isinstance(result.exception, DocumentError)
    assert seen == []


def test_a_server_that_does_not_speak_http_is_unreachable(adapter: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"SSH-2.0-nothing\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        result = probed("--target", url, "--adapter", adapter)
        thread.join()
    assert isinstance(result.exception, TargetUnreachableError)
