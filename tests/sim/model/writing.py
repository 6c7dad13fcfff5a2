"""Service models written to files, and what is said about their mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.documents.mistake import DocumentError
from sim.model.model_file import read_service_model

PARTS = """service_model: tiny
stations:
  app: {servers: 2, queue_limit: 10}
  pool: {servers: 2}
  shared: {servers: 2, sharing: yes}
  bank: {servers: unlimited}
buckets: {door: {rate: 5/s, burst: 5}}
caches: {pages: {ttl: 60s}}
"""
OPERATION = "{at: app, mean: 1ms}"


def written(directory: Path, text: str) -> Path:
    file = directory / "shop.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def mistakes(directory: Path, text: str) -> list[str]:
    """What is said about `text`, without the file's name, in the order of lines."""
    with pytest.raises(DocumentError) as caught:
        read_service_model(written(directory, text))
    return [
        f"{each.line}:{each.column} {each.path}: {each.message}" for each in caught.value.mistakes
    ]


def said(directory, operations: str, more: str = "") -> list[str]:
    """What is said of a step whose call is `operations`, without line and column."""
    text = f"{PARTS}{more}steps:\n  look:\n    call: [{operations}]\n"
    return [each.partition(" ")[2] for each in mistakes(directory, text)]
