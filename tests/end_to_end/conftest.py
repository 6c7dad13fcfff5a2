from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.command import Finished, doorbuster, write_workspace
from tests.scenarios.transport.scripted_server import Peer, ScriptedServer, serving


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A rehearsal that has ended, and the directory that it left behind."""

    finished: Finished
    directory: Path
    workspace: Path

    def text(self, name: str) -> str:
        return (self.directory / name).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """The short campaign on the real servers, from start to report, once for all tests."""
    workspace = write_workspace(tmp_path_factory.mktemp("rehearsed"))
    finished = doorbuster(workspace, "rehearse", "short.yaml", "--out", "out")
    assert finished.code == 0, finished.said
    [directory] = (workspace / "out").iterdir()
    return Rehearsed(finished=finished, directory=directory, workspace=workspace)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return write_workspace(tmp_path)


def answer(peer: Peer) -> None:
    """Answers everything with 200."""
    while True:
        head = peer.read_request().startswith(b"HEAD")
        peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + b"" * head + b"ok" * (not head))


def answer_heads_only(peer: Peer) -> None:
    """Is there, and never answers a shopper."""
    while True:
        if peer.read_request().startswith(b"HEAD"):
            peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")


@pytest.fixture
def platform() -> Iterator[ScriptedServer]:
    with serving(answer) as server:
        yield server


@pytest.fixture
def stuck_platform() -> Iterator[ScriptedServer]:
    with serving(answer_heads_only) as server:
        yield server
