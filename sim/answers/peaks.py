"""How busy each station was at its own peak: in its busiest window, wherever in the run that lies.

A warehouse is idle in the peak of the arrivals and full of their orders on the day after. So each
station has its own window:

    width = max(min(plan / 20, 60 s), 5 s, 10 S)

    plan   the length of the plan: a minute is a peak, of a short sale a twentieth. In more the
           three minutes after midnight, in which nodes are still to come, would be lost in a day
    S      the mean duration of the longest service there, or of what a server is held for; in fewer
           than ten of them a single customer would keep the only server busy for the whole window
           (what ends by the clock, as with the truck at eight, is left out)

Levels are read as means since the reading before, so a window is as wide as that at least, and may
be longer by the time between two readings. After the arrivals these grow rarer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from sim.model.call import Demand, Hold
from sim.model.lasting import service_s
from sim.model.service_model import ServiceModel, operations_of

Floats = npt.NDArray[np.float64]
PEAK_RATIO = 1 / 20
LONGEST_PEAK_S = 60.0
SHORTEST_PEAK_S = 5.0
SERVICES = 10
STARTS = 60
"""A window may begin at so many instants within its width: memory for 100,000 copies."""
NEARLY = 1 - 1e-9


def peak_widths_s(plan_s: float, model: ServiceModel) -> dict[str, float]:
    """The width of the window of each station."""
    shortest_s = max(min(SHORTEST_PEAK_S, plan_s), min(LONGEST_PEAK_S, PEAK_RATIO * plan_s))
    widths_s = dict.fromkeys(model.stations, shortest_s)
    for step in model.steps.values():
        for each in operations_of(step):
            if isinstance(each, Demand | Hold):
                kept_s = service_s(each.call if isinstance(each, Hold) else (each,))
                widths_s[each.station] = max(widths_s[each.station], SERVICES * kept_s)
    return widths_s


class BusiestWindow:
    """Follows several levels by their means since the reading before, and finds the highest mean of
    each over `width_s`."""

    def __init__(self, width_s: float, levels: int) -> None:
        self._width_s = width_s
        self._at_s = 0.0
        self._area = np.zeros(levels)
        self._starts: deque[tuple[float, Floats]] = deque([(0.0, self._area)])
        self._highest: Floats | None = None

    def read(self, at_s: float, means: Floats) -> None:
        self._area = self._area + (at_s - self._at_s) * means
        self._at_s = at_s
        starts = self._starts
        while len(starts) > 1 and at_s - starts[1][0] >= NEARLY * self._width_s:
            starts.popleft()
        begun_s, begun = starts[0]
        if at_s > begun_s and at_s - begun_s >= NEARLY * self._width_s:
            mean = (self._area - begun) / (at_s - begun_s)
            self._highest = mean if self._highest is None else np.maximum(self._highest, mean)
        if at_s - starts[-1][0] >= self._width_s / STARTS:
            starts.append((at_s, self._area))

    @property
    def highest(self) -> Floats:
        """Of a run that is shorter than the window, the mean over the run."""
        if self._highest is None:
            return self._area / self._at_s if self._at_s else self._area
        return self._highest

    @property
    def width_s(self) -> float:
        return self._width_s if self._highest is not None else self._at_s


class Peaks:
    """The busiest window of each station that has a level of utilisation, and of its copies."""

    def __init__(self, plan_s: float, model: ServiceModel) -> None:
        self._widths_s = peak_widths_s(plan_s, model)
        self._groups: list[tuple[tuple[str, ...], BusiestWindow]] = []
        self._copies: dict[str, BusiestWindow] = {}

    def gauges(self, at_s: float, ratios: Mapping[str, float]) -> None:
        """The utilisation of each station since the reading before."""
        if not self._groups:
            self._groups = list(self._grouped(ratios))
        for names, window in self._groups:
            window.read(at_s, np.array([ratios[name] for name in names]))

    def copies(self, at_s: float, ratios: Mapping[str, Floats]) -> None:
        """The same of each copy of those stations that have several."""
        for name, each in ratios.items():
            if name not in self._copies:
                self._copies[name] = BusiestWindow(self._widths_s[name], len(each))
            self._copies[name].read(at_s, each)

    def figures(self) -> dict[str, float]:
        found = {}
        for names, window in self._groups:
            for name, highest in zip(names, window.highest.tolist(), strict=True):
                found[f"peak_utilisation_ratio:{name}"] = highest
                found[f"peak_window_s:{name}"] = window.width_s
        for name, window in self._copies.items():
            found[f"peak_copy_ratio:{name}"] = float(window.highest.max())
        return found

    def _grouped(
        self, stations: Mapping[str, float]
    ) -> Iterator[tuple[tuple[str, ...], BusiestWindow]]:
        """Those with the same width are followed together."""
        for width_s in dict.fromkeys(self._widths_s[name] for name in stations):
            names = tuple(name for name in stations if self._widths_s[name] == width_s)
            yield names, BusiestWindow(width_s, len(names))
