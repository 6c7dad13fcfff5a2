"""One process that holds another on a leash: `python -I -S leash.py PARENT LINK ... -- COMMAND`.

The parent never starts a server itself. It starts this file, which starts the server in a session
of its own and waits for whichever comes first:

    the server ends                      -> the leash ends with the server's exit status
    the link to the parent is closed     -> stop: the signal, a bounded wait, SIGKILL to the group
    the parent is no longer our parent   -> stop (a fork of the parent may hold the link open)
    SIGTERM, SIGINT or SIGHUP comes here -> stop

An orderly stop, a crash and `kill -9` of the parent therefore take one and the same path, and no
server outlives the run. Standard library only, and little of it, so that it starts in about 15 ms.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Sequence

PARENT_CHECK_S = 1.0
"""How often the leash looks whether its parent is still its parent, seconds."""

ASKED_TO_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main(argv: Sequence[str]) -> int:
    """Run the command after `--` until it ends or the parent is gone; its exit status.

    Before `--`: pid of the parent, descriptor of the link, number of the stop signal, seconds
    until SIGKILL, user id and group id (-1: keep ours), directories to remove afterwards. The pid
    of the started process and a line feed are written to the link once the command runs.
    """
    split = list(argv).index("--")
    parent, link, stop_signal = (int(word) for word in argv[:3])
    stop_bound_s, user, group = float(argv[3]), int(argv[4]), int(argv[5])
    os.set_inheritable(link, False)
    woken = _woken_by_signals()
    child = _start(argv[split + 1 :], user, group)
    _tell(link, child)
    status = _hold(child, parent, link, woken, stop_signal, stop_bound_s)
    _signal_group(child, signal.SIGKILL)
    for directory in argv[6:split]:
        _remove_tree(directory)
    return status


def _woken_by_signals() -> int:
    """A descriptor that gets one byte, the signal's number, for every signal that comes."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, *ASKED_TO_STOP):
        signal.signal(number, lambda _number, _frame: None)
    return read_end


def _start(command: Sequence[str], user: int, group: int) -> int:
    """The pid of the command, which runs by the time this returns (or has failed to)."""
    running, starting = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            _become(user, group)
            # Python ignores SIGPIPE, and what is ignored stays ignored in the new program.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execv(command[0], list(command))
        except OSError as error:
            os.write(2, f"cannot start {command[0]}: {error.strerror}\n".encode())
        os._exit(127)
    os.close(starting)
    # Ends when exec closes the other end: a signal sent from now on reaches the command itself.
    os.read(running, 1)
    os.close(running)
    return child


def _become(user: int, group: int) -> None:
    if user >= 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)


def _tell(link: int, child: int) -> None:
    try:
        os.write(link, f"{child}\n".encode())
    except OSError:
        return  # the parent is gone already, which the first look at the link will find


def _hold(
    child: int, parent: int, link: int, woken: int, stop_signal: int, stop_bound_s: float
) -> int:
    """Wait until the child has ended, stopping it when asked; its status as a shell gives it."""
    deadline_s: float | None = None
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if deadline_s is None:
            if _is_asked_to_stop(parent, link, woken):
                _signal_group(child, stop_signal)
                deadline_s = time.monotonic() + stop_bound_s
            continue
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            _signal_group(child, signal.SIGKILL)
            left_s = PARENT_CHECK_S
        select.select([woken], [], [], left_s)
        _signals(woken)


def _is_asked_to_stop(parent: int, link: int, woken: int) -> bool:
    """Wait for news, at most PARENT_CHECK_S, and say whether the news is to stop."""
    readable, _, _ = select.select([link, woken], [], [], PARENT_CHECK_S)
    asked = any(number in ASKED_TO_STOP for number in _signals(woken))
    # The parent writes nothing: a readable link is a closed one.
    return asked or link in readable or os.getppid() != parent


def _signals(woken: int) -> bytes:
    try:
        return os.read(woken, 64)
    except BlockingIOError:
        return b""


def _signal_group(child: int, number: int) -> None:
    try:
        os.killpg(child, number)
    except (ProcessLookupError, PermissionError):
        return  # nobody is left in the group (macOS says EPERM when only zombies are)


def _remove_tree(directory: str) -> None:
    """Remove a directory; a server killed a moment ago may still be writing its last file."""
    import shutil

    for _ in range(40):
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.lexists(directory):
            return
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
