"""A core for the client and another for the server, where the system lets one choose."""

from __future__ import annotations

import os

_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def has_core_of_its_own() -> bool:
    """Whether the server's is another than the client's."""
    return len(_CORES) > 1


def keep_to_clients_core() -> None:
    """This process, from now on."""
    _keep_to(0)


def keep_to_servers_core() -> None:
    """This process, from now on."""
    _keep_to(1)


def _keep_to(position: int) -> None:
    if has_core_of_its_own():
        os.sched_setaffinity(0, {_CORES[position]})
