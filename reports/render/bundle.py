"""Writes a report: the page, the verdict for machines and the JUnit file, each in one step."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from reports.analysis.comparison import compare as compare_runs
from reports.record.manifest import RecordError
from reports.record.reader import RunRecord
from reports.render.junit import junit_text
from reports.render.page import html_page
from reports.render.verdict_json import verdict_text
from reports.slo.judgement import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Where the parts of a report stand."""

    html: Path
    verdict_json: Path
    junit: Path


def write_report(
    record: RunRecord,
    judgement: Judgement,
    *,
    compare: RunRecord | None = None,
    directory: Path,
    html: Path | None = None,
) -> ReportFiles:
    """Writes report.html (or `html`), verdict.json and junit.xml into `directory`. Raises
    RecordError when a file cannot be written."""
    comparison = compare_runs(record, compare) if compare is not None else None
    files = ReportFiles(
        html=html or directory / "report.html",
        verdict_json=directory / "verdict.json",
        junit=directory / "junit.xml",
    )
    write_text(files.verdict_json, verdict_text(record, judgement))
    write_text(files.junit, junit_text(judgement, record.manifest))
    write_text(files.html, html_page(record, judgement, comparison=comparison))
    return files


def write_text(file: Path, text: str) -> None:
    """Replaces `file` in one step. Raises RecordError when that fails."""
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        os.replace(part, file)
    except OSError as error:
        raise RecordError(f"{file}: cannot be written: {error.strerror}") from error
