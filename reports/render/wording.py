"""Figures and outcomes in words, the same in every output."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
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
LONG_UNITS = (
    (172_800, 86_400, "d", 3600, "h"),
    (3600, 3600, "h", 60, "min"),
    (120, 60, "min", 1, "s"),
)
"""From so many seconds on a duration is told in units of so many, and parts of them."""
CLOCK_FROM_S = 600.0


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


def part_percent(part: float, whole: float, decimals: int = 1) -> str:
    """`99.9 %` of `whole`, 100 % of nothing but all of it."""
    shown = percent(part / whole, decimals)
    all_of_it = percent(1.0, decimals)
    return shown if part >= whole or shown != all_of_it else f"{100 - 10**-decimals:.{decimals}f} %"


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
    """A time with three digits or so and its unit: `38 ms`, `1.24 s`, `3 h 17 min`."""
    if value_s is None:
        return "–"
    if long := _in_two_units(abs(value_s)):
        return f"-{long}" if value_s < 0 else long
    if abs(value_s) >= 99.95:
        return f"{value_s:,.0f} s"
    if abs(value_s) >= 0.9995:
        return f"{value_s:.3g} s"
    if abs(value_s) >= 0.0099995:
        return f"{value_s * 1000:.0f} ms"
    return f"{value_s * 1000:.2g} ms" if value_s else "0 ms"


def _in_two_units(value_s: float) -> str:
    """`2 min 5 s`, `3 h 17 min`, `5 d 2 h`; empty of less than two minutes."""
    for least_s, unit_s, unit, part_s, part in LONG_UNITS:
        parts = round(value_s / part_s)
        if parts * part_s >= least_s:
            whole, left = divmod(parts, unit_s // part_s)
            return f"{whole:,} {unit} {left} {part}" if left else f"{whole:,} {unit}"
    return ""


def short_seconds(value_s: float) -> str:
    """A limit as it was written: `1.2 s`, `250 ms`, `24 h`."""
    if (long := _in_two_units(value_s)) and _written_s(long) == value_s:
        return long
    return f"{value_s:g} s" if value_s >= 1 else f"{value_s * 1000:g} ms"


def _written_s(words: str) -> int:
    """The duration that `words` of two units say."""
    sizes = {unit: size_s for _, size_s, unit, _, _ in LONG_UNITS} | {"s": 1}
    numbers = words.replace(",", "").split()
    return sum(
        int(number) * sizes[unit] for number, unit in zip(numbers[::2], numbers[1::2], strict=True)
    )


def clock(t_s: float) -> str:
    """An instant of a run: `45 s`, from 10 minutes on as `12:30`."""
    if abs(t_s) < CLOCK_FROM_S:
        return f"{t_s:g} s"
    minutes, seconds = divmod(round(t_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def capitalised(sentence: str) -> str:
    """`sentence` with a capital first letter and the rest as it is."""
    return sentence[:1].upper() + sentence[1:]


def as_sentence(words: str) -> str:
    """`words` with a capital first letter and a stop at the end; what has one keeps it, and
    nothing stays nothing."""
    whole = not words or words.endswith((".", "!", "?", "…"))
    return capitalised(words) + ("" if whole else ".")


def interval(verdict: Verdict) -> str:
    """The 95 % confidence interval: `99.81–99.97 %`. Neither end looks like the target that it
    is not."""
    if verdict.interval is None:
        return "–"
    lower, upper = (_beside(100 * end, verdict.objective.target) for end in verdict.interval)
    return f"{lower}–{upper} %"


def _beside(value_percent: float, target: Fraction) -> str:
    """A value with two decimals, or as many more as keep it apart from the target; what is closer
    than the last of them is rounded away from it."""
    target_percent = float(100 * target)
    for decimals in range(2, MOST_DECIMALS + 1):
        shown = f"{value_percent:.{decimals}f}"
        if (float(shown) >= target_percent) == (value_percent >= target_percent):
            return shown
    away = ROUND_FLOOR if value_percent < target_percent else ROUND_CEILING
    return str(Decimal(value_percent).quantize(Decimal(1).scaleb(-MOST_DECIMALS), away))


def spent(verdict: Verdict) -> str:
    """The error budget spent: `35 %`; more than ten times of it as `×12`. What is overspent by
    little does not look like all of it."""
    ratio = verdict.budget_spent_ratio
    if ratio is None:
        return "–"
    if ratio >= 10:
        return f"×{ratio:,.0f}"
    return f"{max(math.floor(100 * ratio + 0.5), 101 if ratio > 1 else 0)} %"


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
        return "Broke", _cut_short_sentence(judgement, broken, failed)
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
    if not judgement.cut_short:
        return f"{so_far}."
    sentence = capitalised(judgement.cut_short)
    return f"{sentence}. Until then: {so_far}." if so_far else f"{sentence}."
