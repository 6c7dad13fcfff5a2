"""A reply opened up: its JSON, its text, its forms. Each is read at most once, when asked for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser

from targets.adapters.contract import Reply
from targets.adapters.json_path import MISSING, JsonPath, found_at

_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ReplyReading:
    """What rules and carried values ask of a reply. Nothing here raises on a broken body."""

    reply: Reply

    @cached_property
    def text(self) -> str:
        """The body as text, by the charset that it declares, else UTF-8."""
        declared = _CHARSET.search(self.reply.headers.get("content-type", ""))
        try:
            return self.reply.body.decode(declared[1] if declared else "utf-8", "replace")
        except LookupError:
            return self.reply.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> object:
        """The body as JSON, or MISSING."""
        try:
            return json.loads(self.reply.body)
        except (ValueError, RecursionError):
            return MISSING

    @cached_property
    def form_fields(self) -> dict[str, str]:
        """Values of the page's input fields by name; of two with one name the first."""
        fields = _FormFields()
        fields.feed(self.text)
        return fields.values

    def json_at(self, path: JsonPath) -> object:
        return found_at(path, self.json)

    def header(self, name: str) -> object:
        return self.reply.headers.get(name.lower(), MISSING)

    def cookie(self, name: str) -> object:
        return self.reply.cookies.get(name, MISSING)

    def form_field(self, name: str) -> object:
        return self.form_fields.get(name, MISSING)


class _FormFields(HTMLParser):
    """Collects `<input name value>`. HTMLParser is a framework: its handlers are methods."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "input" and name:
            self.values.setdefault(name, given.get("value") or "")
