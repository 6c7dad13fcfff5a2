"""What a plan offers to a station is what its servers do: utilisation is known without a run."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reports.record.outcome import Outcome
from sim.model.call import (
    Attempt,
    Branch,
    CallEnd,
    Choice,
    Demand,
    Fail,
    Fork,
    Hold,
    Lookup,
    Send,
)
from sim.model.distribution import exponential
from sim.model.offered_load import offered_load
from sim.model.service_model import Polling, StepModel
from sim.model.station import CacheModel, StationModel
from tests.sim.plans import HandMadePlan, action
from tests.sim.plays import play, shop

VISITS = 400
MODELS = 25
STATIONS = tuple("abcdefghij")


def random_shop(random: np.random.Generator):
    """A step with all that decides how often its stations are visited, each of them in one place,
    and the chance of that visit at each station, worked out by hand."""
    chance = dict(zip("pqhfd", random.uniform(0.1, 0.9, 5).tolist(), strict=True))
    mean_s = dict(zip(STATIONS, random.uniform(0.001, 0.01, len(STATIONS)).tolist(), strict=True))

    def at(name: str, **more) -> Demand:
        return Demand(station=name, time=exponential(mean_s[name]), **more)

    p, q, h, f, d = chance.values()
    failing = Fail(name="x", end=CallEnd(Outcome.FAILED, 500, "x"), probability=f)
    held = Hold(station="pool", call=(at("b", probability=q),))
    step = StepModel(
        call=(
            Choice(name="a", branches=(Branch(share=p, call=(at("a"),)), Branch(share=1 - p))),
            held,
            Lookup(cache="pages", call=(at("c"),)),
            Fork(name="a", calls=((at("d"),), (at("e", probability=q),))),
            Attempt(name="a", call=(failing, at("f")), fallback=(at("g"),)),
            Send(name="a", call=(at("h"),)),
        ),
        declined_ratio=d,
        background=(at("i"),),
        polling=Polling(pauses_s=(10.0,), call=(at("j"),)),
    )
    chances = {
        "a": p, "b": q, "pool": q, "c": 1 - h, "d": 1.0, "e": q, "f": 1 - f, "g": f, "h": 1.0,
        "i": 1 - d, "j": 1 - d,
    }  # fmt: skip
    stations = {name: StationModel(servers=50) for name in chances}
    caches = {"caches": {"pages": CacheModel(hit_ratio=h)}}
    return shop({"look": step}, parts=caches, **stations), chances, {**mean_s, "pool": mean_s["b"]}


@pytest.mark.parametrize("number", range(MODELS))
def test_servers_work_as_long_as_the_offered_load_says(number):
    """N visits make services of mean S with chance P, so that the work is N P S on average with a
    standard deviation of S sqrt(N (2 P - P^2)): an exponential's second moment is 2 S^2."""
    model, chances, mean_s = random_shop(np.random.default_rng(number))
    instants = (np.arange(1, VISITS + 1) / 20.0).tolist()
    plan = HandMadePlan(intended_s=instants, actions=[action("look", sku=1)])
    _, played = play(plan, model, seed=number)
    for name, load in offered_load(plan, model).items():
        p, s = chances[name], mean_s[name]
        offered_s = load.average_erlangs * plan.duration_s
        assert offered_s == pytest.approx(VISITS * p * s)
        deviation_s = s * math.sqrt(VISITS * (2 * p - p * p))
        assert abs(played.stations[name].busy_area - offered_s) < 5 * deviation_s
