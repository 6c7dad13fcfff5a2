from __future__ import annotations

import pytest

from sim.model.model_file import read_service_model
from sim.model.played_calls import MOST_OPERATIONS
from tests.sim.model.writing import mistakes, written

PARTS = """service_model: tiny
stations:
  app: {servers: 2, queue_limit: 10}
  pool: {servers: 2}
  shared: {servers: 2, sharing: yes}
  bank: {servers: unlimited}
buckets: {door: {rate: 5/s, burst: 5}}
caches: {pages: {ttl: 60s}}
"""
OK = "{at: app, mean: 1ms}"


def said(directory, operations: str, more: str = "") -> list[str]:
    """What is said of a step whose call is `operations`, without line and column."""
    text = f"{PARTS}{more}steps:\n  look:\n    call: [{operations}]\n"
    return [each.partition(" ")[2] for each in mistakes(directory, text)]


def test_mistakes_of_shape_are_told_all_at_once_with_their_places(tmp_path):
    told = mistakes(
        tmp_path,
        """service_model: tiny
stations:
  app: {servers: 0, queue_limt: 5}
steps:
  look:
    call:
      - {at: app, mean: 5}
      - {at: app, mean: 5ms, distribution: normal, probabilty: 5 %}
      - {att: app, mean: 5ms}
      - {hold: app, call: [{at: app, mean: -5ms, probability: 120 %}]}
""",
    )
    assert told[0].startswith('3:18 stations.app.servers: must be a whole number from 1 or "unl')
    assert told[1] == '3:21 stations.app.queue_limt: unknown key, did you mean "queue_limit"?'
    assert told[2].startswith('7:25 steps.look.call[0].mean: must be a duration such as "30s"')
    assert told[3].startswith("8:44 steps.look.call[1].distribution: must be")
    where = "steps.look.call[1].probabilty"
    assert told[4] == f'8:52 {where}: unknown key, did you mean "probability"?'
    assert told[5].startswith("9:9 steps.look.call[2]: must have one of the keys at, hold, admit")
    assert 'did you mean "at"?' in told[5]
    where = "steps.look.call[3].call[0]"
    assert told[6] == f'10:44 {where}.mean: must be > 0, got "-5ms"'
    assert told[7].startswith(f"10:63 {where}.probability: must be from 0 to 1")
    assert len(told) == 8


def test_mistakes_of_sense_are_told_all_at_once_with_their_places(tmp_path):
    told = mistakes(
        tmp_path,
        """service_model: tiny
stations:
  app: {servers: unlimited, queue_limit: 3}
  lock: {servers: 1}
steps:
  look:
    call: []
  buy:
    call:
      - {at: ap, mean: 5ms}
      - {at: app, mean: 5ms, cv: 2}
      - {at: app, mean: 5ms, distribution: gamma}
      - {at: lock, mean: 5ms, takes_stock: true}
      - {at: lock, mean: 5ms, takes_stock: true, probability: 5 %}
    background: [{at: lock, mean: 5ms, takes_stock: true}]
  ask:
    call:
      - {at: app, mean: 5ms}
    poll: {pauses: [], call: []}
""",
    )
    twice = "takes_stock: the action has taken its units before: they would be taken twice"
    assert told == [
        "3:42 stations.app.queue_limit: nobody queues for unlimited servers",
        "7:11 steps.look.call: must have at least one operation",
        '10:14 steps.buy.call[0].at: no station "ap", did you mean "app"?',
        "11:34 steps.buy.call[1].cv: of exponential durations is 1; leave it out",
        "12:9 steps.buy.call[2]: gamma durations need a cv",
        f"14:44 steps.buy.call[4].{twice}",
        "14:63 steps.buy.call[4].probability: a demand that takes stock is always made",
        f"15:53 steps.buy.background[0].{twice}",
        "19:11 steps.ask.poll: there is no background to poll for",
        "19:20 steps.ask.poll.pauses: must name at least one pause",
        "19:30 steps.ask.poll.call: must have at least one operation",
    ]


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
    (found,) = said(tmp_path, operation.replace("%]", OK + "]"))
    assert found.removeprefix("steps.look.call[0]").lstrip(".: ") == told


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("stations: {a: {}}", "stations.a.servers: is missing"),
        (
            "stations: {a: {servers: 1, scaler: {least: 1, most: 2}}}",
            "stations.a.scaler: says how many servers there are, as servers does: one is enough",
        ),
        (
            "stations: {a: {scaler: {least: 1, most: 2}, schedule: {shifts: [{at: 0s, "
            "servers: 1}]}}}",
            "stations.a.scaler: says how many servers there are, as schedule does: one is enough",
        ),
        (
            "stations: {a: {servers: 1, sharing: yes, priority: [gold]}}",
            "stations.a.priority: nobody waits his turn where all share the servers",
        ),
        (
            "stations: {a: {servers: 1, priority: [gold, gold]}}",
            'stations.a.priority[1]: "gold" has its place already',
        ),
        (
            "stations: {a: {servers: unlimited, sharing: yes}}",
            "stations.a.sharing: unlimited servers have nothing to share",
        ),
        (
            "stations: {a: {servers: 1, patience: {mean: 1s, cv: 2}}}",
            "stations.a.patience.cv: of exponential durations is 1; leave it out",
        ),
        (
            "stations: {a: {servers: 1, chosen_by: visit}}",
            "stations.a.chosen_by: there is one copy, nothing to choose",
        ),
        (
            "stations: {a: {schedule: {shifts: []}}}",
            "stations.a.schedule.shifts: must have at least one shift",
        ),
        (
            "stations: {a: {schedule: {shifts: [{at: 08:00, servers: 0}]}}}",
            "stations.a.schedule.shifts: must have servers in one shift at least",
        ),
        (
            "stations: {a: {schedule: {shifts: [{at: 08:00, servers: 1}, {at: 07:00, "
            "servers: 1}]}}}",
            "stations.a.schedule.shifts[1].at: must be later than the shift before",
        ),
        (
            "stations: {a: {schedule: {repeats_every: 8h, shifts: [{at: 08:00, servers: 1}]}}}",
            "stations.a.schedule.shifts[0].at: must begin before the schedule repeats itself",
        ),
        (
            "stations: {a: {schedule: {shifts: [{at: 8 am, servers: 1}]}}}",
            'stations.a.schedule.shifts[0].at: must be a time such as "08:00", or a duration such '
            'as "32h", got "8 am"',
        ),
        (
            "stations: {a: {scaler: {least: 3, most: 2}}}",
            "stations.a.scaler.least: must be at most 2, the most, got 3",
        ),
        (
            "stations: {a: {scaler: {least: 1, most: 2, target: 0 %}}}",
            "stations.a.scaler.target: must be > 0",
        ),
        (
            "caches: {c: {hit_ratio: 90 %, ttl: 1s}}",
            "caches.c.ttl: is told by SKU; a cache with a hit_ratio does not look at SKUs",
        ),
        ("caches: {c: {refill: 1s}}", "caches.c.refill: belongs to a hit_ratio"),
        (
            "replenishment: {reorder_point: 5, order_up_to: 5, lead_time: {mean: 1d}}",
            "replenishment.order_up_to: must be above the reorder_point, 5",
        ),
        ("stock: {1: -1}", "stock.1: must be a whole number from 0, got -1"),
        ("faults: [{at: 1s}]", "faults[0]: must name a station or flush a cache; has neither"),
        (
            "faults: [{at: 1s, station: a, flush: b}]\ncaches: {b: {}}",
            "faults[0]: must name a station or flush a cache; has station and flush",
        ),
        (
            "faults: [{at: 1s, station: a}]",
            "faults[0]: must have servers, slower or errors: what is wrong with the station",
        ),
        (
            "faults: [{at: 1s, station: b, servers: 0}]",
            'faults[0].station: no station "b", known: a',
        ),
        ("faults: [{at: 1s, flush: b}]", 'faults[0].flush: no cache "b", known: none'),
        (
            "faults: [{at: 1s, for: 1s, flush: b}]\ncaches: {b: {}}",
            "faults[0].for: a cache is flushed once",
        ),
        (
            "stations: {a: {servers: unlimited}}\nfaults: [{at: 1s, station: a, servers: 0}]",
            'faults[0].servers: "a" has unlimited servers, none to lose',
        ),
        (
            "faults: [{at: -1s, station: a, servers: 0}]",
            'faults[0].at: must not be negative, got "-1s"',
        ),
    ],
)
def test_a_mistake_in_a_part_is_told_at_its_key(tmp_path, part, told):
    stations = "" if part.startswith("stations") else "stations: {a: {servers: 1}}\n"
    steps = "steps: {look: {call: [{at: a, mean: 1ms}]}}"
    found = mistakes(tmp_path, f"service_model: tiny\n{stations}{part}\n{steps}\n")
    assert [each.partition(" ")[2] for each in found] == [told]


@pytest.mark.parametrize(
    ("operations", "is_wrong"),
    [
        ("{read_stock: yes}, {take_stock: optimistic}", False),
        ("{read_stock: no}, {take_stock: unchecked}", True),
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
    (told,) = said(tmp_path, "{send: a, call: [" * depth + OK + "]}" * depth)
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
    chain.append(f"  c{calls}: [{OK}]")
    found = said(tmp_path, "{play: c0}", "calls:\n" + "\n".join(chain) + "\n")
    assert any(told in each for each in found)


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
