from __future__ import annotations

import copy
import random

import pytest
import yaml

from reports.documents.mistake import DocumentError
from sim.model.model_file import MODELS, read_service_model
from tests.sim.model.writing import written

DAMAGES = 10
JUNK = (
    None, 0, -1, 1.5, 10**30, float("inf"), float("nan"), "", "x", "5s", "-5s", "5 %", "1/0", [],
    {}, [[]], True, "unlimited", {1: 2}, {"at": "database", "mean": "1ms"}, [{"play": "front"}],
)  # fmt: skip


def places(value, path=()):
    """The path of everything in a document, the document itself aside."""
    if path:
        yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def damaged(document, rng: random.Random):
    """`document` with something left out, or something else in its place."""
    document = copy.deepcopy(document)
    path = rng.choice(list(places(document)))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if rng.random() < 0.25:
        del inner[path[-1]]
    else:
        inner[path[-1]] = copy.deepcopy(rng.choice(JUNK))
    return document


@pytest.mark.parametrize("name", ["reference_shop", "platform", "stock_bucketed"])
def test_a_damaged_model_is_read_or_told_where_it_is_wrong(tmp_path, name):
    """Nothing else is raised, and no mistake speaks of what is behind the scenes."""
    document = yaml.safe_load((MODELS / f"{name}.yaml").read_text(encoding="utf-8"))
    rng = random.Random(name)
    for _ in range(DAMAGES):
        text = yaml.safe_dump(damaged(document, rng), sort_keys=False, allow_unicode=True)
        file = written(tmp_path, text)
        said = ""
        try:
            read_service_model(file)
        except DocumentError as error:
            said = str(error)
        assert "Definition" not in said
        assert "Input" not in said
