"""A campaign file is read whole, or every mistake in it is told with its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from reports.documents.mistake import DocumentError
from scenarios.rehearsal.document_kind import schema_of
from scenarios.workload.campaign import Campaign, read_campaign
from scenarios.workload.campaign_file import CAMPAIGNS, campaign_names
from scenarios.workload.think_time import ThinkTime

GOOD = """\
campaign: 秒杀
phases:
  - {name: warm-up, duration: 5s, at: 20/s, judged: false}
  - {name: sale, duration: 1m 30s, from: 90/min, to: 3/s, mix: {b: 100 %}}
products: {catalogue: 10, hot: [{sku: 2, share: 30 %, units: 4}]}
personas:
  - {name: a, share: 1/3, think: 2, channels: {app: 70 %, web: 0.3}, patience: 500ms}
  - {name: b, share: 2/3}
funnel:
  - {step: open_home, continue: 80 %, think: 2s}
  - {step: view, product: new, take: 40 %, think: {median: 1s, sigma: 0.5}}
  - {step: view, product: same, quantity: 3}
"""


def read(tmp_path: Path, text: str | bytes) -> Campaign:
    file = tmp_path / "c.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_campaign(file)


def mistakes(tmp_path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        read(tmp_path, text)
    return [str(each).removeprefix(str(tmp_path / "c.yaml")) for each in refused.value.mistakes]


@pytest.mark.parametrize(
    ("phases", "wrong"),
    [
        (
            "  - {name: r, duration: 20s, step: {from: 1/s, by: 1/s, every: 5s, until: broken}}\n"
            "  - {name: tail, duration: 5s, at: 1/s}\n",
            "must be in the last phase: the run ends when the limit is found",
        ),
        (
            "  - name: r\n    duration: 20s\n    judged: false\n"
            "    step: {from: 1/s, by: 1/s, every: 5s, until: broken}\n",
            "needs a judged phase: each step of it is judged by the objectives",
        ),
        (
            "  - {name: r, duration: 20s, step: {from: 1/s, by: 1/s, every: 5s, settle: 2s}}\n",
            'has settle, which belongs to "until: broken"',
        ),
        (
            "  - {name: r, duration: 20s, step: {from: 1/s, by: 0/s, every: 5s, until: broken}}\n",
            "must rise, or it will never find the limit",
        ),
        (
            "  - name: r\n    duration: 20s\n"
            "    step: {from: 1/s, by: 1/s, every: 5s, settle: 2s, until: broken}\n",
            "must leave at least 4 s of every step to be judged after settle",
        ),
    ],
)
def test_a_search_for_the_limit_must_be_able_to_find_one(
    tmp_path: Path, phases: str, wrong: str
) -> None:
    start, end = GOOD.index("  - {name: warm-up"), GOOD.index("products:")
    [mistake] = mistakes(tmp_path, GOOD[:start] + phases + GOOD[end:])
    assert wrong in mistake


def test_good_file_is_read_into_plain_numbers(tmp_path: Path) -> None:
    read_one = read(tmp_path, GOOD)
    assert (read_one.name, read_one.seed, read_one.arrivals) == ("秒杀", 1, "poisson")
    assert read_one.text == GOOD
    assert [each.duration_s for each in read_one.phases] == [5.0, 90.0]
    assert [each.judged for each in read_one.phases] == [False, True]
    assert read_one.curve.total == pytest.approx(5 * 20 + 90 * (1.5 + 3) / 2)
    assert read_one.personas[0].share + read_one.personas[1].share == 1
    assert read_one.personas[0].patience_s == 0.5
    assert read_one.phases[1].mix == {"b": Fraction(1)}
    assert [each.think for each in read_one.funnel] == [
        ThinkTime(median_s=2.0),
        ThinkTime(median_s=1.0, sigma=0.5),
        ThinkTime(median_s=0.0),
    ]
    assert read_one.funnel[0].onward == Fraction(4, 5)
    assert read_one.funnel[2].quantity == 3


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("campaign:", "sed: 3\ncampaign:", ':1:1 sed: unknown key, did you mean "seed"?'),
        (
            "at: 20/s",
            "at: 20",
            ':3:39 phases[0].at: must be a rate such as "200/s" or "90/min", got 20',
        ),
        ("duration: 5s", "duration: -5s", ':3:31 phases[0].duration: must be > 0, got "-5s"'),
        (
            "duration: 5s",
            "duration: 5 parsec",
            ':3:31 phases[0].duration: must be a duration such as "30s", "5m" or "1m 30s", '
            'got "5 parsec"',
        ),
        (", at: 20/s", "", ":3:5 phases[0]: must have one shape of at, from and to, step, spike, "
         'wave, hump, surge, slots, series, together; has none of them, '
         'got {"name": "warm-up", "duration": "5s", "judged": false}'),
        ("continue: 80 %", "continue: 180 %", ":10:33 funnel[0].continue: must be from 0 to 1 "
         '(0 % to 100 %), got "180 %"'),
        ("think: 2s", "think: 2", ":10:46 funnel[0].think.median: must be a duration such as "
         '"30s", "5m" or "1m 30s", got 2'),
        ("web: 0.3", "web: 0.2", ":7:47 personas[0].channels: must add up to 100 %, not to 90 %, "
         'got {"app": "70 %", "web": 0.2}'),
        ("share: 1/3", "share: 1/4", ":7:3 personas: the shares must add up to 100 %, "
         "not to 91.6667 %"),
        ("name: b", "name: a", ':8:12 personas[1].name: must be unique, but personas[0] is "a" '
         "too"),
        ("mix: {b:", "mix: {c:", ":4:68 phases[1].mix.c: is not a persona (known: a, b)"),
        ("share: 30 %", "share: 130 %", ":5:49 products.hot[0].share: must be from 0 to 1 "
         '(0 % to 100 %), got "130 %"'),
        ("sku: 2", "sku: 11", ":5:11 products: must have hot SKUs from 1 to 10 (catalogue), "
         'got {"catalogue": 10, "hot": [{"sku": 11, "share": "30 %", "u...'),
        ("continue: 80 %", "take: 80 %", ":10:29 funnel[0].take: must be 100 % in the first "
         "step, which starts every visit"),
        ("product: new", "product: old", ":11:27 funnel[1].product: must be 'none', 'new', 'hot' "
         "or 'same', got \"old\""),
    ],
)  # fmt: skip
def test_mistake_is_told_with_its_place(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    assert right in GOOD
    found = mistakes(tmp_path, GOOD.replace(right, wrong, 1))
    assert told in found, found


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("5s", "-5s").replace("80 %", "180 %").replace("units", "unit")
    text = text.replace("personas:", "arrivals: poison\npersonas:")
    found = [each.split(" ")[0:2] for each in mistakes(tmp_path, text)]
    assert [path for _, path in found] == [
        "phases[0].duration:",
        "products.hot[0].units:",
        "products.hot[0].unit:",
        "arrivals:",
        "funnel[0].continue:",
    ]


def test_hot_step_needs_a_hot_product(tmp_path: Path) -> None:
    text = GOOD.replace("product: new", "product: hot").replace("share: 30 %", "share: 0 %")
    assert mistakes(tmp_path, text) == [
        ":11:27 funnel[1].product: needs a hot product with a share, there is none"
    ]


OWN_FUNNEL = GOOD.replace(
    "{name: b, share: 2/3}",
    "{name: b, share: 2/3, funnel: [{step: view, product: new}, {step: pay, continue: 50 %}]}",
)


def test_persona_may_have_its_own_funnel(tmp_path: Path) -> None:
    found = read(tmp_path, OWN_FUNNEL)
    assert [each.step for each in found.funnels[0]] == ["open_home", "view", "view"]
    assert [each.step for each in found.funnels[1]] == ["view", "pay"]
    assert found.steps == ("open_home", "view", "pay")


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("{step: pay, continue: 50 %}", "{step: pay, continu: 50 %}",
         ':8:76 personas[1].funnel[1].continu: unknown key, did you mean "continue"?'),
        ("{step: view, product: new}, ", "{step: view, take: 50 %}, ",
         ":8:55 personas[1].funnel[0].take: must be 100 % in the first step, which starts every "
         "visit"),
        ("[{step: view, product: new}, {step: pay, continue: 50 %}]", "[]",
         ":8:35 personas[1].funnel: must have at least one step; leave the key out for the "
         "campaign's funnel"),
    ],
)  # fmt: skip
def test_mistake_in_a_persona_s_funnel_is_told_with_its_place(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    assert right in OWN_FUNNEL
    assert mistakes(tmp_path, OWN_FUNNEL.replace(right, wrong, 1)) == [told]


def test_hot_step_of_a_persona_needs_a_hot_product(tmp_path: Path) -> None:
    text = OWN_FUNNEL.replace("product: new}, {step: pay", "product: hot}, {step: pay")
    assert read(tmp_path, text)
    assert mistakes(tmp_path, text.replace("share: 30 %", "share: 0 %")) == [
        ":8:58 personas[1].funnel[0].product: needs a hot product with a share, there is none"
    ]


def test_funnel_of_the_campaign_may_be_left_out_when_every_persona_has_one(tmp_path: Path) -> None:
    """And must be: a funnel that nobody goes down would mislead whoever reads it."""
    everybody = OWN_FUNNEL.replace("patience: 500ms}", "funnel: [{step: look}]}")
    assert mistakes(tmp_path, everybody) == [
        ":10:3 funnel: nobody goes down it: every persona has a funnel of its own"
    ]
    assert read(tmp_path, everybody[: everybody.index("\nfunnel:") + 1]).steps == (
        "look", "view", "pay",
    )  # fmt: skip
    assert mistakes(tmp_path, GOOD[: GOOD.index("funnel:")]) == [
        ":1:1 funnel: must have at least one step for a, b, without a funnel of their own"
    ]


@pytest.mark.parametrize(
    ("key", "following"),
    [("phases", "products:"), ("personas", "funnel:"), ("funnel", "")],
)
def test_empty_list_is_a_mistake(tmp_path: Path, key: str, following: str) -> None:
    start = GOOD.index(f"{key}:")
    end = GOOD.index(following) if following else len(GOOD)
    found = mistakes(tmp_path, f"{GOOD[:start]}{key}: []\n{GOOD[end:]}")
    assert any(f" {key}: must have at least one" in each for each in found), found


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", ":1:1: is empty: expected a YAML document"),
        (b"# only a comment\n", ":1:1: is empty: expected a YAML document"),
        (b"\x7fELF\x00\x01", ":1:1: is not a text file: expected YAML in UTF-8"),
        (b"campaign: \xff\xfe\n", ":1:1: is not UTF-8 text: expected YAML"),
        (b"- a\n- b\n", ':1:1: must be a mapping of keys, got ["a", "b"]'),
    ],
)
def test_file_that_is_no_campaign_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    assert mistakes(tmp_path, content) == [told]


CAMPAIGN_NAMES = [each for each in campaign_names() if each != "replay"]


def test_replay_file_is_no_campaign_and_says_what_plays_it() -> None:
    with pytest.raises(DocumentError, match="replay: is a log to replay with `doorbuster run`"):
        read_campaign(CAMPAIGNS / "replay.yaml")


@pytest.mark.parametrize("name", CAMPAIGN_NAMES)
def test_shipped_campaign_is_right_and_has_its_own_name(name: str) -> None:
    shipped = read_campaign(CAMPAIGNS / f"{name}.yaml")
    assert shipped.name == name
    assert shipped.description


def test_schema_file_is_fresh() -> None:
    """After a change: `doorbuster validate --schema campaign > campaign.schema.json`."""
    assert (CAMPAIGNS / "campaign.schema.json").read_text("utf-8") == schema_of("campaign")


@pytest.mark.parametrize("name", CAMPAIGN_NAMES)
def test_schema_accepts_what_the_reader_accepts(name: str) -> None:
    import json

    import jsonschema

    from reports.documents.located_yaml import read_yaml

    document = read_yaml(CAMPAIGNS / f"{name}.yaml").value
    schema = json.loads(schema_of("campaign"))
    jsonschema.validate(document, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "phases": [{"name": "a", "at": 20}]}, schema)
