"""Whether the marks on a run's requests came through, in a sentence."""

from __future__ import annotations

from reports.record.colouring import ColouringFacts, MarkReported


def came_back(facts: ColouringFacts) -> str:
    """What the sampled replies reported: `the platform reported colour and trace id back on 65 of
    65 sampled requests`."""
    if not facts.sampled:
        return "no reply was looked at for the colour of its request"
    reported = [(name, mark) for name, mark in facts.marks if mark.right + mark.wrong]
    silent = [name for name, mark in facts.marks if not mark.right + mark.wrong]
    if not reported:
        several = len(silent) > 1
        what = "neither " + " nor ".join(silent) if several else f"no {silent[0]}"
        they = "they" if several else "it"
        return f"the platform reports {what} back, so it cannot be seen whether {they} came through"
    names = " and ".join(name for name, _ in reported)
    told = [_told(mark, facts.sampled) for _, mark in reported]
    words = f"{names} back on {told[0]}"
    if len(set(told)) > 1:
        words = "; ".join(
            f"the {name} back on {each}" for (name, _), each in zip(reported, told, strict=True)
        )
    left = f"; it reports no {silent[0]}" if silent else ""
    return f"the platform reported {words}{left}"


def is_lost(facts: ColouringFacts) -> bool:
    """Whether the platform reports a mark, but not on every request: some part of it drops it."""
    reported = (mark for _, mark in facts.marks if mark.right + mark.wrong)
    return any(mark.right < facts.sampled for mark in reported)


def _told(mark: MarkReported, sampled: int) -> str:
    absent = sampled - mark.right - mark.wrong
    amiss = [f"{absent} came back without"] * bool(absent)
    amiss += [f"{mark.wrong} with another"] * bool(mark.wrong)
    count = f"{mark.right:,} of {sampled:,} sampled requests"
    return f"{count}: {', '.join(amiss)}" if amiss else count
