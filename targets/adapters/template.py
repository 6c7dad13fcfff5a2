"""Text with values to fill in: `/products/{{ sku }}`.

A name between braces is all there is: no expressions, no loops. A template that is nothing but
one name keeps the type of its value, so `{"sku": "{{ sku }}"}` sends a number, and
`{"sku": "{{ sku | text }}"}` sends its text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from reports.documents.located_yaml import KeyPath

Values = Callable[[str], object]
"""Gives the value of a name. Raises NotCarriedError for one that no reply has given yet."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_BRACES: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_KEPT_IN_PATHS: Final = "%/:?#[]@!$&'()*+,;=~-._"


class NotCarriedError(Exception):
    """A template needs a value that no earlier reply has given."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no {name} from an earlier step")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Literal texts and names in turn: `texts[0] names[0] texts[1] ... texts[n]`.

    `keeps_type` tells that the template is one name without `| text`.
    """

    texts: tuple[str, ...]
    names: tuple[str, ...]
    keeps_type: bool = False

    def __post_init__(self) -> None:
        assert len(self.texts) == len(self.names) + 1

    @property
    def is_one_name(self) -> bool:
        return self.texts == ("", "")


def template(text: str) -> Template:
    """`text` as a template. Raises ValueError with a sentence for the person who wrote it."""
    texts, names, at, is_text = [], [], 0, False
    for match in _BRACES.finditer(text):
        name, _, form = (each.strip() for each in match[1].partition("|"))
        is_text = is_text or form == "text"
        if not _NAME.fullmatch(name) or form not in ("", "text") or ("|" in match[1] and not form):
            raise ValueError(
                f"{match[0]} is no template: write {{{{ sku }}}} or {{{{ sku | text }}}}"
            )
        texts.append(text[at : match.start()])
        names.append(name)
        at = match.end()
    texts.append(text[at:])
    if any("{{" in each for each in texts):
        raise ValueError("has {{ without }}")
    alone = texts == ["", ""]
    return Template(texts=tuple(texts), names=tuple(names), keeps_type=alone and not is_text)


def filled_text(source: Template, values: Values, change: Callable[[str], str] = str) -> str:
    """The text with every value filled in; `change` is applied to each value as text."""
    pieces = [source.texts[0]]
    for name, text in zip(source.names, source.texts[1:], strict=True):
        pieces += change(as_text(values(name))), text
    return "".join(pieces)


def filled(source: Template, values: Values) -> object:
    """The value itself when the template is one name alone, else the text."""
    if source.keeps_type:
        return values(source.names[0])
    return filled_text(source, values)


def filled_path(source: Template, values: Values) -> str:
    """A path and query ready to send: values are percent-encoded, so `a/b` stays one segment.

    A template that is one name is a whole address, such as a Location: it is taken as it is,
    without scheme and host.
    """
    if source.is_one_name:
        parts = urlsplit(as_text(values(source.names[0])))
        path = "/" + parts.path.lstrip("/")
        return quote(f"{path}?{parts.query}" if parts.query else path, safe=_KEPT_IN_PATHS)
    literal = tuple(quote(each, safe=_KEPT_IN_PATHS) for each in source.texts)
    encoded = Template(texts=literal, names=source.names)
    return filled_text(encoded, values, lambda value: quote(value, safe=""))


def as_text(value: object) -> str:
    """A JSON value inside a text: text as it is, everything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def template_tree(value: Any) -> Any:
    """Every text inside lists and mappings as a Template; other values as they are."""
    if isinstance(value, str):
        return template(value)
    if isinstance(value, list):
        return [template_tree(each) for each in value]
    if isinstance(value, dict):
        return {str(key): template_tree(each) for key, each in value.items()}
    return value


def filled_tree(tree: Any, values: Values) -> Any:
    """A tree of `template_tree` with its values: plain JSON."""
    if isinstance(tree, Template):
        return filled(tree, values)
    if isinstance(tree, list):
        return [filled_tree(each, values) for each in tree]
    if isinstance(tree, dict):
        return {key: filled_tree(each, values) for key, each in tree.items()}
    return tree


def texts_in(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every text inside lists and mappings, with where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from texts_in(each, (*path, index))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from texts_in(each, (*path, str(key)))
