"""The kinds of documents that people write, told apart by a key that only theirs have.

A kind's module is imported only when a document of that kind is at hand.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """The names of a module, of the function in it that reads a file of this kind, and of the
    dataclass that defines one."""

    module: str
    reader: str
    definition: str


KINDS: Mapping[str, DocumentKind] = {
    "campaign": DocumentKind(
        module="scenarios.workload.campaign",
        reader="read_campaign",
        definition="CampaignDefinition",
    ),
    "objectives": DocumentKind(
        module="reports.slo.objective_file",
        reader="read_objectives",
        definition="ObjectivesDefinition",
    ),
    "target": DocumentKind(module="targets.target_file", reader="read_target", definition="Target"),
    "adapter": DocumentKind(
        module="targets.adapters.adapter_file",
        reader="read_adapter",
        definition="AdapterDefinition",
    ),
    "service_model": DocumentKind(
        module="sim.model.model_file",
        reader="read_service_model",
        definition="ServiceModelDefinition",
    ),
    "replay": DocumentKind(
        module="scenarios.workload.replay_file",
        reader="read_replay_file",
        definition="ReplayDefinition",
    ),
}
"""By the key that tells the kind. The first that a document has counts: a target names its
adapter."""


def kind_of(value: object) -> str | None:
    """The kind of a document with this plain value; None when no key of it tells."""
    keys = value if isinstance(value, Mapping) else {}
    return next((each for each in KINDS if each in keys), None)


def check_document(kind: str, file: Path) -> None:
    """Raises DocumentError with every mistake in `file`, which is of `kind`."""
    _held(kind, KINDS[kind].reader)(file)


def schema_of(kind: str) -> str:
    """The JSON Schema of documents of `kind`, as text."""
    from reports.documents.definition import json_schema

    definition = _held(kind, KINDS[kind].definition)
    return json_schema(definition, title=f"Doorbuster {kind.replace('_', ' ')}")


def _held(kind: str, name: str) -> Any:
    return getattr(importlib.import_module(KINDS[kind].module), name)
