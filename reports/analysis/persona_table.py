"""Who did what: how many actions of each kind of shopper ended ok, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.record.reader import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaActions:
    """The actions of one persona by step: `ok` of `total`. Steps that it never did are left out."""

    persona: str
    visits: int
    ok: Mapping[str, int]
    total: Mapping[str, int]


def persona_table(record: RunRecord) -> tuple[PersonaActions, ...]:
    """One line for each persona that came, in the order of the campaign."""
    visits = record.first_actions()["persona"].value_counts()
    totals = record.actions.groupby(["persona", "step"], observed=True).size()
    good = record.actions[record.actions["outcome"] == "ok"]
    oks = good.groupby(["persona", "step"], observed=True).size()
    tables = record.manifest.plan.tables
    return tuple(
        PersonaActions(
            persona=persona,
            visits=int(visits[persona]),
            ok={step: int(oks.get((persona, step), 0)) for step in steps},
            total={step: int(totals[persona, step]) for step in steps},
        )
        for persona in tables["persona"]
        if visits.get(persona, 0)
        for steps in ([step for step in tables["step"] if (persona, step) in totals.index],)
    )
