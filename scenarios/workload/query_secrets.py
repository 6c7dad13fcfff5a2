"""Secrets in a logged request: what must not travel from a log into a rehearsal."""

from __future__ import annotations

import re
from urllib.parse import unquote

SCRUBBED = "scrubbed"

_ANYWHERE = (
    "passw", "passwd", "passphrase", "pwd", "token", "session", "sessid", "secret", "signature",
    "credential", "email", "mailaddress", "username", "userid", "phone", "mobile", "apikey",
    "authkey", "accesskey", "firstname", "lastname", "fullname", "surname", "birth", "jwt",
    "saml", "oauth",
)  # fmt: skip
_WHOLE_WORDS = frozenset((
    "auth", "authorization", "key", "sid", "sess", "sig", "hmac", "hash", "nonce", "ticket",
    "code", "user", "usr", "login", "account", "acct", "customer", "member", "pass", "pin",
    "card", "cc", "cvv", "cvc", "pan", "iban", "bic", "ssn", "passport", "tel", "telephone",
    "msisdn", "name", "address", "addr", "street", "zip", "dob", "ip", "lat", "lon", "lng",
    "csrf", "xsrf", "uid", "uuid", "cookie", "otp",
))  # fmt: skip
_HARMLESS = frozenset({"productname", "categoryname", "brandname", "filename", "errorcode"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_E_MAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_JWT = re.compile(r"eyJ[\w-]{6,}\.[\w-]{2,}\.[\w-]*")
_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{20,}(?![0-9A-Za-z])")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_LOGIN_IN_URL = re.compile(r"//[^/?#\s]*@")
_PAIR_WITHIN = re.compile(r"[?&;]([^=&;?]+)=")
_PATH_SECRET = re.compile(rf"{_E_MAIL.pattern}|{_JWT.pattern}", re.IGNORECASE)
_PATH_PARAMETER = re.compile(r";([^/;=]+)=([^/;]*)")
_PAIR_IN_LINE = re.compile(r"([?&;])([^=&;?\s\"]+)=([^&;\s\"]+)")


def is_secret_name(name: str) -> bool:
    """Whether a parameter of this name may hold a secret, or tell who somebody is."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if plain in _HARMLESS:
        return False
    words = {each.lower() for each in _WORD.findall(name)} | {plain}
    return bool(words & _WHOLE_WORDS) or any(each in plain for each in _ANYWHERE)


def is_secret_value(value: str) -> bool:
    """Whether a decoded value looks like an e-mail address, a key, a token or a card number."""
    if _E_MAIL.search(value) or _JWT.search(value) or _HEX.search(value) or _UUID.search(value):
        return True
    if _LOGIN_IN_URL.search(value):
        return True
    if any(is_secret_name(each) for each in _PAIR_WITHIN.findall(value)):
        return True
    if any(_passes_luhn(each) for each in _DIGITS.findall(value)):
        return True
    return any(_is_mixed(each) for each in _BASE64.findall(value))


def scrubbed_target(target: str) -> tuple[str, int]:
    """`target`, a path with or without a query, and how many values in it were replaced.

    Names and order of the parameters stay, so that the request takes the same way through the
    platform.
    """
    path, mark, query = target.partition("?")
    path, in_path = _scrubbed_path(path)
    if not mark:
        return path, in_path
    parts = re.split(r"([&;])", query)
    scrubbed = [each if each in "&;" else _scrubbed_pair(each) for each in parts]
    changed = sum(old != new for old, new in zip(parts, scrubbed, strict=True))
    return f"{path}?{''.join(scrubbed)}", in_path + changed


def scrubbed_line(line: str, *, most: int = 160) -> str:
    """A line of a log fit to be shown: no secrets, no control characters, cut to `most`."""

    def without_value(pair: re.Match[str]) -> str:
        mark, name, value = pair.groups()
        secret = is_secret_name(unquote(name)) or is_secret_value(_decoded(value))
        return f"{mark}{name}={SCRUBBED if secret else value}"

    text = _PAIR_IN_LINE.sub(without_value, line[: 4 * most])
    text = _JWT.sub(SCRUBBED, _E_MAIL.sub(SCRUBBED, _LOGIN_IN_URL.sub(f"//{SCRUBBED}@", text)))
    text = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return text if len(text) <= most else text[: most - 3] + "..."


def _scrubbed_path(path: str) -> tuple[str, int]:
    """Session numbers travel as path parameters too: `/cart;jsessionid=1A2B`."""
    changed = 0

    def without_value(pair: re.Match[str]) -> str:
        nonlocal changed
        if pair[2] and is_secret_name(unquote(pair[1])):
            changed += 1
            return f";{pair[1]}={SCRUBBED}"
        return pair[0]

    path = _PATH_PARAMETER.sub(without_value, path)
    segments = [SCRUBBED if _PATH_SECRET.search(_decoded(s)) else s for s in path.split("/")]
    changed += sum(a != b for a, b in zip(path.split("/"), segments, strict=True))
    return "/".join(segments), changed


def _scrubbed_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return SCRUBBED if is_secret_value(_decoded(pair)) else pair
    if is_secret_value(_decoded(name)):
        name = SCRUBBED
    if value and (is_secret_name(_decoded(name)) or is_secret_value(_decoded(value))):
        value = SCRUBBED
    return f"{name}={value}"


def _decoded(text: str) -> str:
    """Percent-decoded until nothing changes: a value inside a value is encoded twice."""
    for _ in range(3):
        plain = unquote(text)
        if plain == text:
            break
        text = plain
    return text


def _is_mixed(text: str) -> bool:
    """Keys mix digits with both cases; long words joined by hyphens do not."""
    digits = sum(each.isdigit() for each in text)
    return digits >= 2 and any(each.isupper() for each in text) and any(map(str.islower, text))


def _passes_luhn(text: str) -> bool:
    """The check digit of payment cards, ISO/IEC 7812-1."""
    digits = [int(each) for each in reversed(text) if each.isdigit()]
    doubled = (sum(divmod(2 * each, 10)) for each in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
