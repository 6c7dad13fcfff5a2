"""What no engine can play: found before anything is played."""

from __future__ import annotations

from collections.abc import Iterator

from reports.documents.mistake import DocumentError, Mistake
from scenarios.workload.plan import VisitPlan
from sim.model.call import TakeStock
from sim.model.service_model import ServiceModel, operations_of


def refuse_unrepresentable(plan: VisitPlan, model: ServiceModel) -> None:
    """Raises DocumentError unless `model` has every step of `plan` and divides the stock in one
    way only."""
    mistakes = [
        Mistake(file=f"service model {model.name}", line=1, column=1, path="steps", message=message)
        for message in _messages(plan, model)
    ]
    if mistakes:
        raise DocumentError(mistakes)


def _messages(plan: VisitPlan, model: ServiceModel) -> Iterator[str]:
    missing = [each for each in plan.tables.steps if each not in model.steps]
    if missing:
        known = ", ".join(model.steps)
        yield f"no demand for {', '.join(missing)}, which {plan.name} plays (known: {known})"
    buckets = {
        each.buckets
        for step in model.steps.values()
        for each in operations_of(step)
        if isinstance(each, TakeStock)
    }
    if len(buckets) > 1:
        counts = ", ".join(map(str, sorted(buckets)))
        yield f"all takings must divide the stock in as many buckets, not in {counts}"
