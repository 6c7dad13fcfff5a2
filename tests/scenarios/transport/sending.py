"""How the tests send calls to a scripted server."""

from __future__ import annotations

import gevent

from scenarios.transport.transport import Transport
from targets.adapters.contract import Call, Reply
from targets.adapters.cookie_jar import CookieJar, Place
from tests.scenarios.transport.scripted_server import (
    ScriptedServer,
)

GET = Call(method="GET", path="/")
POST = Call(method="POST", path="/orders", body=b"{}")
PATIENT_S = 20.0


def transport_to(server: ScriptedServer, url: str = "", **options) -> Transport:
    host, port = server.address
    return transport_at(url or f"http://{host}:{port}", server.address, **options)


def transport_at(url: str, address: tuple[str, int], **options) -> Transport:
    return Transport(url, address=address, run_id="run-7", **options)


def send(
    transport: Transport,
    call: Call = GET,
    within_s: float = PATIENT_S,
    jar: CookieJar | None = None,
) -> Reply:
    return transport.send(call, cookies=jar, within_s=within_s)


def jar_with(*lines: str, path: str = "/") -> CookieJar:
    """The cookies that these `Set-Cookie` lines of the scripted server have left."""
    jar = CookieJar()
    jar.take(lines, Place(scheme="http", host="127.0.0.1", path=path))
    return jar


def until(holds) -> None:
    """Lets the server's thread get on; the test's own time-out is the bound."""
    while not holds():
        gevent.sleep(0.005)


def header(request: bytes, name: str) -> list[bytes]:
    lines = request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    pairs = (line.partition(b": ") for line in lines)
    return [value for key, _, value in pairs if key.lower() == name.lower().encode()]
