"""Redirects as a browser follows them: RFC 9110 section 15.4 and the Fetch standard."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from scenarios.transport.failure import TransportError
from scenarios.transport.origins import origin_of
from targets.adapters.contract import Call, Reply

MOST_HOPS: Final = 10
FOLLOWED: Final = frozenset({301, 302, 303, 307, 308})
_KEPT: Final = "%/:?#[]@!$&'()*+,;=~-._"
_OF_THE_BODY: Final = frozenset({"content-type", "content-length", "content-encoding"})
_OF_THE_ORIGIN: Final = frozenset({"authorization", "cookie", "host", "proxy-authorization"})


def is_followed(call: Call, reply: Reply) -> bool:
    """Whether `reply` to `call` sends the shopper on."""
    return call.follow and reply.status in FOLLOWED and "location" in reply.headers


def redirected(call: Call, reply: Reply, url: str) -> Call:
    """The call that follows `call` to `url`, whose path is the whole URL that `reply` names.

    A POST becomes a GET without its body, except after 307 and 308; after 303 every method but
    HEAD does. What is meant for one origin alone stays with it: authorization, its own cookies.
    Raises TransportError: `bad_redirect`, or `redirect_forbidden` for a scheme other than http
    and https, such as an app's.
    """
    location = reply.headers["location"]
    try:
        to = urlsplit(urljoin(url, quote(location, safe=_KEPT, errors="surrogateescape")))
        leaves = to.scheme in ("http", "https") and origin_of(to) != origin_of(url)
    except ValueError as error:
        raise TransportError("bad_redirect", location) from error
    if to.scheme not in ("http", "https"):
        raise TransportError("redirect_forbidden", f"{to.scheme}: is no web address")
    method, body = _method_and_body(call, reply.status)
    dropped = _OF_THE_ORIGIN if leaves else frozenset()
    if method != call.method:
        dropped |= _OF_THE_BODY
    return call._replace(
        method=method,
        path=to._replace(fragment="").geturl(),
        headers={name: each for name, each in call.headers.items() if name.lower() not in dropped},
        body=body,
        after_s=0.0,
    )


def _method_and_body(call: Call, status: int) -> tuple[str, bytes]:
    to_get = (status == 303 and call.method != "HEAD") or (
        status in (301, 302) and call.method == "POST"
    )
    return ("GET", b"") if to_get else (call.method, call.body)
