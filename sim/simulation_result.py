"""What the verb `simulate` says at the end: tables, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from sim.answer_table import said
from sim.answers.answer import answers_of
from sim.answers.promise_answer import promise_answers
from sim.answers.promises import Promise
from sim.answers.steady import steady_answers
from sim.answers.steady_series import SteadySeries
from sim.model.service_model import ServiceModel
from sim.recorded_simulation import RecordedSimulation, record_json, result_json
from sim.replication.replicated_run import Replicated
from sim.steady_request import SteadyRequest
from sim.steady_table import steady_json, steady_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was recorded, and where to say it: on `console`, or as JSON on standard output. The way
    of `visit` is told, too."""

    recorded: RecordedSimulation
    console: Console
    as_json: bool
    visit: int | None = None

    def say(self, model: ServiceModel, found: Replicated, promises: Sequence[Promise]) -> None:
        """The result of one run or of replications."""
        answers, promised = answers_of(found.runs), promise_answers(promises, found.runs)
        if self.as_json:
            self._print_json(result_json(self.recorded, model, answers, found, promised))
        else:
            self._print(said(self.recorded, model, answers, found, promised))

    def say_steady(self, asked: SteadyRequest, series: SteadySeries) -> None:
        """The result of a steady run."""
        answers = steady_answers(series, asked.told(series))
        if self.as_json:
            told = {"steady": steady_json(asked, series, answers)}
            self._print_json(record_json(self.recorded) | told)
        else:
            self._print(steady_lines(asked, series, answers))

    def _timeline(self) -> list[str]:
        return [] if self.visit is None else self.recorded.timeline_of(self.visit)

    def _print_json(self, told: dict[str, Any]) -> None:
        timeline = self._timeline()
        click.echo(json.dumps({**told, "trace": timeline} if timeline else told))

    def _print(self, parts: Iterable[str | Table]) -> None:
        for part in parts:
            self.console.print(part, markup=False, highlight=False)
        for line in self._timeline():
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)
        where = self.recorded.directory
        self.console.print(f"record  {where}", soft_wrap=True)
        if self.recorded.manifest.plan.of_visits:
            self.console.print(f"judge   doorbuster report {where}", soft_wrap=True)
