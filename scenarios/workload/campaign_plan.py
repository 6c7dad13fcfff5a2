"""The plan of a campaign: its stream of visits, drawn in chunks of columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from scenarios.workload.alias_table import AliasTable
from scenarios.workload.arrivals import slab_arrivals, slab_count
from scenarios.workload.campaign import Campaign
from scenarios.workload.columns import Codes, Flags, Floats
from scenarios.workload.funnel import draw_done, first_products, same_needs_look_back, survival
from scenarios.workload.persona import Crowd, crowd_of, shares_of
from scenarios.workload.plan import PlannedPhase, PlanTables, VisitChunk
from scenarios.workload.product_mix import ProductTables, carry, product_tables
from scenarios.workload.random_streams import stream
from scenarios.workload.rate_curve import RateCurve
from scenarios.workload.think_time import draw_think_times


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepTables:
    """Columns over the steps of a funnel, and over (persona, step) for pauses."""

    code: Codes
    quantity: Codes
    is_about_product: Flags
    chooses: Flags
    chooses_hot: Flags
    median_s: Floats
    sigma: npt.NDArray[np.float32]
    survival: Floats
    looks_back: bool


@dataclass(frozen=True, slots=True, init=False)
class CampaignPlan:
    """The visits of `campaign`, drawn from `seed` (by default the campaign's own).

    A chunk is a slab of arrivals: it can be drawn alone, and memory does not depend on the
    length of the campaign. Implements `VisitPlan`.
    """

    campaign: Campaign
    seed: int
    curve: RateCurve
    phases: tuple[PlannedPhase, ...]
    tables: PlanTables
    _crowd: Crowd = field(repr=False)
    _cells: tuple[AliasTable, ...] = field(repr=False)
    _products: ProductTables = field(repr=False)
    _steps: _StepTables = field(repr=False)

    def __init__(self, campaign: Campaign, seed: int | None = None) -> None:
        put = partial(object.__setattr__, self)
        crowd = crowd_of(campaign.personas)
        put("campaign", campaign)
        put("seed", campaign.seed if seed is None else seed)
        put("curve", campaign.curve)
        put("phases", _planned_phases(campaign))
        put("tables", _plan_tables(campaign, crowd))
        put("_crowd", crowd)
        own = crowd.cells()
        put("_cells", tuple(own if p.mix is None else crowd.cells(p.mix) for p in campaign.phases))
        put("_products", product_tables(campaign.products))
        put("_steps", _step_tables(campaign, self.tables.steps))

    @property
    def name(self) -> str:
        return self.campaign.name

    @property
    def text(self) -> str:
        return self.campaign.text

    @property
    def stock(self) -> dict[int, int]:
        return self.campaign.products.stock

    @property
    def duration_s(self) -> float:
        return self.curve.duration_s

    @property
    def expected_visits(self) -> float:
        return self.curve.total

    @property
    def peak_rate_per_s(self) -> float:
        return self.curve.peak_per_s

    def expected_actions(self) -> dict[str, float]:
        """Sum over phases of area, times the sum over personas of share, survival and take."""
        expected = dict.fromkeys(self.tables.steps, 0.0)
        take = np.array([float(each.take) for each in self.campaign.funnel])
        for planned, phase in zip(self.phases, self.campaign.phases, strict=True):
            ends = self.curve.expected_arrivals(np.array([planned.start_s, planned.end_s]))
            shares = np.array([float(each) for each in shares_of(self._crowd.personas, phase.mix)])
            actions = (ends[1] - ends[0]) * (shares @ self._steps.survival) * take
            for each, count in zip(self.campaign.funnel, actions.tolist(), strict=True):
                expected[each.step] += count
        return expected

    def rate_at(self, t_s: Floats) -> Floats:
        return self.curve.rate_at(t_s)

    def chunks(self) -> Iterator[VisitChunk]:
        first_index = 0
        for slab in range(slab_count(self.curve)):
            chunk = self.chunk(slab, first_index)
            first_index += len(chunk)
            if len(chunk):
                yield chunk

    def chunk(self, slab: int, first_index: int) -> VisitChunk:
        """The visits of one slab of arrivals; the earlier slabs hold `first_index` visits."""
        intended_s = slab_arrivals(self.curve, self.campaign.arrivals, seed=self.seed, slab=slab)
        phase, cell = self._phases_and_cells(intended_s, slab)
        persona = self._crowd.persona[cell]
        done = draw_done(
            self._random("funnel", slab), self._steps.survival[persona], self.campaign.funnel
        )
        visit, position = np.nonzero(done)
        first_action = np.searchsorted(visit, np.arange(len(intended_s) + 1))
        patience_s = np.array([each.patience_s for each in self._crowd.personas])
        return VisitChunk(
            first_index=first_index,
            intended_s=intended_s,
            phase=phase,
            persona=persona,
            channel=self._crowd.channel[cell],
            tier=self._crowd.tier[cell],
            patience_s=patience_s[persona],
            first_action=first_action,
            step=self._steps.code[position],
            think_s=self._think_times(slab, persona[visit], position, first_action),
            sku=self._skus(slab, done, position),
            quantity=self._steps.quantity[position],
            path=np.full(len(visit), -1, dtype=np.int32),
        )

    def _random(self, name: str, slab: int) -> np.random.Generator:
        return stream(self.seed, name, slab)

    def _phases_and_cells(
        self, intended_s: Floats, slab: int
    ) -> tuple[Codes, npt.NDArray[np.int32]]:
        """The phase of each visit, and its cell of the crowd under that phase's mix."""
        starts = np.searchsorted(intended_s, [each.start_s for each in self.phases])
        ends = [*starts[1:].tolist(), len(intended_s)]
        phase = np.empty(len(intended_s), dtype=np.int16)
        cell = np.empty(len(intended_s), dtype=np.int32)
        uniform = self._random("persona", slab).random(len(intended_s))
        for code, (start, end) in enumerate(zip(starts.tolist(), ends, strict=True)):
            phase[start:end] = code
            cell[start:end] = self._cells[code].at(uniform[start:end])
        return phase, cell

    def _think_times(
        self,
        slab: int,
        persona: Codes,
        position: npt.NDArray[np.intp],
        first_action: npt.NDArray[np.int64],
    ) -> Floats:
        row = persona * np.int32(len(self._steps.code)) + position
        think_s = draw_think_times(
            self._random("think", slab), self._steps.median_s[row], self._steps.sigma[position]
        )
        think_s[first_action[:-1]] = 0.0
        return think_s

    def _skus(
        self, slab: int, done: Flags, position: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.int32]:
        """Each action's product: 0 at a step about none."""
        chosen = self._steps.chooses[position]
        if self._steps.looks_back:
            chosen = first_products(done, self.campaign.funnel)[done]
        at_hot = self._steps.chooses_hot[position[chosen]]
        skus = self._products.draw(self._random("product", slab), len(at_hot))
        if at_hot.any():
            random = self._random("hot product", slab)
            skus[at_hot] = self._products.draw_hot(random, int(at_hot.sum()))
        return carry(skus, chosen) * self._steps.is_about_product[position]


def _planned_phases(campaign: Campaign) -> tuple[PlannedPhase, ...]:
    starts_s = np.cumsum([0.0, *(each.duration_s for each in campaign.phases)]).tolist()
    return tuple(
        PlannedPhase(
            name=each.name, start_s=start_s, duration_s=each.duration_s, judged=each.judged
        )
        for each, start_s in zip(campaign.phases, starts_s, strict=False)
    )


def _plan_tables(campaign: Campaign, crowd: Crowd) -> PlanTables:
    return PlanTables(
        phases=tuple(each.name for each in campaign.phases),
        personas=tuple(each.name for each in campaign.personas),
        channels=crowd.channels,
        tiers=crowd.tiers,
        steps=tuple(dict.fromkeys(each.step for each in campaign.funnel)),
    )


def _step_tables(campaign: Campaign, steps: tuple[str, ...]) -> _StepTables:
    funnel = campaign.funnel
    choice = np.array([each.product for each in funnel])
    about = choice != "none"
    quantity = np.array([each.quantity for each in funnel])
    think = np.array([each.think for each in campaign.personas])
    median_s = np.array([each.think.median_s for each in funnel])
    return _StepTables(
        code=np.array([steps.index(each.step) for each in funnel], dtype=np.int16),
        quantity=(quantity * about).astype(np.int16),
        is_about_product=about,
        chooses=np.isin(choice, ("new", "hot")),
        chooses_hot=choice == "hot",
        median_s=np.outer(think, median_s).ravel(),
        sigma=np.array([each.think.sigma for each in funnel], dtype=np.float32),
        survival=survival(campaign.personas, funnel),
        looks_back=same_needs_look_back(funnel),
    )
