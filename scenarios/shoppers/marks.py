"""What a run's manifest says of the marks on its requests."""

from __future__ import annotations

from reports.record.colouring import ColouringFacts, MarkReported
from scenarios.transport.colouring import NO_COUNTS, Colouring, Counts


def colouring_facts_of(colouring: Colouring, elsewhere: Counts = NO_COUNTS) -> ColouringFacts:
    """What this process has counted, and the workers of a fleet `elsewhere`."""
    both = (own + other for own, other in zip(colouring.counts(), elsewhere, strict=True))
    sampled, colour_right, trace_right, colour_wrong, trace_wrong = both
    colour = colouring.colour
    trace = MarkReported(
        sent_as=colour.trace or "",
        reported_as=colour.reported_trace,
        right=trace_right,
        wrong=trace_wrong,
    )
    return ColouringFacts(
        value=colouring.value,
        run_digits=colouring.run_digits,
        colour=MarkReported(
            sent_as=colour.header,
            reported_as=colouring.reported_header,
            right=colour_right,
            wrong=colour_wrong,
        ),
        trace=trace if colour.trace else None,
        sampled=sampled,
    )
