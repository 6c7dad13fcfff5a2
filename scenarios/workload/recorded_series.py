"""The recorded series of a campaign, read from the files that its phases name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from reports.documents.located_yaml import KeyPath, LocatedYaml
from reports.documents.mistake import DocumentError, Mistake
from scenarios.workload.phase import Phase
from scenarios.workload.phase_curve import Recorded
from scenarios.workload.recorded_rate import Buckets
from scenarios.workload.series_file import SeriesError, read_series
from scenarios.workload.shape_in_words import duration_in_words
from scenarios.workload.shape_keys import Series


def recorded_series(phases: Sequence[Phase], located: LocatedYaml) -> Recorded:
    """What each series of `phases` recorded; paths start from the campaign's own directory.

    Raises DocumentError with every mistake, in the campaign and in the files.
    """
    directory = Path(located.file).parent
    recorded: dict[Series, Buckets] = {}
    wrong: list[Mistake] = []
    for path, phase, series in _series_of(phases):
        try:
            if series not in recorded:
                recorded[series] = read_series(series, directory)
            _require_length(series, recorded[series].duration_s, phase)
        except SeriesError as error:
            wrong.append(located.mistake((*path, error.key), error.message))
        except DocumentError as error:
            wrong += error.mistakes
    if wrong:
        raise DocumentError(list(dict.fromkeys(wrong)))
    return recorded


def recorded_elsewhere(phases: Sequence[Phase], told: Sequence[Buckets]) -> Recorded:
    """What `recorded_series` gives where the files are, of which the values are `told`."""
    series = dict.fromkeys(each for _, _, each in _series_of(phases))
    return dict(zip(series, told, strict=True))


def _series_of(phases: Sequence[Phase]) -> Iterator[tuple[KeyPath, Phase, Series]]:
    for index, phase in enumerate(phases):
        for number, part in enumerate(phase.parts):
            if part.series is not None:
                within = () if phase.together is None else ("together", number)
                yield ("phases", index, *within, "series"), phase, part.series


def _require_length(series: Series, held_s: float, phase: Phase) -> None:
    if held_s < phase.duration_s * (1 - 1e-12):
        held, asked = duration_in_words(held_s), duration_in_words(phase.duration_s)
        what = f"{series.file} holds {held} from there, the phase lasts {asked}"
        raise SeriesError("file", what)
