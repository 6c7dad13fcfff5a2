"""Every output shows every kind of run, breaks on none and turns none green that is not."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from rich.console import Console

from reports.analysis.comparison import compare
from reports.record.manifest import Ending, Invariant, RecordError
from reports.record.outcome import Outcome
from reports.record.reader import RunRecord
from reports.render.bundle import write_report
from reports.render.junit import junit_text
from reports.render.page import html_page
from reports.render.text import MOST_LINES, summary
from reports.render.verdict_json import SCHEMA_FILE, finite, verdict_document, verdict_text
from reports.slo.judgement import Judgement, judge
from reports.slo.objective import Objective
from reports.slo.objective_file import DEFAULT_FILE, read_objectives
from tests.reports.records import record_of, row, shares, shop_record
from tests.reports.render.samples import (
    HOSTILE,
    SAMPLES,
    empty,
    killed,
    lost_worker,
    overrun,
    slow_platform,
)

VOID = {"meta", "br", "path", "use", "link", "img", "rect", "hr", "input"}


@pytest.fixture(scope="module", params=SAMPLES, ids=lambda sample: sample.__name__)
def judged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[RunRecord, Judgement]:
    sample: Callable[[Path], RunRecord] = request.param
    record = sample(tmp_path_factory.mktemp("run") / "run")
    return record, judge(record, read_objectives(DEFAULT_FILE), objectives_from="the defaults")


@pytest.fixture(scope="module")
def page(judged: tuple[RunRecord, Judgement]) -> str:
    return html_page(*judged)


class Elements(HTMLParser):
    """Collects what a browser would fetch or run, and checks that elements are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            assert not name.startswith("on"), (tag, name)
            outside = name in ("src", "srcset", "action", "data", "poster")
            if outside or (name.endswith("href") and not (value or "").startswith("#")):
                self.fetched.append(f"{tag} {name}={value}")
            if "url(" in (value or "") and "url(#" not in (value or ""):
                self.fetched.append(f"{tag} {name}={value}")
        if tag in ("script", "link", "iframe", "object", "embed", "img"):
            self.fetched.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_fetches_and_runs_nothing(page: str) -> None:
    elements = Elements()
    elements.feed(page)
    elements.close()
    assert elements.fetched == []
    assert elements.open == []


def test_the_page_has_no_colour_that_a_dark_page_would_not_change(page: str) -> None:
    body = page[page.index("<body>") :]
    drawn = re.findall(r"(?:fill|stroke): ?(#\w+|black|white)", body)
    assert drawn == []
    used = set(re.findall(r"var\(--(\w+)\)", page))
    assert used <= set(re.findall(r"--(\w+):#", page))


def test_the_page_says_no_nan(page: str) -> None:
    elements = Elements()
    elements.feed(page)
    assert not re.search(r"\b(nan|None|inf)\b", elements.text.split("</style>")[-1])


def test_the_page_tells_the_players_options_in_words(tmp_path: Path) -> None:
    record = shop_record(tmp_path)
    options = {"in_flight_limit": 5000, "timeout_s": 10.0, "drain_s": 60.0}
    manifest = dataclasses.replace(record.manifest, options=options)
    page = html_page(dataclasses.replace(record, manifest=manifest), judge(record, []))
    assert "<dt>timeout</dt><dd>10 s</dd><dt>drain</dt><dd>60 s</dd>" in page
    assert "<dt>in flight limit</dt><dd>5000</dd>" in page


def test_the_page_of_a_partial_run_says_so_first(tmp_path: Path) -> None:
    record = killed(tmp_path)
    page = html_page(record, judge(record, []))
    assert page.index("Partial run") < page.index("<h2>Verdicts")


def test_what_comes_from_outside_is_text_on_the_page(tmp_path: Path) -> None:
    record = next(each for each in SAMPLES if each.__name__ == "hostile")(tmp_path)
    page = html_page(record, judge(record, read_objectives(DEFAULT_FILE)))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_chart_without_data_is_a_sentence(tmp_path: Path) -> None:
    record = empty(tmp_path)
    page = html_page(record, judge(record, []))
    assert "<svg" not in page
    for sentence in ("The plan has no arrivals.", "No action was recorded.", "no funnel"):
        assert sentence in page


def test_the_page_compares_with_a_second_run(tmp_path: Path) -> None:
    one = shop_record(tmp_path / "m")
    other = shop_record(tmp_path / "s", origin="simulated")
    comparison = compare(one, other)
    page = html_page(one, judge(one, []), comparison=comparison)
    assert "Measured against simulated" in page
    assert "The largest relative distance is" in page
    assert page.count("<svg") == 7


def test_the_verdict_fits_its_schema(judged: tuple[RunRecord, Judgement]) -> None:
    schema = json.loads(SCHEMA_FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(verdict_text(*judged), parse_constant=pytest.fail)
    jsonschema.validate(document, schema)
    assert document["exit_code"] == judged[1].exit_code


def test_the_verdict_has_the_figures_of_the_record(tmp_path: Path) -> None:
    record = shop_record(tmp_path)
    judgement = judge(record, read_objectives(DEFAULT_FILE))
    document = verdict_document(record, judgement)
    pay = record.actions[record.actions["step"] == "pay"]
    times = (pay["finished_s"] - pay["intended_s"]).dropna()
    assert document["quantiles"]["pay"]["response_time_s"]["n"] == len(times)
    assert document["quantiles"]["pay"]["response_time_s"]["max"] == times.max()
    assert sum(map(sum, (each.values() for each in document["outcomes"].values()))) == len(
        record.actions
    )
    for each, verdict in zip(document["objectives"], judgement.verdicts, strict=True):
        assert (each["good"], each["total"]) == (verdict.good, verdict.total)
        assert each["interval"][0] <= each["achieved"] <= each["interval"][1]


def test_numbers_that_json_cannot_hold_become_null() -> None:
    value = {"a": [float("nan"), 1.5], "b": (float("inf"),), "c": "nan"}
    assert finite(value) == {"a": [None, 1.5], "b": [None], "c": "nan"}


def test_junit_passes_only_what_is_met(judged: tuple[RunRecord, Judgement]) -> None:
    record, judgement = judged
    root = ElementTree.fromstring(junit_text(judgement, record.manifest))
    passed = {
        case.get("name")
        for case in root.iter("testcase")
        if not {each.tag for each in case} & {"failure", "error", "skipped"}
    } - {"the run is valid and complete"}
    met = {each.objective.name for each in judgement.verdicts if each.outcome == "met"}
    if judgement.limit and judgement.limit.outcome == "found":
        met.add("the limit is found")
    assert passed == met | {each.name for each in judgement.invariants if each.held}
    bad = int(root.get("failures", 0)) + int(root.get("errors", 0))
    assert (bad == 0) == (judgement.exit_code == 0)
    assert int(root.get("tests", 0)) == len(list(root.iter("testcase")))


def test_every_output_says_whom_an_objective_is_about(tmp_path: Path) -> None:
    record = shop_record(tmp_path)
    objective = Objective(
        name="students pay", indicator="acceptance", target=Fraction(1, 2), steps=("pay",),
        personas=("student",),
    )  # fmt: skip
    judgement = judge(record, [objective])
    words = "ok, not rejected · persona student · pay"
    assert words in html_page(record, judgement)
    document = verdict_document(record, judgement)
    jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text()))
    [found] = document["objectives"]
    assert (found["personas"], found["steps"], found["tiers"]) == (["student"], ["pay"], None)
    [case] = ElementTree.fromstring(junit_text(judgement, record.manifest)).findall(
        "*/testcase[@name='students pay']"
    )
    said = case.findtext("system-out") or ""
    assert said.splitlines()[0] == words
    assert f"{found['good']} of {found['total']} good" in said


def test_every_output_says_what_each_kind_of_shopper_got(tmp_path: Path) -> None:
    record = record_of(
        tmp_path,
        [
            row(0, step="place_order"),
            *(row(k, step="place_order", outcome=Outcome.REJECTED) for k in (2, 4, 1)),
        ],
    )
    judgement = judge(record, [])
    page = html_page(record, judgement)
    # A column for each shopper: of ten steps beside each other the last ones were cut off.
    assert '<th class="text">Step</th><th>office_worker</th><th>student</th>' in page
    assert '<td class="text">place_order</td><td>1 of 3</td><td>0 of 1</td>' in page
    worker, student = verdict_document(record, judgement)["personas"]
    assert (worker["ok"], worker["total"]) == ({"place_order": 1}, {"place_order": 3})
    assert (student["visits"], student["ok"]) == (1, {"place_order": 0})


def test_junit_without_objectives_is_an_error(tmp_path: Path) -> None:
    record = shop_record(tmp_path)
    root = ElementTree.fromstring(junit_text(judge(record, []), record.manifest))
    assert int(root.get("errors", 0)) == 1


def shown(judgement: Judgement, record: RunRecord, width: int = 80) -> str:
    console = Console(width=width, no_color=True, force_terminal=False)
    with console.capture() as capture:
        files = [Path("runs/20261111T000000-a_campaign_with_a_long_name/report.html")]
        console.print(summary(judgement, record.manifest, files=files), crop=False)
    return capture.get()


@pytest.mark.parametrize("width", [80, 200])
def test_the_summary_takes_25_lines_at_most(
    judged: tuple[RunRecord, Judgement], width: int
) -> None:
    record, judgement = judged
    assert len(shown(judgement, record, width).splitlines()) <= MOST_LINES


def test_in_a_narrow_terminal_only_words_are_cut(tmp_path: Path) -> None:
    record = shares(tmp_path, 3, 3)
    judgement = judge(record, read_objectives(DEFAULT_FILE))
    text = shown(judgement, record, width=80)
    assert "target  achieved" in text
    assert "budget spent" in text
    narrow = shown(judgement, record, width=60)
    assert "→ runs/20261111T000000-a_campaign_with_a_long_name/report.html\n" in narrow


def test_what_the_headline_says_is_not_said_again_in_every_row(tmp_path: Path) -> None:
    record = shop_record(tmp_path)
    ending = Ending(reason="interrupted", at_s=10.0, detail="SIGINT from the operator")
    manifest = dataclasses.replace(record.manifest, ending=ending)
    record = dataclasses.replace(record, manifest=manifest)
    text = shown(judge(record, read_objectives(DEFAULT_FILE)), record, width=200)
    assert text.count("SIGINT from the operator") == 1


def test_many_verdicts_take_25_lines_too_and_the_worst_are_shown(tmp_path: Path) -> None:
    record = shop_record(tmp_path)
    found = judge(record, read_objectives(DEFAULT_FILE))
    broken = Invariant(name="no oversell", held=False, evidence="many words " * 30)
    met = next(each for each in found.verdicts if each.outcome == "met")
    violated = next(each for each in found.verdicts if each.outcome == "violated")
    crowded = dataclasses.replace(
        found, verdicts=(met,) * 50 + (violated,), invariants=(broken,) * 9, objectives_from="x"
    )
    text = shown(crowded, record)
    assert len(text.splitlines()) <= MOST_LINES
    assert "✗ violated" in text
    assert "more: met" in text


def test_the_summary_has_no_colours_where_none_are_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = shop_record(tmp_path)
    judgement = judge(record, read_objectives(DEFAULT_FILE))
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(width=80, force_terminal=True)
    with console.capture() as capture:
        console.print(summary(judgement, record.manifest))
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", capture.get())


def test_a_report_is_three_files(tmp_path: Path) -> None:
    record = shop_record(tmp_path / "run")
    judgement = judge(record, read_objectives(DEFAULT_FILE))
    files = write_report(record, judgement, directory=tmp_path / "run")
    names = sorted(file.name for file in (files.html, files.verdict_json, files.junit))
    assert names == ["junit.xml", "report.html", "verdict.json"]
    assert not list((tmp_path / "run").glob("*.part"))


def test_a_report_that_cannot_be_written_is_a_record_error(tmp_path: Path) -> None:
    record = shop_record(tmp_path / "run")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecordError, match="cannot be written"):
        write_report(record, judge(record, []), directory=tmp_path / "file" / "below")


def test_hostile_text_is_no_markup_in_the_terminal(tmp_path: Path) -> None:
    assert "[red]" not in HOSTILE
    record = next(each for each in SAMPLES if each.__name__ == "hostile")(tmp_path)
    assert "<script>" in shown(judge(record, []), record, 300)


def test_a_player_that_overran_itself_makes_the_run_invalid_and_says_what_would_do(
    tmp_path: Path,
) -> None:
    """900 of 1,400 visits not sent, and a schedule lag of nothing."""
    record = overrun(tmp_path)
    judgement = judge(record, read_objectives(DEFAULT_FILE))
    assert judgement.overall == "run_invalid"
    text, page = shown(judgement, record, 300), html_page(record, judgement)
    document = verdict_document(record, judgement)
    assert document["validity"]["own_fault_visits"] == 900
    assert document["bottleneck"]["workers_needed"]["workers"] >= 2
    assert [each["kind"] for each in document["bottleneck"]["symptoms"]] == [
        "event_loop", "garbage_collection", "long_turn", "processor", "in_flight_limit"
    ]  # fmt: skip
    for words in ("event loop was busy 98 %", "arbage collection held"):
        assert words in text
        assert words in page
    assert "What held the generator up" in page
    assert "Workers = planned peak" in page


def test_a_slow_platform_is_judged_though_visits_were_not_sent(tmp_path: Path) -> None:
    record = slow_platform(tmp_path)
    judgement = judge(record, read_objectives(DEFAULT_FILE))
    assert judgement.overall == "violated"
    for shape in (shown(judgement, record, 300), html_page(record, judgement)):
        assert "9 visits were not sent" in shape
        assert "the platform was slow or the limit too small" in shape
    page = html_page(record, judgement)
    assert page.index("Visits not sent.") < page.index("<h2>Verdicts")
    document = verdict_document(record, judgement)
    assert document["validity"]["full_limit"]["enough"] > 509


def test_a_run_that_lost_visits_is_nowhere_green(tmp_path: Path) -> None:
    """Three of five thousand: too few to make the run invalid, too many for silence."""
    record = lost_worker(tmp_path)
    judgement = judge(record, read_objectives(DEFAULT_FILE))
    assert judgement.validity.valid
    assert {each.outcome for each in judgement.verdicts} == {"met"}
    assert judgement.overall == "inconclusive"
    lost = "orker 2 lost 3 visits due between 12.0 s and 14.0 s: killed by signal 9"
    for shape in (
        shown(judgement, record, 300),
        html_page(record, judgement),
        junit_text(judgement, record.manifest),
    ):
        assert lost in shape
    assert verdict_document(record, judgement)["lost_visits"][0]["visits"] == 3


def test_the_page_shows_the_request_duration_beside_the_response_time(tmp_path: Path) -> None:
    """Sent 2 s late and answered 0.1 s after that."""
    record = next(each for each in SAMPLES if each.__name__ == "behind")(tmp_path)
    page = html_page(record, judge(record, []))
    foot = page[page.index("all steps, request duration") :][:200]
    assert "<td>100 ms</td>" in foot
    assert "<td>2.1 s</td>" not in foot
