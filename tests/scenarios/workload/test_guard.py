"""The language of guards: what is understood, and what a mistake is told."""

from __future__ import annotations

import json
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.documents.mistake import DocumentError
from scenarios.rehearsal.document_kind import schema_of
from scenarios.workload.campaign import read_campaign
from scenarios.workload.guard import (
    BudgetCondition,
    Guards,
    ShareCondition,
    TimeCondition,
    condition,
    unknown_steps,
)

GOOD = {
    "errors > 20 % for 10 s": ShareCondition(
        text="errors > 20 % for 10 s", subject="errors", limit=Fraction(1, 5), window_s=10.0
    ),
    "errors>0.5%for 1m 30s": ShareCondition(
        text="errors>0.5%for 1m 30s", subject="errors", limit=Fraction(1, 200), window_s=90.0
    ),
    "not_sent > 1/3 for 500ms": ShareCondition(
        text="not_sent > 1/3 for 500ms", subject="not_sent", limit=Fraction(1, 3), window_s=0.5
    ),
    "  timed_out of 下单 > 0.05 for 1 h , at least 7 actions ": ShareCondition(
        text="timed_out of 下单 > 0.05 for 1 h , at least 7 actions",
        subject="timed_out",
        limit=Fraction(1, 20),
        window_s=3600.0,
        step="下单",
        least_actions=7,
    ),
    "errors > 0 % for 1 s": ShareCondition(
        text="errors > 0 % for 1 s", subject="errors", limit=Fraction(0), window_s=1.0
    ),
    "response_time p95 > 3 s for 15 s": TimeCondition(
        text="response_time p95 > 3 s for 15 s", level=Fraction(95, 100), limit_s=3.0, window_s=15.0
    ),
    "response_time p99.9 of pay > 250ms for 1 min": TimeCondition(
        text="response_time p99.9 of pay > 250ms for 1 min",
        level=Fraction(999, 1000),
        limit_s=0.25,
        window_s=60.0,
        step="pay",
    ),
    "10 % of the error budget within 60 s": BudgetCondition(
        text="10 % of the error budget within 60 s", share=Fraction(1, 10), window_s=60.0
    ),
    "1/4 of  the error  budget within 5s": BudgetCondition(
        text="1/4 of  the error  budget within 5s", share=Fraction(1, 4), window_s=5.0
    ),
}  # fmt: skip

SHARE, TIME = 'a share such as "20 %"', 'a time such as "10 s"'
BEGINS = (
    "must begin with errors, failed, timed_out, abandoned, rejected, not_sent, response_time or a "
    "share of a budget, not with "
)
BAD = {
    "": BEGINS + "the end",
    "mistakes > 3 % for 5 s": BEGINS + '"mistakes > 3 % for 5 s"',
    "errorsome > 3 % for 5 s": BEGINS + '"errorsome > 3 % for 5 s"',
    "errors": 'must go on after "errors" with ">", not with the end',
    "errors = 3 %": 'must go on after "errors" with ">", not with "= 3 %"',
    "errors of > 3 % for 5 s": 'must go on after "errors of" with the name of a step, not with '
    '"> 3 % for 5 s"',
    "errors > many": f'must go on after "errors >" with {SHARE}, not with "many"',
    "errors > -3 % for 5 s": f'must go on after "errors >" with {SHARE}, not with "-3 % for 5 s"',
    "errors > 120 % for 5 s": f'must go on after "errors >" with {SHARE} up to 100 %, not with '
    '"120 % for 5 s"',
    "errors > 1.2.3 % for 5 s": f'must go on after "errors >" with {SHARE} up to 100 %, not with '
    '"1.2.3 % for 5 s"',
    "errors > 100 % for 5 s": "must have a share below 100 %: nothing is more than all",
    "errors > 3 % during 5 s": 'must go on after "errors > 3 %" with "for", not with "during 5 s"',
    "errors > 3 % for": f'must go on after "errors > 3 % for" with {TIME}, not with the end',
    "errors > 3 % for 5": f'must go on after "errors > 3 % for" with {TIME}, not with "5"',
    "errors > 3 % for 0 s": f'must go on after "errors > 3 % for" with {TIME}, over 0 s and up to '
    '1 h, not with "0 s"',
    "errors > 3 % for 2 h": f'must go on after "errors > 3 % for" with {TIME}, over 0 s and up to '
    '1 h, not with "2 h"',
    "errors > 3 % for 5 s or so": 'must end after "errors > 3 % for 5 s", not go on with "or so"',
    "errors > 3 % for 5 s, at least ten actions": 'must go on after "errors > 3 % for 5 s, at '
    'least" with a number such as "100", not with "ten actions"',
    "response_time > 3 s for 5 s": 'must go on after "response_time" with a percentile such as '
    'p95, not with "> 3 s for 5 s"',
    "response_time p100 > 3 s for 5 s": 'must go on after "response_time" with a percentile such '
    'as p95, not with "p100 > 3 s for 5 s"',
    "response_time p0 > 3 s for 5 s": "must have a percentile over p0",
    "response_time p95 > 20 % for 5 s": 'must go on after "response_time p95 >" with a time such '
    'as "3 s", not with "20 % for 5 s"',
    "10 %": 'must go on after "10 %" with "of the error budget", not with the end',
    "0 % of the error budget within 60 s": "must be a share over 0 % of the error budget",
    "10 % of the error budget for 60 s": 'must go on after "10 % of the error budget" with '
    '"within", not with "for 60 s"',
}


@pytest.mark.parametrize("written", GOOD)
def test_a_condition_is_understood(written):
    assert condition(written) == GOOD[written]


@pytest.mark.parametrize("written", BAD)
def test_a_mistake_says_what_was_understood_and_what_may_follow(written):
    with pytest.raises(ValueError, match=f"^{re.escape(BAD[written])}$"):
        condition(written)


@pytest.mark.parametrize("written", [None, 3, True, ["errors > 3 % for 5 s"], {"errors": 3}])
def test_what_is_no_text_is_a_mistake(written):
    with pytest.raises(ValueError, match="must be a condition such as"):
        condition(written)


@given(st.text(st.sampled_from(" errorsfailedp95>%10.3/,ms応"), max_size=60) | st.text())
def test_no_text_is_a_crash(written):
    try:
        said = condition(written).text
    except ValueError as error:
        said = str(error).removeprefix("must ")
    assert said == written.strip() or said.startswith(("begin ", "go on ", "have ", "be ", "end "))


def test_the_schema_takes_what_the_language_takes():
    definition = json.loads(schema_of("campaign"))["$defs"]["Guards"]
    pattern = definition["properties"]["abort"]["items"]["pattern"]
    for written in GOOD:
        assert re.search(pattern, written), written
    assert not re.search(pattern, "mistakes > 3 % for 5 s")


def test_a_step_that_nobody_takes_is_found():
    guards = Guards(
        abort=(condition("errors > 3 % for 5 s"), condition("errors of pai > 3 % for 5 s")),
        ramp_down=(
            condition("10 % of the error budget within 60 s"),
            condition("response_time p95 of pay > 3 s for 5 s"),
        ),
    )
    assert list(unknown_steps(guards, ("open_home", "pay"))) == [
        (("abort", 1), 'names the step "pai", which is none of open_home, pay')
    ]


CAMPAIGN = """\
campaign: c
phases: [{name: a, duration: 5s, at: 20/s}]
products: {catalogue: 10}
personas: [{name: a, share: 100 %}]
funnel: [{step: open_home}, {step: pay}]
"""


def test_a_campaign_carries_its_guards(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(CAMPAIGN + "guards: {abort: [errors of pay > 20 % for 10 s]}\n")
    assert read_campaign(file).guards == Guards(abort=(condition("errors of pay > 20 % for 10 s"),))
    file.write_text(CAMPAIGN)
    assert read_campaign(file).guards is None


def test_every_mistake_in_a_campaigns_guards_is_told_with_its_place(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(
        CAMPAIGN + "guards:\n  abort:\n    - errors > fast\n    - errors > 1 % for 1 s\n"
        "  ramp_down: [10 % of the error budget]\n  stop: []\n"
    )
    with pytest.raises(DocumentError) as refused:
        read_campaign(file)
    assert [str(each).removeprefix(str(file)) for each in refused.value.mistakes] == [
        ':8:7 guards.abort[0]: must go on after "errors >" with a share such as "20 %", not with '
        '"fast", got "errors > fast"',
        ':10:15 guards.ramp_down[0]: must go on after "10 % of the error budget" with "within", '
        'not with the end, got "10 % of the error budget"',
        ":11:3 guards.stop: unknown key (known: abort, ramp_down)",
    ]


def test_a_guard_on_a_step_that_is_not_in_the_funnel_is_told_with_its_place(tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(CAMPAIGN + "guards: {abort: [errors of pai > 20 % for 10 s]}\n")
    with pytest.raises(DocumentError) as refused:
        read_campaign(file)
    assert str(refused.value).endswith(
        ':6:18 guards.abort[0]: names the step "pai", which is none of open_home, pay'
    )
