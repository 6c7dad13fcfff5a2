"""Synthetic records with known figures, so that tests of reports need no run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reports.record.manifest import Ending, Invariant, Manifest, PhaseSpan, PlanFacts
from reports.record.outcome import Outcome
from reports.record.player_gauge import PLAYER_GAUGES, of_worker
from reports.record.reader import RunRecord, read_record
from reports.record.row import NOT_YET, ActionRow, GaugeRow
from reports.record.writer import RecordWriter

STEPS = (
    "open_home", "browse_category", "search", "view_product", "log_in", "add_to_cart",
    "check_out", "place_order", "pay", "track_order",
)  # fmt: skip
PHASES = (
    PhaseSpan(name="warm_up", start_s=0.0, duration_s=2.0, judged=False),
    PhaseSpan(name="preheat", start_s=2.0, duration_s=8.0),
    PhaseSpan(name="burst", start_s=10.0, duration_s=10.0),
)
COMPLETED = Ending(reason="completed", at_s=21.0)


def manifest_of(
    *,
    planned_visits: int = 0,
    arrivals_per_second: Sequence[int] | None = None,
    phases: Sequence[PhaseSpan] = PHASES,
    **changes: object,
) -> Manifest:
    """A manifest of a 20 s campaign; `changes` replace its other fields."""
    arrivals = tuple(arrivals_per_second or (planned_visits, *[0] * 19))
    manifest = Manifest(
        run_id="20261111T000000-flash_sale-3f9a",
        origin="measured",
        created_at="2026-11-11T00:00:00+00:00",
        plan=PlanFacts(
            name="flash_sale",
            text="campaign: flash_sale\nseed: 11\n# 双十一 零点\n",
            seed=11,
            duration_s=20.0,
            planned_visits=sum(arrivals),
            arrivals_per_second=arrivals,
            phases=tuple(phases),
            tables={
                "phase": tuple(each.name for each in phases),
                "persona": ("office_worker", "student"),
                "channel": ("ads", "direct"),
                "tier": ("regular", "diamond"),
                "step": STEPS,
            },
        ),
        target={"url": "http://127.0.0.1:8000", "environment": "local", "adapter": "reference"},
        versions={"python": "3.11"},
        host={"name": "test", "cores": 2},
    )
    return dataclasses.replace(manifest, **changes)


def row(
    visit: int,
    *,
    step: str = "open_home",
    phase: int = 2,
    action: int = 0,
    intended_s: float = 10.0,
    lag_s: float = 0.0,
    response_time_s: float = 0.1,
    outcome: Outcome = Outcome.OK,
    reason: str = "",
    sku: int = 0,
    worker: int = 0,
) -> ActionRow:
    """An action that started `lag_s` late and finished `response_time_s` after it was due."""
    sent = outcome is not Outcome.NOT_SENT
    return ActionRow(
        visit=visit, action=action, phase=phase, persona=visit % 2, channel=0, tier=0,
        step=STEPS.index(step), sku=sku, quantity=1, intended_s=intended_s,
        started_s=intended_s + lag_s if sent else NOT_YET,
        finished_s=intended_s + response_time_s if sent else NOT_YET,
        outcome=int(outcome), requests=int(sent), status=200 if sent else 0, reason=reason,
        worker=worker,
    )  # fmt: skip


def player_gauges(
    t_s: Sequence[float], *, worker: int = 0, **levels: Sequence[float]
) -> list[GaugeRow]:
    """Readings of a player's own gauges, by name, at `t_s`."""
    assert set(levels) <= set(PLAYER_GAUGES), levels
    return [
        GaugeRow(at_s, of_worker(name, worker), value)
        for name, values in levels.items()
        for at_s, value in zip(t_s, values, strict=True)
    ]


def record_of(
    directory: Path,
    rows: Sequence[ActionRow],
    *,
    gauges: Sequence[GaugeRow] = (),
    ending: Ending | None = COMPLETED,
    invariants: Sequence[Invariant] = (),
    manifest: Manifest | None = None,
) -> RunRecord:
    """The record of `rows`, written to `directory` and read back. By default every visit that
    has a row was planned, and no other."""
    visits = len({each.visit for each in rows})
    with RecordWriter(directory, manifest or manifest_of(planned_visits=visits)) as writer:
        for each in rows:
            writer.action(each)
        for reading in gauges:
            writer.gauge(reading)
        if ending is not None:
            writer.close(ending, invariants)
    return read_record(directory)


def shares(directory: Path, good: int, total: int) -> RunRecord:
    """`total` visits of one action each, `good` of them ok and the others failed."""
    outcomes = [Outcome.OK] * good + [Outcome.FAILED] * (total - good)
    return record_of(directory, [row(k, outcome=each) for k, each in enumerate(outcomes)])


CONTINUE_RATIOS = (1.0, 0.9, 0.8, 0.85, 0.5, 0.8, 0.85, 0.9, 0.95, 0.4)
SERVICE_TIMES_S = (0.012, 0.020, 0.034, 0.016, 0.045, 0.018, 0.030, 0.12, 0.07, 0.015)


def shop_record(
    directory: Path, *, origin: str = "measured", seed: int = 11, rate_per_s: float = 60.0
) -> RunRecord:
    """A flash sale as it may look: rising arrivals, slower replies in the burst, a stock that
    sells out and refusals after it, some failures and time-outs."""
    random = np.random.default_rng([seed, int(origin == "simulated")])
    rates = np.concatenate([np.full(2, 0.3), np.linspace(0.5, 1, 8), np.linspace(3, 1.5, 10)])
    arrivals = np.random.default_rng(seed).poisson(rates * rate_per_s)
    instants = np.repeat(np.arange(20.0), arrivals) + np.random.default_rng(seed + 1).random(
        arrivals.sum()
    )
    stock, rows, gauges = 120, [], []
    for visit, at_s in enumerate(np.sort(instants).tolist()):
        made, sold = _visit_rows(visit, at_s, stock, random, slow=origin == "simulated")
        rows += made
        stock -= sold
        gauges.append(GaugeRow(at_s, "stock_left:17", stock))
    gauges += [GaugeRow(float(k), "in_flight", float(arrivals[k]) / 3) for k in range(20)]
    expected = np.cumprod(CONTINUE_RATIOS) * arrivals.sum()
    manifest = manifest_of(arrivals_per_second=arrivals.tolist(), origin=origin)
    plan = dataclasses.replace(
        manifest.plan,
        stock={17: 120},
        expected_actions=dict(zip(STEPS, expected.tolist(), strict=True)),
    )
    target = manifest.target if origin == "measured" else {"model": "reference"}
    invariants = (
        Invariant(name="no oversell", held=True, evidence="120 units on sale, 120 sold"),
        Invariant(name="no duplicate order", held=True, evidence="120 orders, 120 keys"),
    )
    return record_of(
        directory,
        rows,
        gauges=gauges,
        invariants=invariants if origin == "measured" else (),
        manifest=dataclasses.replace(
            manifest, plan=plan, target=target, run_id=f"20261111T000000-flash_sale-{origin}"
        ),
    )


def _visit_rows(
    visit: int, at_s: float, stock: int, random: np.random.Generator, *, slow: bool
) -> tuple[list[ActionRow], int]:
    phase = 0 if at_s < 2 else 1 if at_s < 10 else 2
    rows: list[ActionRow] = []
    due_s, sold = at_s, 0
    if at_s > 10 and random.random() < 0.004:
        return [row(visit, phase=phase, intended_s=at_s, outcome=Outcome.NOT_SENT)], 0
    for action, step in enumerate(STEPS):
        if random.random() > CONTINUE_RATIOS[action]:
            break
        load = 1 + 2.5 * max(0.0, 1 - abs(due_s - 12) / 4) + 0.15 * slow
        took_s = float(random.gamma(3, SERVICE_TIMES_S[action] / 3)) * load
        outcome, reason = _outcome(step, stock, took_s, random)
        rows.append(
            row(visit, step=step, phase=phase, action=action, intended_s=due_s,
                lag_s=0.0 if slow else float(random.exponential(0.0008)),
                response_time_s=took_s + 0.002, outcome=outcome, reason=reason,
                sku=17 if action > 2 else 0)
        )  # fmt: skip
        sold += step == "place_order" and outcome is Outcome.OK
        due_s += took_s + float(random.exponential(0.4))
        if outcome is not Outcome.OK:
            break
    return rows, sold


def _outcome(
    step: str, stock: int, took_s: float, random: np.random.Generator
) -> tuple[Outcome, str]:
    if step == "place_order" and stock <= 0:
        return Outcome.REJECTED, "sold_out"
    if step == "pay" and random.random() < 0.02:
        return Outcome.REJECTED, "declined"
    if took_s > 0.8:
        return Outcome.TIMED_OUT, "no reply in 0.8 s"
    if random.random() < 0.001:
        return Outcome.FAILED, "status 503"
    return Outcome.OK, ""
