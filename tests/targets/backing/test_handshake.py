from __future__ import annotations

import socket
import threading
from contextlib import contextmanager

import pytest

from targets.backing.handshake import (
    ProtocolError,
    nats_answers,
    postgres_answers,
    valkey_answers,
)
from targets.backing.port import free_port

GREETINGS = (b"INFO ", b"220 ")


@contextmanager
def server_saying(reply: bytes):
    """The address of a server that gives one client this reply and closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            client, _ = server.accept()
            with client:
                if not reply.startswith(GREETINGS):
                    client.recv(1024)
                client.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def error_response(code: bytes, message: bytes) -> bytes:
    """PostgreSQL 18 manual, section 54.7: E, length, fields ended by zero bytes."""
    fields = b"SFATAL\x00C" + code + b"\x00M" + message + b"\x00\x00"
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


@pytest.mark.parametrize(
    ("answers", "reply"),
    [
        (postgres_answers, b"R\x00\x00\x00\x08\x00\x00\x00\x00"),  # AuthenticationOk
        (postgres_answers, b"R\x00\x00\x00\x0c\x00\x00\x00\x05salt"),  # wants a password
        (valkey_answers, b"+PONG\r\n"),
        (valkey_answers, b"-NOAUTH Authentication required.\r\n"),
        (nats_answers, b'INFO {"server_id":"A","jetstream":true}\r\n'),
    ],
)
def test_server_that_would_take_us_answers(answers, reply):
    with server_saying(reply) as address:
        assert answers(f"any://{address}") is True


@pytest.mark.parametrize(
    ("answers", "reply"),
    [
        (postgres_answers, error_response(b"57P03", b"the database system is starting up")),
        (valkey_answers, b"-LOADING Valkey is loading the dataset in memory\r\n"),
    ],
)
def test_server_that_is_starting_does_not_answer_yet(answers, reply):
    with server_saying(reply) as address:
        assert answers(f"any://{address}") is False


@pytest.mark.parametrize(
    ("answers", "reply", "says"),
    [
        (postgres_answers, b"HTTP/1.1 400 Bad Request\r\n", "does not speak the protocol of Post"),
        (
            postgres_answers,
            error_response(b"3D000", b'database "shop" does not exist'),
            'refuses: database "shop" does not exist',
        ),
        (valkey_answers, b"HTTP/1.1 400 Bad Request\r\n", "does not speak the protocol of Valkey"),
        (nats_answers, b"220 mail.example ESMTP\r\n", "does not speak the protocol of NATS"),
        (nats_answers, b'INFO {"server_id":"A"}\r\n', "without JetStream"),
    ],
)
def test_other_server_is_told_from_the_expected_one(answers, reply, says):
    with server_saying(reply) as address, pytest.raises(ProtocolError, match=says):
        answers(f"any://{address}")


@pytest.mark.parametrize("answers", [postgres_answers, valkey_answers, nats_answers])
def test_nobody_there_is_an_os_error(answers):
    with pytest.raises(OSError, match="refused"):
        answers(f"any://127.0.0.1:{free_port()}")


@pytest.mark.parametrize("answers", [postgres_answers, valkey_answers])
def test_server_that_hangs_up_is_an_os_error(answers):
    with server_saying(b"") as address, pytest.raises(OSError, match="closed the connection"):
        answers(f"any://{address}")
