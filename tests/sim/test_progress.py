from __future__ import annotations

import io
import itertools

from rich.console import Console

from sim.progress import simulation_progress


def test_without_a_terminal_a_line_is_said_every_10_s_of_wall_clock():
    output = io.StringIO()
    clock = itertools.count(step=4)  # each look at the clock is 4 s later
    with simulation_progress(
        Console(file=output), name="smoke", duration_s=60.0, clock=lambda: float(next(clock))
    ) as progress:
        for second in range(7):
            progress(float(second))
    # Looks at 0; 4, 8, 12 (said, looks again: 16); 20, 24, 28 (said); ...
    assert output.getvalue().splitlines() == [
        "simulating smoke: 2 of 60 s",
        "simulating smoke: 5 of 60 s",
    ]


def test_on_a_terminal_a_bar_is_shown_and_taken_away():
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=100)
    with simulation_progress(console, name="smoke", duration_s=60.0, clock=lambda: 0.0) as progress:
        progress(30.0)
        progress(90.0)
    assert "simulating smoke" in output.getvalue()
