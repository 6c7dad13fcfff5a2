"""The visits of the default campaign at another arrival rate: what every load benchmark plays."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from scenarios.workload.campaign import Campaign, read_campaign
from scenarios.workload.campaign_file import find_campaign
from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.columns import Floats
from scenarios.workload.plan import PlannedPhase, PlanTables, VisitChunk

PATIENCE_S = 60.0
"""Longer than any stall of a benchmark: every visit is played whole."""
SPARE_RATIO = 1.2
"""The campaign has so many more visits than are played, so that chance leaves none missing."""


def flash_sale(times: int) -> Campaign:
    """The default rehearsal with its phases `times` as long."""
    asked = read_campaign(find_campaign("flash_sale"))
    longer = (
        dataclasses.replace(each, duration_s=each.duration_s * times) for each in asked.phases
    )
    return dataclasses.replace(asked, phases=tuple(longer))


@dataclass(frozen=True, kw_only=True)
class RetimedPlan:
    """The visits of the flash sale, arriving as a Poisson stream of `rate_per_s` for `duration_s`,
    with pauses of `think_ratio` times those of the campaign."""

    rate_per_s: float
    duration_s: float
    think_ratio: float
    seed: int = 1
    name: str = "retimed_flash_sale"
    text: str = "the visits of flash_sale at another rate"
    _visits: CampaignPlan = field(init=False)

    def __post_init__(self) -> None:
        once = CampaignPlan(flash_sale(times=1)).expected_visits
        times = int(SPARE_RATIO * self.rate_per_s * self.duration_s / once) + 1
        object.__setattr__(self, "_visits", CampaignPlan(flash_sale(times)))

    @property
    def phases(self) -> tuple[PlannedPhase, ...]:
        return (PlannedPhase(name="trial", start_s=0.0, duration_s=self.duration_s),)

    @property
    def tables(self) -> PlanTables:
        return dataclasses.replace(self._visits.tables, phases=("trial",))

    @property
    def stock(self) -> dict[int, int]:
        return {}

    @property
    def expected_visits(self) -> float:
        return self.rate_per_s * self.duration_s

    @property
    def peak_rate_per_s(self) -> float:
        return self.rate_per_s

    def expected_actions(self) -> dict[str, float]:
        share = self.expected_visits / self._visits.expected_visits
        return {step: share * count for step, count in self._visits.expected_actions().items()}

    @property
    def requests_per_visit(self) -> float:
        """Each action is a request, and an order is asked for once more."""
        actions = self.expected_actions()
        return (sum(actions.values()) + actions["place_order"]) / self.expected_visits

    def at(self, *, requests_per_s: float) -> RetimedPlan:
        """The same visits at the rate that brings so many requests a second."""
        return dataclasses.replace(self, rate_per_s=requests_per_s / self.requests_per_visit)

    def rate_at(self, t_s: Floats) -> Floats:
        return np.where((t_s >= 0) & (t_s < self.duration_s), self.rate_per_s, 0.0)

    def chunks(self) -> Iterator[VisitChunk]:
        random, arrived_s = np.random.default_rng(self.seed), 0.0
        for chunk in self._visits.chunks():
            gaps_s = random.exponential(1 / self.rate_per_s, len(chunk))
            arrivals_s = arrived_s + np.cumsum(gaps_s)
            arrived_s = float(arrivals_s[-1]) if len(chunk) else arrived_s
            due = int(np.searchsorted(arrivals_s, self.duration_s))
            yield _retimed(chunk, arrivals_s, due, self.think_ratio)
            if due < len(chunk):
                return


def _retimed(chunk: VisitChunk, arrivals_s: Floats, visits: int, think_ratio: float) -> VisitChunk:
    """The first `visits` of `chunk`, at the first of `arrivals_s`."""
    actions = int(chunk.first_action[visits])
    return VisitChunk(
        first_index=chunk.first_index,
        intended_s=arrivals_s[:visits],
        phase=np.zeros_like(chunk.phase[:visits]),
        persona=chunk.persona[:visits],
        channel=chunk.channel[:visits],
        tier=chunk.tier[:visits],
        patience_s=np.full(visits, PATIENCE_S),
        first_action=chunk.first_action[: visits + 1],
        step=chunk.step[:actions],
        think_s=chunk.think_s[:actions] * think_ratio,
        sku=chunk.sku[:actions],
        quantity=chunk.quantity[:actions],
        path=chunk.path[:actions],
    )
