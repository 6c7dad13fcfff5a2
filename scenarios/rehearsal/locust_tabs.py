"""Two tabs on Locust's web page with the figures of the open model, which Locust does not know:
what was planned and what became of it, and response times from the intended instant.

Locust's page shows a tab for each of `extended_tabs` in its template's arguments, as a table of
`extended_tables`, and fills it with `extended_stats` from `/stats/requests`, which it asks for
every two seconds while a test runs (docs.locust.io, "Extending the Web UI").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import gevent
from flask import Response, json, request

from reports.record.outcome import Outcome
from scenarios.shoppers.live_run import LiveFigures, LiveRun
from scenarios.shoppers.live_words import LEVELS, about, live_words, percentiles

if TYPE_CHECKING:
    from locust.web import WebUI

VISITS, STEPS = "open-model", "open-model-steps"
TITLES = {VISITS: "Open model", STEPS: "Open model by step"}
COLUMNS = {
    VISITS: {"figure": "Figure", "value": "Now"},
    STEPS: {
        "step": "Step",
        "ended": "Ended",
        "ok": "ok",
        "not_ok": "not ok",
        "recent_per_s": "Ended/s",
        **{level: f"{level}, last 5 s" for level in LEVELS},
    },
}
"""Keys of a row and their titles. None may be called `name`: Locust's page sorts by that."""
BEFORE = ("time", "phase", "stopping", "planned rate")
AFTER = ("worst step", "outcomes", "stock left", "guards")
LATELY = " of the last 5 s, from the intended instant"
STATS = "/stats/requests"

Row = Mapping[str, str]


class OpenModelTabs:
    """The tabs on the page of `web_ui`; they show the last of the runs that `show` was told of."""

    def __init__(self, web_ui: WebUI) -> None:
        self._live: LiveRun | None = None
        web_ui.template_args["extended_tabs"] = [
            {"key": key, "title": title} for key, title in TITLES.items()
        ]
        web_ui.template_args["extended_tables"] = [
            {"key": key, "structure": [{"key": k, "title": t} for k, t in columns.items()]}
            for key, columns in COLUMNS.items()
        ]
        assert web_ui.app is not None
        web_ui.app.after_request(self._extended)

    def show(self, live: LiveRun) -> None:
        self._live = live

    def _extended(self, response: Response) -> Response:
        if self._live is not None and request.path.endswith(STATS) and response.is_json:
            # In a thread, so that pacing is not held up.
            figures = gevent.get_hub().threadpool.apply(self._live.figures)
            response.set_data(json.dumps({**response.get_json(), "extended_stats": rows(figures)}))
        return response


def rows(figures: LiveFigures) -> list[dict[str, object]]:
    """The rows of both tables, as Locust's page wants them."""
    return [
        {"key": VISITS, "data": [*_run_rows(figures)]},
        {"key": STEPS, "data": [*_step_rows(figures)]},
    ]


def _run_rows(of: LiveFigures) -> Iterator[Row]:
    share = f" ({100 * of.started_visits / of.due_visits:.2f} %)" if of.due_visits else ""
    counts = {
        "visits planned in the whole run": f"{of.planned_visits:,}",
        "visits due by now": f"{of.due_visits:,}",
        "visits started": f"{of.started_visits:,}{share}",
        "visits not sent": f"{of.not_sent_visits:,}",
        "visits in flight": f"{of.in_flight:,} of at most {of.in_flight_limit:,}",
        "schedule lag of the last 5 s": _lags(of),
        f"response time{LATELY}": percentiles(of.recent_times) or "–",
    }
    told = live_words(of)
    before = {name: told[name] for name in BEFORE if name in told}
    after = {name: told[name] for name in AFTER if name in told}
    for figure, value in {**before, **counts, **after}.items():
        yield {"figure": figure, "value": value}


def _lags(of: LiveFigures) -> str:
    told = {name: of.recent_lags.quantile_s(LEVELS[name]) for name in ("p50", "p99")}
    # Known to within a bucket only, which may end above the largest.
    known = {name: min(lag_s, of.worst_lag_s) for name, lag_s in told.items() if lag_s is not None}
    lately = [f"{name} {about(lag_s)}" for name, lag_s in known.items()]
    return ", ".join([*lately, f"worst of the run {about(of.worst_lag_s)}"])


def _step_rows(of: LiveFigures) -> Iterator[Row]:
    for each in of.steps:
        ended, ok = each.times.total, each.outcomes[Outcome.OK]
        amiss = {
            Outcome(code).word: n
            for code, n in enumerate(each.outcomes)
            if n and code != Outcome.OK
        }
        yield {
            "step": each.step,
            "ended": f"{ended:,}",
            "ok": f"{ok:,}",
            "not_ok": ", ".join(f"{n:,} {word}" for word, n in amiss.items()) or "–",
            "recent_per_s": f"{each.recent_times.total / of.recent_s:,.1f}",
            **{name: about(each.recent_times.quantile_s(level)) for name, level in LEVELS.items()},
        }
