"""TLS as the player speaks it: certificates are verified unless a target file says otherwise."""

from __future__ import annotations

import ssl
from pathlib import Path

from gevent.ssl import SSLContext


def tls_context(*, ca_file: Path | None = None, verify: bool = True) -> SSLContext:
    """What a Transport takes as `tls`.

    `ca_file` holds certificates in PEM that are trusted beside the system's. Without `verify`
    every certificate is taken, whoever signed it and for whatever host. Raises OSError when the
    file cannot be read and ValueError when it holds no certificate.
    """
    # gevent's own context: one of the standard library would block every shopper at once.
    context = SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    context.load_default_certs()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except ssl.SSLError as error:
            raise ValueError(f"{ca_file} holds no certificate in PEM") from error
    return context
