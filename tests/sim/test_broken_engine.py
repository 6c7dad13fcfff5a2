"""An engine that loses somebody is found out by every verb that plays it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from reports.record.reader import read_record
from reports.slo.exit_code import ExitCode
from reports.slo.judgement import judge
from sim.commands import simulate
from sim.engine.conservation import ConservationError
from sim.event_engine import engine
from sim.replication.replications import ReplicationError
from sim.stability_command import stability
from sim.what_if_command import what_if

WORDS = ("reference_shop", "smoke", "--engine", "event")


@pytest.fixture(autouse=True)
def lossy(monkeypatch):
    """An event engine that forgets one customer of the application, from replication 1 on if
    the test says so."""
    honest, first = engine.play, [0]

    def play(plan, model, sink, options, **more):
        played = honest(plan, model, sink, options, **more)
        if options.replication < first[0]:
            return played
        wrong = replace(
            played.stations["application"], served=played.stations["application"].served - 1
        )
        return replace(played, stations={**played.stations, "application": wrong})

    monkeypatch.setattr(engine, "play", play)
    return first


def test_simulate_tells_what_is_broken_and_exits_with_an_error_of_our_own(tmp_path):
    found = CliRunner().invoke(simulate, [*WORDS, "--out", str(tmp_path / "run")])
    assert found.exit_code == ExitCode.INTERNAL_ERROR
    assert "BROKEN       flow conservation: at application" in found.output
    assert "held         Little's law: " in found.output


def test_a_record_of_it_is_judged_as_violated(tmp_path):
    CliRunner().invoke(simulate, [*WORDS, "--out", str(tmp_path / "run")])
    found = judge(read_record(tmp_path / "run"), (), objectives_from="none")
    assert [each.name for each in found.invariants if not each.held] == ["flow conservation"]
    assert found.exit_code is ExitCode.VIOLATED


def test_one_replication_of_many_is_enough(tmp_path, lossy):
    lossy[0] = 2
    words = [*WORDS, "--out", str(tmp_path / "run"), "--replications", "3"]
    with pytest.raises(ReplicationError, match=r"replication 2 failed: .*at application"):
        CliRunner().invoke(simulate, words, catch_exceptions=False)


def test_pairs_of_variants_are_not_compared():
    words = [*WORDS, "--set", "stations.application.servers=2", "--replications", "2"]
    with pytest.raises(ConservationError, match="at application"):
        CliRunner().invoke(what_if, words, catch_exceptions=False)


def test_a_stability_is_not_told():
    with pytest.raises(ConservationError, match="at application"):
        CliRunner().invoke(stability, [*WORDS, "--for", "1s"], catch_exceptions=False)
