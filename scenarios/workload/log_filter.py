"""What of a log is replayed: safe requests of pages, as paths that a player can fetch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

from scenarios.workload.query_secrets import scrubbed_target

SAFE_METHODS = frozenset({"GET", "HEAD"})
ASSET_ENDINGS = frozenset((
    "css", "js", "mjs", "map", "png", "jpg", "jpeg", "jpe", "gif", "ico", "cur", "svg", "svgz",
    "webp", "avif", "bmp", "tif", "tiff", "apng", "woff", "woff2", "ttf", "otf", "eot", "mp3",
    "ogg", "oga", "wav", "m4a", "mp4", "m4v", "webm", "avi", "mov", "mpg", "mpeg", "flv", "swf",
    "wasm", "webmanifest",
))  # fmt: skip
_LEGAL = "/%:@!$&'()*+,;=~-._?[]|{}"


class Dropped(StrEnum):
    """Why a request is not replayed."""

    NO_REQUEST = "no request line"
    UNSAFE = "method other than GET and HEAD"
    NO_PATH = "no path of this server"
    ASSET = "asset"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTarget:
    """`path` is the path and query to fetch; `scrubbed` counts the values replaced in it."""

    path: str
    scrubbed: int


def kept_target(method: str, target: str, *, keep_assets: bool) -> KeptTarget | Dropped:
    """The path to fetch for a logged request, or why there is none.

    `target` is what followed the method: a path, an absolute URL (its host and its user are
    dropped), or `*`.
    """
    if not method:
        return Dropped.NO_REQUEST
    if method.upper() not in SAFE_METHODS:
        return Dropped.UNSAFE
    path = _origin_form(target)
    if path is None:
        return Dropped.NO_PATH
    if not keep_assets and is_asset(path):
        return Dropped.ASSET
    clean, scrubbed = scrubbed_target(path)
    return KeptTarget(path=clean, scrubbed=scrubbed)


def is_asset(path: str) -> bool:
    """Whether the last segment of `path` ends like a picture, style, script, font or film."""
    name = path.partition("?")[0].rpartition("/")[2].partition(";")[0]
    return name.rpartition(".")[2].lower() in ASSET_ENDINGS and "." in name


def _origin_form(target: str) -> str | None:
    """RFC 9112, 3.2: of the four forms of a request target only two have a path."""
    if not target.startswith("/") and "://" in target[:9]:
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        if parts.scheme.lower() not in ("http", "https"):
            return None
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.startswith("/"):
        return None
    # Two slashes in front would be read as another server's name.
    target = "/" + target.partition("#")[0].lstrip("/\\")
    return quote(target.encode("utf-8", "surrogateescape"), safe=_LEGAL)
