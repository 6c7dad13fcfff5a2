"""Frozen values that are made in half the time.

A frozen dataclass sets each of its fields by a call of `object.__setattr__`. A run makes several
values for each request, so this is one of the larger costs of the player. Here the object is
unfrozen while its fields are set: for that time it belongs to a twin of the class, with the same
slots and without the lock.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

Value = TypeVar("Value")
_MISSING = dataclasses.MISSING


def swift_value(cls: type[Value]) -> type[Value]:
    """`cls`, which is a frozen dataclass with slots and keywords and checks nothing when made,
    with a swifter `__init__`; it is as frozen as before once made."""
    assert not hasattr(cls, "__post_init__")
    twin = type(f"Unfrozen{cls.__name__}", (), {"__slots__": cls.__slots__})  # type: ignore[attr-defined]
    names = {"unlock": object.__setattr__, "Unfrozen": twin, "Frozen": cls, "MISSING": _MISSING}
    parameters, body = [], ["unlock(self, '__class__', Unfrozen)"]
    for each in dataclasses.fields(cls):  # type: ignore[arg-type]
        name = each.name
        if each.default_factory is not _MISSING:
            names[f"make_{name}"] = each.default_factory
            parameters.append(f"{name}=MISSING")
            body.append(f"self.{name} = make_{name}() if {name} is MISSING else {name}")
            continue
        if each.default is not _MISSING:
            names[f"default_{name}"] = each.default
            parameters.append(f"{name}=default_{name}")
        else:
            parameters.append(name)
        body.append(f"self.{name} = {name}")
    body.append("self.__class__ = Frozen")
    cls.__init__ = _function(parameters, body, names, cls.__init__)  # type: ignore[method-assign]
    return cls


def _function(
    parameters: list[str], body: list[str], names: dict[str, Any], like: Callable[..., None]
) -> Callable[..., None]:
    """As dataclasses make theirs: from its text."""
    text = f"def __init__(self, *, {', '.join(parameters)}):\n " + "\n ".join(body)
    made: dict[str, Any] = {}
    exec(text, names, made)
    function: Callable[..., None] = made["__init__"]
    function.__qualname__, function.__annotations__ = like.__qualname__, like.__annotations__
    return function
