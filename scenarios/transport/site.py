"""One permitted origin as calls see it: the headers that go to it, and its connections."""

from __future__ import annotations

from scenarios.transport.colouring import Colouring, Trail
from scenarios.transport.connection import request_bytes
from scenarios.transport.origins import Origin
from scenarios.transport.pool import Pool
from targets.adapters.contract import Call, Headers
from targets.adapters.cookie_jar import CookieJar, Place

USER_AGENT = "doorbuster"


class Site:
    """`host` is the value of the header `Host`. A call may replace the player's headers, all but
    the marks of `colouring`."""

    def __init__(self, origin: Origin, pool: Pool, *, host: str, colouring: Colouring) -> None:
        self.origin = origin
        self.pool = pool
        self.host = host
        self._marks = colouring.names
        self._own = {
            "Host": host,
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "gzip, deflate",
            **colouring.headers,
        }
        # Most calls replace none of these: they are put together once.
        self._own_lines = "".join(f"{name}: {value}\r\n" for name, value in self._own.items())
        self._names = self._marks.union(self._own)

    def request(self, call: Call, path: str, cookies: CookieJar | None, trail: Trail) -> bytes:
        """The bytes of `call` to `path`, with the cookies that go there. Raises TransportError."""
        headers, own_lines = call.headers, self._own_lines
        if cookies:
            headers = self.headers_with_cookies(headers, path, cookies)
        if not self._names.isdisjoint(headers):
            headers, own_lines = self.all_headers(headers), ""
        return request_bytes(call.method, path, headers, call.body, own=own_lines + trail.line())

    def all_headers(self, headers: Headers) -> Headers:
        """The player's headers and `headers`, which win but for the marks."""
        of_call = {name: value for name, value in headers.items() if name not in self._marks}
        return {**self._own, **of_call}

    def headers_with_cookies(
        self, headers: Headers, path: str, cookies: CookieJar | None
    ) -> Headers:
        if cookies and "Cookie" not in headers:
            line = cookies.header_for(self.place(path))
            return {**headers, "Cookie": line} if line else headers
        return headers

    def place(self, path: str) -> Place:
        """Where a request for `path` goes, as cookies see it."""
        return Place(scheme=self.origin.scheme, host=self.origin.host, path=path.partition("?")[0])
