"""From what was typed to where a run's live figures are served, and what they are counted by."""

from __future__ import annotations

from reports.documents.mistake import mistake_on_command_line
from reports.slo.objective_file import parse_objectives
from targets.backing.port import holder_of, is_taken

THIS_MACHINE = ("127.0.0.1", "localhost")
LARGEST_PORT = 65_535


def typed_metrics_port(written: str | None) -> int | None:
    """The free port that `written` names, such as "127.0.0.1:9464". Raises DocumentError."""
    if written is None:
        return None
    host, _, port = written.rpartition(":")
    if host not in THIS_MACHINE or not port.isdecimal() or not 0 < int(port) <= LARGEST_PORT:
        what = 'must be a port of this machine such as "127.0.0.1:9464"'
        raise mistake_on_command_line("--metrics", f'{what}, got "{written}"')
    if is_taken(int(port)):
        raise mistake_on_command_line(
            "--metrics", f"port {port} is taken by {holder_of(int(port))}"
        )
    return int(port)


def response_time_limits_s(file: str, text: str) -> tuple[float, ...]:
    """The limits of response time that the objectives in `text` speak of."""
    objectives = parse_objectives(text, file) if text else ()
    return tuple(sorted({each.below_s for each in objectives if each.below_s is not None}))
