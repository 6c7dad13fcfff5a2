"""The compiled engine in a process of its own: how soon it is ready, and the record's minute.

Run as `python -m tests.benchmarks.simulation_trial ready`, or `... record_minute AMPLIFY`. Prints
its figures as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scenarios.workload.campaign_plan import CampaignPlan
from scenarios.workload.plan import VisitChunk
from sim.answers.observations import Observer
from sim.engines import chosen_engine
from tests.benchmarks.simulation_line import Line, played_by
from tests.benchmarks.simulation_order_path import options, order_path, record_plan

STATUS = Path("/proc/self/status")


class WatchedPlan:
    """A plan that knows how long it was waited for."""

    def __init__(self, plan: CampaignPlan) -> None:
        self._plan = plan
        self.planning_s = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plan, name)

    def chunks(self) -> Iterator[VisitChunk]:
        began_s = time.perf_counter()
        for chunk in self._plan.chunks():
            self.planning_s += time.perf_counter() - began_s
            yield chunk
            began_s = time.perf_counter()


def ready() -> dict[str, float]:
    """Until the engine has been imported and compiled, or read from where it was kept, and has
    played its first visit."""
    began_s = time.perf_counter()
    _, engine = chosen_engine("kernel")
    played_by(engine, Line(servers=(1,)), 1, seed=1)
    return {"ready_s": time.perf_counter() - began_s}


def record_minute(amplify: float) -> dict[str, float]:
    """The minute as a summary that streams: no row is kept. The engine is ready beforehand."""
    _, engine = chosen_engine("kernel")
    ready()
    model, plan = order_path(), WatchedPlan(record_plan(amplify))
    observer = Observer(plan, model)
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    played = engine(plan, model, observer, options())
    took_s, took_cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    observed = observer.observed(played)
    return {
        "took_s": took_s,
        "processor_s": took_cpu_s,
        "planning_s": plan.planning_s,
        "visits": played.visits,
        "expected_visits": plan.expected_visits,
        "orders": played.marks["ordered"].count,
        "actions": played.actions,
        "events": played.events,
        "simulated_s": played.at_s,
        "unfinished": played.unfinished,
        "p99_s": observed.figures["p99_s:place_order"],
        "success_ratio": observed.figures["success_ratio:place_order"],
        "rss_bytes": peak_rss_bytes(),
    }


def peak_rss_bytes() -> float:
    """The most memory that this process has held. Where the kernel tells, by /proc: `getrusage`
    counts what the parent held when it began this process."""
    if STATUS.exists():
        for line in STATUS.read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "VmHWM":
                return 1024.0 * int(value.split()[0])
    unit = 1 if sys.platform == "darwin" else 1024
    return float(unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


TRIALS = {"ready": ready, "record_minute": record_minute}

if __name__ == "__main__":
    print(json.dumps(TRIALS[sys.argv[1]](*map(float, sys.argv[2:]))))
