"""The plan of a campaign: its stream of visits, drawn in chunks of columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

import numpy as np
import numpy.typing as npt

from scenarios.workload.amplified_shape import amplified
from scenarios.workload.arrivals import slab_arrivals, slab_count, slab_size
from scenarios.workload.campaign import Campaign
from scenarios.workload.columns import Codes, Floats, Integers, Skus
from scenarios.workload.funnel import first_products
from scenarios.workload.funnel_tables import FunnelTables, funnel_tables
from scenarios.workload.persona import Crowd, crowd_of
from scenarios.workload.phase import searched_stairs
from scenarios.workload.phase_crowd import PhaseCrowd, phase_crowds
from scenarios.workload.phase_curve import pieces_of
from scenarios.workload.plan import PlannedPhase, PlanTables, VisitChunk
from scenarios.workload.product_mix import ProductTables, carry, product_tables
from scenarios.workload.random_streams import stream
from scenarios.workload.rate_curve import RateCurve
from scenarios.workload.think_time import draw_think_times


@dataclass(frozen=True, slots=True, init=False)
class CampaignPlan:
    """The visits of `campaign`, drawn from `seed` (by default the campaign's own).

    `amplify` multiplies every arrival rate. `speed` divides every arrival instant and nothing
    else: the visits stay the same, by number, personas, products and pauses. `curve` is the rate
    on the campaign's own clock, before it is sped up; whatever else has a time, `phases` too, is
    on the clock of the run. A chunk is a slab of arrivals: it can be drawn alone, and memory does
    not depend on the length of the campaign. Implements `VisitPlan`.
    """

    campaign: Campaign
    seed: int
    speed: float
    amplify: float
    curve: RateCurve
    phases: tuple[PlannedPhase, ...]
    tables: PlanTables
    _crowd: Crowd = field(repr=False)
    _borders_s: Floats = field(repr=False)
    _phase_crowds: tuple[PhaseCrowd, ...] = field(repr=False)
    _products: ProductTables = field(repr=False)
    _funnels: FunnelTables = field(repr=False)

    def __init__(
        self,
        campaign: Campaign,
        seed: int | None = None,
        *,
        speed: float = 1.0,
        amplify: float = 1.0,
    ) -> None:
        put = partial(object.__setattr__, self)
        crowd = crowd_of(campaign.personas)
        pieces = tuple(pieces_of(each, campaign.recorded) for each in campaign.phases)
        put("campaign", campaign)
        put("seed", campaign.seed if seed is None else seed)
        put("speed", speed)
        put("amplify", amplify)
        put("curve", RateCurve(pieces=amplified(chain.from_iterable(pieces), amplify)))
        put("_borders_s", np.cumsum([0.0, *(each.duration_s for each in campaign.phases)]))
        put("phases", _planned_phases(campaign, self._borders_s, speed=speed, amplify=amplify))
        put("tables", _plan_tables(campaign, crowd))
        put("_crowd", crowd)
        put("_phase_crowds", phase_crowds(crowd, campaign.phases, pieces))
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
        return self.curve.duration_s / self.speed

    @property
    def expected_visits(self) -> float:
        return self.curve.total

    @property
    def peak_rate_per_s(self) -> float:
        return self.curve.peak_per_s * self.speed

    @property
    def turns_s(self) -> Floats:
        """The instants, ascending, at which the planned rate jumps or turns. `rate_at` one that
        is a jump is the rate after it."""
        own_s = self.curve.turns_s
        at_s = own_s / self.speed
        return np.where(at_s * self.speed < own_s, np.nextafter(at_s, np.inf), at_s)

    def expected_by_phase(self) -> Floats:
        """The visits expected in each phase: the area under its rate, shape (phases,)."""
        return np.diff(self.curve.expected_arrivals(self._borders_s))

    def expected_actions(self) -> dict[str, float]:
        """Sum over phases of area, times the sum over personas of share and actions a visit."""
        expected = np.zeros(len(self.tables.steps))
        per_visit = self.actions_per_visit_by_phase()
        for visits, each in zip(self.expected_by_phase(), per_visit, strict=True):
            expected += visits * each
        return dict(zip(self.tables.steps, expected.tolist(), strict=True))

    def actions_per_visit_by_phase(self) -> Floats:
        """How often a visit that comes in a phase does each step, shape (phases, steps)."""
        per_visit = self._funnels.actions_per_visit(len(self.tables.steps))
        return np.array([each.shares @ per_visit for each in self._phase_crowds])

    def shares_by_phase(self) -> Floats:
        """The personas' shares of the visits of a phase, shape (phases, personas)."""
        return np.array([each.shares for each in self._phase_crowds])

    def rate_at(self, t_s: Floats) -> Floats:
        return self.curve.rate_at(np.asarray(t_s) * self.speed) * self.speed

    def chunks(self) -> Iterator[VisitChunk]:
        return self.chunks_from(0)

    def chunks_from(self, index: int) -> Iterator[VisitChunk]:
        """The chunks from the one that holds visit `index` on; the others before it are not
        drawn, only their sizes."""
        first_index = 0
        for slab in range(slab_count(self.curve)):
            if first_index < index:
                size = slab_size(self.curve, self.campaign.arrivals, seed=self.seed, slab=slab)
                if first_index + size <= index:
                    first_index += size
                    continue
            chunk = self.chunk(slab, first_index)
            first_index += len(chunk)
            if len(chunk):
                yield chunk

    def chunk(self, slab: int, first_index: int) -> VisitChunk:
        """The visits of one slab of arrivals; the earlier slabs hold `first_index` visits."""
        at_s = slab_arrivals(self.curve, self.campaign.arrivals, seed=self.seed, slab=slab)
        phase, cell = self._phases_and_cells(at_s, slab)
        persona = self._crowd.persona[cell]
        done = self._funnels.draw_done(self._random("funnel", slab), persona)
        visit, place = np.nonzero(done)
        first_action = np.zeros(len(at_s) + 1, np.int64)
        np.cumsum(done.sum(axis=1), out=first_action[1:])
        row = self._funnels.rows(persona[visit], place)
        patience_s = np.array([each.patience_s for each in self._crowd.personas])
        return VisitChunk(
            first_index=first_index,
            intended_s=at_s / self.speed,
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

    def _phases_and_cells(self, at_s: Floats, slab: int) -> tuple[Codes, npt.NDArray[np.int32]]:
        """The phase of each visit, and its cell of the crowd that comes in that phase."""
        starts = np.searchsorted(at_s, self._borders_s[:-1]).tolist()
        ends = [*starts[1:], len(at_s)]
        phase = np.empty(len(at_s), dtype=np.int16)
        cell = np.empty(len(at_s), dtype=np.int32)
        who = self._random("persona", slab).random(len(at_s))
        has_parts = any(each.parts for each in self._phase_crowds)
        whose = self._random("part", slab).random(len(at_s)) if has_parts else who
        for code, (start, end) in enumerate(zip(starts, ends, strict=True)):
            here = slice(start, end)
            phase[here] = code
            t_s = at_s[here] - self._borders_s[code]
            cell[here] = self._phase_crowds[code].cells(t_s, who=who[here], whose=whose[here])
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
        skus = np.empty(len(at_hot), np.int32)
        if not at_hot.all():
            skus = self._products.draw(self._random("product", slab), len(at_hot))
        if at_hot.any():
            random = self._random("hot product", slab)
            skus[at_hot] = self._products.draw_hot(random, int(at_hot.sum()))
        return carry(skus, chosen) * about


def _planned_phases(
    campaign: Campaign, borders_s: Floats, *, speed: float, amplify: float
) -> tuple[PlannedPhase, ...]:
    return tuple(
        PlannedPhase(
            name=each.name,
            start_s=start_s / speed,
            duration_s=each.duration_s / speed,
            judged=each.judged,
            stairs=tuple(
                replace(stair, rate_per_s=stair.rate_per_s * amplify)
                for stair in searched_stairs(each, start_s)
            ),
        )
        for each, start_s in zip(campaign.phases, borders_s.tolist(), strict=False)
    )


def _plan_tables(campaign: Campaign, crowd: Crowd) -> PlanTables:
    return PlanTables(
        phases=tuple(each.name for each in campaign.phases),
        personas=tuple(each.name for each in campaign.personas),
        channels=crowd.channels,
        tiers=crowd.tiers,
        steps=campaign.steps,
    )
