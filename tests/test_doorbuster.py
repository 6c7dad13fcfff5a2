"""The command line: verbs are found without importing them, mistakes have exit codes."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys

import click
import pytest

import doorbuster
from doorbuster import MISTAKES, VERBS, exit_code_of, main
from reports.documents.mistake import mistake_on_command_line
from reports.slo.exit_code import MEANING, ExitCode

HEAVY = (
    "pandas", "pyarrow", "scipy", "matplotlib", "simpy", "locust", "gevent", "asyncpg", "pydantic",
)  # fmt: skip


def modules_after(*arguments: str) -> set[str]:
    """What is imported by the time `doorbuster ARGUMENTS` has answered."""
    script = (
        "import sys, doorbuster\n"
        "code = doorbuster.main(sys.argv[1:])\n"
        "assert code == 0, code\n"
        "print('\\n'.join(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_help_lists_every_verb_and_every_exit_code(capsys):
    assert main(["--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for name, (_, line) in VERBS.items():
        assert f"{name} {line}" in shown
    for code, words in MEANING.items():
        assert f"{code.value} {words}" in shown


def test_a_background_job_of_a_script_hears_ctrl_c_too(monkeypatch):
    """A shell without job control starts it with SIGINT ignored (POSIX, shell command language,
    section 2.11)."""
    monkeypatch.setattr(doorbuster.verbs, "main", lambda **_: signal.raise_signal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert main([]) == ExitCode.INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, before)


def test_help_imports_no_verb_and_no_heavy_library():
    imported = modules_after("--help")
    assert imported.isdisjoint({module for module, _ in VERBS.values()})
    assert imported.isdisjoint(HEAVY)


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - {"target"}))
def test_a_verb_is_where_the_table_says_and_shows_an_example(verb, capsys):
    assert main([verb, "--help"]) == 0
    assert "Examples:" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["up", "down", "list", "probe"])
def test_a_verb_of_a_target_shows_an_example_too(verb, capsys):
    assert main(["target", verb, "--help"]) == 0
    assert "Examples:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "verb", ["run", "rehearse", "simulate", "report", "gate", "plan", "target"]
)
def test_a_verbs_help_imports_no_heavy_library(verb):
    assert modules_after(verb, "--help").isdisjoint(HEAVY)


@pytest.mark.parametrize("place", MISTAKES)
def test_every_kind_of_mistake_in_the_table_exists(place):
    """The table names errors by their place, so that no module is imported for it."""
    module, _, name = place.partition(":")
    kind = getattr(importlib.import_module(module), name)
    assert exit_code_of(kind.__new__(kind)) is MISTAKES[place]


def test_an_error_that_is_ours_is_not_taken_for_the_users():
    assert exit_code_of(ValueError("a bug")) is None


def ending(monkeypatch, error: BaseException) -> int:
    def verb() -> None:
        raise error

    monkeypatch.setattr(doorbuster, "verbs", click.Command("doorbuster", callback=verb))
    return main([])


def test_a_mistake_is_said_without_a_traceback(monkeypatch, capsys):
    assert ending(monkeypatch, mistake_on_command_line("--seed", "must be > 0")) == ExitCode.USAGE
    assert capsys.readouterr().err == "--seed: must be > 0\n"


def test_a_bug_keeps_its_traceback_and_is_no_verdict(monkeypatch, capsys):
    assert ending(monkeypatch, ZeroDivisionError()) == ExitCode.INTERNAL_ERROR
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.exceptions.Abort()])
def test_ctrl_c_ends_in_130_and_a_word(monkeypatch, capsys, error):
    assert ending(monkeypatch, error) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err.strip() == "interrupted"


@pytest.mark.parametrize("code", ExitCode)
def test_a_verbs_own_exit_code_is_the_programs(monkeypatch, code):
    assert ending(monkeypatch, SystemExit(code)) == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rehears"], "rehears"),
        (["run", "--sped", "3"], "--speed"),
        (["run", "--speed", "0"], "--speed"),
        (["report"], "DIRECTORY"),
        (["plan", "flash_sal"], 'did you mean "flash_sale"'),
        (["rehearse", "smok"], 'did you mean "smoke"'),
    ],
)
def test_usage_mistakes_end_in_2_and_help_on(arguments, words, capsys):
    assert main(arguments) == ExitCode.USAGE
    assert words in capsys.readouterr().err


def test_every_exit_code_has_its_meaning_once():
    assert len({code.value for code in ExitCode}) == len(ExitCode) == len(MEANING)
    assert {code.value for code in ExitCode} == {0, 1, 2, 3, 4, 5, 6, 70, 130}


def test_a_sign_that_the_locale_does_not_know_is_no_open_verdict():
    """`?` is the sign of what is inconclusive."""
    script = (
        "import click, doorbuster; "
        "say = lambda: print('✗ violated · “促销” ×105 …'); "
        "doorbuster.verbs = click.Command('doorbuster', callback=say); "
        "doorbuster.main([])"
    )
    words = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    said = subprocess.run(words, env=environment, capture_output=True, check=True).stdout
    assert said == b'x violated - "??" x105 ...\n'
