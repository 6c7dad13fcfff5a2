"""Machines that are none: network namespaces on a bridge, each with an address of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ADDRESS = "10.213.77.{}"
"""A private network that exists inside of the namespaces only."""


@dataclass(frozen=True)
class Machine:
    """Number 1 holds the bridge; the others hang on it."""

    number: int
    name: str
    address: str

    def command(self, *words: str) -> list[str]:
        """`words` as a command that runs there."""
        return ["ip", "netns", "exec", self.name, *words]

    @property
    def plug(self) -> str:
        """The end of this machine's cable that is at the bridge."""
        return f"dbplug{self.number}"


class NotPermittedError(Exception):
    """This system lets us make no namespaces."""


def ip(*words: str) -> None:
    run("ip", *words)


def run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotPermittedError(f"{' '.join(words)}: {done.stderr.strip()}")


@contextmanager
def machines(count: int) -> Iterator[list[Machine]]:
    """`count` machines that reach each other. Raises NotPermittedError."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        raise NotPermittedError("needs root and the command ip")
    made = [
        Machine(number, f"doorbuster-{os.getpid()}-{number}", ADDRESS.format(number))
        for number in range(1, count + 1)
    ]
    try:
        for each in made:
            ip("netns", "add", each.name)
            ip("-n", each.name, "link", "set", "lo", "up")
        first = made[0]
        ip("-n", first.name, "link", "add", "dbbridge", "type", "bridge")
        ip("-n", first.name, "addr", "add", f"{first.address}/24", "dev", "dbbridge")
        ip("-n", first.name, "link", "set", "dbbridge", "up")
        for each in made[1:]:
            _plug_in(first, each)
        yield made
    finally:
        for each in made:
            subprocess.run(["ip", "netns", "del", each.name], capture_output=True, check=False)


def _plug_in(bridge: Machine, machine: Machine) -> None:
    ip(
        *("-n", bridge.name, "link", "add", machine.plug, "type", "veth"),
        *("peer", "name", "eth0", "netns", machine.name),
    )
    ip("-n", bridge.name, "link", "set", machine.plug, "master", "dbbridge", "up")
    ip("-n", machine.name, "addr", "add", f"{machine.address}/24", "dev", "eth0")
    ip("-n", machine.name, "link", "set", "eth0", "up")


def unplug(bridge: Machine, machine: Machine) -> None:
    ip("-n", bridge.name, "link", "set", machine.plug, "down")
