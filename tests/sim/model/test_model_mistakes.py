from __future__ import annotations

import pytest

from tests.sim.model.writing import mistakes


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
        ("stock: {0: 1}", "stock.0: must be a whole number from 1, got 0"),
        ("stock: {1: -1}", "stock.1: must be a whole number from 0, got -1"),
        ("stock: {1: 2000000000}", "stock.1: must be at most 1,000,000,000, got 2000000000"),
        (
            "stock: {9999999999: 1}",
            "stock.9999999999: must be at most 1,000,000,000, got 9999999999",
        ),
        (
            "stations: {a: {servers: 1, copies: 100001, chosen_by: visit}}",
            "stations.a.copies: must be at most 100,000, got 100001",
        ),
        (
            "stations: {a: {servers: 1, zones: {count: 1001, mean_up: 1d, mean_repair: 1h}}}",
            "stations.a.zones.count: must be at most 1,000, got 1001",
        ),
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
            "stations: {a: {servers: 1, copies: 4}}\n"
            "faults: [{at: 1s, station: a, copy: 5, slower: 2}]",
            'faults[0].copy: "a" has copies 1 to 4, got 5',
        ),
        (
            "faults: [{at: 1s, station: a, copy: 1, servers: 0}]",
            "faults[0].servers: is of all copies; one copy can be slower, or have errors",
        ),
        (
            "faults: [{at: 1s, flush: b, copy: 1}]\ncaches: {b: {}}",
            "faults[0].copy: belongs to a station, not to a cache that is flushed",
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
