"""The verb `init`: what it writes works at once, and nothing is overwritten."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import doorbuster
from doorbuster import main
from reports.documents.located_yaml import read_yaml
from reports.slo.exit_code import ExitCode
from scenarios.rehearsal import workspace
from scenarios.rehearsal.workspace import WorkspaceError, workspace_files, write_workspace
from scenarios.workload.campaign import read_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from targets.adapters.load import load_adapter, missing_steps
from targets.adapters.probe import probe, probing_visit
from targets.target_file import read_target
from tests.contracts.shop_in_memory import ShopInMemory

Said = pytest.CaptureFixture[str]
YAML = ("campaign.yaml", "campaign.objectives.yaml", "target.yaml", "adapter.yaml")
ROOT = Path(doorbuster.__file__).parent


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new workspace, which is the current directory."""
    write_workspace(tmp_path / "my sale")
    monkeypatch.chdir(tmp_path / "my sale")
    return Path()


def test_init_says_what_it_wrote_and_what_to_type(tmp_path: Path, capsys: Said) -> None:
    assert main(["init", str(tmp_path / "my sale")]) == 0
    said = capsys.readouterr().out
    assert {str(each) for each in (tmp_path / "my sale").rglob("*") if each.is_file()} == set(
        re.findall(r"^wrote (.*)$", said, re.MULTILINE)
    )
    assert f"cd '{tmp_path / 'my sale'}'" in said
    assert "doorbuster rehearse campaign.yaml" in said


def test_every_file_of_a_workspace_is_valid(directory: Path, capsys: Said) -> None:
    assert main(["validate", *YAML]) == 0
    kinds = [line.split(": ")[1] for line in capsys.readouterr().out.splitlines()]
    assert kinds == [
        f"{each}, no mistakes" for each in ("campaign", "objectives", "target", "adapter")
    ]


@pytest.mark.parametrize("name", YAML)
def test_the_first_line_leads_an_editor_to_a_schema_that_fits(directory: Path, name: str) -> None:
    located = read_yaml(directory / name)
    head = re.match(r"# yaml-language-server: \$schema=(schemas/\w+\.schema\.json)\n", located.text)
    assert head is not None
    schema = json.loads((directory / head[1]).read_text(encoding="utf-8"))
    jsonschema.validate(located.value, schema, cls=jsonschema.Draft202012Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**located.value, "unknown": 1}, schema)


def test_the_campaign_can_be_planned(directory: Path, capsys: Said) -> None:
    assert main(["plan", "campaign.yaml"]) == 0
    assert "747 visits expected in 30 s, at most 60/s" in capsys.readouterr().out


def test_the_campaigns_comments_name_every_key(directory: Path) -> None:
    """The keys are those of the schema."""
    text = (directory / "campaign.yaml").read_text(encoding="utf-8")
    schema = json.loads((directory / "schemas/campaign.schema.json").read_text(encoding="utf-8"))
    keys = {
        key for each in (schema, *schema["$defs"].values()) for key in each.get("properties", {})
    }
    assert {"half_life", "keenness", "take"} <= keys
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", text)] == []


def test_target_adapter_and_campaign_belong_together(directory: Path) -> None:
    target = read_target(directory / "target.yaml")
    plan = CampaignPlan(read_campaign(directory / "campaign.yaml"))
    adapter = load_adapter(str(directory / target.adapter))
    assert missing_steps(adapter, plan.tables.steps) == ()
    assert (target.url, target.environment) == ("http://127.0.0.1:8000", "test")
    assert plan.curve.rate_at(0.0) < 60 <= target.largest_rate


def test_the_adapter_walks_the_built_in_shop(directory: Path) -> None:
    adapter = load_adapter(str(directory / "adapter.yaml"))
    shop = ShopInMemory()
    walked = list(probe(adapter, probing_visit(adapter, sku=1), lambda call, _: shop(call)))
    outcomes = [each.result.outcome for each in walked if each.result is not None]
    assert outcomes == ["ok"] * 10


def test_records_stay_out_of_version_control(directory: Path) -> None:
    assert (directory / ".gitignore").read_text(encoding="utf-8") == "runs/\n"


def commands_in(readme: str) -> list[list[str]]:
    lines = re.findall(r"^    (doorbuster .*?)(?:  +#.*)?$", readme, re.MULTILINE)
    return [shlex.split(each)[1:] for each in lines]


def test_every_command_of_the_readme_is_one(directory: Path, capsys: Said) -> None:
    """Its verb and its options are in the verb's help."""
    commands = commands_in((directory / "README.md").read_text(encoding="utf-8"))
    assert [each[0] for each in commands[:5]] == ["validate", "plan", "rehearse", "target", "run"]
    for words in commands:
        verb = words[:2] if words[0] == "target" else words[:1]
        assert main([*verb, "--help"]) == 0
        help_text = capsys.readouterr().out
        assert all(word in help_text for word in words if word.startswith("--")), words


@pytest.mark.parametrize("name", ["campaign.yaml", ".gitignore", "schemas/target.schema.json"])
def test_nothing_is_overwritten_and_nothing_written(
    tmp_path: Path, capsys: Said, name: str
) -> None:
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    assert main(["init", str(tmp_path)]) == ExitCode.USAGE
    assert f"already has {name}:" in capsys.readouterr().err
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [mine]
    assert mine.read_text() == "mine"


def test_a_dangling_link_is_in_the_way_too(tmp_path: Path) -> None:
    (tmp_path / "README.md").symlink_to(tmp_path / "elsewhere.md")
    with pytest.raises(WorkspaceError, match=r"README\.md"):
        write_workspace(tmp_path)
    assert not (tmp_path / "elsewhere.md").exists()


def test_other_files_are_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert len(write_workspace(tmp_path)) == len(workspace_files())
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_file_in_place_of_the_directory_is_a_mistake_of_the_user(
    tmp_path: Path, capsys: Said
) -> None:
    (tmp_path / "taken").write_text("mine")
    assert main(["init", str(tmp_path / "taken")]) == ExitCode.USAGE
    assert "cannot be written" in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "mine"


def test_half_a_workspace_is_taken_away_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("mine")
    texts = {"campaign.yaml": "campaign: a", "taken/schema.json": "{}"}
    monkeypatch.setattr(workspace, "workspace_files", lambda: texts)
    with pytest.raises(WorkspaceError):
        write_workspace(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]


JUDGED = (ExitCode.MET, ExitCode.VIOLATED, ExitCode.INCONCLUSIVE, ExitCode.RUN_INVALID)
"""So short a run may leave an objective undecided, a busy machine one violated or a run invalid."""


def shorten(campaign: Path) -> None:
    """A tenth of the time, so that a test need not wait."""
    text = campaign.read_text(encoding="utf-8")
    text, count = re.subn(r"(median|think): (\d+)0ms", r"\1: \2ms", text)
    assert count == 9
    text, count = re.subn(r"duration: (\d+)s", r"duration: \g<1>00ms", text)
    assert count == 3
    campaign.write_text(text, encoding="utf-8")


@pytest.mark.servers
@pytest.mark.slow
def test_a_new_workspace_is_rehearsed_with_its_own_objectives(directory: Path) -> None:
    shorten(directory / "campaign.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "doorbuster", "rehearse", "campaign.yaml", "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode in JUDGED, done.stderr
    verdict = json.loads(done.stdout)
    own = read_yaml(directory / "campaign.objectives.yaml").value["objectives"]
    assert [each["name"] for each in verdict["objectives"]] == [each["name"] for each in own]
    assert all(each["held"] for each in verdict["invariants"])
    assert len(verdict["invariants"]) == 5
    (run,) = (directory / "runs").iterdir()
    assert (run / "report.html").is_file()
    said = " ".join(done.stderr.split())  # Where its lines wrap depends on the figures.
    for step in ("open_home", "place_order", "track_order"):
        assert re.search(rf"{step} [\d,]+\.\d ms", said), "the idle walk before the load"


@pytest.mark.servers
@pytest.mark.slow
def test_the_readmes_probe_and_run_work_on_the_built_in_shop(
    directory: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scenarios.transport.transport import Transport
    from targets.adapters.contract import Call
    from targets.embedded import running_reference_shop
    from targets.target_file import permitted

    shorten(directory / "campaign.yaml")
    monkeypatch.setenv("SHOP_PAYMENT_DECLINE_RATIO", "0")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    logs = tmp_path_factory.mktemp("shop")
    with running_reference_shop(logs, announce=lambda _: None) as shop:
        target = directory / "target.yaml"
        text = target.read_text(encoding="utf-8")
        target.write_text(text.replace("http://127.0.0.1:8000", shop.url), encoding="utf-8")
        readme = (directory / "README.md").read_text(encoding="utf-8")
        body = re.search(r"-d '(.*?)'", readme)
        assert body is not None
        opening = Call(
            method="POST",
            path="/admin/flash-sales",
            headers={"Content-Type": "application/json"},
            body=body[1].encode(),
        )
        allowed = permitted(shop.url, adapter=None, peak_rate_per_s=0.0)
        with Transport(allowed.url, address=allowed.address, run_id="test") as transport:
            assert transport.send(opening, within_s=10.0).status == 200
        for words, expected in (
            (["target", "probe", "--target", "target.yaml"], (ExitCode.MET,)),
            (["run", "campaign.yaml", "--target", "target.yaml", "--json"], JUDGED),
        ):
            done = subprocess.run(
                [sys.executable, "-m", "doorbuster", *words],
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
            assert done.returncode in expected, done.stderr
    assert json.loads(done.stdout)["ending"] == "completed"
