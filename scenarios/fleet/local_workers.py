"""Workers on the master's own machine: child processes that end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Self

from scenarios.fleet.member import Member

LEAVE_WITHIN_S = 8.0


class LocalWorkers:
    """`count` workers for the master that listens on 127.0.0.1 at `port`.

    They are in process groups of their own, so that Ctrl-C reaches the master alone, which then
    tells them; and they look whether it is still their parent.
    """

    def __init__(self, count: int, port: int) -> None:
        words = [
            *(sys.executable, "-m", "doorbuster", "worker", "--master", f"127.0.0.1:{port}"),
            *("--parent", str(os.getpid())),
        ]
        self._children = {
            child.pid: child
            for child in (
                subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, process_group=0
                )
                for _ in range(count)
            )
        }

    def trouble(self) -> str:
        """Why the fleet cannot be complete any more; empty as long as all live."""
        ended = [pid for pid, child in self._children.items() if child.poll() is not None]
        return f"a worker (pid {ended[0]}) ended before the run began" if ended else ""

    def is_dead(self, member: Member) -> str:
        """How the process of `member` has ended; empty while it lives, or is none of ours."""
        child = self._children.get(member.hello.pid)
        status = child.poll() if child else None
        if status is None:
            return ""
        return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exited {status}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Waits until all have ended; whoever does not within LEAVE_WITHIN_S is killed."""
        if error is not None:
            for child in self._children.values():
                child.terminate()
        for child in self._children.values():
            try:
                child.wait(timeout=LEAVE_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
