"""What each kind of shopper got."""

from __future__ import annotations

from pathlib import Path

from reports.analysis.persona_table import PersonaActions, persona_table
from reports.record.outcome import Outcome
from tests.reports.records import record_of, row


def test_actions_that_ended_ok_are_counted_by_persona_and_step(tmp_path: Path) -> None:
    """Visits of even numbers are office workers, of odd ones students."""
    rows = [
        row(0),
        row(0, step="pay", action=1, outcome=Outcome.REJECTED),
        row(1),
        row(1, step="pay", action=1),
        row(3, outcome=Outcome.FAILED),
    ]
    assert persona_table(record_of(tmp_path, rows)) == (
        PersonaActions(
            persona="office_worker",
            visits=1,
            ok={"open_home": 1, "pay": 0},
            total={"open_home": 1, "pay": 1},
        ),
        PersonaActions(
            persona="student",
            visits=2,
            ok={"open_home": 1, "pay": 1},
            total={"open_home": 2, "pay": 1},
        ),
    )


def test_a_persona_that_never_came_has_no_line(tmp_path: Path) -> None:
    [only] = persona_table(record_of(tmp_path, [row(0)]))
    assert only.persona == "office_worker"


def test_an_empty_record_has_no_lines(tmp_path: Path) -> None:
    assert persona_table(record_of(tmp_path, [])) == ()
