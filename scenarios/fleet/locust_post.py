"""Carries a fleet's messages over Locust's master and workers.

Locust connects, knows its workers by name, keeps the connection alive and tells apart its own
messages from custom ones; ours are custom messages. Its users and its spawning are not used:
visits are paced by the plan.
"""

from __future__ import annotations

import logging
import socket
import time
from typing import Any

import zmq
from gevent.queue import Empty, Queue
from locust.env import Environment
from locust.exception import RPCError
from locust.runners import MasterRunner, Runner, WorkerRunner

from scenarios.fleet.post import Parcel
from scenarios.fleet.protocol import FleetError, kind_of, told

LINGER_MS = 200
"""How long the last messages may take to leave after the end."""


class _Letterbox:
    """Puts the messages of `kinds` that `runner` hears in a queue."""

    def __init__(self, runner: Runner, kinds: tuple[type, ...]) -> None:
        self._parcels: Queue[Parcel] = Queue()
        for kind in kinds:
            name = kind.__name__
            runner.register_message(kind_of(name), self._listener(name))

    def _listener(self, name: str) -> Any:
        def listen(environment: Environment, msg: Any) -> None:  # noqa: ARG001 - Locust's names
            at_s = time.perf_counter()
            self._parcels.put(Parcel(client=msg.node_id, kind=name, data=msg.data, at_s=at_s))

        return listen

    def receive(self, within_s: float) -> Parcel | None:
        try:
            return self._parcels.get(timeout=within_s) if within_s > 0 else self._parcels.get(False)
        except Empty:
            return None


class LocustMasterPost:
    """A master's end. `port` 0 takes a free one; see `port` then.

    Raises FleetError when `host` and `port` cannot be listened on.
    """

    def __init__(self, host: str, port: int, kinds: tuple[type, ...]) -> None:
        _quiet_locust()
        _require_free(host, port)
        self._runner: MasterRunner = Environment().create_master_runner(host, port)
        # A worker that comes back after a broken connection replaces its old one.
        self._runner.server.socket.setsockopt(zmq.ROUTER_HANDOVER, 1)
        self._letterbox = _Letterbox(self._runner, kinds)
        self.port: int = self._runner.server.port

    def receive(self, within_s: float) -> Parcel | None:
        """The next message, or None when there is none within `within_s` seconds."""
        return self._letterbox.receive(within_s)

    def send(self, client: str, message: object) -> None:
        self._runner.send_message(kind_of(type(message).__name__), told(message), client)

    def close(self) -> None:
        """Ends all connections; workers that are still there are told to leave."""
        self._runner.quit()
        self._runner.server.socket.close(linger=LINGER_MS)


class LocustWorkerPost:
    """A worker's end. Waits up to five minutes for the master. Raises FleetError."""

    def __init__(self, host: str, port: int, kinds: tuple[type, ...]) -> None:
        _quiet_locust()
        _require_address(host, port)
        try:
            self._runner: WorkerRunner = Environment().create_worker_runner(host, port)
        except ConnectionError:
            raise FleetError(f"{host}:{port}: no master has answered") from None
        except SystemExit:  # how Locust takes Ctrl-C while it connects
            raise KeyboardInterrupt from None
        self._letterbox = _Letterbox(self._runner, kinds)

    def receive(self, within_s: float) -> Parcel | None:
        """The next message, or None when there is none within `within_s` seconds."""
        return self._letterbox.receive(within_s)

    def send(self, message: object) -> None:
        """Sends `message`, or loses it when the connection is broken: all are repeated."""
        try:
            self._runner.send_message(kind_of(type(message).__name__), told(message))
        except RPCError:
            logging.getLogger(__name__).debug("a message to the master was lost")

    def close(self) -> None:
        self._runner.greenlet.kill(block=True)
        self._runner.client.socket.close(linger=LINGER_MS)


def _require_free(host: str, port: int) -> None:
    """Locust leaves the process when the port is taken; ask before it does."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server(("" if host == "*" else host, port), family=family):
            pass
    except OSError as error:
        raise FleetError(f"{host}:{port}: cannot listen: {error.strerror or error}") from None


def _require_address(host: str, port: int) -> None:
    """Locust prints that a name does not resolve, and waits for it none the less."""
    try:
        socket.getaddrinfo(host, port)
    except OSError as error:
        raise FleetError(f"{host}:{port}: the master cannot be found: {error.strerror}") from None


def _quiet_locust() -> None:
    """Locust's own remarks on its workers would tear the screen; ours say more."""
    logging.getLogger("locust").setLevel(logging.CRITICAL)
