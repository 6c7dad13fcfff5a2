"""A log as a plan of visits."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scenarios.campaigns
from reports.documents.mistake import DocumentError
from reports.record.planned import plan_facts
from scenarios.workload import log_replay
from scenarios.workload.log_replay import read_replay
from scenarios.workload.plan import VisitChunk, VisitPlan, plan_visits

SAMPLE = Path(scenarios.campaigns.__file__).parent / "sample_access.log"
START = datetime(2015, 5, 20, 12, tzinfo=UTC)
COLUMNS = [each.name for each in fields(VisitChunk) if "index" not in each.name]
TIMED = '%h %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D'


def row(at_s, path, *, client="192.0.2.1", agent="a", method="GET", took_s=None, status=200):
    at = f"{START + timedelta(seconds=at_s):%d/%b/%Y:%H:%M:%S +0000}"
    asked = f'[{at}] "{method} {path} HTTP/1.1" {status} 1 "-" "{agent}"'
    if took_s is None:
        return f"{client} - - {asked}"
    return f"{client} {asked} {int(took_s * 1e6)}"


@pytest.fixture
def log(tmp_path):
    def write(*rows):
        file = tmp_path / "shop.log"
        file.write_text("\n".join(rows) + "\n")
        return file

    return write


def played(plan):
    return [
        (each.intended_s, [(action.path, action.think_s) for action in each.actions])
        for each in plan_visits(plan)
    ]


def columns(plan):
    return [tuple(getattr(chunk, name).tobytes() for name in COLUMNS) for chunk in plan.chunks()]


def test_a_session_is_a_visit_and_a_gap_is_a_think_time(log):
    plan = read_replay(
        log(
            row(0, "/"),
            row(3, "/", client="192.0.2.2"),
            row(5, "/a"),
            row(6, "/", agent="b"),
            row(12, "/b"),
            row(2000, "/again"),
        )
    )
    assert played(plan) == [
        (0.0, [("/", 0.0), ("/a", 5.0), ("/b", 7.0)]),
        (3.0, [("/", 0.0)]),
        (6.0, [("/", 0.0)]),
        (2000.0, [("/again", 0.0)]),
    ]


def test_lines_out_of_order_are_sorted_by_time(log):
    plan = read_replay(log(row(9, "/late"), row(0, "/early"), row(4, "/middle")))
    assert played(plan) == [(0.0, [("/early", 0.0), ("/middle", 4.0), ("/late", 5.0)])]
    assert "1 steps back in time: requests are sorted by time" in plan.notes


def test_a_logged_duration_is_no_think_time(log):
    rows = (row(0, "/", took_s=1.5), row(4, "/a", took_s=9), row(6, "/b", took_s=1))
    plan = read_replay(log(*rows), log_format=TIMED, speed=2)
    assert played(plan) == [(0.0, [("/", 0.0), ("/a", 1.25), ("/b", 0.0)])]


@given(
    requests=st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 4)), min_size=1, max_size=40),
    speed=st.floats(0.1, 1000),
)
@settings(deadline=None, max_examples=50)
def test_speed_divides_every_instant_and_every_gap(tmp_path_factory, requests, speed):
    file = tmp_path_factory.getbasetemp() / "speed.log"
    file.write_text("\n".join(row(at, "/", client=f"h{who}") for at, who in requests) + "\n")
    slow, fast = read_replay(file), read_replay(file, speed=speed)
    assert fast.duration_s == pytest.approx(slow.duration_s / speed)
    for one, other in zip(plan_visits(slow), plan_visits(fast), strict=True):
        assert other.intended_s == pytest.approx(one.intended_s / speed)
        assert [each.think_s for each in other.actions] == pytest.approx(
            [each.think_s / speed for each in one.actions]
        )


def test_assets_and_unsafe_methods_are_dropped_and_counted(log):
    file = log(row(0, "/"), row(1, "/a.css"), row(2, "/b.png"), row(3, "/buy", method="POST"))
    plan = read_replay(file)
    assert plan.tables.paths == ("/",)
    assert "dropped, asset: 2" in plan.notes
    assert "dropped, method other than GET and HEAD: 1" in plan.notes
    assert read_replay(file, keep_assets=True).tables.paths == ("/", "/a.css", "/b.png")


def test_an_action_knows_the_refusal_that_was_logged(log):
    file = log(row(0, "/a", status=404), row(1, "/a"), row(2, "/b", status=304))
    (visit,) = plan_visits(read_replay(file))
    told = [(each.path, each.logged_status) for each in visit.actions]
    assert told == [("/a", 404), ("/a", 0), ("/b", 0)]


def test_neither_clients_nor_secrets_are_in_a_plan(log):
    plan = read_replay(log(row(0, "/a?email=joe@example.com"), "junk token=?key=hush joe@x.org"))
    shown = f"{plan.text}{plan.notes}{plan.tables}"
    assert plan.tables.paths == ("/a?email=scrubbed",)
    assert not any(each in shown for each in ("joe", "hush", "192.0.2.1"))


def test_a_duration_keeps_the_first_seconds_of_the_replay(log):
    file = log(row(0, "/"), row(30, "/a"), row(59, "/", client="b"), row(60, "/", client="c"))
    plan = read_replay(file, speed=2, duration_s=30)
    assert plan.duration_s == 30
    assert [at_s for at_s, _ in played(plan)] == [0.0, 29.5]
    assert read_replay(file, duration_s=999).duration_s == 61


def test_a_plan_gives_the_same_bytes_each_time():
    one, other = (read_replay(SAMPLE, amplify=2.5, seed=7) for _ in range(2))
    assert columns(one) == columns(one) == columns(other)
    assert columns(one) != columns(read_replay(SAMPLE, amplify=2.5, seed=8))


def test_chunks_of_any_size_tell_the_same_visits(monkeypatch):
    plan = read_replay(SAMPLE, amplify=3)
    whole = list(plan_visits(plan))
    monkeypatch.setattr(log_replay, "VISITS_PER_CHUNK", 7)
    assert list(plan_visits(plan)) == whole
    assert len(list(plan.chunks())) > 20


def test_amplifying_multiplies_every_expectation():
    plan, triple = read_replay(SAMPLE), read_replay(SAMPLE, amplify=3)
    assert triple.expected_visits == 3 * plan.expected_visits == len(list(plan_visits(triple)))
    assert triple.expected_actions() == {"fetch": 3 * plan.expected_actions()["fetch"]}
    assert triple.duration_s == plan.duration_s


@pytest.mark.parametrize("duration_s", [None, 20.5])
def test_the_planned_rate_integrates_to_the_visits(duration_s):
    plan = read_replay(SAMPLE, duration_s=duration_s)
    step_s = plan.duration_s / 31_000
    t_s = (np.arange(31_000) + 0.5) * step_s
    assert plan.rate_at(t_s).sum() * step_s == pytest.approx(plan.expected_visits, rel=1e-3)
    assert plan.rate_at(np.array([-1.0, plan.duration_s, 1e9])).tolist() == [0, 0, 0]


def test_a_replay_is_a_plan_like_any_other():
    plan: VisitPlan = read_replay(SAMPLE, speed=10)
    facts = plan_facts(plan)
    assert facts.planned_visits == plan.expected_visits
    assert facts.tables["step"] == ("fetch",)
    assert [each.name for each in facts.phases] == ["replay"]
    visits = list(plan_visits(plan))
    assert [each.index for each in visits] == list(range(len(visits)))
    assert all(0 <= each.intended_s < plan.duration_s for each in visits)
    assert all(each.actions[0].think_s == 0 for each in visits)
    assert all(each.patience_s == 30 for each in visits)


def test_the_sample_asks_for_pages_of_the_reference_shop():
    plan = read_replay(SAMPLE)
    heads = {"/".join(path.partition("?")[0].split("/")[:3]) for path in plan.tables.paths}
    assert heads == {"/", "/api/categories", "/api/products", "/api/search"}
    assert "sample_access.log: 300 lines read, 3 malformed" in plan.notes


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"speed": 0}, "--speed: must be > 0, got 0"),
        ({"speed": float("nan")}, "--speed: must be > 0, got nan"),
        ({"amplify": -1}, "--amplify: must be > 0 and at most 10,000, got -1"),
        ({"seed": -1}, "--seed: must not be negative, got -1"),
        ({"duration_s": 0}, "--duration: must be > 0, got 0"),
        ({"amplify": 1e-9}, "--amplify: 1e-09 keeps none of the log's"),
    ],
)
def test_an_option_out_of_range_says_so(option, message):
    with pytest.raises(DocumentError) as refused:
        read_replay(SAMPLE, **option)
    assert message in str(refused.value)


def test_options_out_of_range_are_told_all_at_once():
    with pytest.raises(DocumentError) as refused:
        read_replay(SAMPLE, speed=-1, amplify=0, duration_s=-2)
    assert len(refused.value.mistakes) == 3


def test_a_log_that_leaves_nothing_to_replay_says_why(log):
    with pytest.raises(DocumentError, match=r"of 2 requests, dropped: asset 1, method other than"):
        read_replay(log(row(0, "/a.css"), row(1, "/", method="POST")))
