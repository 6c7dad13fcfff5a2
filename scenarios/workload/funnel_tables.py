"""The funnels of all personas as tables, so that the visits of a chunk are drawn at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scenarios.workload.columns import Codes, Flags, Floats
from scenarios.workload.funnel import FunnelStep, same_needs_look_back, survival
from scenarios.workload.persona import Persona


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelTables:
    """What each persona does at each place of its funnel.

    `survival` (the probability that a visit comes by) and `take` have the shape (personas,
    places). In the other columns place k of persona p is row p * places + k. Nobody comes by the
    places that a funnel shorter than the longest is filled up with.
    """

    survival: Floats
    take: Floats
    code: Codes
    quantity: Codes
    is_about_product: Flags
    chooses: Flags
    chooses_hot: Flags
    median_s: Floats
    sigma: npt.NDArray[np.float32]
    looks_back: bool

    def rows(self, persona: Codes, place: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The row of each pair of a persona and a place of its funnel."""
        return persona * np.int32(self.survival.shape[1]) + place

    def draw_done(self, random: np.random.Generator, persona: Codes) -> Flags:
        """Which places each visit takes, shape (visits, places), given its persona.

        One uniform number decides how far a visit goes: it comes by place k when U < S[k].
        """
        done: Flags = random.random(len(persona))[:, np.newaxis] < self.survival[persona]
        for place in np.flatnonzero((self.take < 1).any(axis=0)).tolist():
            done[:, place] &= random.random(len(persona)) < self.take[persona, place]
        return done

    def actions_per_visit(self, steps: int) -> Floats:
        """The mean number of times that a visit does each of `steps`, shape (personas, steps)."""
        personas, places = self.survival.shape
        mean = np.zeros((personas, steps))
        np.add.at(mean, (np.repeat(np.arange(personas), places), self.code), self._done_ratio())
        return mean

    def _done_ratio(self) -> Floats:
        return (self.survival * self.take).ravel()


def funnel_tables(
    personas: Sequence[Persona], funnels: Sequence[Sequence[FunnelStep]], steps: Sequence[str]
) -> FunnelTables:
    """The tables of `personas`, each with its funnel in `funnels`; codes are places in `steps`."""
    places = max(len(each) for each in funnels)
    reached = [
        survival(funnel, who.keenness) for who, funnel in zip(personas, funnels, strict=True)
    ]
    every = [step for funnel in funnels for step in _filled_up(funnel, places)]
    choice = np.array([each.product for each in every])
    about = choice != "none"
    think = np.repeat([each.think for each in personas], places)
    return FunnelTables(
        survival=np.array([np.pad(each, (0, places - len(each))) for each in reached]),
        take=np.array([float(each.take) for each in every]).reshape(-1, places),
        code=np.array([steps.index(each.step) for each in every], dtype=np.int16),
        quantity=(np.array([each.quantity for each in every]) * about).astype(np.int16),
        is_about_product=about,
        chooses=np.isin(choice, ("new", "hot")),
        chooses_hot=choice == "hot",
        median_s=think * np.array([each.think.median_s for each in every]),
        sigma=np.array([each.think.sigma for each in every], dtype=np.float32),
        looks_back=any(same_needs_look_back(each) for each in funnels),
    )


def _filled_up(funnel: Sequence[FunnelStep], places: int) -> tuple[FunnelStep, ...]:
    return (*funnel, *[FunnelStep(step=funnel[0].step)] * (places - len(funnel)))
