"""The whole platform on its real servers, as a library and through the verbs."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from reports.slo.exit_code import ExitCode
from targets import commands
from targets.backing.child_process import ServiceStartError
from targets.detached import state_file
from targets.embedded import is_healthy, running_reference_shop
from tests.targets.backing.processes import (
    ROOT,
    children_since,
    descendants_of,
    parent_running,
    still_running_after_a_while,
)


@contextmanager
def doorbuster_target(*words: object) -> Iterator[subprocess.Popen[str]]:
    """`doorbuster target WORDS`; killed if still there, for Popen would wait for it for ever."""
    with subprocess.Popen(
        [sys.executable, "-m", "doorbuster", "target", *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as verb:
        try:
            yield verb
        finally:
            verb.kill()


def ran(*words: object) -> tuple[int, str, str]:
    with doorbuster_target(*words) as verb:
        said, complained = verb.communicate(timeout=240)
    return verb.returncode, said, complained


@pytest.fixture
def workspace(tmp_path):
    """A workspace whose targets are taken down whatever happens."""
    yield tmp_path
    for state in (tmp_path / "runs" / "targets").glob("*.json"):
        ran("down", "--name", state.stem, "--workspace", tmp_path)


@pytest.mark.servers
def test_shop_serves_its_catalogue_from_two_processes(tmp_path):
    said = []
    with running_reference_shop(tmp_path, web_processes=2, announce=said.append) as shop:
        assert sorted(shop.process_ids) == [
            *("consumer", "nats", "postgres", "valkey", "web-1", "web-2")
        ]
        assert is_healthy(shop.url)
        connection = http.client.HTTPConnection(shop.url.removeprefix("http://"), timeout=20)
        connection.request("GET", "/api/products/1")
        reply = connection.getresponse()
        assert (reply.status, json.load(reply)["sku"]) == (200, "1")
        connection.close()
    assert still_running_after_a_while(shop.process_ids.values()) == []
    assert not is_healthy(shop.url)
    logs = {"consumer", "nats", "postgres", "postgres-initdb", "seed", "valkey", "web-1", "web-2"}
    assert {entry.stem for entry in tmp_path.iterdir()} == logs
    assert [line.split()[0] for line in said[-2:]] == ["seed", "shop"]


@pytest.mark.parametrize("web_processes", [1, 2])
def test_taken_web_port_is_an_error_before_anything_is_started(tmp_path, web_processes):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        shop = running_reference_shop(
            tmp_path, port=port, web_processes=web_processes, announce=lambda _: None
        )
        with pytest.raises(ServiceStartError, match=f"web: port {port} is taken by process"), shop:
            pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.servers
def test_part_of_the_shop_that_does_not_start_stops_the_rest(tmp_path, monkeypatch):
    before = descendants_of(os.getpid())
    monkeypatch.setenv("SHOP_PAYMENT_DECLINE_RATIO", "7")
    with (
        pytest.raises(ServiceStartError, match=r"(?s)seed ended with status 2.*between 0 and 1"),
        running_reference_shop(tmp_path, announce=lambda _: None),
    ):
        pass
    assert children_since(before) == []


PARENT = """
import sys, time
from pathlib import Path
from targets.embedded import running_reference_shop
with running_reference_shop(Path(sys.argv[1]), announce=lambda line: None):
    print("ready", flush=True)
    time.sleep(1000)
"""


@pytest.mark.servers
def test_no_part_of_the_shop_outlives_its_killed_parent(tmp_path):
    with parent_running(PARENT, str(tmp_path)) as parent:
        family = descendants_of(parent.pid)
        assert len(family) >= 10, "five leashes, three servers, consumer and web"
        parent.kill()
        parent.wait()
    assert still_running_after_a_while(family) == []


@pytest.mark.servers
@pytest.mark.slow
def test_target_is_up_until_it_is_taken_down(workspace):
    status, said, complained = ran("up", "--workspace", workspace, "--json")
    assert status == ExitCode.MET, complained
    target = json.loads(said)
    assert is_healthy(target["url"])

    _, listed, _ = ran("list", "--workspace", workspace, "--json")
    assert json.loads(listed) == [{**target, "health": "healthy"}]

    status, _, complained = ran("up", "--workspace", workspace)
    assert status == ExitCode.USAGE
    assert f"already up at {target['url']}" in complained

    port = target["url"].split(":")[-1]
    status, _, complained = ran("up", "--workspace", workspace, "--name", "b", "--port", port)
    assert status == ExitCode.TARGET_UNREACHABLE
    assert f"error: web: port {port} is taken by process" in complained

    status, said, _ = ran("down", "--workspace", workspace)
    assert status == ExitCode.MET
    assert said.startswith("reference stopped in ")
    pids = [target["pid"], *target["process_ids"].values()]
    assert still_running_after_a_while(pids) == []
    assert (Path(target["log"]) / "web.log").exists()


@pytest.mark.servers
@pytest.mark.slow
def test_target_whose_supervisor_was_killed_is_gone_and_leaves_nothing(workspace):
    status, said, complained = ran("up", "--workspace", workspace, "--json")
    assert status == ExitCode.MET, complained
    target = json.loads(said)
    os.kill(target["pid"], signal.SIGKILL)
    assert still_running_after_a_while([target["pid"], *target["process_ids"].values()]) == []
    _, listed, _ = ran("list", "--workspace", workspace)
    assert listed.splitlines()[1].endswith("  gone")
    status, said, complained = ran("down", "--workspace", workspace)
    assert status == ExitCode.MET, complained
    assert said.startswith("reference had ended by itself")
    assert not state_file(workspace, "reference").exists()


@pytest.mark.servers
def test_interrupted_start_leaves_nothing(workspace):
    with doorbuster_target("up", "--workspace", workspace) as verb:
        assert verb.stderr is not None
        assert verb.stderr.readline(), "the first server is up"
        family = descendants_of(verb.pid)
        verb.send_signal(signal.SIGINT)
        _, complained = verb.communicate(timeout=240)
    assert verb.returncode == ExitCode.INTERRUPTED
    assert complained.endswith("interrupted: target reference was stopped\n")
    assert still_running_after_a_while(family) == []
    assert not state_file(workspace, "reference").exists()


@pytest.mark.servers
def test_foreground_target_ends_with_ctrl_c(workspace):
    with doorbuster_target("up", "--workspace", workspace, "--foreground") as verb:
        assert verb.stdout is not None
        assert verb.stdout.readline().startswith("reference is up at http://127.0.0.1:")
        family = descendants_of(verb.pid)
        verb.send_signal(signal.SIGINT)
        verb.communicate(timeout=240)
    assert verb.returncode == ExitCode.INTERRUPTED
    assert still_running_after_a_while(family) == []


def test_unreachable_service_url_is_told_and_the_exit_code_says_target(workspace):
    services = [
        *("--postgres", "postgresql://127.0.0.1:1/shop"),
        *("--valkey", "redis://127.0.0.1:1", "--nats", "nats://127.0.0.1:1"),
    ]
    status, _, complained = ran("up", "--workspace", workspace, *services)
    assert status == ExitCode.TARGET_UNREACHABLE
    assert "error: postgres at 127.0.0.1:1 cannot be reached" in complained
    assert "Traceback" not in complained


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["up", "--name", "../x"], 'letters, digits, "-" and "_" only, got "../x"'),
        (["up", "--port", "70000"], "70000 is not in the range"),
        (["up", "--postgres", "http://x"], "must begin with postgresql:// or postgres://"),
        (["up", "--nats", "nats://"], "must name a host"),
        (["up", "--valkey", "valkey://x:99999"], "must have a port between 0 and 65535"),
    ],
)
def test_mistake_in_an_option_is_a_usage_error(words, says):
    result = CliRunner().invoke(commands.target, words)
    assert result.exit_code == ExitCode.USAGE
    assert says in result.output


@pytest.mark.parametrize("verb", ["up", "down", "list"])
def test_every_verb_shows_an_example(verb):
    result = CliRunner().invoke(commands.target, [verb, "--help"])
    assert result.exit_code == 0
    assert re.search(rf"Examples:\s+doorbuster target {verb}", result.output)


def test_nothing_to_take_down_is_told_and_not_an_error(tmp_path):
    result = CliRunner().invoke(commands.target, ["down", "--workspace", str(tmp_path)])
    assert (result.exit_code, result.output) == (0, f"no target reference is up in {tmp_path}\n")
