from __future__ import annotations

import asyncio
import os
import signal
import socket

import asyncpg
import nats
import pytest
import valkey

from targets.backing.child_process import ServiceStartError
from targets.backing.port import free_port, is_taken
from targets.backing.services import running_services
from tests.targets.backing.processes import (
    PATIENCE_S,
    descendants_of,
    parent_running,
    still_running_after_a_while,
)

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("services")


@pytest.fixture(scope="module")
def announced():
    return []


@pytest.fixture(scope="module")
def urls(directory, announced):
    with running_services(directory, announce=announced.append) as urls:
        yield urls


def test_postgres_takes_rows_and_keeps_chinese_names(urls):
    async def name_back():
        connection = await asyncpg.connect(urls.postgres)
        await connection.execute("CREATE TABLE product (name text)")
        await connection.execute("INSERT INTO product VALUES ($1)", "保温杯 ÉTÉ")
        lowered = await connection.fetchval("SELECT lower(name) FROM product")
        limit = await connection.fetchval("SHOW max_connections")
        await connection.close()
        return lowered, limit

    assert asyncio.run(name_back()) == ("保温杯 été", "200")


def test_valkey_counts_and_runs_scripts(urls):
    with valkey.from_url(urls.valkey) as client:
        client.set("stock:1", 5)
        assert client.eval("return server.call('DECRBY', KEYS[1], 2)", 1, "stock:1") == 3
        assert client.config_get("save") == {"save": ""}


def test_nats_has_a_durable_stream(urls):
    async def message_back():
        connection = await nats.connect(urls.nats)
        stream = connection.jetstream()
        await stream.add_stream(name="orders", subjects=["orders.*"])
        await stream.publish("orders.new", b"ticket-1")
        subscription = await stream.pull_subscribe("orders.*", durable="consumer")
        (message,) = await subscription.fetch(1, timeout=10)
        await connection.close()
        return message.data

    assert asyncio.run(message_back()) == b"ticket-1"


def test_every_server_listens_on_loopback_only(urls):
    import psutil

    assert sorted(urls.process_ids) == ["nats", "postgres", "valkey"]
    for pid in urls.process_ids.values():
        listening = [
            connection.laddr.ip
            for connection in psutil.Process(pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        assert listening == ["127.0.0.1"]


def test_every_server_is_announced_with_its_port(urls, announced):
    assert sorted(line.split()[0] for line in announced) == ["nats", "postgres", "valkey"]
    for line in announced:
        name, where, *_ = line.split()
        assert where in getattr(urls, name)


def test_running_servers_are_used_by_url_and_left_running(urls, tmp_path):
    existing = {"postgres": urls.postgres, "valkey": urls.valkey, "nats": urls.nats}
    with running_services(tmp_path, existing=existing, announce=lambda _: None) as used:
        assert (used.postgres, used.valkey, used.nats) == tuple(existing.values())
        assert used.process_ids == {}
    with valkey.from_url(urls.valkey) as client:
        assert client.ping()


def test_unreachable_existing_server_is_an_error_that_names_it(urls, tmp_path):
    port = free_port()
    existing = {
        "postgres": f"postgresql://postgres@127.0.0.1:{port}/shop",
        "valkey": urls.valkey,
        "nats": urls.nats,
    }
    with (
        pytest.raises(ServiceStartError, match=f"postgres at 127.0.0.1:{port} cannot be reached"),
        running_services(tmp_path, existing=existing, announce=lambda _: None),
    ):
        pass


def test_taken_port_is_an_error_that_names_port_and_holder(urls, tmp_path):
    existing = {"postgres": urls.postgres, "valkey": urls.valkey}
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        says = rf"nats: port {port} is taken by process {os.getpid()} \("
        with (
            pytest.raises(ServiceStartError, match=says),
            running_services(
                tmp_path, existing=existing, ports={"nats": port}, announce=lambda _: None
            ),
        ):
            pass


def test_stopped_servers_leave_their_logs_and_no_data(tmp_path):
    with running_services(tmp_path, announce=lambda _: None) as urls:
        pids = list(urls.process_ids.values())
        ports = [int(u.split(":")[-1].split("/")[0]) for u in (urls.postgres, urls.nats)]
    assert still_running_after_a_while(pids) == []
    assert not any(is_taken(port) for port in ports)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "nats.log",
        "postgres-initdb.log",
        "postgres.log",
        "valkey.log",
    ]
    assert "database system is shut down" in (tmp_path / "postgres.log").read_text()


def test_servers_stop_although_clients_are_connected(tmp_path):
    """PostgreSQL would wait for its clients for ever if it were asked politely."""

    async def leave_a_client_behind():
        with running_services(tmp_path, announce=lambda _: None) as urls:
            connection = await asyncpg.connect(urls.postgres)
            pids = list(urls.process_ids.values())
        connection.terminate()
        return pids

    assert still_running_after_a_while(asyncio.run(leave_a_client_behind())) == []


PARENT = """
import sys, time
from pathlib import Path
from targets.backing.services import running_services
with running_services(Path(sys.argv[1]), announce=lambda line: None):
    print("ready", flush=True)
    time.sleep(1000)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_server_outlives_its_parent(tmp_path, number):
    with parent_running(PARENT, str(tmp_path)) as parent:
        family = descendants_of(parent.pid)
        assert len(family) >= 6, "three leashes and three servers"
        os.kill(parent.pid, number)
        parent.wait(PATIENCE_S)
    assert still_running_after_a_while(family) == []
    assert {entry.suffix for entry in tmp_path.iterdir()} == {".log"}
