"""Where a run may connect to: origins, each with the one address that was looked up before it.

Nothing is resolved during a run, so a name that points elsewhere later does not matter, and an
origin that is not here is never connected to, whatever a redirect or an adapter says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from scenarios.transport.failure import TransportError

Address = tuple[str, int]
"""A resolved host, in digits, and a port."""

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_HTTP_OF: Final = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """RFC 6454: scheme, host and port. `ws` has the origin of `http`, `wss` that of `https`."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as a URL and the header `Host` have them: a usual port is not named."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """The permitted origins with their addresses."""

    addresses: Mapping[Origin, Address]

    def address_of(self, origin: Origin) -> Address:
        """Raises TransportError when `origin` is not permitted."""
        try:
            return self.addresses[origin]
        except KeyError:
            raise TransportError("redirect_forbidden", f"{origin} is not permitted") from None


def permitted_origins(addresses: Mapping[str, Address]) -> Origins:
    """The origins of these URLs, pinned to their addresses."""
    return Origins(addresses={origin_of(url): address for url, address in addresses.items()})


def origin_of(url: str | SplitResult) -> Origin:
    """The origin of an address such as `https://shop.example/cart`. Raises ValueError when it has
    none: no host, a port that is no number, a scheme other than http, https, ws and wss."""
    parts = urlsplit(url) if isinstance(url, str) else url
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("is no address of a web server")
    return Origin(
        scheme=_HTTP_OF.get(parts.scheme, parts.scheme),
        host=parts.hostname,
        port=parts.port or DEFAULT_PORTS[parts.scheme],
    )
