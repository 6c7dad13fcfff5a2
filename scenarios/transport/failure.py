"""How a call can fail. Every failure has a class: one word that never changes, at the head of
the reason in the record, so that reports can count by it.

    TransportError                no complete reply: the action has failed
    |-- not connected             nothing was sent
    |   |-- refused               nobody listens there
    |   |-- unreachable           no way to that network or host
    |   |-- no_ports              this machine has no local port left for a connection
    |   |-- no_files              this process may open no more files
    |   |-- tls_expired           the certificate is not valid at this time
    |   |-- tls_untrusted         nobody who is trusted has signed the certificate
    |   |-- tls_wrong_host        the certificate is another host's
    |   |-- tls                   no TLS connection for another reason
    |   `-- connect               no connection for another reason
    |-- broken off                sent, and perhaps acted upon
    |   |-- reset                 the server broke the connection off
    |   |-- closed_early          the server closed it before the reply was complete
    |   `-- connection            it failed for another reason
    |-- not a reply               something came, but nothing that can be believed
    |   |-- not_http              the bytes are no HTTP reply
    |   |-- bad_encoding          the compressed body is damaged or cut short
    |   |-- too_large             body or headers are larger than the player takes
    |   |-- not_websocket         the server agreed to a WebSocket in the wrong words
    |   `-- bad_frame             the bytes are no WebSocket frame, or a message is no text
    |-- redirected                each hop was a good reply, but the way leads nowhere
    |   |-- redirect_loop         more hops than a browser would follow
    |   |-- redirect_forbidden    to an origin that was not permitted before the run
    |   `-- bad_redirect          to something that is no address
    |-- bad_call                  the adapter's call cannot be sent: it would break its framing
    `-- DeadlineError             the time was over: `timed_out`, or `abandoned` by the shopper
        |-- connect_timeout       before the connection stood
        |-- reply_timeout         before the reply was complete
        `-- no_time               before the call could be sent at all

A name that does not resolve is no failure of an action: names are resolved once, before the run,
and a run whose target has no address does not start.
"""

from __future__ import annotations

import errno
import ssl
from collections.abc import Mapping
from typing import Final, Literal

FailureClass = Literal[
    "refused", "unreachable", "no_ports", "no_files",
    "tls_expired", "tls_untrusted", "tls_wrong_host", "tls", "connect",
    "reset", "closed_early", "connection",
    "not_http", "bad_encoding", "too_large", "not_websocket", "bad_frame",
    "redirect_loop", "redirect_forbidden", "bad_redirect",
    "bad_call",
    "connect_timeout", "reply_timeout", "no_time",
]  # fmt: skip

SHORTAGES: Final[frozenset[str]] = frozenset({"no_ports", "no_files"})
"""What the player's own machine lacks: the platform never hears of such an action."""

_BY_ERRNO: Final[Mapping[int, FailureClass]] = {
    errno.ECONNREFUSED: "refused",
    errno.ENETUNREACH: "unreachable",
    errno.EHOSTUNREACH: "unreachable",
    errno.EADDRNOTAVAIL: "no_ports",
    errno.EMFILE: "no_files",
    errno.ENFILE: "no_files",
    errno.ECONNRESET: "reset",
    errno.ECONNABORTED: "reset",
    errno.EPIPE: "reset",
}
_UNSENT: Final = frozenset(
    {"bad_call", "no_time", "redirect_loop", "redirect_forbidden", "bad_redirect"}
)
# The codes of OpenSSL's x509_vfy.h.
_BY_VERIFY_CODE: Final[Mapping[int, FailureClass]] = {
    9: "tls_expired",  # not valid yet
    10: "tls_expired",
    62: "tls_wrong_host",
    64: "tls_wrong_host",  # the address is another's
}


class TransportError(Exception):
    """No complete reply; see the module for `kind`.

    `reason` is the class, and the detail after a colon where there is one. `unanswered` says that
    the connection broke before the first byte of a reply: the request may have been processed or
    not. `requests` counts the requests that were sent, or tried, for the call until then,
    `resends` how many of them were sent again, and `status` is that of the redirect before.
    """

    def __init__(self, kind: FailureClass, detail: str = "", *, unanswered: bool = False) -> None:
        self.kind = kind
        self.reason = f"{kind}: {detail}" if detail else kind
        self.unanswered = unanswered
        self.requests = 0 if kind in _UNSENT else 1
        self.resends = 0
        self.status = 0
        super().__init__(self.reason)


class DeadlineError(TransportError):
    """The reply was not complete at the deadline."""


def connect_failure(error: OSError) -> TransportError:
    """Why a connection did not come about."""
    if isinstance(error, TimeoutError):
        return DeadlineError("connect_timeout")
    if isinstance(error, ssl.SSLCertVerificationError):
        kind = _BY_VERIFY_CODE.get(error.verify_code, "tls_untrusted")
        return TransportError(kind, error.verify_message)
    if isinstance(error, ssl.SSLError):
        return TransportError("tls", getattr(error, "reason", "") or "")
    kind = _BY_ERRNO.get(error.errno or 0, "connect")
    if kind == "reset":
        # A server that hangs up while it is being connected to: in TLS that says nothing more.
        return TransportError("connect", "reset")
    return TransportError(kind, "" if kind != "connect" else error.strerror or str(error))


def exchange_failure(error: OSError, *, unanswered: bool) -> TransportError:
    """Why a connection that stood gave no complete reply."""
    if isinstance(error, TimeoutError):
        return DeadlineError("reply_timeout")
    kind = _BY_ERRNO.get(error.errno or 0, "connection")
    detail = "" if kind == "reset" else error.strerror or str(error)
    return TransportError(kind, detail, unanswered=unanswered)
