"""Without numba the event engine does everything, and the compiled one says what is missing."""

from __future__ import annotations

import subprocess
import sys

from sim.engines import chosen_engine, is_kernel_there
from tests.architecture.source_files import ROOT

WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None  # as if it were not installed
from pathlib import Path
from sim.run import SimulationOptions, simulate_to_record
from tests.sim.plans import HandMadePlan, action
from tests.sim.plays import one_desk
plan = HandMadePlan(intended_s=[0.0, 1.0], actions=[action("look")])
def play(engine):
    options = SimulationOptions(engine=engine)
    return simulate_to_record(
        plan, one_desk(), Path(sys.argv[1]) / engine, run_id="r", options=options
    )
print(play("auto").options["engine"])
try:
    play("kernel")
except Exception as error:
    print(type(error).__name__, error, Path(sys.argv[1], "kernel").exists())
"""


def test_without_numba_the_event_engine_plays_and_the_compiled_one_says_what_it_needs(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMBA, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    engine, refusal = done.stdout.splitlines()[:2]
    assert engine == "event"
    assert refusal.startswith("DocumentError")
    assert "doorbuster[fast]" in refusal
    assert refusal.endswith("False"), "it leaves no directory"


def test_the_compiled_engine_plays_where_it_can_unless_another_is_asked_for():
    assert chosen_engine("event")[0] == "event"
    assert chosen_engine("auto")[0] == ("kernel" if is_kernel_there() else "event")
