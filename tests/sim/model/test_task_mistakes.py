from __future__ import annotations

import pytest

from sim.model.model_file import read_service_model
from sim.model.played_calls import MOST_OPERATIONS
from tests.sim.model.writing import OPERATION, PARTS, mistakes, said, written


@pytest.mark.parametrize(
    ("operations", "is_wrong"),
    [
        ("{read_stock: yes}, {take_stock: optimistic}", False),
        ("{take_stock: unchecked}", True),
        ("{read_stock: yes}, {hold: pool, call: [{take_stock: optimistic}]}", False),
        ("{hold: pool, call: [{read_stock: yes}]}, {take_stock: optimistic}", False),
        ("{read_stock: yes}, {try: a, call: [{take_stock: optimistic}]}", True),
        ("{read_stock: yes}, {send: a, call: [{take_stock: optimistic}]}", True),
        ("{read_stock: yes}, {fork: a, calls: [[{take_stock: optimistic}]]}", True),
        ("{look_up: pages, call: [{read_stock: yes}]}, {take_stock: optimistic}", True),
        (
            "{choose: a, branches: [{share: 1, call: [{read_stock: yes}]}]}, "
            "{take_stock: optimistic}",
            False,
        ),
        (
            "{choose: a, branches: [{share: 10 %, call: [{read_stock: yes}]}, {rest: yes}]}, "
            "{take_stock: optimistic}",
            True,
        ),
        ("{play: reads}, {take_stock: optimistic}", False),
        ("{take_stock: atomic}, {take_stock: atomic}", True),
        (
            "{try: a, call: [{take_stock: atomic}], fallback: [{take_stock: atomic}]}",
            False,
        ),
        (
            "{choose: a, branches: [{share: 10 %, call: [{take_stock: atomic}]}, {rest: yes, "
            "call: [{take_stock: atomic}]}]}",
            False,
        ),
        ("{try: a, call: [{take_stock: atomic}]}, {take_stock: atomic}", True),
    ],
)
def test_stock_is_read_before_and_taken_once_on_every_way_through_a_task(
    tmp_path, operations, is_wrong
):
    reads = "calls: {reads: [{read_stock: yes}]}\n"
    if is_wrong:
        assert len(said(tmp_path, operations, reads)) == 1
    else:
        text = f"{PARTS}{reads}steps: {{look: {{call: [{operations}]}}}}"
        read_service_model(written(tmp_path, text))


def test_all_takings_find_the_units_in_as_many_buckets(tmp_path):
    one = "{take_stock: bucketed, buckets: 4}"
    two = "{at: app, mean: 1ms, takes_stock: yes}"
    branches = f"[{{share: 50 %, call: [{one}]}}, {{rest: yes, call: [{two}]}}]"
    assert said(tmp_path, f"{{choose: a, branches: {branches}}}") == [
        "steps.look.call[0].branches[1].call[0].takes_stock: takes from one stock, another from "
        "4 buckets: units are divided once"
    ]


def test_a_pool_that_is_held_while_the_same_is_awaited_is_told_where_it_is_awaited(tmp_path):
    deep = "{hold: pool, call: [{try: a, call: [{at: pool, mean: 1ms}]}]}"
    itself = 'waits for "pool" while it holds one of it: it can wait for itself'
    assert said(tmp_path, deep) == [f"steps.look.call[0].call[0].call[0].at: {itself}"]


def test_pools_that_are_held_in_turns_are_told_at_both_places(tmp_path):
    one = "{hold: pool, call: [{hold: app, call: [%]}]}".replace("%", "{at: bank, mean: 1ms}")
    two = "{hold: app, call: [{play: waits}]}"
    calls = "calls: {waits: [{at: pool, mean: 1ms}]}\n"
    told = said(tmp_path, f"{one}, {two}", calls)
    assert [each.partition(":")[0] for each in told] == [
        "calls.waits[0].at", "steps.look.call[0].call[0].hold",
    ]  # fmt: skip
    assert all("the other way round" in each for each in told)


def test_a_pool_may_be_awaited_by_work_that_was_sent_and_by_who_has_patience(tmp_path):
    sent = "{hold: pool, call: [{send: a, call: [{at: pool, mean: 1ms}]}]}"
    patient = "{hold: calm, call: [{hold: calm, call: [{at: app, mean: 1ms}]}]}"
    stations = PARTS.replace("stations:", "stations:\n  calm: {servers: 1, patience: {mean: 1s}}")
    file = written(tmp_path, f"{stations}steps: {{look: {{call: [{sent}, {patient}]}}}}")
    assert len(read_service_model(file).steps["look"].call) == 2


def test_a_call_that_comes_back_to_itself_is_told_where_it_does(tmp_path):
    calls = """calls:
  page: [{play: head}]
  head:
    - {at: app, mean: 1ms}
    - {choose: a, branches: [{share: 10 %, call: [{play: page}]}, {rest: yes}]}
"""
    text = f"{PARTS}{calls}steps: {{look: {{call: [{{play: page}}]}}}}"
    where = "calls.head[1].branches[0].call[0].play"
    assert mistakes(tmp_path, text) == [f"13:58 {where}: never ends: page > head > page"]


def test_a_model_that_is_too_large_when_written_out_is_told_so(tmp_path):
    """Forty calls that each play the one before twice would be 2^40 operations."""
    calls = ["  c0: [{at: app, mean: 1ms}]"]
    calls += [f"  c{n}: [{{play: c{n - 1}}}, {{play: c{n - 1}}}]" for n in range(1, 41)]
    more = "calls:\n" + "\n".join(calls) + "\n"
    (told,) = said(tmp_path, "{play: c40}", more)
    assert told == (
        f"steps: are {2**40:,} operations when written out, {MOST_OPERATIONS:,} are the most"
    )


@pytest.mark.parametrize("depth", [150, 1000])
def test_a_call_that_is_nested_too_deeply_is_told_so(tmp_path, depth):
    (told,) = said(tmp_path, "{send: a, call: [" * depth + OPERATION + "]}" * depth)
    assert "nested too deeply" in told or "151 operations deep" in told


@pytest.mark.parametrize(
    ("calls", "told"),
    [(120, "is played 100 calls deep"), (60, "121 operations deep when written out")],
)
def test_calls_that_play_each_other_too_deeply_are_told_so(tmp_path, calls, told):
    """Each call plays the next within two operations; the last makes a demand."""
    chain = [
        f"  c{n}: [{{send: a, call: [{{send: b, call: [{{play: c{n + 1}}}]}}]}}]"
        for n in range(calls)
    ]
    chain.append(f"  c{calls}: [{OPERATION}]")
    found = said(tmp_path, "{play: c0}", "calls:\n" + "\n".join(chain) + "\n")
    assert any(told in each for each in found)
