"""The judgement of a run: verdicts, validity and invariants, and the one exit code of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reports.analysis.bottleneck import Bottleneck, bottleneck_of
from reports.analysis.player_account import player_accounts
from reports.analysis.validity import Validity, ValidityBounds, validity_of
from reports.documents.mistake import DocumentError, Mistake
from reports.record.manifest import EndReason, Invariant, Manifest
from reports.record.reader import RunRecord
from reports.slo.count import count
from reports.slo.exit_code import ExitCode
from reports.slo.limit import Limit, limit_of, within_limit
from reports.slo.limit_gate import limit_exit_code
from reports.slo.objective import SCOPES, Objective
from reports.slo.verdict import Verdict, verdict_on

Overall = Literal["met", "violated", "inconclusive", "aborted", "run_invalid", "interrupted"]
OVERALL: dict[ExitCode, Overall] = {
    ExitCode.MET: "met",
    ExitCode.VIOLATED: "violated",
    ExitCode.INCONCLUSIVE: "inconclusive",
    ExitCode.ABORTED: "aborted",
    ExitCode.RUN_INVALID: "run_invalid",
    ExitCode.INTERRUPTED: "interrupted",
}


CUT_SHORT: dict[EndReason, ExitCode] = {
    "interrupted": ExitCode.INTERRUPTED,
    "aborted": ExitCode.ABORTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`cut_short` says why the run did not end by itself, empty when it did. `objectives_from`
    says where the objectives came from. `stock_unchecked`: the campaign sold from a stock, but
    nobody checked the invariants. `lost_visits` says which visits the load side lost, in a
    sentence, empty when it lost none: then nothing is met. `limit`
    is what a search for the limit found; its verdicts are those on the stairs that held.
    `at_least_per_s` is the rate that must have held."""

    verdicts: tuple[Verdict, ...]
    validity: Validity
    invariants: tuple[Invariant, ...]
    exit_code: ExitCode
    cut_short: str = ""
    objectives_from: str = ""
    stock_unchecked: bool = False
    bottleneck: Bottleneck = field(default_factory=Bottleneck)
    lost_visits: str = ""
    limit: Limit | None = None
    at_least_per_s: float | None = None

    @property
    def overall(self) -> Overall:
        return OVERALL[self.exit_code]


def judge(
    record: RunRecord,
    objectives: Sequence[Objective],
    *,
    objectives_from: str = "",
    bounds: ValidityBounds | None = None,
    at_least_per_s: float | None = None,
) -> Judgement:
    """The judgement of `record` by `objectives`, valid within `bounds`. Raises DocumentError when
    an objective names a step, phase, persona, channel or tier that the record does not know.

    A search for the limit breaks the platform on purpose: what its last stairs miss is what it
    looked for. Its verdicts are those on the stairs that held, and the exit code says whether a
    limit was found, or whether `at_least_per_s` held.
    """
    if mistakes := list(unknown_words(record.manifest.plan.tables, objectives)):
        raise DocumentError(mistakes)
    manifest, accounts = record.manifest, player_accounts(record)
    validity = validity_of(record, bounds=bounds, accounts=accounts)
    cut_short = why_cut_short(manifest)
    limit = limit_of(record, objectives)
    within = within_limit(record, limit) if limit else record
    searched = limit_exit_code(limit, at_least_per_s) if limit else ExitCode.MET
    verdicts = tuple(
        verdict_on(each, count(within, each), run_valid=validity.valid, cut_short=cut_short)
        for each in objectives
    )
    return Judgement(
        verdicts=verdicts,
        validity=validity,
        invariants=manifest.invariants,
        exit_code=_exit_code(manifest, validity, verdicts, searched),
        cut_short=cut_short,
        objectives_from=objectives_from,
        stock_unchecked=bool(manifest.plan.stock) and not manifest.invariants,
        bottleneck=bottleneck_of(record, validity, accounts),
        lost_visits=why_lost(manifest),
        limit=limit,
        at_least_per_s=at_least_per_s,
    )


def why_cut_short(manifest: Manifest) -> str:
    """Why the run did not end by itself, in a few words; empty when it did."""
    ending = manifest.ending
    if ending is None:
        return "the run was killed before its end"
    if ending.reason in ("completed", "limit_found", "generator_limited"):
        return ""
    why = f": {ending.detail}" if ending.detail else ""
    cut_off = f"; {_visits_were(ending.cut_off_visits)} cut off" if ending.cut_off_visits else ""
    left_out = f"; {_visits_were(ending.thinned_visits)} left out" if ending.thinned_visits else ""
    return f"the run was {ending.reason} after {ending.at_s:.0f} s{why}{left_out}{cut_off}"


def _visits_were(count: int) -> str:
    return "1 visit was" if count == 1 else f"{count:,} visits were"


def why_lost(manifest: Manifest) -> str:
    """Which visits the load side itself lost, when and why, in a sentence; empty for none."""
    return "; ".join(
        f"worker {each.worker} lost {each.in_words} due between "
        f"{each.from_s:.1f} s and {each.until_s:.1f} s: {each.why}"
        for each in manifest.lost_visits
    )


def _exit_code(
    manifest: Manifest, validity: Validity, verdicts: Sequence[Verdict], searched: ExitCode
) -> ExitCode:
    """By precedence: how the run ended, whether it can be judged, what broke, what is open.
    `searched` is what a search for the limit alone would exit by, MET for any other run."""
    ending = manifest.ending
    if ending is not None and ending.reason in CUT_SHORT:
        return CUT_SHORT[ending.reason]
    if not validity.valid:
        return ExitCode.RUN_INVALID
    broken = any(not each.held for each in manifest.invariants)
    if broken or any(each.outcome == "violated" for each in verdicts):
        return ExitCode.VIOLATED
    if searched is not ExitCode.MET:
        return searched
    unsure = ending is None or not verdicts or why_lost(manifest) != ""
    if unsure or any(each.outcome != "met" for each in verdicts):
        return ExitCode.INCONCLUSIVE
    return ExitCode.MET


def unknown_words(
    tables: Mapping[str, Sequence[str]], objectives: Sequence[Objective]
) -> Iterator[Mistake]:
    """The words in the scopes of `objectives` that a run's `tables` do not have."""
    for objective in objectives:
        for key, words in objective.scope.items():
            known = tables[SCOPES[key]]
            for word in words:
                if word not in known:
                    yield _unknown(objective, key, word, known)


def _unknown(objective: Objective, key: str, word: str, known: Sequence[str]) -> Mistake:
    nowhere = ("objectives", 1, 1, f"{objective.name}.{key}")
    file, line, column, path = objective.places.get((key, word), nowhere)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    hint = f'did you mean "{close[0]}"?' if close else f"the run has {', '.join(known) or 'none'}"
    message = f'unknown {SCOPES[key]} "{word}", {hint}'
    return Mistake(file=file, line=line, column=column, path=path, message=message)
