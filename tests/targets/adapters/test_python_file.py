from __future__ import annotations

import sys
from pathlib import Path

import pytest

from reports.documents.mistake import DocumentError
from targets.adapters.contract import MetricsSource, metrics_of
from targets.adapters.load import load_adapter
from targets.adapters.probe import ordered_steps
from tests.targets.adapters.talks import page, talk

IMPORTS = "from targets.adapters.contract import Call, MetricsSource, StepResult\n"
GOOD = f"""{IMPORTS}
STEPS = ("view", "buy")
METRICS = MetricsSource(path="/m", gauges={{}})
def play(visit, action, memory):
    reply = yield Call(method="GET", path=f"/p/{{action.sku}}")
    return StepResult(outcome="ok" if reply.status == 200 else "failed")
"""
AS_OBJECT = f"""{IMPORTS}
class Shop:
    steps = frozenset({{"view", "buy"}})
    def play(self, visit, action, memory):
        yield Call(method="GET", path="/p/3")
        return StepResult(outcome="ok")
ADAPTER = Shop()
"""


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "shop.py"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_file_with_steps_and_play_is_an_adapter(tmp_path: Path) -> None:
    adapter = load_adapter(written(tmp_path, GOOD))
    assert ordered_steps(adapter) == ("view", "buy")
    assert metrics_of(adapter) == MetricsSource(path="/m", gauges={})
    assert talk(adapter, "view", [page("")]).call.path == "/p/3"
    assert talk(adapter, "view", [page("", 500)]).result.outcome == "failed"


def test_a_file_with_an_adapter_object_is_an_adapter(tmp_path: Path) -> None:
    adapter = load_adapter(written(tmp_path, AS_OBJECT))
    assert ordered_steps(adapter) == ("buy", "view")
    assert talk(adapter, "view", [page("")]).ended == ("ok", "")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x = 1\ndef play(:\n", "shop.py:2:10: is not valid Python"),
        ("x = 1\ny = x / 0\n", "shop.py:2:1: ZeroDivisionError: division by zero"),
        ("import nothing_like_it\n", "shop.py:1:1: ModuleNotFoundError"),
        ("def f():\n    raise KeyError('a')\n\nf()\n", "shop.py:2:1: KeyError: 'a'"),
        ("x = 1\n", "must define ADAPTER, or STEPS and play"),
        ("STEPS = ['a']\n\ndef play(v, a, m):\n    return 1\n", "shop.py:3:1: play: must be a gen"),
        ("STEPS = 'a'\ndef play(v, a, m):\n    yield 1\n", "STEPS: must be the names"),
        ("ADAPTER = 5\n", "ADAPTER.play: must be a generator"),
        ("STEPS = ['a']\nMETRICS = 1\ndef play(v, a, m):\n    yield 1\n", "METRICS: must be"),
        ("raise SystemExit(3)\n", "SystemExit"),
        ("x = '\0'", "shop.py:1:"),
    ],
)
def test_a_mistake_of_the_file_has_its_line(tmp_path: Path, text: str, wanted: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load_adapter(written(tmp_path, text))
    assert wanted in str(caught.value)


def test_an_error_while_playing_fails_the_step_and_names_the_line(tmp_path: Path) -> None:
    body = "    yield Call(method='GET', path=m['to'])\n"
    text = f"{IMPORTS}STEPS = ['buy']\ndef play(v, a, m):\n{body}"
    played = talk(load_adapter(written(tmp_path, text)), "buy", [])
    assert played.ended == ("failed", "shop.py:4 KeyError: 'to'")


def test_a_play_that_returns_nothing_fails_the_step(tmp_path: Path) -> None:
    text = f"{IMPORTS}STEPS = ['buy']\ndef play(v, a, m):\n    yield Call(method='GET', path='/')\n"
    played = talk(load_adapter(written(tmp_path, text)), "buy", [page("")])
    assert played.ended == ("failed", "shop.py: play returned no StepResult")


def test_running_a_file_leaves_no_module_behind(tmp_path: Path) -> None:
    before = set(sys.modules)
    load_adapter(written(tmp_path, GOOD))
    assert set(sys.modules) == before
