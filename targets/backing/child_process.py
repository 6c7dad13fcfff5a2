"""A server as a child process: started, waited for, stopped in bounded time, never orphaned.

Every child is started through `leash.py` in a session of its own. Ctrl-C in the terminal therefore
does not reach it before its parent has drained the run, and when the parent dies, however it dies,
the leash stops the child.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
POLL_S = 0.01
LOG_TAIL_LINES = 12
LEASH_GRACE_S = 5.0
"""How much longer than the child's own stop bound a leash is waited for, seconds."""


class ServiceStartError(Exception):
    """A server did not come up; the message names it, the reason, its log and the log's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A server that answers. `pid` is None for one that we have not started."""

    url: str
    pid: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildCommand:
    """What to start. `command[0]` is a path; output is appended to `directory/NAME.log`."""

    name: str
    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment of this process."""
    working_directory: Path = Path("/")
    user: tuple[int, int] | None = None
    """User and group id to run as; None keeps ours."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_bound_s: float = 10.0
    """Seconds between the stop signal and SIGKILL."""
    remove_after: Sequence[Path] = ()
    """Directories that the leash removes once the child has ended, whatever ended it."""

    def __post_init__(self) -> None:
        assert self.command, "a command has at least the program"
        assert os.path.isabs(self.command[0]), f"not an absolute path: {self.command[0]}"
        assert self.stop_bound_s > 0, self.stop_bound_s

    @property
    def log(self) -> Path:
        return self.directory / f"{self.name}.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildProcess:
    """A started child. `pid` is the server's own, `leash` the process that holds it."""

    name: str
    pid: int
    log: Path
    stop_bound_s: float
    leash: subprocess.Popen[bytes]
    link: socket.socket

    def exit_status(self) -> int | None:
        """None while it runs; afterwards the status as a shell gives it (128 + signal)."""
        return self.leash.poll()


@contextmanager
def running_process(
    command: ChildCommand,
    *,
    is_ready: Callable[[], bool],
    start_bound_s: float = 30.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[ChildProcess]:
    """Start a child, wait until `is_ready`, and stop it on leaving.

    `is_ready` is asked every 10 ms; an OSError from it means not yet. Leaving takes at most
    `command.stop_bound_s` plus a moment. ServiceStartError when the child ends before it is
    ready or is not ready within `start_bound_s` seconds.
    """
    child = _started(command)
    try:
        deadline_s = clock() + start_bound_s
        while not _answers(is_ready):
            check_running(child)
            if clock() > deadline_s:
                raise start_error(child, f"did not answer within {start_bound_s:g} s")
            sleep(POLL_S)
        # Somebody else may have answered on its port.
        check_running(child)
        yield child
    finally:
        stop(child)


def run_to_end(command: ChildCommand, *, bound_s: float = 60.0) -> None:
    """Run a child that is expected to end well by itself within `bound_s` seconds.

    ServiceStartError when it fails or takes longer (it is stopped then).
    """
    child = _started(command)
    try:
        status = child.leash.wait(bound_s)
        if status != 0:
            raise start_error(child, f"ended with status {status}")
    except subprocess.TimeoutExpired:
        raise start_error(child, f"did not end within {bound_s:g} s") from None
    finally:
        stop(child)


def stop(child: ChildProcess) -> None:
    """Stop a child and wait until it is gone; does nothing when it already is."""
    # Not only close: a fork of this process may hold the link open. OSError: the leash has
    # ended and closed its end.
    with child.link, suppress(OSError):
        child.link.shutdown(socket.SHUT_RDWR)
    try:
        status = child.leash.wait(child.stop_bound_s + LEASH_GRACE_S)
    except subprocess.TimeoutExpired:
        child.leash.kill()
        status = child.leash.wait()
    if status < 0:
        # The leash itself was killed, so nobody has stopped the child.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def check_running(child: ChildProcess) -> None:
    """Raise ServiceStartError when a child that should be running has ended."""
    if (status := child.exit_status()) is not None:
        raise start_error(child, f"ended with status {status}")


def start_error(child: ChildProcess, reason: str) -> ServiceStartError:
    """The error for a child that did not come up, with the last lines of its log."""
    lines = child.log.read_text(encoding="utf-8", errors="replace").splitlines()
    tail = "".join(f"\n  | {line}" for line in lines[-LOG_TAIL_LINES:])
    return ServiceStartError(f"{child.name} {reason}; its log is {child.log}{tail}")


def _started(command: ChildCommand) -> ChildProcess:
    command.directory.mkdir(parents=True, exist_ok=True)
    ours, theirs = socket.socketpair()
    with command.log.open("ab") as log, theirs:
        leash = subprocess.Popen(
            _leash_words(command, theirs.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **command.environment},
            cwd=command.working_directory,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    return ChildProcess(
        name=command.name,
        pid=int(_line(ours) or leash.pid),
        log=command.log,
        stop_bound_s=command.stop_bound_s,
        leash=leash,
        link=ours,
    )


def _leash_words(command: ChildCommand, link: int) -> list[str]:
    user, group = command.user or (-1, -1)
    return [
        *(sys.executable, "-I", "-S", str(LEASH)),
        *(str(os.getpid()), str(link)),
        *(str(int(command.stop_signal)), str(command.stop_bound_s), str(user), str(group)),
        *map(str, command.remove_after),
        *("--", *command.command),
    ]


def _line(link: socket.socket) -> bytes:
    """What the leash says first; empty when it ended without a word."""
    said = b""
    while not said.endswith(b"\n") and (more := link.recv(32)):
        said += more
    return said.strip()


def _answers(is_ready: Callable[[], bool]) -> bool:
    try:
        return is_ready()
    except OSError:
        return False
