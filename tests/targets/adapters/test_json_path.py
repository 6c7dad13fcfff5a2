from __future__ import annotations

import pytest

from targets.adapters.json_path import MISSING, found_at, json_path

DOCUMENT = {
    "data": {"items": [{"id": 7}, {"id": 8, "a b": True}], "none": None, "zero": 0},
    "errors": [],
    "键": "值",
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DOCUMENT),
        ("$.data.items[0].id", 7),
        ("$.data.items[-1].id", 8),
        ("$['data'][\"items\"][1]['a b']", True),
        ("$.data.zero", 0),
        ("$.errors", []),
        ("$.键", "值"),
    ],
)
def test_a_path_finds_its_one_place(path: str, value: object) -> None:
    assert found_at(json_path(path), DOCUMENT) == value


@pytest.mark.parametrize(
    "path",
    ["$.nothing", "$.data.items[2]", "$.data.items[-3]", "$.data.items.id", "$.data[0]",
     "$.data.zero.id", "$.data.none", "$.errors[0].message"],
)  # fmt: skip
def test_a_place_that_is_not_there_or_null_is_missing(path: str) -> None:
    assert found_at(json_path(path), DOCUMENT) is MISSING


@pytest.mark.parametrize(
    "path", ["data", "$data", "$.", "$..id", "$.a[", "$.a[x]", "$.a[*]", "$ .a"]
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="JSON path"):
        json_path(path)
