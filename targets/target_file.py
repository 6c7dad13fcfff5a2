"""The workspace's target file, and the rule of what may be sent where.

Without one, only this machine's loopback addresses may be sent to. A target file names the host,
says what kind of environment it is and the largest rate that it may be given:

    target: staging
    url: https://staging.shop.example
    environment: staging
    largest_rate: 200/s
    adapter: adapter.yaml
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict

from reports.documents.definition import STRICT_KEYS, read_document
from reports.documents.mistake import DocumentError, mistake_on_command_line
from reports.documents.quantity import Rate

CONNECT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A platform that its owner allows to be rehearsed; `largest_rate` in visits a second."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS

    target: str
    url: str
    environment: Literal["development", "test", "staging", "production"]
    largest_rate: Rate
    adapter: str = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermittedTarget:
    """A URL that may be sent to, with the address (host, port) that was checked."""

    url: str
    address: tuple[str, int]
    environment: str
    adapter: str


class TargetNotAllowedError(Exception):
    """The target is neither on this machine nor allowed by a target file for this rate."""


class TargetUnreachableError(Exception):
    """The target's name does not resolve, or nothing listens there."""


def read_target(file: Path) -> Target:
    """The target in `file`. Raises DocumentError with every mistake."""
    target, located = read_document(file, Target)
    if wrong := _mistake_in(target.url):
        raise DocumentError([located.mistake(("url",), f'{wrong}, got "{target.url}"')])
    return target


def permitted(url_or_file: str, *, adapter: str | None, peak_rate_per_s: float) -> PermittedTarget:
    """Where a plan that peaks at `peak_rate_per_s` visits a second may be sent.

    `url_or_file` is a URL or a target file. Raises TargetNotAllowedError, TargetUnreachableError
    or DocumentError.
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
    if named and peak_rate_per_s > named.largest_rate:
        raise TargetNotAllowedError(
            f"{url_or_file}: largest_rate is {named.largest_rate:g}/s, but the plan peaks at "
            f"{peak_rate_per_s:.4g} visits a second"
        )
    return PermittedTarget(
        url=url,
        address=address,
        environment=named.environment if named else "local",
        adapter=adapter or (_beside(url_or_file, named.adapter) if named else "reference"),
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
    return "" if well_formed else 'must be a URL such as "https://staging.shop.example"'
