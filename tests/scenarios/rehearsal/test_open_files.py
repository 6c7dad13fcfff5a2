"""Open files: raised when they can be, refused before the run when they cannot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scenarios.rehearsal.open_files import RESERVED_FILES

ROOT = Path(__file__).parents[3]
IN_A_PROCESS = """
import resource, sys
soft, hard, in_flight = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from scenarios.rehearsal.open_files import require_open_files
try:
    require_open_files(in_flight)
except Exception as error:
    print(type(error).__name__, error)
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def with_limits(soft: int, hard: int, *, in_flight: int) -> list[str]:
    """What a process of its own said, whose limits these were."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, str(soft), str(hard), str(in_flight)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("soft", "hard", "after"),
    [(200, 900, 700), (800, 900, 800), (200, 700, 700)],
)
def test_the_soft_limit_is_raised_as_far_as_is_needed_and_never_lowered(soft, hard, after):
    assert with_limits(soft, hard, in_flight=700 - RESERVED_FILES) == [f"{after} {hard}"]


def test_too_low_a_hard_limit_is_refused_with_the_number_to_change():
    refused, _ = with_limits(200, 699, in_flight=700 - RESERVED_FILES)
    assert refused == (
        "DocumentError --in-flight: 600 visits at once need 700 open files, but this process may "
        "have 699 at most: give --in-flight 599, or raise the hard limit (ulimit -Hn)"
    )


def test_the_verb_run_refuses_with_exit_code_2():
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300));"
        "import doorbuster;"
        "raise SystemExit(doorbuster.main(['run', 'smoke', '--target', 'http://127.0.0.1:9']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "--in-flight: 5,000 visits at once need 5,100 open files" in done.stderr
    assert "Traceback" not in done.stderr
