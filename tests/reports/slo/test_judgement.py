"""One judgement, one exit code: what happened first decides."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest

from reports.documents.mistake import DocumentError
from reports.record.manifest import Ending, Invariant
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from reports.slo.exit_code import ExitCode
from reports.slo.judgement import judge
from reports.slo.objective import Objective
from reports.slo.objective_file import parse_objectives
from tests.reports.records import COMPLETED, manifest_of, record_of, row, shares

SUCCESS = Objective(name="success", indicator="success", target=Fraction(99, 100))
BROKEN = Invariant(name="no oversell", held=False, evidence="120 on sale, 121 sold")
HELD = dataclasses.replace(BROKEN, held=True, evidence="120 on sale, 120 sold")
INTERRUPTED = Ending(reason="interrupted", at_s=21.0)
ABORTED = Ending(reason="aborted", at_s=21.0, detail="error guard")


def run(
    directory: Path,
    *,
    good: int = 100,
    lag_s: float = 0.0,
    ending: Ending | None = COMPLETED,
    invariant: Invariant = HELD,
) -> RunRecord:
    outcomes = [Outcome.OK] * good + [Outcome.FAILED] * (100 - good)
    rows = [row(k, outcome=each, lag_s=lag_s) for k, each in enumerate(outcomes)]
    return record_of(directory, rows, ending=ending, invariants=[invariant])


@pytest.mark.parametrize(
    ("circumstances", "exit_code"),
    [
        ({"ending": INTERRUPTED, "lag_s": 1.0, "good": 0, "invariant": BROKEN}, 130),
        ({"ending": ABORTED, "lag_s": 1.0, "good": 0, "invariant": BROKEN}, 4),
        ({"lag_s": 1.0, "good": 0, "invariant": BROKEN}, 5),
        ({"good": 0}, 1),
        ({"invariant": BROKEN}, 1),
        ({"ending": None, "good": 0}, 1),
        ({"ending": None}, 3),
        ({}, 0),
    ],
)
def test_the_exit_code_follows_the_precedence(
    tmp_path: Path, circumstances: dict[str, object], exit_code: int
) -> None:
    found = judge(run(tmp_path, **circumstances), [SUCCESS])  # type: ignore[arg-type]
    assert found.exit_code == exit_code


def test_no_objectives_are_inconclusive(tmp_path: Path) -> None:
    assert judge(run(tmp_path), []).exit_code is ExitCode.INCONCLUSIVE


def test_one_objective_without_data_keeps_the_whole_from_green(tmp_path: Path) -> None:
    silent = dataclasses.replace(SUCCESS, name="pay", steps=("pay",))
    found = judge(run(tmp_path), [SUCCESS, silent])
    assert [each.outcome for each in found.verdicts] == ["met", "no_data"]
    assert found.exit_code is ExitCode.INCONCLUSIVE


def test_an_empty_run_is_never_green(tmp_path: Path) -> None:
    assert judge(record_of(tmp_path, []), [SUCCESS]).exit_code is ExitCode.INCONCLUSIVE


def test_a_killed_run_is_inconclusive_at_best(tmp_path: Path) -> None:
    found = judge(run(tmp_path, ending=None), [SUCCESS])
    assert found.cut_short == "the run was killed before its end"
    assert [each.outcome for each in found.verdicts] == ["inconclusive"]


def test_an_abort_says_why(tmp_path: Path) -> None:
    found = judge(run(tmp_path, ending=ABORTED), [SUCCESS])
    assert found.cut_short == "the run was aborted after 21 s: error guard"
    assert found.overall == "aborted"


def test_unchecked_stock_is_said_and_claims_nothing(tmp_path: Path) -> None:
    manifest = manifest_of(planned_visits=1)
    manifest = dataclasses.replace(manifest, plan=dataclasses.replace(manifest.plan, stock={1: 5}))
    found = judge(record_of(tmp_path, [row(0)], manifest=manifest), [SUCCESS])
    assert found.stock_unchecked
    assert found.invariants == ()


def test_words_that_the_run_does_not_know_are_mistakes_with_their_line(tmp_path: Path) -> None:
    text = (
        "objectives:\n"
        "  - {name: a, indicator: success, target: 99 %, steps: [pay, plase_order]}\n"
        "  - {name: b, indicator: success, target: 99 %, phases: [zzz]}\n"
        "  - {name: c, indicator: acceptance, target: 99 %, personas: [studnet], tiers: [x]}\n"
    )
    with pytest.raises(DocumentError) as caught:
        judge(shares(tmp_path, 1, 1), parse_objectives(text, "a.yaml"))
    assert str(caught.value).splitlines() == [
        'a.yaml:2:62 objectives[0].steps[1]: unknown step "plase_order", '
        'did you mean "place_order"?',
        'a.yaml:3:58 objectives[1].phases[0]: unknown phase "zzz", '
        "the run has warm_up, preheat, burst",
        'a.yaml:4:63 objectives[2].personas[0]: unknown persona "studnet", did you mean "student"?',
        'a.yaml:4:81 objectives[2].tiers[0]: unknown tier "x", the run has regular, diamond',
    ]


@pytest.mark.parametrize(
    ("kept_out", "outcome"), [(2, "met"), (3, "inconclusive"), (100, "inconclusive")]
)
def test_later_steps_say_nothing_of_visits_that_were_not_sent(
    tmp_path: Path, kept_out: int, outcome: str
) -> None:
    """Of 200 visits the target of 99 % could have lost two; 100 paid in time."""
    steps = ("open_home", "pay")
    seen = [
        row(k, step=step, action=action)
        for k in range(200 - kept_out)
        for action, step in enumerate(steps)
    ]
    unseen = [row(200 - kept_out + k, outcome=Outcome.NOT_SENT) for k in range(kept_out)]
    paid = dataclasses.replace(SUCCESS, steps=("pay",))
    (verdict,) = judge(record_of(tmp_path, [*seen, *unseen]), [paid]).verdicts
    assert verdict.outcome == outcome
