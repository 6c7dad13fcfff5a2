"""Machine code is kept where it can be, and found again."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("numba")

from sim.kernel_engine import compiled

PROGRAM = """
from sim.engine.contract import EngineOptions
from sim.kernel_engine.engine import play
from tests.sim.plans import HandMadePlan, action
from tests.sim.plays import KeptRows, one_desk
plan = HandMadePlan(intended_s=[0.0, 1.0], actions=(action("look"),))
print(play(plan, one_desk(), KeptRows(), EngineOptions(seed=1)).at_s)
"""


def test_code_is_kept_in_the_folder_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled.config, "CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = compiled.cache_folder()
    assert folder
    assert folder.parent == tmp_path / "doorbuster"


def test_a_folder_named_for_numba_is_kept_to(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled.config, "CACHE_DIR", str(tmp_path))
    folder = compiled.cache_folder()
    assert folder
    assert folder.parent == tmp_path


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(compiled.config, "CACHE_DIR", str(tmp_path / "file"))
    assert compiled.cache_folder() is None


@pytest.mark.slow
def test_a_second_process_compiles_nothing(tmp_path):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    kept = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout == "2.0\n"
        kept.append({file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.nb*")})
    assert kept[0]
    assert kept[0] == kept[1]
