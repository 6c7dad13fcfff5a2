"""The shape of a phase in words, as `doorbuster plan` and the pictures show it."""

from __future__ import annotations

from scenarios.workload.phase import Part, Phase

LONGEST_IN_SECONDS_S = 120.0
_UNITS = ((3600, "h"), (60, "min"), (1, "s"))


def shape_in_words(phase: Phase) -> str:
    """`20/s`, `20/s to 50/s`, `120/s to 60/s, half-life 6 s`; parts are joined by ` + `."""
    return " + ".join(_part_in_words(each) for each in phase.parts)


def _part_in_words(part: Part) -> str:
    if (stairs := part.step) is not None:
        until = f" until {stairs.until}" if stairs.until else ""
        every = duration_in_words(stairs.every_s)
        return f"{stairs.from_per_s:g}/s, +{stairs.by_per_s:g}/s every {every}{until}"
    if (spike := part.spike) is not None:
        half_life = duration_in_words(spike.half_life_s)
        return f"{spike.to_per_s:g}/s to {spike.settle_per_s:g}/s, half-life {half_life}"
    if part.at_per_s is not None:
        return f"{part.at_per_s:g}/s"
    if part.from_per_s is not None:
        return f"{part.from_per_s:g}/s to {part.to_per_s:g}/s"
    return _bent_in_words(part)


def _bent_in_words(part: Part) -> str:
    if (wave := part.wave) is not None:
        peak, period = duration_in_words(wave.peak_at_s), duration_in_words(wave.period_s)
        swing = f"{100 * wave.amplitude:g} %"
        return f"{wave.mean_per_s:g}/s, wave of {swing}, peak at {peak}, period {period}"
    if (hump := part.hump) is not None:
        peak, width = duration_in_words(hump.peak_at_s), duration_in_words(hump.width_s)
        return f"{hump.base_per_s:g}/s, hump of {hump.top_per_s:g}/s at {peak}, {width} wide"
    if (surge := part.surge) is not None:
        peak = duration_in_words(surge.peak_after_s)
        return f"{surge.base_per_s:g}/s, surge to {surge.top_per_s:g}/s after {peak}"
    if (slots := part.slots) is not None:
        at = ", ".join(duration_in_words(each) for each in slots.at_s)
        half_life = duration_in_words(slots.half_life_s)
        base, to = slots.base_per_s, slots.to_per_s
        return f"{base:g}/s, slots of {to:g}/s at {at}, half-life {half_life}"
    assert part.series is not None
    scale = "" if part.series.scale == 1 else f" x {part.series.scale:g}"
    start = "" if part.series.start == "0s" else f" from {part.series.start}"
    return f"{part.series.column} of {part.series.file}{start}{scale}"


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
