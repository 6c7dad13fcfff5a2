"""Our side of a TLS connection, without a socket: encrypted bytes in and out of memory."""

from __future__ import annotations

import ssl


class TlsSide:
    """Encrypts for the peer called `name` and decrypts what it says. Raises ssl.SSLError."""

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._side = context.wrap_bio(self._in, self._out, server_hostname=name)

    def shake_hands(self) -> bool:
        """True when the handshake is done, False when more of the peer's bytes are needed."""
        try:
            self._side.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def to_send(self) -> bytes:
        """What the peer must be sent now; often nothing."""
        return self._out.read()

    def encrypted(self, data: bytes) -> bytes:
        rest = memoryview(data)
        while rest:
            rest = rest[self._side.write(rest) :]
        return self._out.read()

    def take_in(self, data: bytes) -> None:
        """Bytes of the peer; none say that it has ended."""
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()

    def decrypted(self) -> bytes | None:
        """What has come: nothing yet (None), the end (no bytes), or some bytes."""
        parts: list[bytes] = []
        try:
            while part := self._side.read(1 << 16):
                parts.append(part)
        except ssl.SSLWantReadError:
            return b"".join(parts) if parts else None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            # Many servers close without the farewell of TLS, as browsers know.
            pass
        return b"".join(parts)
