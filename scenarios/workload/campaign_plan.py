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
from scenarios.workload.columns import Codes, Floats, Integers, Skus
from scenarios.workload.funnel import first_products
from scenarios.workload.funnel_tables import FunnelTables, funnel_tables
from scenarios.workload.persona import Crowd, crowd_of, shares_of
from scenarios.workload.phase import searched_stairs
from scenarios.workload.plan import PlannedPhase, PlanTables, VisitChunk
from scenarios.workload.product_mix import ProductTables, carry, product_tables
from scenarios.workload.random_streams import stream
from scenarios.workload.rate_curve import RateCurve
from scenarios.workload.think_time import draw_think_times


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
    _funnels: FunnelTables = field(repr=False)

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
        put("_funnels", funnel_tables(campaign.personas, campaign.funnels, self.tables.steps))

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
        """Sum over phases of area, times the sum over personas of share and actions a visit."""
        steps = self.tables.steps
        per_visit = self._funnels.actions_per_visit(len(steps))
        expected = np.zeros(len(steps))
        for planned, phase in zip(self.phases, self.campaign.phases, strict=True):
            ends = self.curve.expected_arrivals(np.array([planned.start_s, planned.end_s]))
            shares = np.array([float(each) for each in shares_of(self._crowd.personas, phase.mix)])
            expected += (ends[1] - ends[0]) * (shares @ per_visit)
        return dict(zip(steps, expected.tolist(), strict=True))

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
        done = self._funnels.draw_done(self._random("funnel", slab), persona)
        visit, place = np.nonzero(done)
        first_action = np.searchsorted(visit, np.arange(len(intended_s) + 1))
        row = self._funnels.rows(persona[visit], place)
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
            step=self._funnels.code[row],
            think_s=self._think_times(slab, row, first_action),
            sku=self._skus(slab, row, first_action),
            quantity=self._funnels.quantity[row],
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

    def _think_times(self, slab: int, row: npt.NDArray[np.intp], first_action: Integers) -> Floats:
        think_s = draw_think_times(
            self._random("think", slab), self._funnels.median_s[row], self._funnels.sigma[row]
        )
        think_s[first_action[:-1]] = 0.0
        return think_s

    def _skus(self, slab: int, row: npt.NDArray[np.intp], first_action: Integers) -> Skus:
        """Each action's product: 0 at a step about none."""
        chosen, about = self._funnels.chooses[row], self._funnels.is_about_product[row]
        if self._funnels.looks_back:
            chosen |= first_products(about, first_action)
        at_hot = self._funnels.chooses_hot[row[chosen]]
        skus = self._products.draw(self._random("product", slab), len(at_hot))
        if at_hot.any():
            random = self._random("hot product", slab)
            skus[at_hot] = self._products.draw_hot(random, int(at_hot.sum()))
        return carry(skus, chosen) * about


def _planned_phases(campaign: Campaign) -> tuple[PlannedPhase, ...]:
    starts_s = np.cumsum([0.0, *(each.duration_s for each in campaign.phases)]).tolist()
    return tuple(
        PlannedPhase(
            name=each.name,
            start_s=start_s,
            duration_s=each.duration_s,
            judged=each.judged,
            stairs=searched_stairs(each, start_s),
        )
        for each, start_s in zip(campaign.phases, starts_s, strict=False)
    )


def _plan_tables(campaign: Campaign, crowd: Crowd) -> PlanTables:
    return PlanTables(
        phases=tuple(each.name for each in campaign.phases),
        personas=tuple(each.name for each in campaign.personas),
        channels=crowd.channels,
        tiers=crowd.tiers,
        steps=campaign.steps,
    )
