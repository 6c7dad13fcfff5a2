"""A run's way to its target leads to what was permitted and looked up, and to nowhere else."""

from __future__ import annotations

import socket

import pytest

from reports.documents.mistake import DocumentError
from scenarios.rehearsal.plan_request import RunRequest
from scenarios.rehearsal.run_request import requested_run
from scenarios.shoppers.load_run import LoadRun
from scenarios.transport.failure import TransportError
from targets.adapters.contract import Call
from tests.scenarios.transport.scripted_server import OK, Peer, replying, serving

TARGET = "target: t\nurl: {url}\nenvironment: test\nlargest_rate: 100/s\nadapter: mine.py\n"
ADAPTER = """\
from targets.adapters.contract import Call, StepResult

STEPS = ("pay",)


def play(visit, action, memory):
    yield Call(method="GET", path="/")
    return StepResult(outcome="ok")
"""
CAMPAIGN = """\
campaign: c
phases: [{name: a, duration: 5s, at: 20/s}]
products: {catalogue: 10}
personas: [{name: a, share: 100 %}]
funnel: [{step: pay}]
"""


@pytest.fixture(autouse=True)
def _in_a_workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(ADAPTER)
    (tmp_path / "c.yaml").write_text(CAMPAIGN)


def run_against(tmp_path, url: str, more: str = "") -> LoadRun:
    (tmp_path / "t.yaml").write_text(TARGET.format(url=url) + more)
    return requested_run(RunRequest(campaign="c.yaml", target="t.yaml"))


def leading_to(url: str):
    def talk(peer: Peer) -> None:
        while True:
            peer.read_request()
            peer.say(f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode())

    return talk


def resolving_to(monkeypatch, port_of: dict[str, str]) -> list[str]:
    """A resolver of names of our own; the list of those that it was asked for."""
    asked: list[str] = []

    def found(host, port, *_, **__):
        asked.append(host)
        if host not in port_of:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (port_of[host], port))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return asked


def get(run: LoadRun):
    with run.transport() as transport:
        return transport.send(Call(method="GET", path="/"), within_s=5.0)


def test_a_redirect_leads_to_an_origin_of_the_target_file_by_its_looked_up_address(
    tmp_path, monkeypatch
):
    """Whatever the names point to once the run has begun: nothing is looked up any more."""
    with serving(replying(OK)) as login:
        port = login.address[1]
        with serving(leading_to(f"http://login.example:{port}/in")) as shop:
            names = {"shop.example": "127.0.0.1", "login.example": "127.0.0.1"}
            asked = resolving_to(monkeypatch, names)
            hosts = f"hosts: ['http://login.example:{port}']\n"
            run = run_against(tmp_path, f"http://shop.example:{shop.address[1]}", hosts)
            assert sorted(asked) == ["login.example", "shop.example"]
            asked.clear()
            names.update(dict.fromkeys(names, "192.0.2.66"))
            assert get(run).body == b"ok"
            assert asked == []
        assert len(login.requests) == 1


def test_a_redirect_to_an_origin_that_nobody_named_is_not_followed(tmp_path):
    with serving(replying(OK)) as other:
        elsewhere = f"http://127.0.0.1:{other.address[1]}/in"
        with serving(leading_to(elsewhere)) as shop:
            run = run_against(tmp_path, f"http://127.0.0.1:{shop.address[1]}")
            with pytest.raises(TransportError, match="redirect_forbidden"):
                get(run)
        assert other.requests == []


def test_the_limits_of_the_target_are_those_of_the_run(tmp_path):
    run = run_against(tmp_path, "http://127.0.0.1:9", "largest_duration: 5s\n")
    assert run.protection.limits.largest_rate_per_s == 100.0
    assert run.protection.limits.largest_duration_s == 5.0
    assert run.manifest().guards == ()


def test_the_largest_reply_of_the_target_is_that_of_the_run(tmp_path):
    with serving(replying(OK)) as shop:
        url = f"http://127.0.0.1:{shop.address[1]}"
        assert get(run_against(tmp_path, url, "largest_reply: 2B\n")).body == b"ok"
        with pytest.raises(TransportError, match="too_large"):
            get(run_against(tmp_path, url, "largest_reply: 1B\n"))


@pytest.mark.parametrize(("text", "told"), [(None, "No such file"), ("x", "no certificate")])
def test_certificates_that_cannot_be_used_are_told_before_the_run(tmp_path, text, told):
    if text is not None:
        (tmp_path / "ca.pem").write_text(text)
    with pytest.raises(DocumentError, match=f"--target: ca_file: .*{told}"):
        run_against(tmp_path, "https://127.0.0.1:9", "ca_file: ca.pem\n")
