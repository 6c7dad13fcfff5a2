"""The verdict for a terminal: at most 25 lines, whatever the run."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reports.analysis.bottleneck import Bottleneck
from reports.record.manifest import Manifest
from reports.render import limit_wording, wording
from reports.render.colouring_wording import came_back, is_lost
from reports.render.limit_text import limit_lines
from reports.slo.judgement import Judgement
from reports.slo.verdict import Verdict

MOST_LINES = 25
MOST_INVARIANTS = 3
MOST_FILES = 2
MOST_SYMPTOMS = 2
STYLES = {
    "met": "green",
    "violated": "bold red",
    "inconclusive": "yellow",
    "no_data": "yellow",
    "run_invalid": "magenta",
    "aborted": "magenta",
    "interrupted": "magenta",
}
SIGNS = {"met": "✓", "violated": "✗"}
_WORST_FIRST = ("violated", "run_invalid", "no_data", "inconclusive", "met")


def summary(
    judgement: Judgement, manifest: Manifest, *, files: Sequence[Path] = ()
) -> RenderableType:
    """The judgement of the run of `manifest`, then `files` to look at.

    Only the headline wraps; from 80 columns up it takes two lines at most. Print it uncropped,
    so that the files stay whole.
    """
    style = STYLES[judgement.overall]
    word, sentence = limit_wording.headline(judgement, manifest)
    sentence = textwrap.shorten(sentence, 150 - len(word), placeholder=" …")
    head: list[RenderableType] = [
        Text.assemble((f"{word}: ", f"bold {style}"), sentence),
        _line((_run(manifest), "dim")),
        Text(""),
    ]
    foot = [*_invariants(judgement), *_validity(judgement, manifest)]
    if judgement.objectives_from:
        foot.insert(0, _line((f"objectives: {judgement.objectives_from}", "dim")))
    foot += [_path(file) for file in files[:MOST_FILES]]
    head_lines = len(head) + 1
    room = MOST_LINES - head_lines - len(foot)
    table = _objectives(judgement, room)
    if judgement.limit:
        table = limit_lines(judgement.limit, room)
    return Group(*head, *table, *foot)


def _line(*parts: str | tuple[str, str]) -> Text:
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")


def _path(file: Path) -> Text:
    """In one piece, however narrow the terminal: a folded path can be neither copied nor opened."""
    return Text(f"→ {file}", "bold", no_wrap=True, overflow="ignore")


def _run(manifest: Manifest) -> str:
    played, duration_s = wording.played(manifest), manifest.plan.duration_s
    if manifest.ending:
        duration_s = min(duration_s, manifest.ending.at_s)
    return f"{manifest.run_id} · {played} · {wording.seconds(round(duration_s))}"


def _objectives(judgement: Judgement, room: int) -> list[RenderableType]:
    """The table of the verdicts in `room` lines, the worst ones first."""
    verdicts = judgement.verdicts
    if not verdicts:
        return []
    ordered = sorted(verdicts, key=lambda each: _WORST_FIRST.index(each.outcome))
    fits = room - 1 if len(ordered) < room else room - 2
    lines: list[RenderableType] = [
        _table(ordered[:fits], with_why=not _headline_says_why(judgement))
    ]
    if left := ordered[fits:]:
        words = sorted({wording.OUTCOME_WORDS[each.outcome] for each in left})
        lines.append(_line((f"… and {len(left)} more: {', '.join(words)}", "dim")))
    return lines


def _headline_says_why(judgement: Judgement) -> bool:
    """Whether all that is inconclusive is so for the one reason that the headline tells."""
    whys = {each.why for each in judgement.verdicts if each.outcome == "inconclusive"}
    return len(whys) == 1 and judgement.overall in ("inconclusive", "aborted", "interrupted")


def _table(verdicts: Sequence[Verdict], *, with_why: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("objective", no_wrap=True, overflow="ellipsis", max_width=34)
    for column in ("target", "achieved", "n", "budget spent"):
        table.add_column(column, justify="right", no_wrap=True)
    # The only column that may be narrowed: its words are long when a verdict says why.
    table.add_column("outcome", overflow="ellipsis")
    for each in verdicts:
        target = each.objective.target
        table.add_row(
            each.objective.name,
            wording.target_percent(target),
            wording.achieved_percent(each.achieved, target),
            f"{each.total:,}",
            wording.spent(each),
            _outcome(each, with_why=with_why),
        )
    return table


def _outcome(verdict: Verdict, *, with_why: bool) -> Text:
    word = wording.OUTCOME_WORDS[verdict.outcome]
    shown = f"{SIGNS.get(verdict.outcome, '?')} {word}"
    why = f" ({verdict.why})" if with_why and verdict.outcome == "inconclusive" else ""
    return _line((shown, STYLES[verdict.outcome]), (why, "dim"))


def _invariants(judgement: Judgement) -> list[Text]:
    if judgement.stock_unchecked:
        return [_line(("invariants: not checked", "yellow"))]
    broken = [each for each in judgement.invariants if not each.held]
    held = [each.name for each in judgement.invariants if each.held]
    lines = [
        _line((f"✗ {each.name}", "bold red"), f": {each.evidence}")
        for each in broken[:MOST_INVARIANTS]
    ]
    if left := broken[MOST_INVARIANTS:]:
        lines.append(_line((f"✗ … and {len(left)} more invariants violated", "bold red")))
    if held:
        lines.append(_line(("✓ held", "green"), f": {', '.join(held)}"))
    return lines


def _validity(judgement: Judgement, manifest: Manifest) -> list[Text]:
    validity, lag = judgement.validity, judgement.validity.lag_s
    planned = validity.planned_visits
    share = f" ({wording.part_percent(validity.started_visits, planned)})" if planned else ""
    visits = (
        f"visits: {planned:,} planned, {validity.started_visits:,} started{share}, "
        f"{validity.not_sent_visits:,} not sent"
    )
    late = (
        f"schedule lag: p50 {wording.seconds(lag.p50)}, p99 {wording.seconds(lag.p99)}, "
        f"p99.9 {wording.seconds(lag.p999)}"
    )
    reasons = [_line((f"invalid: {why}", "bold magenta")) for why in validity.reasons[:2]]
    lost = [_line((judgement.lost_visits, "bold magenta"))] if judgement.lost_visits else []
    return [
        _line(visits),
        _line(late),
        *_colouring(manifest),
        *lost,
        *reasons,
        *_bottleneck(judgement.bottleneck),
    ]


def _colouring(manifest: Manifest) -> list[Text]:
    if manifest.colouring is None:
        return []
    style = "yellow" if is_lost(manifest.colouring) else ""
    return [_line((came_back(manifest.colouring), style))]


def _bottleneck(found: Bottleneck) -> list[Text]:
    sentences = [each.sentence for each in found.symptoms[:MOST_SYMPTOMS]]
    if found.workers:
        sentences.append(found.workers.sentence)
    return [_line((each, "yellow")) for each in sentences]
