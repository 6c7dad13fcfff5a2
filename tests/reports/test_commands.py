"""The verbs `report` and `gate`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from reports.commands import gate, report
from reports.documents.mistake import DocumentError
from reports.record.manifest import RecordError, read_manifest, write_manifest
from tests.reports.ramps import BROKEN, HELD, ramp_record
from tests.reports.records import shares, shop_record

IN_TIME = "objectives:\n  - {name: a, indicator: response_time, below: 500ms, target: 95 %}\n"
MET = "objectives:\n  - {name: a, indicator: success, target: 99.9 %}\n"


def test_the_gate_is_open_only_when_everything_is_met(tmp_path: Path) -> None:
    for good, exit_code in ((1000, 0), (999, 0), (998, 1)):
        directory = tmp_path / str(good)
        shares(directory, good, 1000)
        file = tmp_path / "a.yaml"
        file.write_text(MET)
        done = CliRunner().invoke(gate, [str(directory), "--objectives", str(file)])
        assert done.exit_code == exit_code, done.output
        assert "target" in done.output


def test_a_narrow_terminal_cuts_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shares(tmp_path / "run", 998, 1000)
    file = tmp_path / "a.yaml"
    file.write_text(MET)
    monkeypatch.setenv("COLUMNS", "40")
    done = CliRunner().invoke(gate, [str(tmp_path / "run"), "--objectives", str(file)])
    assert "99.9 %   99.80 %  1,000         200 %  ✗ violated" in done.output


def test_the_gate_writes_junit_where_it_is_told(tmp_path: Path) -> None:
    shares(tmp_path / "run", 0, 10)
    done = CliRunner().invoke(
        gate, [str(tmp_path / "run"), "--junit", str(tmp_path / "out" / "gate.xml")]
    )
    assert done.exit_code == 1
    root = ElementTree.parse(tmp_path / "out" / "gate.xml").getroot()
    assert int(root.get("failures", 0)) == 3
    assert not (tmp_path / "run" / "report.html").exists()


def test_the_gate_prints_json_and_nothing_else(tmp_path: Path) -> None:
    shares(tmp_path, 0, 10)
    done = CliRunner().invoke(gate, [str(tmp_path), "--json"])
    assert done.exit_code == json.loads(done.output)["exit_code"] == 1


@pytest.mark.parametrize(("demanded", "code"), [("60/s", 0), ("80/s", 1)])
def test_the_gate_lets_ci_demand_a_rate(tmp_path: Path, demanded: str, code: int) -> None:
    ramp_record(tmp_path / "run", [*HELD, BROKEN])
    file = tmp_path / "a.yaml"
    file.write_text(IN_TIME)
    words = [str(tmp_path / "run"), "--objectives", str(file), "--at-least", demanded]
    done = CliRunner().invoke(gate, words)
    assert done.exit_code == code, done.output
    assert f"{demanded} demanded" in done.output


def test_a_rate_can_be_demanded_of_a_search_only(tmp_path: Path) -> None:
    shares(tmp_path, 10, 10)
    done = CliRunner().invoke(gate, [str(tmp_path), "--at-least", "60/s"])
    assert isinstance(done.exception, DocumentError)
    assert "--at-least: flash_sale was no search for the limit" in str(done.exception)


def test_a_demanded_rate_needs_its_unit(tmp_path: Path) -> None:
    ramp_record(tmp_path, HELD)
    done = CliRunner().invoke(gate, [str(tmp_path), "--at-least", "60"])
    assert isinstance(done.exception, DocumentError)
    assert 'must be a rate such as "200/s" or "90/min", got "60"' in str(done.exception)


def test_a_report_exits_with_0_whatever_it_says(tmp_path: Path) -> None:
    shop_record(tmp_path / "m")
    shop_record(tmp_path / "s", origin="simulated")
    done = CliRunner().invoke(report, [str(tmp_path / "m"), "--compare", str(tmp_path / "s")])
    assert done.exit_code == 0, done.output
    assert "Broke" in done.output
    assert "the defaults" in done.output
    assert "report.html" in done.output.replace("\n", "")
    assert json.loads((tmp_path / "m" / "verdict.json").read_text())["outcome"] == "violated"
    assert "Measured against simulated" in (tmp_path / "m" / "report.html").read_text()


def test_a_rehearsals_directory_is_judged_by_what_was_measured(tmp_path: Path) -> None:
    shop_record(tmp_path / "measured")
    shop_record(tmp_path / "simulated", origin="simulated")
    done = CliRunner().invoke(report, [str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "verdict.json").read_text())["origin"] == "measured"
    assert "No second run was given" not in (tmp_path / "report.html").read_text()
    assert CliRunner().invoke(gate, [str(tmp_path)]).exit_code == 1


def test_a_simulation_that_was_cut_short_is_not_compared_with(tmp_path: Path) -> None:
    shop_record(tmp_path / "measured")
    shop_record(tmp_path / "simulated", origin="simulated")
    manifest = read_manifest(tmp_path / "simulated")
    write_manifest(tmp_path / "simulated", dataclasses.replace(manifest, ending=None))
    assert CliRunner().invoke(report, [str(tmp_path)]).exit_code == 0
    assert "No second run was given" in (tmp_path / "report.html").read_text()


def test_without_a_terminal_no_line_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    directory = tmp_path / ("long" * 20) / ("name" * 20)
    shop_record(directory)
    shown = CliRunner().invoke(report, [str(directory)]).output
    assert f"→ {directory / 'report.html'}\n" in shown
    assert "…" not in shown


def test_a_report_as_json_is_the_verdict_file(tmp_path: Path) -> None:
    shares(tmp_path, 10, 10)
    done = CliRunner().invoke(report, [str(tmp_path), "--json"])
    assert done.output == (tmp_path / "verdict.json").read_text()


def test_a_report_may_write_nothing(tmp_path: Path) -> None:
    shares(tmp_path, 10, 10)
    before = sorted(tmp_path.iterdir())
    done = CliRunner().invoke(report, [str(tmp_path), "--json", "--no-write"])
    assert done.exit_code == 0
    assert sorted(tmp_path.iterdir()) == before


def test_the_page_goes_where_it_is_told(tmp_path: Path) -> None:
    shares(tmp_path / "run", 10, 10)
    page = tmp_path / "public" / "index.html"
    done = CliRunner().invoke(report, [str(tmp_path / "run"), "--html", str(page)])
    assert done.exit_code == 0, done.output
    assert page.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("verb", [report, gate])
def test_a_directory_without_a_record_is_the_users_mistake(tmp_path: Path, verb: object) -> None:
    with pytest.raises(RecordError, match="no record here"):
        CliRunner().invoke(verb, [str(tmp_path)], catch_exceptions=False)  # type: ignore[arg-type]


def test_objectives_for_another_funnel_are_the_users_mistake(tmp_path: Path) -> None:
    shares(tmp_path / "run", 10, 10)
    file = tmp_path / "a.yaml"
    file.write_text(MET.replace("target", "steps: [pya], target"))
    arguments = [str(tmp_path / "run"), "--objectives", str(file)]
    with pytest.raises(DocumentError, match='unknown step "pya", did you mean "pay"'):
        CliRunner().invoke(gate, arguments, catch_exceptions=False)


@pytest.mark.parametrize("verb", [report, gate])
def test_help_shows_examples(verb: object) -> None:
    assert "Examples:" in CliRunner().invoke(verb, ["--help"]).output  # type: ignore[arg-type]
