"""A manifest that cannot be trusted is refused with its name and the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.record.manifest import LostVisits, RecordError, read_manifest, write_manifest
from tests.reports.records import manifest_of


def damaged(directory: Path, **changes: object) -> Path:
    write_manifest(directory, manifest_of())
    file = directory / "manifest.json"
    raw = json.loads(file.read_text())
    file.write_text(json.dumps({**raw, **changes}))
    return directory


def test_a_directory_without_a_record_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no record here"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b"42"])
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(raw)
    with pytest.raises(RecordError, match=r"manifest\.json"):
        read_manifest(tmp_path)


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="schema version 99, this program reads 1 and 2"):
        read_manifest(damaged(tmp_path, schema_version=99))


@pytest.mark.parametrize(
    "changes",
    [{"plan": None}, {"plan": {}}, {"plan": 3}, {"surplus": 1}, {"invariants": [{"name": "x"}]},
     {"ending": {"why": 1}}, {"ending": 7}, {"lost_visits": [{"worker": 1}]}],
)  # fmt: skip
def test_a_damaged_manifest_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(RecordError, match="is damaged"):
        read_manifest(damaged(tmp_path, **changes))


def test_a_manifest_is_replaced_in_one_step(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest_of())
    write_manifest(tmp_path, manifest_of(notes=("second",)))
    assert read_manifest(tmp_path).notes == ("second",)
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]


def test_lost_visits_are_read_back(tmp_path: Path) -> None:
    lost = LostVisits(worker=2, from_s=12.5, until_s=20.0, visits=37, why="worker 2 was killed")
    write_manifest(tmp_path, manifest_of(lost_visits=(lost,)))
    assert read_manifest(tmp_path).lost_visits == (lost,)


def test_a_manifest_from_before_lost_visits_has_none(tmp_path: Path) -> None:
    write_manifest(tmp_path, manifest_of())
    file = tmp_path / "manifest.json"
    raw = json.loads(file.read_text())
    del raw["lost_visits"]
    file.write_text(json.dumps(raw))
    assert read_manifest(tmp_path).lost_visits == ()
