"""What the screen of a run says of its workers."""

from __future__ import annotations

from scenarios.fleet.fleet_tally import count_together
from scenarios.fleet.member import Member
from scenarios.fleet.protocol import Hello, Report
from scenarios.shoppers.tally import Tally


def member(number: int, *, standing: str = "playing", **figures: object) -> Member:
    hello = Hello(version="1", name=f"w{number}", host="here", pid=number, cores=2)
    report = Report(beat=1, sent_at_s=0.0, **figures)
    return Member(number=number, client=f"c{number}", hello=hello, standing=standing, report=report)


def said(*members: Member) -> str:
    tally = Tally()
    count_together(tally, members, members[0].report)
    return tally.workers


def test_a_few_workers_are_told_one_by_one_in_fixed_units():
    slow = member(1, worst_lag_s=1.2, cpu_ratio=0.5, in_flight=1234)
    assert said(slow, member(2, standing="lost")) == (
        "1 lag 1200.0 ms cpu 50 % 1,234 in flight, 2 lost"
    )


def test_of_many_workers_the_worst_are_told():
    fleet = [member(number, worst_lag_s=number / 1000, cpu_ratio=0.1) for number in range(1, 9)]
    fleet[2] = member(3, cpu_ratio=0.61)
    fleet[7] = member(8, standing="lost", worst_lag_s=9.0, cpu_ratio=1.0)
    assert said(*fleet) == (
        "7 of 8 play, lost: 8, worst lag 7.0 ms (worker 7), highest cpu 61 % (worker 3)"
    )


def test_when_all_are_gone_nobody_is_worst():
    fleet = [member(number, standing="lost") for number in range(1, 6)]
    assert said(*fleet) == "0 of 5 play, lost: 1, 2, 3 …"
