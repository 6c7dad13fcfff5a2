"""YAML with places: plain words as in YAML 1.2, every mistake with its line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.documents.located_yaml import dotted, parse_yaml, read_yaml
from reports.documents.mistake import DocumentError


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("1:30", "1:30"), ("2026-11-11", "2026-11-11"), ("1_000", "1_000"), ("0b1", "0b1"),
        ("true", True), ("False", False), ("null", None), ("~", None),
        ("12", 12), ("012", 12), ("089", 89), ("0o17", 15), ("0x1f", 31), ("-3", -3),
        ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("'12'", "12"), ("双十一", "双十一"),
    ],
)  # fmt: skip
def test_plain_words_are_those_of_yaml_1_2(word: str, value: object) -> None:
    read = parse_yaml(f"key: {word}", "a.yaml").value["key"]
    assert read == value
    assert type(read) is type(value)


def test_places_count_lines_and_columns_from_one() -> None:
    located = parse_yaml("a: 1\nphases:\n  - name: x\n    at: 2/s\n", "a.yaml")
    assert located.places["a",] == (1, 4)
    assert located.places["phases", 0, "at"] == (4, 9)
    assert located.keys["phases", 0, "at"] == (4, 5)


def test_a_mistake_at_a_missing_key_stands_at_the_mapping_that_lacks_it() -> None:
    located = parse_yaml("phases:\n  - name: x\n", "a.yaml")
    mistake = located.mistake(("phases", 0, "duration"), "is missing")
    assert str(mistake) == "a.yaml:2:5 phases[0].duration: is missing"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.yaml:1:1: is empty: expected a YAML document"),
        ("# only a comment\n", "a.yaml:1:1: is empty: expected a YAML document"),
        ("a: 1\nb: [1, 2\n", "a.yaml:3:1: is not valid YAML"),
        ("a: 1\n\tb: 2\n", "a.yaml:2:1: is not valid YAML"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: is not valid YAML"),
        ("a: 1\nb: 2\na: 3\n", "a.yaml:3:1: a: is given twice, first in line 1"),
        ("a: &x\n  b: *x\n", "a.yaml:1:1: a.b: refers to itself"),
        ("a: !!python/object:os.system x\n", "a.yaml:1:4: cannot be read"),
        ("a: \x07\n", "is not valid YAML"),
        ("a: " + "9" * 5000, "a.yaml:1:4: cannot be read: is no integer"),
        ("a: !!int ''", "a.yaml:1:4: cannot be read: is no integer"),
        ("a: !!timestamp 2026-99-99", "a.yaml:1:1: cannot be read"),
        ("[" * 5000, "is nested too deeply"),
    ],
)
def test_what_is_no_document_has_a_place(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_yaml(text, "a.yaml")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\x7fELF\x00\x01", "is not a text file"),
        (b"a: 1\nb: \xff\xfe\n", ":2:1: is not UTF-8 text"),
        (b"#" * 4_000_001, "is not a text file"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, raw: bytes, message: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(raw)
    with pytest.raises(DocumentError) as caught:
        read_yaml(file)
    assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"gone\.yaml:1:1: cannot be read: No such file"):
        read_yaml(tmp_path / "gone.yaml")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_yaml(file).value == {"a": 1}


def test_paths_are_shown_as_people_write_them() -> None:
    assert dotted(("phases", 2, "duration")) == "phases[2].duration"
    assert dotted((0, "name")) == "[0].name"


def test_anchors_that_multiply_are_refused_before_they_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]" for k in range(1, 9)]
    with pytest.raises(DocumentError, match="too large when its anchors are written out"):
        parse_yaml("\n".join(lines), "a.yaml")
