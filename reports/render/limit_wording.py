"""What a search for the limit found, in words."""

from __future__ import annotations

from fractions import Fraction

from reports.analysis.knee import Knee
from reports.render import wording
from reports.slo.limit import Limit, LimitOutcome
from reports.slo.limit_interval import RateInterval
from reports.slo.stair_verdict import StairShare, StairVerdict

HEADLINES: dict[LimitOutcome, str] = {
    "found": "Limit found",
    "below": "Nothing held",
    "not_reached": "Limit not found",
    "generator_limited": "Generator limited",
    "no_data": "Nothing proven",
}
STAIR_WORDS = {
    "held": "held",
    "broke": "broke",
    "unclear": "unclear",
    "generator_limited": "generator at its limit",
}


def rate(rate_per_s: float) -> str:
    """`180/s`."""
    return f"{rate_per_s:g}/s"


def interval(found: RateInterval | None) -> str:
    """`170–190/s`, `at most 50/s`; empty when there is none."""
    if found is None:
        return ""
    low, high = found.lowest_per_s, found.highest_per_s
    if low is None:
        return f"at most {rate(high)}" if high is not None else ""
    if high is None:
        return f"at least {rate(low)}"
    return rate(low) if low == high else f"{low:g}–{rate(high)}"


def knee(found: Knee | None) -> str:
    """`150/s (95 % interval 130–170/s)`."""
    if found is None:
        return "not found"
    at = rate(found.rate_per_s)
    between = f"95 % interval {found.lowest_per_s:g}–{rate(found.highest_per_s)}"
    edge = {"first": "at or below ", "last": "at or above "}.get(found.at_the_edge, "")
    return f"{edge}{at} ({between})"


def why_broke(stair: StairVerdict) -> str:
    """`home page within 1.2 s: 91.3 % (target 95 %); goodput fell from 610 to 540 actions/s`."""
    parts = [share(each) for each in stair.broken[:2]]
    if left := stair.broken[2:]:
        parts.append(f"{len(left)} more")
    if stair.fall:
        parts.append(
            f"goodput fell from {stair.fall.from_goodput_per_s:,.0f} (at "
            f"{rate(stair.fall.from_rate_per_s)}) to {stair.goodput_per_s:,.0f} actions/s"
        )
    return "; ".join(parts)


def share(found: StairShare) -> str:
    """`home page within 1.2 s: 91.3 % (target 95 %)`."""
    target = found.objective.target
    achieved = wording.achieved_percent(Fraction(found.good, found.total), target)
    return f"{found.objective.name}: {achieved} (target {wording.target_percent(target)})"


def sentence(limit: Limit) -> str:
    """The finding in one sentence, without what the headline says."""
    if limit.outcome == "found":
        assert limit.held is not None
        assert limit.broke is not None
        held = _with_interval(limit.held, limit.held_interval)
        broke = _with_interval(limit.broke, limit.broke_interval)
        return f"held {held} · knee {knee(limit.knee)} · broke at {broke}: {why_broke(limit.broke)}"
    if limit.outcome == "below":
        assert limit.broke is not None
        return f"broke at {rate(limit.broke.stair.rate_per_s)} before any rate held: " + why_broke(
            limit.broke
        )
    last = rate(limit.held.stair.rate_per_s) if limit.held else "no rate"
    if limit.outcome == "generator_limited":
        beyond = rate(limit.stairs[-1].stair.rate_per_s)
        return (
            f"{last} held; at {beyond} the generator, not the platform, was at its limit: "
            "take more workers or another machine"
        )
    if limit.outcome == "not_reached":
        return f"{last} still held when the ramp ended · knee {knee(limit.knee)}"
    return "no step of the ramp was played to its end with enough actions to judge it"


def _with_interval(stair: StairVerdict, found: RateInterval | None) -> str:
    between = f" (95 % interval {interval(found)})" if interval(found) else ""
    return rate(stair.stair.rate_per_s) + between
