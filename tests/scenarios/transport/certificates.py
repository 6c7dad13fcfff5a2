"""Certificates made for one test run, and a TLS side for talks of a scripted server."""

from __future__ import annotations

import datetime
import functools
import ssl
from pathlib import Path

import trustme

from tests.scenarios.transport.scripted_server import Peer, Talk

LONG_AGO = datetime.datetime(2019, 11, 11, tzinfo=datetime.UTC)


@functools.cache
def authority(name: str) -> trustme.CA:
    return trustme.CA(organization_name=f"Certificates of the {name}")


def ca_file(directory: Path, name: str = "tests") -> Path:
    file = directory / f"{name}.pem"
    authority(name).cert_pem.write_to_path(str(file))
    return file


def over_tls(talk: Talk, *hosts: str, expired: bool = False, seen: list | None = None) -> Talk:
    """`talk` over TLS, with a certificate for `hosts`; `seen` gets the names that are asked for."""
    certificate = authority("tests").issue_cert(
        *hosts,
        not_before=LONG_AGO if expired else None,
        not_after=LONG_AGO + datetime.timedelta(days=1) if expired else None,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if seen is not None:
        context.sni_callback = lambda _socket, name, _context: seen.append(name)

    def encrypted(peer: Peer) -> None:
        with context.wrap_socket(peer.connection, server_side=True) as connection:
            peer.connection = connection
            talk(peer)

    return encrypted
