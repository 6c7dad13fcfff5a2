"""Quantiles and counts are exact: whoever played the visits, and to the nanosecond at a limit."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports.analysis.quantiles import times_by_step, times_of
from reports.record.outcome import Outcome
from reports.record.reader import read_record
from reports.record.row import ActionRow
from reports.record.writer import RecordWriter
from reports.slo.count import count, good_actions
from reports.slo.objective import Objective
from tests.reports.records import COMPLETED, manifest_of, record_of, row

BELOW_S = 1.2
WITHIN = Objective(
    name="in time", indicator="response_time", target=Fraction(95, 100), below_s=BELOW_S
)
NS = 1_000_000_000


def shop_rows(seed: int, visits: int = 400) -> list[ActionRow]:
    draws = np.random.default_rng(seed)
    return [
        row(visit, intended_s=10.0 + visit / 100, response_time_s=float(draws.exponential(0.6)),
            step=("open_home", "search")[visit % 2],
            outcome=Outcome.OK if draws.random() < 0.9 else Outcome.FAILED)
        for visit in range(visits)
    ]  # fmt: skip


def merged(directory: Path, rows: list[ActionRow], owner: list[int], flush_every: int):
    """The record of `rows` when each visit was played by its `owner`, in a few segments each."""
    together = directory / "together"
    with RecordWriter(together, manifest_of(planned_visits=len(rows))) as writer:
        writer.close(COMPLETED)
    for worker in sorted(set(owner)):
        apart = directory / f"worker-{worker}"
        mine = [
            each._replace(worker=worker)
            for each, by in zip(rows, owner, strict=True)
            if by == worker
        ]
        with RecordWriter(apart, manifest_of()) as writer:
            for number, each in enumerate(mine):
                writer.action(each)
                if number % flush_every == 0:
                    writer.flush()
        for segment in apart.glob("actions-*.parquet"):
            number = segment.stem.removeprefix("actions-")
            shutil.copy(segment, together / f"actions-w{worker:02}-{number}.parquet")
    return read_record(together)


@settings(max_examples=8)
@given(
    seed=st.integers(0, 99),
    workers=st.integers(1, 6),
    flush_every=st.integers(7, 300),
    data=st.data(),
)
def test_merging_the_records_of_workers_changes_no_figure(seed, workers, flush_every, data):
    """They are order statistics of all rows together: not one is made from workers' own."""
    rows = shop_rows(seed)
    lots = np.random.default_rng(data.draw(st.integers(0, 99)))
    owner = lots.integers(1, workers + 1, len(rows)).tolist()
    with TemporaryDirectory() as directory:
        alone = record_of(Path(directory) / "alone", rows)
        together = merged(Path(directory), rows, owner, flush_every)
    assert len(together.actions) == len(rows)
    assert times_of(together.actions) == times_of(alone.actions)
    assert times_by_step(together) == times_by_step(alone)
    assert count(together, WITHIN) == count(alone, WITHIN)


def test_a_quantile_made_from_those_of_workers_would_be_wrong(tmp_path: Path) -> None:
    """The rule above has teeth: one worker that met a slow server hides in an average of p95."""
    rows = [row(k, response_time_s=2.0 if k < 20 else 0.1) for k in range(200)]
    together = times_of(merged(tmp_path, rows, [1] * 20 + [2] * 180, 50).actions).response_time_s
    apart = [
        times_of(record_of(tmp_path / f"{k}", part).actions).response_time_s.p95
        for k, part in enumerate((rows[:20], rows[20:]))
    ]
    assert together.p95 == 2.0
    assert np.mean(apart) < 1.1


@given(
    intended_ns=st.integers(0, 86_400 * NS),
    over_ns=st.integers(-3, 3) | st.integers(-NS, 9 * NS),
    outcome=st.sampled_from(Outcome),
)
@example(intended_ns=100 * NS, over_ns=0, outcome=Outcome.OK)
@example(intended_ns=86_400 * NS, over_ns=1, outcome=Outcome.OK)
def test_a_count_at_a_limit_is_exact_to_the_nanosecond(intended_ns, over_ns, outcome):
    """Instants are kept as binary seconds, of which a nanosecond is no whole part: the rule is
    that of whole nanoseconds all the same, for a day long."""
    finished_ns = intended_ns + round(BELOW_S * NS) + over_ns
    actions = pd.DataFrame({"intended_s": [intended_ns / NS], "finished_s": [finished_ns / NS]})
    words = [each.word for each in Outcome]
    actions["outcome"] = pd.Categorical.from_codes([outcome], words)
    answered = outcome in (Outcome.OK, Outcome.REJECTED)
    assert good_actions(actions, WITHIN)[0] == (answered and over_ns <= 0)
