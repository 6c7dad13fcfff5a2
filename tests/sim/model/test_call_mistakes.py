from __future__ import annotations

import pytest

from tests.sim.model.writing import OPERATION, said


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ("{at: appp, mean: 1ms}", 'at: no station "appp", did you mean "app"?'),
        ("{hold: pol, call: [%]}", 'hold: no station "pol", did you mean "pool"?'),
        ("{admit: gate}", 'admit: no bucket "gate", known: door'),
        ("{look_up: page, call: [%]}", 'look_up: no cache "page", did you mean "pages"?'),
        ("{play: x}", 'play: no call "x", known: none'),
        ("{at: app}", "must have one of mean, values, values_from, until; has none"),
        (
            "{at: app, mean: 1s, until: {every: 1h}}",
            "must have one of mean, values, values_from, until; has mean and until",
        ),
        ("{at: app, values: []}", "values: must name at least one duration"),
        ("{at: app, values: [1s], cv: 1}", "cv: belongs to a mean; values says all"),
        (
            "{at: app, until: {every: 1h}, per_unit: yes}",
            "per_unit: changes nothing: it ends by the clock",
        ),
        (
            "{at: app, mean: 1s, queue_limit: 10}",
            "queue_limit: must be below the station's own, 10, to shed it first",
        ),
        (
            "{at: bank, mean: 1s, queue_limit: 10}",
            "queue_limit: nobody queues for unlimited servers",
        ),
        (
            "{at: app, mean: 1s, takes_stock: yes, cached_for: 1s}",
            "cached_for: no cache can take stock",
        ),
        ("{hold: pool, call: []}", "call: must have at least one operation"),
        ("{fork: a, calls: [[%], []]}", "calls[1]: must have at least one operation"),
        ("{fork: a, calls: []}", "calls: must have at least one call"),
        (
            "{fork: a, calls: [[%]], needs: 2}",
            "needs: must be at most 1, the number of calls",
        ),
        (
            "{hold: shared, call: [%]}",
            'hold: "shared" is shared: nobody can hold a server of it',
        ),
        (
            "{hold: bank, call: [%]}",
            'hold: "bank" is unlimited: to hold it holds nobody up',
        ),
        (
            "{try: a, call: [%], jitter: yes}",
            "jitter: belongs to retries, and there are none",
        ),
        (
            "{try: a, call: [%], retries: 1, jitter: yes}",
            "jitter: belongs to a backoff, and there is none",
        ),
        (
            "{try: a, call: [%], retries: 1, budget_burst: 3}",
            "budget_burst: belongs to a budget, and there is none",
        ),
        (
            "{try: a, call: [%], breaker: {failures: 0}}",
            "breaker.failures: must be > 0, or it opens without a failure",
        ),
        (
            "{try: a, call: [%], breaker: {window: 10}}",
            "breaker.least: must be at most 10, the window, got 20",
        ),
        (
            "{try: a, call: [%], breaker: {window: 100001}}",
            "breaker.window: must be at most 100,000, got 100001",
        ),
        ("{try: a, call: [%], retries: 1001}", "retries: must be at most 1,000, got 1001"),
        (
            "{take_stock: bucketed, buckets: 1001}",
            "buckets: must be at most 1,000, got 1001",
        ),
        ("{choose: a, branches: []}", "branches: must have at least one branch"),
        (
            "{choose: a, branches: [{share: 60 %}, {share: 39 %}]}",
            "branches: the shares must add up to 100 % (or leave one the rest: yes), not 99 %",
        ),
        (
            "{choose: a, branches: [{share: 60 %}, {share: 41 %}, {rest: yes}]}",
            "branches: the shares must add up to at most 100 %, not 101 %",
        ),
        (
            "{choose: a, branches: [{rest: yes}, {rest: yes}]}",
            "branches: the rest can be had once",
        ),
        (
            "{choose: a, branches: [{share: 100 %}, {}]}",
            "branches[1]: must have a share or rest: yes",
        ),
        ("{read_stock: no}", "read_stock: must be yes; where nothing is read, leave it out"),
        ("{hold: pool, call: app}", 'call: must be a list, got "app"'),
        ("{take_stock: bucketed}", "bucketed stock must say how many buckets"),
        (
            "{take_stock: atomic, buckets: 3}",
            "buckets: belongs to bucketed, not to atomic",
        ),
        (
            "{take_stock: optimistic}",
            "take_stock: optimistic needs a read_stock before it in the same task",
        ),
        (
            "{mark: done, within: 1h, by_day: 1}",
            "by_day: says when it is in time, as within does: one is enough",
        ),
        ("{try: a/b, call: [%]}", 'try: must be a name without / and #, got "a/b"'),
        ("{at: app, mean: 1s, per_unit: maybe}", 'per_unit: must be yes or no, got "maybe"'),
    ],
)
def test_a_mistake_in_an_operation_is_told_at_its_key(tmp_path, operation, told):
    (found,) = said(tmp_path, operation.replace("%]", OPERATION + "]"))
    assert found.removeprefix("steps.look.call[0]").lstrip(".: ") == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot be read: No such file or directory"),
        ("when,took\n1,5\n", 'has no column "tok" (known: when, took)'),
        ("tok\n", 'has nothing in the column "tok"'),
        ("tok\n5\n-1\n", ':3 must be a number from 0, got "-1"'),
        ("tok\n5\nslow\n", ':3 must be a number from 0, got "slow"'),
    ],
)
def test_a_column_that_cannot_be_taken_is_told_at_its_key(tmp_path, text, told):
    if text is not None:
        (tmp_path / "bank.csv").write_text(text, encoding="utf-8")
    (found,) = said(tmp_path, "{at: app, values_from: {file: bank.csv, column: tok}}")
    assert found.startswith("steps.look.call[0].values_from: ")
    assert told in found
