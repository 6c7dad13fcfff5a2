from __future__ import annotations

import dataclasses
import pickle
from dataclasses import dataclass, field

import pytest

from scenarios.workload.swift_value import swift_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A value."""

    step: str
    think_s: float = 0.5
    headers: dict[str, str] = field(default_factory=dict)


@swift_value
@dataclass(frozen=True, slots=True, kw_only=True)
class Swift:
    """A value."""

    step: str
    think_s: float = 0.5
    headers: dict[str, str] = field(default_factory=dict)


@pytest.mark.parametrize(
    "given",
    [
        {"step": "look"},
        {"step": "pay", "think_s": 2.0},
        {"step": "pay", "think_s": 0.0, "headers": {"X": "1"}},
    ],
)
def test_a_swift_value_has_the_fields_of_a_plain_one(given):
    swift, plain = Swift(**given), Plain(**given)
    assert dataclasses.asdict(swift) == dataclasses.asdict(plain)
    assert type(swift) is Swift
    assert swift == Swift(**given)
    assert swift != Swift(step="other")
    assert repr(swift).replace("Swift", "Plain") == repr(plain)
    assert dataclasses.replace(swift, step="x") == Swift(**{**given, "step": "x"})
    assert pickle.loads(pickle.dumps(swift)) == swift


def test_a_swift_value_is_frozen_once_made():
    value = Swift(step="look")
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.step = "pay"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del value.step
    with pytest.raises((AttributeError, TypeError)):
        value.surplus = 1


def test_defaults_that_are_made_are_made_for_each_value():
    assert Swift(step="look").headers is not Swift(step="look").headers


@pytest.mark.parametrize("given", [{}, {"step": "look", "surplus": 1}])
def test_a_mistake_in_the_call_is_the_same_error(given):
    for kind in (Swift, Plain):
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            kind(**given)


def test_values_without_fields_to_give_are_possible():
    @swift_value
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Leaving:
        code: int = 1000

    assert Leaving().code == 1000
    assert hash(Leaving()) == hash(Leaving())


def test_a_value_that_checks_itself_is_not_for_haste():
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Checked:
        share: float

        def __post_init__(self) -> None:
            assert self.share <= 1

    with pytest.raises(AssertionError):
        swift_value(Checked)
