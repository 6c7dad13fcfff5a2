"""What a search found reads alike on the page, in the terminal, in JSON and in JUnit."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from reports.analysis.knee import Knee
from reports.record.manifest import Ending
from reports.record.reader import RunRecord
from reports.render import limit_wording
from reports.render.junit import junit_text
from reports.render.limit_charts import limit_charts
from reports.render.page import html_page
from reports.render.text import MOST_LINES, summary
from reports.render.verdict_json import verdict_document
from reports.slo.judgement import Judgement, judge
from reports.slo.limit import Limit
from reports.slo.limit_interval import RateInterval
from reports.slo.objective import Objective
from tests.reports.ramps import ALL, BROKEN, HELD, Level, ramp_record

IN_TIME = Objective(
    name="home within 500 ms", indicator="response_time", target=Fraction(95, 100), below_s=0.5
)
FOUND = [*HELD, BROKEN]


def judged(
    directory: Path, levels: list[Level], at_least_per_s: float | None = None
) -> tuple[RunRecord, Judgement]:
    record = ramp_record(directory, levels)
    return record, judge(record, [IN_TIME], at_least_per_s=at_least_per_s)


def said(record: RunRecord, judgement: Judgement, width: int = 120) -> str:
    console = Console(width=width, no_color=True, force_terminal=False)
    with console.capture() as capture:
        console.print(summary(judgement, record.manifest), crop=False)
    return capture.get()


def headline(directory: Path, levels: list[Level], at_least_per_s: float | None = None) -> str:
    record, judgement = judged(directory, levels, at_least_per_s)
    word, sentence = limit_wording.headline(judgement, record.manifest)
    return f"{word}: {sentence}"


@pytest.mark.parametrize(
    ("levels", "at_least_per_s", "words"),
    [
        (FOUND, None, "Limit found: Held 60/s, broke at 80/s, knee at 60/s."),
        (FOUND, 60.0, "Held: 60/s demanded. Held 60/s, broke at 80/s, knee at 60/s."),
        (FOUND, 80.0, "Broke: 80/s demanded. Held 60/s, broke at 80/s, knee at 60/s."),
        ([BROKEN], None, "Nothing held: No rate held, broke at 80/s."),
        (
            HELD,
            None,
            "Limit not found: Held 60/s and nothing broke before the ramp ended, knee at 60/s.",
        ),
        (HELD, 70.0, "Limit not found: 70/s demanded. Held 60/s"),
        (
            [*HELD, Level(rate_per_s=80, late=ALL)],
            None,
            "Generator limited: Held 60/s; at 80/s the generator, not the platform, was at its "
            "limit.",
        ),
        ([Level(rate_per_s=1)], None, "Nothing proven: No step of the ramp could be judged."),
    ],
)
def test_the_headline_says_what_was_found(
    tmp_path: Path, levels: list[Level], at_least_per_s: float | None, words: str
) -> None:
    assert headline(tmp_path, list(levels), at_least_per_s).startswith(words)


def test_a_search_cut_short_says_so_before_what_it_found(tmp_path: Path) -> None:
    record = ramp_record(tmp_path, FOUND, ending=Ending(reason="interrupted", at_s=35.0))
    word, sentence = limit_wording.headline(judge(record, [IN_TIME]), record.manifest)
    assert word == "Interrupted"
    assert sentence.index("interrupted after 35 s") < sentence.index("Held 60/s")


def test_why_a_step_broke_names_the_objective_and_its_figures(tmp_path: Path) -> None:
    _, judgement = judged(tmp_path, FOUND)
    assert judgement.limit is not None
    assert limit_wording.findings(judgement.limit) == {
        "held": "60/s",
        "broke": "80/s: home within 500 ms: 0.00 % (target 95 %)",
        "limit": "between 60/s and 80/s with 95 % confidence",
        "knee": "60/s (95 % interval 50–70/s)",
    }


def test_the_terminal_shows_every_step_in_25_lines(tmp_path: Path) -> None:
    text = said(*judged(tmp_path, FOUND))
    assert len(text.splitlines()) <= MOST_LINES
    for words in ("20/s", "40/s", "60/s", "80/s", "home within 500 ms: 0.00 % (target 95 %)"):
        assert words in text


def test_a_long_ramp_is_cut_before_its_break_not_after_it(tmp_path: Path) -> None:
    levels = [Level(rate_per_s=rate) for rate in range(5, 33)]
    levels += [Level(rate_per_s=33, slow=ALL), Level(rate_per_s=34, slow=ALL)]
    text = said(*judged(tmp_path, levels))
    assert len(text.splitlines()) <= MOST_LINES
    assert "earlier steps, from 5/s on, are on the page" in text
    assert "33/s" in text
    assert "34/s" not in text


def test_the_page_has_the_charts_and_a_row_a_step(tmp_path: Path) -> None:
    record, judgement = judged(tmp_path, FOUND)
    page = html_page(record, judgement)
    assert page.index("<h2>The limit</h2>") < page.index("<h2>Verdicts</h2>")
    assert "Goodput by arrival rate" in page
    assert page.count('<span class="outcome broken">broke</span>') == 1
    assert judgement.limit is not None
    assert [bool(each.svg) for each in limit_charts(judgement.limit, [IN_TIME])] == [True, True]


def test_a_search_without_a_whole_step_has_no_chart() -> None:
    assert limit_charts(Limit(outcome="no_data"), [IN_TIME]) == ()


def test_the_verdict_has_the_figures_of_every_step(tmp_path: Path) -> None:
    part = verdict_document(*judged(tmp_path, FOUND))["limit"]
    assert (part["outcome"], part["held_per_s"], part["broke_per_s"]) == ("found", 60, 80)
    assert part["interval_per_s"] == [60, 80]
    assert [each["outcome"] for each in part["stairs"]] == ["held", "held", "held", "broke"]
    assert part["stairs"][3]["objectives"][0]["total"] == 640
    assert part["stairs"][3]["response_time_s"]["p50"] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("levels", "at_least_per_s", "name", "kind"),
    [
        (FOUND, None, "the limit is found", None),
        (FOUND, 60.0, "holds 60/s", None),
        (FOUND, 80.0, "holds 80/s", "failure"),
        (HELD, None, "the limit is found", "error"),
    ],
)
def test_junit_has_a_case_for_the_limit(
    tmp_path: Path, levels: list[Level], at_least_per_s: float | None, name: str, kind: str | None
) -> None:
    record, judgement = judged(tmp_path, list(levels), at_least_per_s)
    suite = ElementTree.fromstring(junit_text(judgement, record.manifest)).find(
        "testsuite[@name='limit']"
    )
    assert suite is not None
    assert suite[0].get("name") == name
    assert [each.tag for each in suite[0]] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (170.0, 190.0, "between 170/s and 190/s"),
        (None, 50.0, "below 50/s"),
        (400.0, None, "at least 400/s"),
        (None, None, "anywhere"),
    ],
)
def test_an_open_interval_says_on_which_side(
    low: float | None, high: float | None, words: str
) -> None:
    assert limit_wording.interval(RateInterval(lowest_per_s=low, highest_per_s=high)) == words


@pytest.mark.parametrize(
    ("edge", "words"), [("", "5/s"), ("first", "at or below 5/s"), ("last", "at or above 5/s")]
)
def test_a_knee_at_the_edge_is_only_a_bound(edge: str, words: str) -> None:
    found = Knee(rate_per_s=5.0, lowest_per_s=4.0, highest_per_s=6.0, at_the_edge=edge)
    assert limit_wording.knee(found) == f"{words} (95 % interval 4–6/s)"
