from __future__ import annotations

import os
import socket

from targets.backing.port import SELDOM_TAKEN, free_port, holder_of, is_taken


def test_listening_port_is_taken_and_its_holder_named():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_taken(port)
        assert holder_of(port).startswith(f"process {os.getpid()} (")
    assert not is_taken(port)


def test_free_port_is_not_taken():
    assert not is_taken(free_port())


def test_free_port_is_none_that_the_system_hands_out():
    """Whoever asks for any port in the meantime does not get ours."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert server.getsockname()[1] not in SELDOM_TAKEN
    assert free_port() in SELDOM_TAKEN


def test_a_taken_port_is_no_free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        free = free_port()
        offered = iter((taken, free))
        assert free_port(lambda _: next(offered)) == free
        assert free_port(lambda _: taken) != taken


def test_connection_of_an_earlier_server_does_not_make_its_port_taken():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address) as client:
            accepted, _ = server.accept()
            accepted.close()  # the server closes first: its side goes to TIME_WAIT
            assert client.recv(1) == b""
    assert not is_taken(address[1])
