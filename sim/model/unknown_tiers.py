"""Member tiers that a model serves first, and that nobody in a plan has.

That is no mistake, for a model is shared between campaigns, some without tiers; nor when the name
is close to another: a platform may have `vip1` and `vip2`, and a campaign only one of them. But a
tier that is misspelt has no precedence, so it is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.documents.located_yaml import KeyPath, parse_yaml
from reports.documents.mistake import Mistake
from scenarios.workload.plan import VisitPlan
from sim.model.did_you_mean import close_to
from sim.model.service_model import ServiceModel


def unknown_tiers(plan: VisitPlan, model: ServiceModel, *, file: str) -> tuple[Mistake, ...]:
    """What is to be said, each at its place in the text that the model was read from, whose name is
    `file`: of each tier that is close to one of the plan's, of the others of a station together."""
    if not model.text:
        return ()
    located = parse_yaml(model.text, file)
    return tuple(located.mistake(path, what) for path, what in _unknown(plan, model))


def _unknown(plan: VisitPlan, model: ServiceModel) -> Iterator[tuple[KeyPath, str]]:
    nobody = f'nobody in "{plan.name}" has'
    for name, station in model.stations.items():
        strange: list[tuple[KeyPath, str]] = []
        for index, (tier, _) in enumerate(station.priority):
            path: KeyPath = ("stations", name, "priority", index)
            if tier in plan.tables.tiers:
                continue
            if meant := close_to(tier, plan.tables.tiers):
                yield path, f'{nobody} the tier "{tier}", did you mean "{meant}"?'
            else:
                strange.append((path, f'"{tier}"'))
        if strange:
            yield strange[0][0], f"{nobody} {_tiers([tier for _, tier in strange])}"


def _tiers(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"the tier {names[0]}"
    return f"the tiers {', '.join(names[:-1])} and {names[-1]}"
