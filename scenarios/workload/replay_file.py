"""A log replay as people write it down: which log, how fast, how much of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from reports.documents.definition import STRICT_KEYS, read_document
from reports.documents.located_yaml import KeyPath
from reports.documents.mistake import DocumentError
from reports.documents.quantity import Duration
from scenarios.workload.log_format import compile_log_format
from scenarios.workload.log_replay import MOST_COPIES

LOG_FORMAT = "combined"
"""Of a log of which nobody says another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDefinition:
    """The keys of a replay file. They mean what the options of `doorbuster run --replay` mean.

    `replay` is the log, which lies beside the file unless its path is absolute. `duration` keeps
    only the first part of the replay.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    log: Annotated[str, Field(alias="replay", min_length=1)]
    description: str = ""
    seed: Annotated[int, Field(ge=0)] = 1
    format: str = LOG_FORMAT
    speed: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    amplify: Annotated[float, Field(gt=0, le=MOST_COPIES)] = 1.0
    duration_s: Annotated[Duration | None, Field(alias="duration")] = None
    keep_assets: bool = False


def read_replay_file(file: Path) -> ReplayDefinition:
    """The replay that `file` describes, with its log as a path from here. Raises DocumentError
    with every mistake."""
    written, located = read_document(file, ReplayDefinition, check=_format_mistakes)
    log = file.parent / written.log
    if not log.is_file():
        raise DocumentError([located.mistake(("replay",), f"there is no file {log}")])
    return dataclasses.replace(written, log=str(log))


def _format_mistakes(written: ReplayDefinition) -> Iterator[tuple[KeyPath, str]]:
    try:
        compile_log_format(written.format)
    except DocumentError as error:
        yield from ((("format",), each.message) for each in error.mistakes)
