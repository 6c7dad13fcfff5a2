"""The shape of a phase in words, as `doorbuster plan` and the pictures show it."""

from __future__ import annotations

from scenarios.workload.phase import Part, Phase

LONGEST_IN_SECONDS_S = 120.0
_UNITS = ((3600, "h"), (60, "min"), (1, "s"))


def shape_in_words(phase: Phase) -> str:
    """`20/s`, `20/s to 50/s`, `120/s to 60/s, half-life 6 s`; parts are joined by ` + `."""
    return " + ".join(_part_in_words(each) for each in phase.parts)


def _part_in_words(part: Part) -> str:
    rate, time = rate_in_words, duration_in_words
    if (stairs := part.step) is not None:
        until = f" until {stairs.until}" if stairs.until else ""
        by, every = rate(stairs.by_per_s), time(stairs.every_s)
        return f"{rate(stairs.from_per_s)}, +{by} every {every}{until}"
    if (spike := part.spike) is not None:
        to, settle = rate(spike.to_per_s), rate(spike.settle_per_s)
        return f"{to} to {settle}, half-life {time(spike.half_life_s)}"
    if part.at_per_s is not None:
        return rate(part.at_per_s)
    if part.from_per_s is not None and part.to_per_s is not None:
        return f"{rate(part.from_per_s)} to {rate(part.to_per_s)}"
    return _bent_in_words(part)


def _bent_in_words(part: Part) -> str:
    rate, time = rate_in_words, duration_in_words
    if (wave := part.wave) is not None:
        swing = f"wave of {100 * wave.amplitude:g} %"
        peak, period = time(wave.peak_at_s), time(wave.period_s)
        return f"{rate(wave.mean_per_s)}, {swing}, peak at {peak}, period {period}"
    if (hump := part.hump) is not None:
        rise = f"hump of {rate(hump.top_per_s)} at {time(hump.peak_at_s)}"
        return f"{rate(hump.base_per_s)}, {rise}, {time(hump.width_s)} wide"
    if (surge := part.surge) is not None:
        rise = f"surge to {rate(surge.top_per_s)} after {time(surge.peak_after_s)}"
        return f"{rate(surge.base_per_s)}, {rise}"
    if (slots := part.slots) is not None:
        at = ", ".join(time(each) for each in slots.at_s)
        jumps = f"slots of {rate(slots.to_per_s)} at {at}"
        return f"{rate(slots.base_per_s)}, {jumps}, half-life {time(slots.half_life_s)}"
    assert part.series is not None
    scale = "" if part.series.scale == 1 else f" x {part.series.scale:g}"
    start = "" if part.series.start == "0s" else f" from {part.series.start}"
    return f"{part.series.column} of {part.series.file}{start}{scale}"


def rate_in_words(rate_per_s: float) -> str:
    """`20/s`, `1,500/s`, below one a second `28/min` or `9/h`."""
    for per_s, unit in ((1.0, "s"), (60.0, "min")):
        if rate_per_s * per_s >= 1 or rate_per_s == 0:
            return f"{number_in_words(rate_per_s * per_s)}/{unit}"
    return f"{number_in_words(rate_per_s * 3600)}/h"


def number_in_words(number: float, digits: int = 6) -> str:
    """`number` in `digits` digits or all that it has before the point, never as `1e+06`."""
    return f"{number:,.0f}" if number >= 10**digits - 0.5 else f"{number:,.{digits}g}"


def duration_in_words(duration_s: float) -> str:
    """`45 s`, from two minutes on `7 min 30 s`, `10 h`, to the second."""
    if duration_s < LONGEST_IN_SECONDS_S:
        return f"{duration_s:g} s"
    words, left_s = [], round(duration_s)
    for unit_s, unit in _UNITS:
        whole, left_s = divmod(left_s, unit_s)
        if whole:
            words.append(f"{whole} {unit}")
    return " ".join(words)
