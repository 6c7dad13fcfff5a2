"""Service model files: YAML read with line numbers, every mistake at once.

The keys are those of `sim.model.model_definition`; docs/service_models.md tells of them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from reports.documents.definition import checked
from reports.documents.located_yaml import LocatedYaml, read_yaml
from reports.documents.mistake import mistake_on_command_line
from sim.model.call_reading import CallReader
from sim.model.model_definition import PollDefinition, ServiceModelDefinition, StepDefinition
from sim.model.model_mistakes import mistakes_of
from sim.model.service_model import Polling, ServiceModel, StepModel
from sim.model.station_reading import (
    bucket_of,
    cache_of,
    fault_of,
    replenishment_of,
    station_of,
)

MODELS = Path(__file__).parents[1] / "models"


def find_service_model(name: str) -> Path:
    """The file of the model `name`: one that comes with Doorbuster, or a path.

    Raises DocumentError when there is neither.
    """
    file = Path(name)
    if file.suffix in (".yaml", ".yml") or file.is_file():
        return file
    built_in = MODELS / f"{name}.yaml"
    if not built_in.is_file():
        known = sorted(each.stem for each in MODELS.glob("*.yaml"))
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f', did you mean "{close[0]}"?' if close else ""
        what = f"no such service model{hint} (known: {', '.join(known)}; or a .yaml file's path)"
        raise mistake_on_command_line(name, what)
    return built_in


def as_written(located: LocatedYaml) -> LocatedYaml:
    """The edit that changes nothing."""
    return located


def read_service_model(
    file: Path, *, edit: Callable[[LocatedYaml], LocatedYaml] = as_written
) -> ServiceModel:
    """The service model in `file`, as `edit` changes the document before it is checked. Raises
    DocumentError with every mistake at once."""
    directory = file.parent
    located = edit(read_yaml(file))
    check = partial(mistakes_of, directory=directory)
    written = checked(located, ServiceModelDefinition, check=check)
    caches = {name: cache_of(each) for name, each in written.caches.items()}
    reader = CallReader(named=written.calls, directory=directory, caches=caches)
    again = written.replenishment
    return ServiceModel(
        name=written.service_model,
        stations={name: station_of(each, directory) for name, each in written.stations.items()},
        steps={name: _step(each, reader) for name, each in written.steps.items()},
        buckets={name: bucket_of(each) for name, each in written.buckets.items()},
        caches=reader.caches,
        stock=written.stock,
        replenishment=replenishment_of(again, directory) if again else None,
        faults=tuple(fault_of(each) for each in written.faults),
        midnight_s=written.midnight,
        text=located.text,
    )


def _step(written: StepDefinition, reader: CallReader) -> StepModel:
    return StepModel(
        call=reader.call(written.call),
        declined_ratio=written.declined,
        background=reader.call(written.background),
        polling=_polling(written.poll, reader) if written.poll else None,
    )


def _polling(written: PollDefinition, reader: CallReader) -> Polling:
    return Polling(pauses_s=written.pauses, call=reader.call(written.call), most=written.most)
