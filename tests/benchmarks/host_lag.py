"""How late a bare process is that does nothing but look at the clock: the host's own share of any
schedule lag.

Run as `python -m tests.benchmarks.host_lag SECONDS` in a process of its own, on the core that the
clients have. Prints its figures as JSON.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from tests.benchmarks.own_core import keep_to_clients_core

INSTANTS_PER_S = 1_000


def lateness_s(seconds: float) -> list[float]:
    """Of each instant, when it was noticed."""
    began_s, late_s = time.perf_counter(), []
    for instant in range(int(seconds * INSTANTS_PER_S)):
        due_s = began_s + instant / INSTANTS_PER_S
        while (now_s := time.perf_counter()) < due_s:
            pass
        late_s.append(now_s - due_s)
    return late_s


if __name__ == "__main__":
    keep_to_clients_core()
    found = np.quantile(lateness_s(float(sys.argv[1])), (0.5, 0.99, 0.999))
    print(json.dumps(dict(zip(("lag_p50_s", "lag_p99_s", "lag_p999_s"), found, strict=True))))
