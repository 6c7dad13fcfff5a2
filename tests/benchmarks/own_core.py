"""A core for the client and another for the server, where the system lets one choose."""

from __future__ import annotations

import os

_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def keep_to_clients_core() -> None:
    """This process, from now on."""
    _keep_to(0)


def keep_to_servers_core() -> None:
    """This process, from now on."""
    _keep_to(1)


def _keep_to(position: int) -> None:
    if len(_CORES) > 1:
        os.sched_setaffinity(0, {_CORES[position]})
