"""What is lost when a task ends, of calls that are written down here."""

from __future__ import annotations

import pytest

from sim.model.call import Attempt, Branch, Choice, Fork, Hold, Lookup, Mark, Send
from sim.model.marks_ahead import marks_ahead
from sim.model.service_model import ServiceModel, StepModel
from sim.model.station import UNLIMITED, StationModel
from tests.sim.plays import fixed

DESK = fixed("desk", 1.0)


def mark(name: str, **rule) -> Mark:
    return Mark(name=name, **rule)


def ahead_of(*call, background: bool = True):
    step = StepModel(call=(DESK,), background=call) if background else StepModel(call=call)
    stations = {"desk": StationModel(servers=1)}
    return marks_ahead(ServiceModel(name="tiny", stations=stations, steps={"buy": step}))


def names(ahead, operation: str, *, where: str = "background") -> set[str]:
    return {each.name for each in ahead[f"buy/{where}/{operation}"].marks}


def test_all_that_follows_lies_ahead_and_what_is_past_does_not():
    ahead = ahead_of(mark("begun"), DESK, mark("written"), Hold(station="desk", call=(DESK,)),
                     mark("shipped"))  # fmt: skip
    assert names(ahead, "desk") == {"written", "shipped"}
    assert names(ahead, "hold desk") == names(ahead, "hold desk/desk") == {"shipped"}
    assert names(ahead, "mark begun") == {"begun", "written", "shipped"}


def test_of_a_choice_lies_ahead_what_every_branch_has_by_the_more_patient_rule():
    near = Branch(share=0.5, call=(DESK, mark("home", within_s=5.0), mark("seen")))
    far = Branch(share=0.5, call=(mark("home", within_s=9.0), mark("hidden")))
    ahead = ahead_of(DESK, Choice(name="way", branches=(near, far)))
    [home] = ahead["buy/background/desk"].marks
    assert (home.name, home.within_s) == ("home", 9.0)
    assert names(ahead, "choice way/0/desk") == {"home", "seen"}


@pytest.mark.parametrize(
    ("one", "other", "patient"),
    [({"by_day": 1}, {"by_day": 2}, (UNLIMITED, 2)), ({"by_day": 1}, {}, (UNLIMITED, None))],
)
def test_days_are_as_patient_as_durations(one, other, patient):
    branches = tuple(Branch(share=0.5, call=(mark("home", **each),)) for each in (one, other))
    [home] = ahead_of(DESK, Choice(name="way", branches=branches))["buy/background/desk"].marks
    assert (home.within_s, home.by_day) == patient


def test_what_is_done_on_a_miss_alone_is_not_sure_to_come():
    ahead = ahead_of(DESK, Lookup(cache="content", call=(DESK, mark("rendered"))), mark("shown"))
    assert names(ahead, "desk") == {"shown"}
    assert names(ahead, "lookup content/desk") == {"rendered", "shown"}


def test_a_try_misses_nothing_but_the_attempt_that_has_failed_does():
    ahead = ahead_of(Attempt(name="bank", call=(DESK, mark("paid"))), mark("noted"))
    assert names(ahead, "attempt bank/desk") == set()
    assert names(ahead, "attempt bank") == {"paid", "noted"}


def test_of_an_attempt_with_a_fallback_lies_ahead_what_both_ways_have():
    with_fallback = Attempt(
        name="bank", call=(mark("paid"), mark("fast")), fallback=(DESK, mark("paid"))
    )
    ahead = ahead_of(DESK, with_fallback, mark("noted"))
    assert names(ahead, "desk") == {"paid", "noted"}
    assert names(ahead, "attempt bank/fallback/desk") == {"paid", "noted"}


def test_a_branch_of_a_fork_misses_what_is_its_own():
    ahead = ahead_of(DESK, Fork(name="both", calls=((DESK, mark("left")), (mark("right"),))),
                     mark("joined"))  # fmt: skip
    assert names(ahead, "desk") == {"left", "right", "joined"}
    assert names(ahead, "fork both") == {"joined"}
    assert names(ahead, "fork both/0/desk") == {"left"}


def test_what_an_order_would_have_sent_is_lost_with_it_unless_it_counts_anew():
    sent = Send(name="logistics", call=(DESK, mark("shipped")))
    anew = Send(name="refund", call=(DESK, mark("refunded")), anew=True)
    ahead = ahead_of(DESK, sent, anew)
    assert names(ahead, "desk") == {"shipped"}
    assert names(ahead, "send logistics") == set()
    assert names(ahead, "send logistics/desk") == {"shipped"}
    assert names(ahead, "send refund/desk") == {"refunded"}


def test_before_the_reply_nothing_has_been_sent_and_rejections_are_answers():
    sent = Send(name="logistics", call=(DESK, mark("shipped")))
    ahead = ahead_of(DESK, mark("answered"), sent, background=False)
    assert names(ahead, "desk", where="call") == {"answered"}
    assert not ahead["buy/call/desk"].is_behind_reply
    assert ahead["buy/call/send logistics/desk"].is_behind_reply
