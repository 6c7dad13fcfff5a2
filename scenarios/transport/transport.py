"""Sends a shopper's calls to one target, and to the other origins that are permitted."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote, urlsplit

from gevent import GreenletExit

from scenarios.transport.arriving_reply import LARGEST_REPLY_BYTES
from scenarios.transport.colouring import NO_VISIT, Colouring, Trail
from scenarios.transport.deadlines import Deadlines
from scenarios.transport.dialling import dialled
from scenarios.transport.failure import DeadlineError, TransportError
from scenarios.transport.origins import Address, Origin, Origins, origin_of
from scenarios.transport.pool import Pool, staying
from scenarios.transport.redirect import FOLLOWED, MOST_HOPS, is_followed, redirected
from scenarios.transport.site import Site
from scenarios.transport.tls import tls_context
from scenarios.transport.websocket import WebSocket
from targets.adapters.colour import DEFAULT_COLOUR, Colour
from targets.adapters.contract import Call, Open, Reply
from targets.adapters.conversation import Send
from targets.adapters.cookie_jar import CookieJar

SAFE_TO_RESEND: Final = frozenset({"GET", "HEAD", "OPTIONS"})
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"
_KEPT_IN_PATHS: Final = "%/:?#[]@!$&'()*+,;=~-._"


class Transport:
    """Connections to the origin of `url`, below whose path calls go, and to those of `origins`.

    Every request carries the marks that `colour` asks for, so that the platform can tell it
    from a customer's. `address` is the resolved (host, port) that was checked to be permitted.
    `tls` is a context of `tls_context`: without one, certificates must be good. A reply whose
    body is larger than `largest_reply_bytes`, before or after unpacking, is a failure.
    """

    def __init__(
        self,
        url: str,
        *,
        address: Address,
        run_id: str,
        colour: Colour = DEFAULT_COLOUR,
        origins: Origins | None = None,
        tls: ssl.SSLContext | None = None,
        largest_reply_bytes: int = LARGEST_REPLY_BYTES,
    ) -> None:
        parts = urlsplit(url)
        target = origin_of(parts)
        further = origins.addresses if origins else {}
        self._origins = Origins(addresses={**further, target: address})
        self._tls = tls
        self.colouring = Colouring(colour, run_id=run_id)
        self._own_trail = self.colouring.trail(NO_VISIT, sampled=False)
        self._largest_reply_bytes = largest_reply_bytes
        self._prefix = parts.path.rstrip("/")
        self._deadlines = Deadlines()
        self._sites: dict[Origin, Site] = {}
        self._home = self._site(target, host=parts.netloc.rpartition("@")[2])

    def send(
        self,
        call: Call,
        *,
        cookies: CookieJar | None = None,
        within_s: float,
        trail: Trail | None = None,
        leaving: Callable[[], bool] = staying,
    ) -> Reply:
        """The reply to `call`, complete within `within_s` seconds. Raises TransportError.

        Redirects are followed where the call wants it. `cookies` are sent where they belong, and
        those of the replies are kept in it. A call that is safe to repeat, or that carries an
        idempotency key, may be sent twice: see Pool. `trail` is the trace that it belongs to. Once
        the sender is `leaving`, no further request is sent for the call: GreenletExit.
        """
        if within_s <= 0:
            raise DeadlineError("no_time")
        deadline_s = time.perf_counter() + within_s
        trail = trail or self._own_trail
        reply = self._sent(call, cookies, trail, deadline_s, leaving)
        if reply.status in FOLLOWED:
            return self._followed(call, reply, cookies, trail, deadline_s, leaving)
        return reply

    def _sent(
        self, call: Call, cookies: CookieJar | None, trail: Trail, deadline_s: float,
        leaving: Callable[[], bool],
    ) -> Reply:  # fmt: skip
        method = call.method
        site, path = self._way_of(call.path)
        reply = site.pool.exchange(
            site.request(call, path, cookies, trail),
            head=method == "HEAD",
            may_resend=method in SAFE_TO_RESEND or IDEMPOTENCY_HEADER in call.headers,
            deadline_s=deadline_s,
            leaving=leaving,
        )
        if reply.set_cookies and cookies is not None:
            cookies.take(reply.set_cookies, site.place(path))
        if trail.unchecked:
            self.colouring.check(trail, reply)
        return reply

    def _followed(
        self, call: Call, reply: Reply, cookies: CookieJar | None, trail: Trail, deadline_s: float,
        leaving: Callable[[], bool],
    ) -> Reply:  # fmt: skip
        """The reply at the end of the redirects that `reply` begins."""
        requests, resends, set_on_the_way = 1, reply.resends, dict(reply.cookies)
        try:
            while is_followed(call, reply):
                if requests > MOST_HOPS:
                    raise TransportError("redirect_loop", f"more than {MOST_HOPS} hops")
                if leaving():
                    raise GreenletExit
                site, path = self._way_of(call.path)
                call = redirected(call, reply, f"{site.origin}{path}")
                reply = self._sent(call, cookies, trail, deadline_s, leaving)
                requests += 1
                resends += reply.resends
                set_on_the_way |= reply.cookies
        except TransportError as error:
            error.requests += requests
            error.resends += resends
            error.status = reply.status
            raise
        return reply._replace(requests=requests, resends=resends, cookies=set_on_the_way)

    def open(
        self,
        asked: Open,
        *,
        cookies: CookieJar | None = None,
        within_s: float,
        trail: Trail | None = None,
        leaving: Callable[[], bool] = staying,
    ) -> tuple[WebSocket | None, Reply]:
        """The WebSocket that was `asked` for, or None when the platform refused: its reply says
        why. Raises TransportError, and GreenletExit as `send` does."""
        if within_s <= 0:
            raise DeadlineError("no_time")
        deadline_s = time.perf_counter() + within_s
        site, path = self._way_of(quote(asked.path, safe=_KEPT_IN_PATHS))
        headers = dict(site.all_headers(site.headers_with_cookies(asked.headers, path, cookies)))
        headers |= (trail or self._own_trail).headers()
        host = headers.pop("Host")
        connected = dialled(
            self._origins.address_of(site.origin),
            tls=self._tls_for(site.origin),
            name=site.origin.host,
            deadline_s=deadline_s,
        )
        socket = WebSocket(connected, most_bytes=self._largest_reply_bytes)
        try:
            if leaving():
                raise GreenletExit
            reply = socket.shake_hands(host, path, headers, deadline_s=deadline_s)
        except BaseException:
            socket.close()
            raise
        if socket.is_open:
            return socket, reply
        socket.close()
        return None, reply

    def _way_of(self, path: str) -> tuple[Site, str]:
        """Where a call's path leads. Raises TransportError when that is not permitted."""
        if path.startswith("/"):
            return self._home, self._prefix + path
        try:
            parts = urlsplit(path)
            origin = origin_of(parts)
        except ValueError as error:
            raise TransportError("bad_call", "path is neither a path nor a URL") from error
        way = parts.path or "/"
        return self._site(origin), f"{way}?{parts.query}" if parts.query else way

    def _site(self, origin: Origin, *, host: str = "") -> Site:
        if origin not in self._sites:
            pool = Pool(
                self._origins.address_of(origin),
                tls=self._tls_for(origin),
                name=origin.host,
                deadlines=self._deadlines,
                largest_reply_bytes=self._largest_reply_bytes,
            )
            self._sites[origin] = Site(
                origin, pool, host=host or origin.authority, colouring=self.colouring
            )
        return self._sites[origin]

    def _tls_for(self, origin: Origin) -> ssl.SSLContext | None:
        if origin.scheme != "https":
            return None
        if self._tls is None:
            self._tls = tls_context()
        return self._tls

    def close(self) -> None:
        for site in self._sites.values():
            site.pool.close()
        self._deadlines.close()

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def one_by_one(transport: Transport, *, within_s: float) -> Send:
    """Sends the calls of one conversation, each after its pause, and within `within_s` seconds."""

    def send(call: Call) -> Reply:
        time.sleep(call.after_s)
        return transport.send(call, within_s=within_s)

    return send
