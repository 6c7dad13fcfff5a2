"""Whether the marks came through is said in every output, and a mark that got lost is a warning."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import jsonschema
import pytest
from rich.console import Console

from reports.record.colouring import ColouringFacts, MarkReported
from reports.record.reader import RunRecord
from reports.render.colouring_wording import came_back, is_lost
from reports.render.page import html_page
from reports.render.text import summary
from reports.render.verdict_json import SCHEMA_FILE, verdict_text
from reports.slo.judgement import judge
from tests.reports.records import manifest_of, record_of, row

BOTH = "the platform reported colour and trace id back on"


def facts(colour: tuple[int, int], trace: tuple[int, int] | None, of: int = 65) -> ColouringFacts:
    """`of` sampled replies, with (right, wrong) of each mark."""
    sent = MarkReported(sent_as="traceparent", reported_as="X-Trace-Id")
    return ColouringFacts(
        value="20261111T000000-双十一-3f9a",
        run_digits="0123456789abcdef",
        colour=MarkReported(
            sent_as="X-Stress", reported_as="X-Stress", right=colour[0], wrong=colour[1]
        ),
        trace=dataclasses.replace(sent, right=trace[0], wrong=trace[1]) if trace else None,
        sampled=of,
    )


@pytest.mark.parametrize(
    ("marks", "sentence", "lost"),
    [
        (facts((65, 0), (65, 0)), f"{BOTH} 65 of 65 sampled requests", False),
        (facts((60, 0), (60, 0)), f"{BOTH} 60 of 65 sampled requests: 5 came back without", True),
        (
            facts((60, 2), (60, 2)),
            f"{BOTH} 60 of 65 sampled requests: 3 came back without, 2 with another",
            True,
        ),
        (
            facts((64, 0), (65, 0)),
            "the platform reported the colour back on 64 of 65 sampled requests: 1 came back "
            "without; the trace id back on 65 of 65 sampled requests",
            True,
        ),
        (
            facts((65, 0), (0, 0)),
            "the platform reported colour back on 65 of 65 sampled requests; it reports no trace "
            "id",
            False,
        ),
        (
            facts((0, 0), (0, 0)),
            "the platform reports neither colour nor trace id back, so it cannot be seen whether "
            "they came through",
            False,
        ),
        (
            facts((0, 0), None),
            "the platform reports no colour back, so it cannot be seen whether it came through",
            False,
        ),
        (facts((0, 0), None, 0), "no reply was looked at for the colour of its request", False),
        (facts((0, 65), None), "the platform reported colour back on 0 of 65 sampled requests: 65 "
         "with another", True),
    ],
)  # fmt: skip
def test_what_came_back_is_said_in_a_sentence(
    marks: ColouringFacts, sentence: str, lost: bool
) -> None:
    assert came_back(marks) == sentence
    assert is_lost(marks) is lost


def coloured(directory: Path, marks: ColouringFacts | None) -> RunRecord:
    manifest = manifest_of(arrivals_per_second=[1] * 20, colouring=marks)
    return record_of(directory, [row(k, intended_s=float(k)) for k in range(20)], manifest=manifest)


def test_the_page_tells_how_a_visit_is_found_in_the_platforms_traces(tmp_path: Path) -> None:
    record = coloured(tmp_path, facts((65, 0), (65, 0)))
    page = html_page(record, judge(record, ()))
    assert "T" + BOTH[1:] in page
    assert "X-Stress: 20261111T000000-双十一-3f9a" in page
    assert "0123456789abcdef, then k as 16 hexadecimal digits" in page
    assert "Colour lost." not in page


def test_a_lost_colour_stands_at_the_top_of_the_page(tmp_path: Path) -> None:
    record = coloured(tmp_path, facts((60, 0), (65, 0)))
    page = html_page(record, judge(record, ()))
    assert "<b>Colour lost.</b> The platform reported the colour back on 60 of 65" in page


def test_a_record_that_knows_nothing_of_colours_says_nothing_of_them(tmp_path: Path) -> None:
    record = coloured(tmp_path, None)
    assert "colour back" not in html_page(record, judge(record, ()))


def test_the_terminal_says_it_too_and_warns_in_yellow(tmp_path: Path) -> None:
    record = coloured(tmp_path, facts((60, 0), (60, 0)))
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    console.print(summary(judge(record, ()), record.manifest))
    said = console.file.getvalue()
    assert f"\x1b[33m{BOTH} 60 of 65" in said


def test_the_verdict_carries_the_counts_by_its_schema(tmp_path: Path) -> None:
    for name, marks in (("a", facts((60, 1), (65, 0))), ("b", facts((1, 0), None)), ("c", None)):
        record = coloured(tmp_path / name, marks)
        document = json.loads(verdict_text(record, judge(record, ())))
        jsonschema.validate(document, json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
        assert document["colouring"] == (dataclasses.asdict(marks) if marks else None)
