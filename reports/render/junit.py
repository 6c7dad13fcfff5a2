"""JUnit XML, so that a CI server shows each objective and invariant as a test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from reports.record.manifest import Invariant, Manifest
from reports.render import limit_wording, wording
from reports.slo.exit_code import ExitCode
from reports.slo.judgement import Judgement
from reports.slo.limit import Limit
from reports.slo.limit_gate import limit_exit_code
from reports.slo.verdict import Verdict

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_text(judgement: Judgement, manifest: Manifest) -> str:
    """The judgement as JUnit XML: what is violated is a failure; what is inconclusive, without
    data or invalid is an error, so that nothing unproven ever passes."""
    root = ElementTree.Element("testsuites", name=_clean(manifest.run_id))
    _add(root, "validity", [_validity_case(judgement)])
    _add(root, "objectives", [_objective_case(each) for each in judgement.verdicts])
    if judgement.limit:
        _add(root, "limit", [_limit_case(judgement, judgement.limit)])
    _add(root, "invariants", _invariant_cases(judgement))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add(root: ElementTree.Element, name: str, cases: Sequence[ElementTree.Element]) -> None:
    if not cases:
        cases = [_case(f"has {name}", name, "error", "no_data", f"there are no {name}")]
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
    )
    suite.extend(cases)


def _case(
    name: str, suite: str, kind: str = "", sort: str = "", message: str = "", about: str = ""
) -> ElementTree.Element:
    case = ElementTree.Element("testcase", name=_clean(name), classname=f"doorbuster.{suite}")
    if kind:
        ElementTree.SubElement(case, kind, type=sort, message=_clean(message))
    if about:
        ElementTree.SubElement(case, "system-out").text = _clean(about)
    return case


def _objective_case(verdict: Verdict) -> ElementTree.Element:
    name, target = verdict.objective.name, verdict.objective.target
    figures = (
        f"{wording.achieved_percent(verdict.achieved, target)} of "
        f"{wording.target_percent(target)}: {verdict.good} of {verdict.total} good"
    )
    about = f"{wording.scope(verdict.objective)}\n{figures}"
    if verdict.outcome == "met":
        return _case(name, "objectives", about=about)
    kind = "failure" if verdict.outcome == "violated" else "error"
    message = f"{verdict.why} ({figures})" if verdict.why else figures
    return _case(name, "objectives", kind, verdict.outcome, message, about=about)


def _limit_case(judgement: Judgement, limit: Limit) -> ElementTree.Element:
    """Fails when a stair broke too early; an error when the search cannot tell."""
    demanded = judgement.at_least_per_s
    name = "the limit is found"
    if demanded is not None:
        name = f"holds {limit_wording.rate(demanded)}"
    code = limit_exit_code(limit, demanded)
    if code is ExitCode.MET:
        return _case(name, "limit")
    kind = "failure" if code is ExitCode.VIOLATED else "error"
    return _case(name, "limit", kind, limit.outcome, limit_wording.in_short(limit))


def _invariant_cases(judgement: Judgement) -> list[ElementTree.Element]:
    if judgement.stock_unchecked:
        message = "the campaign has a stock, but its invariants were not checked"
        return [_case("stock", "invariants", "skipped", "", message)]
    if not judgement.invariants:
        return [_case("stock", "invariants", "skipped", "", "the campaign has no invariants")]
    return [_invariant_case(each) for each in judgement.invariants]


def _invariant_case(invariant: Invariant) -> ElementTree.Element:
    if invariant.held:
        return _case(invariant.name, "invariants")
    return _case(invariant.name, "invariants", "failure", "violated", invariant.evidence)


def _validity_case(judgement: Judgement) -> ElementTree.Element:
    name = "the run is valid and complete"
    partial = filter(None, [judgement.cut_short, judgement.lost_visits])
    reasons = (*judgement.validity.reasons, *partial)
    if not reasons:
        return _case(name, "validity")
    return _case(name, "validity", "error", "run_invalid", "; ".join(reasons))


def _clean(text: str) -> str:
    """`text` without the characters that XML 1.0 cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
