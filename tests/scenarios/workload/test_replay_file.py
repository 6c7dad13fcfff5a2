"""A replay that is written down: its log, its pace, and every mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.documents.mistake import DocumentError
from scenarios.rehearsal.document_kind import schema_of
from scenarios.workload.campaign_file import CAMPAIGNS
from scenarios.workload.replay_file import ReplayDefinition, read_replay_file

GOOD = "replay: logs/a.log\nspeed: 10\namplify: 0.5\nduration: 1m\nformat: common\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text("")
    return tmp_path / "r.yaml"


def test_the_log_lies_beside_the_file(file: Path) -> None:
    file.write_text(GOOD)
    assert read_replay_file(file) == ReplayDefinition(
        log=str(file.parent / "logs" / "a.log"),
        speed=10.0,
        amplify=0.5,
        duration_s=60.0,
        format="common",
    )


def test_the_log_may_lie_anywhere(file: Path) -> None:
    file.write_text(f"replay: {file.parent / 'logs' / 'a.log'}\n")
    assert read_replay_file(file).log == str(file.parent / "logs" / "a.log")


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("logs/a.log", "b.log", ":1:9 replay: there is no file {here}/b.log"),
        ("speed: 10", "speed: 0", ":2:8 speed: must be greater than 0, got 0"),
        ("amplify: 0.5", "amplify: 1e9",
         ":3:10 amplify: must be less than or equal to 10000, got 1000000000.0"),
        ("1m", "-1m", ':4:11 duration: must be > 0, got "-1m"'),
        ("common", "commmon", ":5:9 format: is neither a known layout nor a format string with %x "
         "or $name in it (known: combined, common, nginx, nginx_main, combinedio, vhost_combined, "
         'vhost_common), got "commmon"'),
        ("speed", "sped", ':2:1 sped: unknown key, did you mean "speed"?'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(file: Path, right: str, wrong: str, told: str) -> None:
    file.write_text(GOOD.replace(right, wrong))
    with pytest.raises(DocumentError) as refused:
        read_replay_file(file)
    assert str(refused.value) == f"{file}{told.format(here=file.parent)}"


def test_the_schema_for_editors_is_fresh() -> None:
    """After a change: `doorbuster validate --schema replay > replay.schema.json`."""
    assert (CAMPAIGNS / "replay.schema.json").read_text("utf-8") == schema_of("replay")
