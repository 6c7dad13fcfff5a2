"""The workspace's target file, and the rule of what may be sent where.

Without one, only this machine's loopback addresses may be sent to. A target file names the host,
says what kind of environment it is and the largest rate that it may be given:

    target: staging
    url: https://staging.shop.example
    environment: staging
    largest_rate: 200/s
    largest_duration: 30min
    hosts: [https://login.shop.example]
    adapter: adapter.yaml

`hosts` are further origins that redirects may lead to. Each name is looked up once, before the
run; what it points to later does not matter. A `production` target must be named once more on
the command line. `ca_file` (beside the target file) is trusted besides the system's certificates;
`verify: false` takes any certificate. `colour` says how requests are marked (see
`targets/adapters/colour.py`).
"""

from __future__ import annotations

import shlex
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict

from reports.documents.definition import STRICT_KEYS, read_document
from reports.documents.located_yaml import KeyPath
from reports.documents.mistake import mistake_on_command_line
from reports.documents.quantity import Duration, Rate, Size
from targets.adapters.colour import DEFAULT_COLOUR, Colour, colour_mistakes

CONNECT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A platform that its owner allows to be rehearsed; `largest_rate` in visits a second,
    `largest_duration` in seconds from the first arrival to the last, `largest_reply` in bytes."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS

    target: str
    url: str
    environment: Literal["development", "test", "staging", "production"]
    largest_rate: Rate
    adapter: str = "reference"
    largest_duration: Duration | None = None
    hosts: tuple[str, ...] = ()
    ca_file: str | None = None
    verify: bool = True
    largest_reply: Size | None = None
    colour: Colour = DEFAULT_COLOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class PermittedTarget:
    """A URL that may be sent to, with the address (host, port) that was checked.

    `addresses` has it too, and those of the further origins that redirects may lead to.
    """

    url: str
    address: tuple[str, int]
    environment: str
    adapter: str
    addresses: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    largest_rate_per_s: float | None = None
    largest_duration_s: float | None = None
    ca_file: Path | None = None
    verify: bool = True
    largest_reply_bytes: int | None = None
    colour: Colour = DEFAULT_COLOUR

    @property
    def is_on_this_machine(self) -> bool:
        return ip_address(self.address[0]).is_loopback


class TargetNotAllowedError(Exception):
    """The target is neither on this machine nor allowed by a target file for this load."""


class TargetUnreachableError(Exception):
    """The target's name does not resolve, or nothing listens there."""


def read_target(file: Path) -> Target:
    """The target in `file`. Raises DocumentError with every mistake."""
    return read_document(file, Target, check=_mistakes)[0]


def _mistakes(target: Target) -> Iterator[tuple[KeyPath, str]]:
    if wrong := _mistake_in(target.url):
        yield ("url",), f'{wrong}, got "{_without_user(target.url)}"'
    for index, url in enumerate(target.hosts):
        if _mistake_in(url) or urlsplit(url).path not in ("", "/"):
            what = 'must be an origin such as "https://login.shop.example"'
            yield ("hosts", index), f'{what}, got "{_without_user(url)}"'
    if target.ca_file is not None and not target.verify:
        yield ("ca_file",), "has no use beside verify: false"
    for key, what in colour_mistakes(target.colour):
        yield ("colour", key), what


def permitted(
    url_or_file: str,
    *,
    adapter: str | None,
    peak_rate_per_s: float,
    duration_s: float = 0.0,
    confirmed: str | None = None,
) -> PermittedTarget:
    """Where a plan of `duration_s` that peaks at `peak_rate_per_s` visits a second may be sent.

    `url_or_file` is a URL or a target file, `confirmed` the name of the production target that
    the user means to send load to; a probe, which has no rate, needs no such word. Raises
    TargetNotAllowedError, TargetUnreachableError or DocumentError.
    """
    named = _named_target(url_or_file)
    url = named.url if named else url_or_file
    if wrong := _mistake_in(url):
        raise mistake_on_command_line("--target", wrong)
    address = resolved(url)
    if named is None and not ip_address(address[0]).is_loopback:
        raise TargetNotAllowedError(
            f"{url} is not on this machine ({address[0]}), and no target file allows it: write "
            "target.yaml with url, environment and largest_rate, and give it as --target"
        )
    if named is None:
        return PermittedTarget(
            url=url,
            address=address,
            environment="local",
            adapter=adapter or "reference",
            addresses={url: address},
        )
    if excess := list(_excess(named, peak_rate_per_s, duration_s, confirmed)):
        raise TargetNotAllowedError("\n".join(f"{url_or_file}: {each}" for each in excess))
    return PermittedTarget(
        url=url,
        address=address,
        environment=named.environment,
        adapter=adapter or _beside(url_or_file, named.adapter),
        addresses={url: address, **{each: resolved(each) for each in named.hosts}},
        largest_rate_per_s=named.largest_rate,
        largest_duration_s=named.largest_duration,
        ca_file=Path(url_or_file).parent / named.ca_file if named.ca_file else None,
        verify=named.verify,
        largest_reply_bytes=named.largest_reply,
        colour=named.colour,
    )


def _excess(
    target: Target, peak_rate_per_s: float, duration_s: float, confirmed: str | None
) -> Iterator[str]:
    """What of a plan the owner of `target` does not allow."""
    if peak_rate_per_s > target.largest_rate:
        yield (
            f"largest_rate is {target.largest_rate:g}/s, but the plan peaks at "
            f"{peak_rate_per_s:.4g} visits a second"
        )
    if target.largest_duration is not None and duration_s > target.largest_duration:
        yield (
            f"largest_duration is {target.largest_duration:g} s, but the plan lasts "
            f"{duration_s:g} s"
        )
    if target.environment == "production" and peak_rate_per_s and confirmed != target.target:
        yield (
            f"is a production environment: give --yes-production {shlex.quote(target.target)} to "
            "send load to it"
        )


def resolved(url: str) -> tuple[str, int]:
    """The address and port of `url`; a name with any address off this machine gives that one."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetUnreachableError(f"{url}: the host's name does not resolve") from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    outside = [each for each in addresses if not ip_address(each).is_loopback]
    return outside[0] if outside else _listening(addresses, port), port


def _listening(addresses: Sequence[str], port: int) -> str:
    """The first that somebody listens on: `localhost` is ::1 too, where often nobody does."""
    for address in addresses[:-1]:
        with suppress(OSError), socket.create_connection((address, port), timeout=CONNECT_S):
            return address
    return addresses[-1]


def _named_target(url_or_file: str) -> Target | None:
    if "://" in url_or_file:
        return None
    if not Path(url_or_file).exists():
        wrong = f'is neither a URL such as "http://127.0.0.1:8000" nor a file, got "{url_or_file}"'
        raise mistake_on_command_line("--target", wrong)
    return read_target(Path(url_or_file))


def _beside(file: str, adapter: str) -> str:
    """An adapter file's path is relative to the target file that names it."""
    beside = Path(file).parent / adapter
    return str(beside) if Path(adapter).suffix and beside.exists() else adapter


def _mistake_in(url: str) -> str:
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        (parts.hostname or "").encode("idna")
    except ValueError:
        well_formed = False
    if not well_formed:
        return 'must be a URL such as "https://staging.shop.example"'
    if "@" in parts.netloc:
        # It would be written into every record, and nobody would send it.
        return "must be a URL without user and password: a header of the adapter carries these"
    return ""


def _without_user(url: str) -> str:
    """`url` fit to be shown: a password is nobody's business."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('//')[0]}//...@{after}" if at else url
