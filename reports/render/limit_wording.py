"""What a search for the limit found, in words."""

from __future__ import annotations

from fractions import Fraction

from reports.analysis.knee import Knee
from reports.record.manifest import Manifest
from reports.render import wording
from reports.slo.judgement import Judgement
from reports.slo.limit import Limit, LimitOutcome
from reports.slo.limit_interval import RateInterval
from reports.slo.stair_verdict import StairOutcome, StairShare, StairVerdict

HEADLINES: dict[LimitOutcome, str] = {
    "found": "Limit found",
    "below": "Nothing held",
    "not_reached": "Limit not found",
    "generator_limited": "Generator limited",
    "no_data": "Nothing proven",
}
STAIR_WORDS: dict[StairOutcome, str] = {
    "held": "held",
    "broke": "broke",
    "unclear": "unclear",
    "generator_limited": "generator late",
}
MOST_BROKEN = 2


def headline(judgement: Judgement, manifest: Manifest) -> tuple[str, str]:
    """The judgement of any run in a word and a sentence; of a search, by what it found."""
    limit = judgement.limit
    if limit is None or judgement.validity.reasons:
        return wording.headline(judgement, manifest)
    found = f"{wording.capitalised(in_short(limit))}."
    broken = any(each.outcome == "violated" for each in judgement.verdicts)
    failed = not all(each.held for each in judgement.invariants)
    if judgement.cut_short or judgement.lost_visits or broken or failed:
        word, first = wording.headline(judgement, manifest)
        return word, f"{first} {found}"
    if judgement.at_least_per_s is None:
        return HEADLINES[limit.outcome], found
    word = {"met": "Held", "violated": "Broke"}.get(judgement.overall, HEADLINES[limit.outcome])
    return word, f"{rate(judgement.at_least_per_s)} demanded. {found}"


def in_short(limit: Limit) -> str:
    """`held 450/s, broke at 500/s, knee at 300/s`."""
    held = f"held {rate(limit.held.stair.rate_per_s)}" if limit.held else "no rate held"
    knee_at = f", knee at {rate(limit.knee.rate_per_s)}" if limit.knee else ""
    if limit.broke:
        return f"{held}, broke at {rate(limit.broke.stair.rate_per_s)}{knee_at}"
    if limit.outcome == "generator_limited":
        beyond = rate(limit.stairs[-1].stair.rate_per_s)
        return f"{held}; at {beyond} the generator, not the platform, was at its limit"
    if limit.outcome == "not_reached":
        return f"{held} and nothing broke before the ramp ended{knee_at}"
    return "no step of the ramp could be judged"


def findings(limit: Limit) -> dict[str, str]:
    """The finding line by line: the last rate that held, the step that broke and why, the knee."""
    lines = {}
    if limit.held:
        lines["held"] = rate(limit.held.stair.rate_per_s)
    if limit.broke:
        lines["broke"] = f"{rate(limit.broke.stair.rate_per_s)}: {why_broke(limit.broke)}"
    if limit.interval:
        lines["limit"] = f"{interval(limit.interval)} with 95 % confidence"
    if limit.outcome == "generator_limited":
        lines["generator"] = (
            f"late in {rate(limit.stairs[-1].stair.rate_per_s)}, so that step says nothing of the "
            "platform: take more workers or another machine"
        )
    if limit.outcome == "not_reached":
        lines["limit"] = "not found: raise the ramp's last rate"
    lines["knee"] = knee(limit.knee)
    return lines


def rate(rate_per_s: float) -> str:
    """`180/s`."""
    return f"{rate_per_s:g}/s"


def interval(found: RateInterval) -> str:
    """`between 170/s and 190/s`."""
    low, high = found.lowest_per_s, found.highest_per_s
    if low is None:
        return f"below {rate(high)}" if high is not None else "anywhere"
    return f"at least {rate(low)}" if high is None else f"between {rate(low)} and {rate(high)}"


def knee(found: Knee | None) -> str:
    """`150/s (95 % interval 130–170/s)`."""
    if found is None:
        return "not found: it needs three steps"
    edge = {"first": "at or below ", "last": "at or above "}.get(found.at_the_edge, "")
    between = f"{found.lowest_per_s:g}–{rate(found.highest_per_s)}"
    return f"{edge}{rate(found.rate_per_s)} (95 % interval {between})"


def why_broke(stair: StairVerdict) -> str:
    """`home page within 1.2 s: 91.3 % (target 95 %); goodput fell from 610 to 540 actions/s`."""
    parts = [share(each) for each in stair.broken[:MOST_BROKEN]]
    if left := stair.broken[MOST_BROKEN:]:
        parts.append(f"{len(left)} more")
    if stair.in_spite:
        parts.append("far beyond what a late generator explains")
    if stair.fall:
        parts.append(
            f"goodput fell from {stair.fall.from_goodput_per_s:,.0f} actions/s at "
            f"{rate(stair.fall.from_rate_per_s)} to {stair.goodput_per_s:,.0f}"
        )
    return "; ".join(parts)


def share(found: StairShare) -> str:
    """`home page within 1.2 s: 91.3 % (target 95 %)`."""
    target = wording.target_percent(found.objective.target)
    return f"{found.objective.name}: {achieved(found)} (target {target})"


def achieved(found: StairShare) -> str:
    """`91.32 %`; a dash for no events."""
    share_of_all = Fraction(found.good, found.total) if found.total else None
    return wording.achieved_percent(share_of_all, found.objective.target)


def weakest(stair: StairVerdict) -> StairShare | None:
    """The objective that is nearest to its target, or furthest below it, by its error budget."""
    decided = [each for each in stair.shares if each.is_decided]
    return max(decided, key=_budget_spent, default=None)


def _budget_spent(found: StairShare) -> float:
    budget = (1 - found.objective.target) * found.total
    bad = found.total - found.good
    return float(bad / budget) if budget else float(bad)
