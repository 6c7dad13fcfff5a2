"""The verbs `plan` and `validate`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from doorbuster import main
from scenarios.commands import KINDS
from scenarios.rehearsal.document_kind import schema_of
from scenarios.workload.campaign_file import CAMPAIGNS

Said = pytest.CaptureFixture[str]
FLASH_SALE = str(CAMPAIGNS / "flash_sale.yaml")
HUGE = """
campaign: huge
phases: [{name: a, duration: 10s, at: 1000000/s}]
products: {catalogue: 100}
personas: [{name: shopper, share: 100 %}]
funnel: [{step: open_home}]
"""


def test_plan_shows_curve_phases_and_what_to_expect(capsys: Said) -> None:
    assert main(["plan", "flash_sale"]) == 0
    said = capsys.readouterr().out
    assert "120/s ┤" in said
    assert "└warm" in said
    assert "3,215 visits expected in 60 s, at most 120/s" in said
    assert "593 orders expected, 950 units of 3 products on sale" in said
    assert "\x1b" not in said


def test_plan_says_the_same_every_time(capsys: Said) -> None:
    said = []
    for _ in range(2):
        main(["plan", "smoke", "--seed", "5"])
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "with seed 5" in said[0]


def test_plan_as_json_holds_the_numbers(capsys: Said) -> None:
    assert main(["plan", "smoke", "--json", "--seed", "3"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["campaign"] == "smoke"
    assert said["seed"] == 3
    assert said["expected_visits"] == 100
    assert [each["name"] for each in said["phases"]] == ["steady"]


def test_plan_tells_what_speed_distorts(capsys: Said) -> None:
    assert main(["plan", "flash_sale", "--speed", "10", "--amplify", "2"]) == 0
    said = capsys.readouterr().out
    assert "6,431 visits expected in 6 s, at most 2,400/s" in said
    assert "amplified by 2: 6,431 visits expected instead of 3,215" in said
    assert "time runs 10 times as fast as in the campaign: 6 s instead of 60 s" in said
    assert "pauses and patience are not compressed" in said


def test_a_narrow_terminal_cuts_no_figure_of_a_plan(
    capsys: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "huge.yaml"
    file.write_text(HUGE, encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["plan", str(file)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"a +0 s +10 s +1,000,000/s +1,000,000/s +10,000,000 +yes", said)
    assert "…" not in said
    assert "e+06" not in said


def test_plan_refuses_a_speed_that_is_none(capsys: Said) -> None:
    assert main(["plan", "smoke", "--speed", "nan", "--amplify", "-1"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "--speed: must be > 0 and at most 100,000, got nan",
        "--amplify: must be > 0 and at most 100,000, got -1",
    ]


def test_plan_draws_a_picture(capsys: Said, tmp_path: Path) -> None:
    picture = tmp_path / "plan.svg"
    assert main(["plan", "flash_sale", "--picture", str(picture)]) == 0
    assert "warm-up" in picture.read_text("utf-8")
    assert main(["plan", "flash_sale", "--picture", str(tmp_path / "plan.gif")]) == 2
    assert "must end in .svg or .png" in capsys.readouterr().err


def test_plan_of_an_unknown_campaign_ends_with_usage(capsys: Said) -> None:
    assert main(["plan", "flashsale"]) == 2
    assert 'did you mean "flash_sale"' in capsys.readouterr().err


def test_validate_tells_kinds_by_their_key(capsys: Said, tmp_path: Path) -> None:
    target = tmp_path / "t.yaml"
    target.write_text("target: t\nurl: http://127.0.0.1:1\nenvironment: test\nlargest_rate: 5/s\n")
    assert main(["validate", FLASH_SALE, str(target)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{FLASH_SALE}: campaign, no mistakes",
        f"{target}: target, no mistakes",
    ]


def test_validate_tells_the_mistakes_of_all_files(capsys: Said, tmp_path: Path) -> None:
    one, two, three = (tmp_path / f"{n}.yaml" for n in range(3))
    one.write_text("campaign: a\nphasen: []\n")
    two.write_text("objectives:\n  - {name: x, target: 200 %}\n")
    assert main(["validate", str(one), FLASH_SALE, str(two), str(three)]) == 2
    said = capsys.readouterr()
    assert f'{one}:2:1 phasen: unknown key, did you mean "phases"?' in said.err
    assert f"{two}:2:23 objectives[0].target" in said.err
    assert f"{three}:1:1: cannot be read" in said.err
    assert f"{FLASH_SALE}: campaign, no mistakes" in said.out


def test_validate_as_json_lists_files_and_mistakes(capsys: Said, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("what: this\n")
    assert main(["validate", "--json", str(file), FLASH_SALE]) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["valid"] is False
    assert [each["kind"] for each in said["files"]] == [None, "campaign"]
    assert said["files"][0]["mistakes"][0]["line"] == 1
    assert "one of campaign, objectives" in said["files"][0]["mistakes"][0]["message"]


def test_validate_takes_a_python_file_for_an_adapter(capsys: Said, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text('STEPS = ("open_home",)\n\n\ndef play(visit, action, memory):\n    yield\n')
    bad.write_text('STEPS = ("open_home",)\n')
    assert main(["validate", str(good)]) == 0
    assert "good.py: adapter, no mistakes" in capsys.readouterr().out
    assert main(["validate", str(bad)]) == 2
    assert "bad.py:" in capsys.readouterr().err


def test_validate_without_a_file_ends_with_usage(capsys: Said) -> None:
    assert main(["validate"]) == 2
    assert "name a file" in capsys.readouterr().err


def test_validate_prints_the_schema_of_every_kind(capsys: Said) -> None:
    for kind in KINDS:
        assert main(["validate", "--schema", kind]) == 0
        said = capsys.readouterr().out
        assert json.loads(said)["title"] == f"Doorbuster {kind.replace('_', ' ')}"
        if kind == "campaign":
            assert said == schema_of("campaign")


SHOP = """service_model: shop
stations:
  db: {servers: 1}
steps:
  buy:
    call:
      - {at: db, mean: 60ms}
      - {take_stock: atomic}
"""
SALE = """campaign: sale
phases: [{name: steady, duration: 10s, at: 20/s}]
products:
  catalogue: 10
  hot: [{sku: 1, share: 100 %, units: UNITS}]
personas: [{name: shopper, share: 100 %, patience: 8s}]
funnel: [{step: buy, product: hot}]
"""


def together(directory: Path, shop: str, sale: str) -> list[str]:
    files = directory / "shop.yaml", directory / "sale.yaml"
    for file, text in zip(files, (shop, sale), strict=True):
        file.write_text(text)
    return [str(each) for each in files]


def test_validate_sees_whether_the_model_can_play_the_campaign(
    capsys: Said, tmp_path: Path
) -> None:
    """20 visits a second of 60 ms are 1.2 erlangs."""
    shop, sale = files = together(tmp_path, SHOP, SALE.replace("UNITS", "0"))
    assert main(["validate", *files]) == 2
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        f"{shop}:3:3 stations.db: offered load 1.2 of 1 server: its queue would grow for ever",
        f'{shop}:5:3 steps.buy: SKU 1 has no units, and is 100 % of "buy", which takes stock',
    ]
    assert said.out.splitlines() == [f"{sale}: campaign, no mistakes"]
    files = together(tmp_path, SHOP.replace("60ms", "40ms"), SALE.replace("UNITS", "5"))
    assert main(["validate", *files]) == 0


def test_validate_looks_at_none_together_when_there_are_several(
    capsys: Said, tmp_path: Path
) -> None:
    files = together(tmp_path, SHOP, SALE.replace("UNITS", "0"))
    assert main(["validate", *files, FLASH_SALE]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
