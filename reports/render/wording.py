"""Figures and outcomes in words, the same in every output."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from reports.record.manifest import Manifest
from reports.slo.judgement import Judgement
from reports.slo.objective import SCOPES, Objective
from reports.slo.verdict import Verdict

OUTCOME_WORDS = {
    "met": "met",
    "violated": "violated",
    "inconclusive": "inconclusive",
    "no_data": "no data",
    "run_invalid": "run invalid",
    "aborted": "aborted",
    "interrupted": "interrupted",
}
MOST_DECIMALS = 6


def target_percent(target: Fraction) -> str:
    """An exact ratio as percent with as many decimals as it has: `99.9 %`."""
    return f"{_floored(target, _decimals(target)).normalize():f} %"


def achieved_percent(share: Fraction | None, target: Fraction) -> str:
    """A share as percent, rounded down, so that it never looks like a target that it missed."""
    if share is None:
        return "–"
    return f"{_floored(share, max(2, _decimals(target))):f} %"


def percent(share: float, decimals: int = 1) -> str:
    return f"{share * 100:.{decimals}f} %"


def _decimals(ratio: Fraction) -> int:
    """The decimals that `ratio` needs as percent, at most six."""
    for decimals in range(MOST_DECIMALS):
        if (ratio * 100 * 10**decimals).denominator == 1:
            return decimals
    return MOST_DECIMALS


def _floored(ratio: Fraction, decimals: int) -> Decimal:
    scaled = ratio * 100 * 10**decimals
    whole = Decimal(scaled.numerator // scaled.denominator)
    return whole.scaleb(-decimals).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_FLOOR)


def seconds(value_s: float | None) -> str:
    """A time with three digits or so and its unit: `38 ms`, `1.24 s`."""
    if value_s is None:
        return "–"
    if abs(value_s) >= 99.95:
        return f"{value_s:,.0f} s"
    if abs(value_s) >= 0.9995:
        return f"{value_s:.3g} s"
    if abs(value_s) >= 0.0099995:
        return f"{value_s * 1000:.0f} ms"
    return f"{value_s * 1000:.2g} ms" if value_s else "0 ms"


def short_seconds(value_s: float) -> str:
    """A limit as it was written: `1.2 s`, `250 ms`."""
    return f"{value_s:g} s" if value_s >= 1 else f"{value_s * 1000:g} ms"


def capitalised(sentence: str) -> str:
    """`sentence` with a capital first letter and the rest as it is."""
    return sentence[:1].upper() + sentence[1:]


def as_sentence(words: str) -> str:
    """`words` with a capital first letter and a stop at the end; what has one keeps it, and
    nothing stays nothing."""
    whole = not words or words.endswith((".", "!", "?", "…"))
    return capitalised(words) + ("" if whole else ".")


def interval(verdict: Verdict) -> str:
    """The 95 % confidence interval: `99.81–99.97 %`."""
    if verdict.interval is None:
        return "–"
    lower, upper = (bound * 100 for bound in verdict.interval)
    return f"{lower:.2f}–{upper:.2f} %"


def spent(verdict: Verdict) -> str:
    """The error budget spent: `35 %`; more than ten times of it as `×12`."""
    ratio = verdict.budget_spent_ratio
    if ratio is None:
        return "–"
    return f"×{ratio:,.0f}" if ratio >= 10 else f"{ratio:.0%}".replace("%", " %")


def scope(objective: Objective) -> str:
    """What an objective is about, in a few words."""
    what = {
        "success": "ok, rejections left out",
        "acceptance": "ok, not rejected",
        "availability": "answered, ok or rejected",
        "response_time": f"answered within {short_seconds(objective.below_s or 0)}",
    }[objective.indicator]
    whose = [
        f"{SCOPES[key]} {', '.join(words)}"
        for key, words in objective.scope.items()
        if key not in ("steps", "phases")
    ]
    steps = ", ".join(objective.steps) if objective.steps else "all steps"
    phases = f" in {', '.join(objective.phases)}" if objective.phases else ""
    return " · ".join([what, *whose, f"{steps}{phases}"])


def played(manifest: Manifest) -> str:
    """How the run came about and on what: `measured on http://127.0.0.1:8000`."""
    target = manifest.target.get("url") or manifest.target.get("model")
    return f"{manifest.origin} on {target}" if target else manifest.origin


def headline(judgement: Judgement, manifest: Manifest) -> tuple[str, str]:
    """The judgement in a word and a sentence: `Held`, `4 objectives met, ...`."""
    broken = [each for each in judgement.verdicts if each.outcome == "violated"]
    failed = [each.name for each in judgement.invariants if not each.held]
    overall = judgement.overall
    if overall == "run_invalid":
        return "Run invalid", f"{capitalised(judgement.validity.reasons[0])}."
    if overall in ("aborted", "interrupted"):
        word = "Aborted" if overall == "aborted" else "Interrupted"
        return word, _cut_short_sentence(judgement, broken, failed)
    if overall == "violated":
        return "Broke", f"{_broken_sentence(judgement, broken, failed)}."
    if overall == "inconclusive":
        return "Nothing proven", f"{_open_sentence(judgement)}."
    held = f", {_count(len(judgement.invariants), 'invariant')} held" * bool(judgement.invariants)
    visits = f"{judgement.validity.started_visits:,} visits"
    what = "simulated" if manifest.origin == "simulated" else "played"
    return "Held", f"{_count(len(judgement.verdicts), 'objective')} met{held}, {visits} {what}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _broken_sentence(judgement: Judgement, broken: list[Verdict], failed: list[str]) -> str:
    parts = []
    if broken:
        worst = max(broken, key=lambda each: each.budget_spent_ratio or float("inf"))
        target = worst.objective.target
        parts.append(
            f"{len(broken)} of {_count(len(judgement.verdicts), 'objective')} violated, above all "
            f"“{worst.objective.name}” with {achieved_percent(worst.achieved, target)} "
            f"of the promised {target_percent(target)}"
        )
    if failed:
        parts.append(f"{_count(len(failed), 'invariant')} violated: {', '.join(failed)}")
    return "; ".join(parts)


def _open_sentence(judgement: Judgement) -> str:
    if judgement.cut_short:
        return capitalised(judgement.cut_short)
    if not judgement.verdicts:
        return "There were no objectives to judge by"
    unsure = [each for each in judgement.verdicts if each.outcome != "met"]
    if judgement.lost_visits and not unsure:
        return f"{capitalised(judgement.lost_visits)}; all that was left met its objectives"
    first = unsure[0]
    return (
        f"{len(unsure)} of {_count(len(judgement.verdicts), 'objective')} undecided, such as "
        f"“{first.objective.name}”: {first.why}"
    )


def _cut_short_sentence(judgement: Judgement, broken: list[Verdict], failed: list[str]) -> str:
    so_far = _broken_sentence(judgement, broken, failed)
    sentence = capitalised(judgement.cut_short)
    return f"{sentence}. Until then: {so_far}." if so_far else f"{sentence}."
