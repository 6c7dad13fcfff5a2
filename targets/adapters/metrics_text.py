"""A platform's Prometheus page as gauges of the record.

The format is the text exposition format 0.0.4 of Prometheus
(prometheus.io/docs/instrumenting/exposition_formats): `name{label="value"} number [timestamp]`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from targets.adapters.contract import MetricsSource
from targets.adapters.template import filled_text, template

_SAMPLE = re.compile(r"([A-Za-z_:][\w:]*)\s*(?:\{(.*)\})?\s+([^\s{}]+)(?:\s+-?\d+)?\s*")
_LABEL = re.compile(r'([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


def gauges_in(source: MetricsSource, page: str) -> dict[str, float]:
    """The gauges that `source` names, from the text of its page.

    Samples that come to the same gauge are added up. Lines that are no samples, and samples
    without a label that the gauge's name needs, are left out.
    """
    gauges: dict[str, float] = {}
    for line in page.splitlines():
        match = _SAMPLE.fullmatch(line)
        if match is None or match[1] not in source.gauges:
            continue
        labels = {name: _unescaped(value) for name, value in _LABEL.findall(match[2] or "")}
        name = _gauge_name(source.gauges[match[1]], labels)
        value = _number(match[3])
        if name is not None and value is not None:
            gauges[name] = gauges.get(name, 0.0) + value
    return gauges


def _gauge_name(written: str, labels: Mapping[str, str]) -> str | None:
    try:
        return filled_text(template(written), labels.__getitem__)
    except KeyError:
        return None


def _number(written: str) -> float | None:
    try:
        return float(written)
    except ValueError:
        return None


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] == "n" else match[1], value)
