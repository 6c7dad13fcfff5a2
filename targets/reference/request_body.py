"""Reading what a client sent: each mistake is a 400 that names the field."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

from targets.reference.refusal import Refusal

_LARGEST_BYTES = 65_536
_MOST_UNITS = 99
_LONGEST_SKU = 32


def _invalid(message: str) -> Refusal:
    return Refusal(400, "invalid", message)


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BYTES:
            raise Refusal(413, "too_large", f"a body has at most {_LARGEST_BYTES} bytes")
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise _invalid(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise _invalid("the body must be a JSON object")
    return value


def integer(fields: dict[str, Any], name: str, lowest: int, highest: int) -> int:
    """The integer field `name` within its bounds."""
    value = fields.get(name)
    if type(value) is not int or not lowest <= value <= highest:
        raise _invalid(f"{name}: must be an integer from {lowest} to {highest}, got {value!r}")
    return value


def checked_sku(value: object) -> str:
    """`value` when it may name a product: letters and digits."""
    if not isinstance(value, str) or not value.isalnum() or len(value) > _LONGEST_SKU:
        raise _invalid(f"sku: must be letters and digits, got {value!r}")
    return value


def line(fields: dict[str, Any]) -> tuple[str, int]:
    """The fields sku and quantity."""
    return checked_sku(fields.get("sku")), integer(fields, "quantity", 1, _MOST_UNITS)
