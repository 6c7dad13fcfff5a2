"""Objectives as people write them: a YAML file with the key `objectives`, and `validity` for
whoever wants other bounds for the generator than the usual ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict

from reports.analysis.validity import ValidityBounds
from reports.documents.definition import STRICT_KEYS, checked
from reports.documents.located_yaml import KeyPath, LocatedYaml, dotted, parse_yaml, read_yaml
from reports.documents.quantity import Duration, ExactRatio
from reports.record.manifest import Manifest
from reports.slo.objective import SCOPES, Indicator, Objective, Place

DEFAULT_FILE = Path(__file__).with_name("default.objectives.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveDefinition:
    """One entry of the file; see Objective."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    name: str
    indicator: Indicator
    target: ExactRatio
    below: Duration | None = None
    steps: tuple[str, ...] | None = None
    phases: tuple[str, ...] | None = None
    personas: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    tiers: tuple[str, ...] | None = None
    window: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityDefinition:
    """How far the generator may stray before a run counts as invalid; see ValidityBounds."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    largest_lag_p99: Duration | None = None
    largest_missing: ExactRatio | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectivesDefinition:
    """The whole file."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT_KEYS
    objectives: tuple[ObjectiveDefinition, ...]
    validity: ValidityDefinition | None = None


def read_objectives(path: Path) -> tuple[Objective, ...]:
    """The objectives in the file `path`. Raises DocumentError with every mistake at once."""
    return _objectives(read_yaml(path))


def parse_objectives(text: str, name: str) -> tuple[Objective, ...]:
    """The objectives in `text`; `name` is only the file's name in messages."""
    return _objectives(parse_yaml(text, name))


def objectives_beside(campaign_file: Path | None, given: Path | None = None) -> tuple[str, str]:
    """Name and text, checked, of the objectives that a run takes with it: the file `given`, else
    `NAME.objectives.yaml` beside the campaign `NAME.yaml`, else the default ones. Raises
    DocumentError."""
    file = given or (beside(campaign_file) if campaign_file else None)
    located = read_yaml(file or DEFAULT_FILE)
    _objectives(located)
    return Path(located.file).name, located.text


def beside(campaign_file: Path) -> Path | None:
    """`NAME.objectives.yaml` beside the campaign `NAME.yaml`, if there is such a file."""
    file = campaign_file.with_suffix(".objectives.yaml")
    return file if file.exists() else None


def objectives_for(
    manifest: Manifest, file: Path | None = None
) -> tuple[tuple[Objective, ...], str]:
    """What to judge a run by, and where that came from in words: `file`, else the objectives
    that the run brought with it, else the default ones. Raises DocumentError."""
    if file is not None:
        return read_objectives(file), str(file)
    if manifest.objectives_text.strip():
        name = manifest.objectives_file or "the record"
        return parse_objectives(manifest.objectives_text, name), name
    return read_objectives(DEFAULT_FILE), "the defaults, for the run brought none"


def bounds_for(manifest: Manifest, file: Path | None = None) -> ValidityBounds:
    """Within what bounds the generator must have stayed, from where `objectives_for` takes the
    objectives. Raises DocumentError."""
    if file is not None:
        located = read_yaml(file)
    elif manifest.objectives_text.strip():
        located = parse_yaml(manifest.objectives_text, manifest.objectives_file or "the record")
    else:
        return ValidityBounds()
    asked = checked(located, ObjectivesDefinition, check=_mistakes).validity
    usual = ValidityBounds()
    if asked is None:
        return usual
    lag_s, missing = asked.largest_lag_p99, asked.largest_missing
    return ValidityBounds(
        largest_lag_p99_s=usual.largest_lag_p99_s if lag_s is None else lag_s,
        largest_missing=usual.largest_missing if missing is None else missing,
    )


def _objectives(located: LocatedYaml) -> tuple[Objective, ...]:
    document = checked(located, ObjectivesDefinition, check=_mistakes)
    return tuple(
        Objective(
            name=each.name,
            indicator=each.indicator,
            target=each.target,
            below_s=each.below,
            **{key: getattr(each, key) for key in SCOPES},
            window_s=each.window,
            places=_places(located, index, each),
        )
        for index, each in enumerate(document.objectives)
    )


def _places(
    located: LocatedYaml, index: int, each: ObjectiveDefinition
) -> dict[tuple[str, str], Place]:
    found: dict[tuple[str, str], Place] = {}
    for key in SCOPES:
        for position, word in enumerate(getattr(each, key) or ()):
            path: KeyPath = ("objectives", index, key, position)
            line, column = located.places.get(path, (1, 1))
            found[key, word] = (located.file, line, column, dotted(path))
    return found


def _mistakes(document: ObjectivesDefinition) -> Iterator[tuple[KeyPath, str]]:
    seen: set[str] = set()
    for index, each in enumerate(document.objectives):
        path: KeyPath = ("objectives", index)
        if not each.name.strip():
            yield (*path, "name"), "must not be empty"
        if each.name in seen:
            yield (*path, "name"), f'is given twice: "{each.name}"'
        seen.add(each.name)
        yield from _mistakes_of_one(path, each)


def _mistakes_of_one(path: KeyPath, each: ObjectiveDefinition) -> Iterator[tuple[KeyPath, str]]:
    if each.target == 0:
        yield (*path, "target"), "must be > 0 %: any run at all would meet it"
    if each.indicator == "response_time" and each.below is None:
        yield path, 'needs "below", such as below: 1.2s, for the indicator response_time'
    if each.indicator != "response_time" and each.below is not None:
        yield (*path, "below"), f"belongs to the indicator response_time, not to {each.indicator}"
    for key in SCOPES:
        if getattr(each, key) == ():
            yield (*path, key), "must name at least one; leave the key out for all of them"
