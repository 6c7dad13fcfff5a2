"""A shopper's cookies, kept and sent back as a browser does (RFC 6265).

Bytes that are no text stay as they came, so a cookie goes back byte by byte. Public suffixes are
not known here: a cookie's domain must only be the host that set it, or a domain above it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Final

_SECURE_SCHEMES: Final = ("https", "wss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a request goes: scheme, host (lower case) and path without its query."""

    scheme: str
    host: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """`with_subdomains` says that hosts below `domain` get it too; `expires_s` is on the jar's
    clock, infinite for a cookie of the visit."""

    name: str
    value: str
    domain: str
    with_subdomains: bool
    path: str
    secure: bool
    expires_s: float

    def goes_to(self, place: Place) -> bool:
        """Domain, path and `Secure`: RFC 6265 section 5.4."""
        if self.domain != place.host and not (
            self.with_subdomains and place.host.endswith(f".{self.domain}")
        ):
            return False
        if self.secure and place.scheme not in _SECURE_SCHEMES:
            return False
        return self.path == "/" or _is_below(place.path, self.path)


class CookieJar:
    """Cookies by name, domain and path; a later one takes an earlier one's place.

    `now` gives the seconds since 1970 that `Expires` counts in.
    """

    __slots__ = ("_cookies", "_now")

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._cookies: dict[tuple[str, str, str], Cookie] = {}
        self._now = now

    def __len__(self) -> int:
        return len(self._cookies)

    def __iter__(self) -> Iterator[Cookie]:
        return iter(self._cookies.values())

    def take(self, lines: Iterable[str], place: Place) -> None:
        """Keeps the cookies of the `Set-Cookie` lines of a reply from `place`.

        One that has expired already is forgotten; one for a host that is not the sender's, and
        one without a name, is not taken.
        """
        now_s = self._now()
        for line in lines:
            cookie = _cookie(line, place, now_s)
            if cookie is None:
                continue
            key = (cookie.name, cookie.domain, cookie.path)
            if cookie.expires_s <= now_s:
                self._cookies.pop(key, None)
            else:
                self._cookies[key] = cookie

    def header_for(self, place: Place) -> str:
        """The value of the header `Cookie` for a request to `place`; empty when none goes there.

        Cookies of longer paths come first, and older ones before newer ones.
        """
        now_s = self._now()
        going = [each for each in self if each.expires_s > now_s and each.goes_to(place)]
        going.sort(key=lambda each: -len(each.path))
        return "; ".join(f"{each.name}={each.value}" for each in going)


def _cookie(line: str, place: Place, now_s: float) -> Cookie | None:
    """The cookie of one `Set-Cookie` line: RFC 6265 sections 5.2 and 5.3."""
    pair, *parts = line.split(";")
    name, equals, value = (each.strip() for each in pair.partition("="))
    if not name or not equals:
        return None
    given = {}
    for part in parts:
        key, _, content = part.partition("=")
        given[key.strip().lower()] = content.strip()
    domain = given.get("domain", "").lower().removeprefix(".")
    if domain and not _may_set(place.host, domain):
        return None
    path = given.get("path", "")
    return Cookie(
        name=name,
        value=value,
        domain=domain or place.host,
        with_subdomains=bool(domain),
        path=path if path.startswith("/") else _default_path(place.path),
        secure="secure" in given,
        expires_s=_expires_s(given.get("max-age"), given.get("expires"), now_s),
    )


def _may_set(host: str, domain: str) -> bool:
    if host == domain:
        return True
    try:
        ip_address(host)
    except ValueError:
        return "." in domain and host.endswith(f".{domain}")
    return False


def _default_path(path: str) -> str:
    """RFC 6265 section 5.1.4: the folder of the page that set the cookie."""
    return path[: path.rfind("/")] or "/"


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")


def _expires_s(max_age: str | None, expires: str | None, now_s: float) -> float:
    """`Max-Age` comes before `Expires`; what cannot be read says nothing."""
    if max_age is not None:
        try:
            return now_s + int(max_age)
        except (ValueError, OverflowError):
            pass
    if expires is not None:
        try:
            return parsedate_to_datetime(expires).timestamp()
        except (ValueError, OverflowError, TypeError):
            pass
    return math.inf
